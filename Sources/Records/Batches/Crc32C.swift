// CRC-32C in Swift's terms.

import Bytes
import CChecksum

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the processor's own instruction where it has one.
public enum Crc32C {
    /// The checksum of `bytes`; `previous` is the checksum of what came before them, 0 at the start.
    @inlinable
    public static func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return previous }
        return martlet_crc32c(previous, base, bytes.count)
    }

    /// The checksum of a slice; `previous` is the checksum of what came before it, 0 at the start.
    public static func checksum(_ bytes: ByteSlice, continuing previous: UInt32 = 0) -> UInt32 {
        martlet_crc32c(previous, bytes.base, bytes.count)
    }
}
