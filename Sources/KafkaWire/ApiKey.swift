// The number that a request begins with. Which numbers exist is generated from Protocol/messages.

/// An API: what a request asks for.
public struct ApiKey: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int16

    /// Any number, whether an API has it or not.
    @inlinable
    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }
}

/// The kinds of listener that serve an API.
public struct ApiListeners: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static var broker: ApiListeners { ApiListeners(rawValue: 1) }
    public static var controller: ApiListeners { ApiListeners(rawValue: 2) }
}

/// What the schemas say about an API.
public struct ApiFacts: Sendable {
    /// The API's name, such as `Produce`.
    public let name: String
    /// Nil where the release has given the API up.
    public let validVersions: ClosedRange<Int16>?
    public let requestFlexible: ClosedRange<Int16>?
    public let responseFlexible: ClosedRange<Int16>?
    /// Whether the last version is served only by brokers with `unstable.api.versions.enable`.
    public let latestVersionUnstable: Bool
    public let listeners: ApiListeners

    public init(
        name: String, validVersions: ClosedRange<Int16>?, requestFlexible: ClosedRange<Int16>?,
        responseFlexible: ClosedRange<Int16>?, latestVersionUnstable: Bool, listeners: ApiListeners
    ) {
        self.name = name
        self.validVersions = validVersions
        self.requestFlexible = requestFlexible
        self.responseFlexible = responseFlexible
        self.latestVersionUnstable = latestVersionUnstable
        self.listeners = listeners
    }

    /// The versions that a broker offers. Nil where there is none.
    public func servedVersions(unstable: Bool = false) -> ClosedRange<Int16>? {
        guard let validVersions else { return nil }
        if !latestVersionUnstable || unstable { return validVersions }
        let last = validVersions.upperBound - 1
        return last < validVersions.lowerBound ? nil : validVersions.lowerBound...last
    }
}
