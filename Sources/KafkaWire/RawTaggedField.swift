// Tagged fields that a schema does not know. KIP-482.

/// A tagged field of a later or foreign schema: kept as it came, and written back.
public struct RawTaggedField: Hashable, Sendable {
    public let tag: UInt32
    public let data: [UInt8]

    public init(tag: UInt32, data: [UInt8]) {
        self.tag = tag
        self.data = data
    }
}
