// The memory that bytes travel in: one allocation, shared by reference count, never resized.

/// A block of uninitialised memory of a fixed size.
///
/// `@unchecked Sendable`: the memory has one writer at a time by construction. The loop that reads a frame writes it,
/// then hands it on; whoever handles the frame may patch it before it is shared; after that it is only read.
public final class ByteStorage: @unchecked Sendable {
    /// The first byte. Valid as long as the storage is referenced.
    public let base: UnsafeMutableRawPointer
    /// The size of the block.
    public let capacityBytes: Int

    /// Takes `capacityBytes` of memory (at least one byte is taken, so `base` is always valid).
    public init(capacityBytes: Int) {
        precondition(capacityBytes >= 0)
        self.capacityBytes = capacityBytes
        base = UnsafeMutableRawPointer.allocate(byteCount: max(capacityBytes, 1), alignment: 8)
    }

    deinit {
        base.deallocate()
    }
}
