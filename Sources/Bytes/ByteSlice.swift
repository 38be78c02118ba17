// A range of a ByteStorage: what requests, record batches and answers are passed around as, without copying.

/// A range of bytes that keeps its storage alive. Copying the value copies no bytes.
///
/// Offsets are relative to the slice. Reads and writes out of range are faults of ours and trap; whoever reads bytes
/// from outside checks lengths first (see `WireReader`).
public struct ByteSlice: Sendable {
    public let storage: ByteStorage
    /// Where the slice begins in its storage.
    public let storageOffset: Int
    /// The number of bytes.
    public let count: Int

    @inlinable
    public init(storage: ByteStorage, storageOffset: Int, count: Int) {
        precondition(storageOffset >= 0 && count >= 0 && storageOffset <= storage.capacityBytes - count)
        self.storage = storage
        self.storageOffset = storageOffset
        self.count = count
    }

    /// A new storage holding a copy of `bytes`.
    public init(copying bytes: some Collection<UInt8>) {
        let storage = ByteStorage(capacityBytes: bytes.count)
        let target = UnsafeMutableRawBufferPointer(start: storage.base, count: bytes.count)
        target.copyBytes(from: bytes)
        self.init(storage: storage, storageOffset: 0, count: bytes.count)
    }

    /// No bytes.
    public static let empty = ByteSlice(storage: ByteStorage(capacityBytes: 0), storageOffset: 0, count: 0)

    @inlinable
    public var isEmpty: Bool { count == 0 }

    /// The first byte; valid while this slice (or another of the same storage) lives.
    @inlinable
    public var base: UnsafeMutableRawPointer { storage.base + storageOffset }

    /// The part that starts at `offset` and is `count` bytes long, over the same storage.
    @inlinable
    public func slice(from offset: Int, count: Int) -> ByteSlice {
        precondition(offset >= 0 && count >= 0 && offset <= self.count - count)
        return ByteSlice(storage: storage, storageOffset: storageOffset + offset, count: count)
    }

    /// The part from `offset` to the end, over the same storage.
    @inlinable
    public func suffix(from offset: Int) -> ByteSlice { slice(from: offset, count: count - offset) }

    @inlinable
    public subscript(offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < count)
        return base.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// The big-endian integer at `offset`.
    @inlinable
    public func load<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type = T.self) -> T {
        precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size)
        return T(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// Writes `value` big-endian at `offset`. The slice must not be shared with a reader yet.
    @inlinable
    public func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size)
        base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
    }

    @inlinable
    public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// A copy of the bytes.
    public var array: [UInt8] {
        [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    /// A copy in a storage of its own size, for what outlives the frame it came in.
    public func detached() -> ByteSlice {
        let copy = ByteStorage(capacityBytes: count)
        copy.base.copyMemory(from: base, byteCount: count)
        return ByteSlice(storage: copy, storageOffset: 0, count: count)
    }
}

extension ByteSlice: Equatable {
    public static func == (left: ByteSlice, right: ByteSlice) -> Bool {
        left.withUnsafeBytes { a in
            right.withUnsafeBytes { b in a.elementsEqual(b) }
        }
    }
}
