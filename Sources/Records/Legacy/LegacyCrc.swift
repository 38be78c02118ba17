// The checksum of messages of magic 0 and 1.

import Bytes
import CCodecs

/// CRC-32 (IEEE 802.3), taken piece by piece.
public struct LegacyCrc: Sendable {
    private var state: UInt = 0

    public init() {}

    public var value: UInt32 { UInt32(truncatingIfNeeded: state) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard var at = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        var left = bytes.count
        while left > 0 {
            // zlib counts in 32 bits.
            let part = min(left, 1 << 30)
            state = crc32(state, at, UInt32(part))
            at += part
            left -= part
        }
    }
}
