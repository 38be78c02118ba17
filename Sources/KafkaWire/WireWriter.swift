// Writing Kafka's primitive types in one pass, into memory that grows, with file ranges left where they are.

import Bytes

/// What a message is written into.
///
/// The result is a list of pieces: runs of bytes that were written here, and between them the records that were handed
/// over, which are not copied when they are many or lie in a file.
public struct WireWriter: ~Copyable {
    /// A part of the result that is behind us.
    private enum Piece {
        case written(start: Int, end: Int)
        case payload(OutboundPiece)
    }

    /// Records of up to this many bytes are copied: that costs less than a piece of their own.
    static let copiedRecordsBytes = 4096
    /// So much is written at most, besides records that are handed over. A small request can ask for the same thing
    /// many times.
    public static let mostBytes = 256 << 20

    private var storage: ByteStorage
    /// The first byte of `storage`.
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    /// The number of bytes written to `storage`.
    @usableFromInline var count = 0
    private var pieces: [Piece] = []
    /// Where the run that is being written begins.
    private var runStart = 0
    private var payloadBytes = 0

    /// The first value that could not be written as the version has no form for it (a null where there is none, a
    /// string that is too long); an empty one was written instead. Such bytes must not be sent.
    public private(set) var failure: WireError?
    /// Whether the failure is that there was too much.
    private var isFull = false

    /// A writer with room for `reserving` bytes; it takes more when they are full.
    public init(reserving: Int = 512) {
        storage = ByteStorage(capacityBytes: reserving)
        base = storage.base
        capacity = reserving
    }

    /// The number of bytes written so far, records included.
    public var sizeBytes: Int { count + payloadBytes }

    @usableFromInline @inline(never)
    mutating func grow(_ wanted: Int) {
        if isFull || wanted > Self.mostBytes - count { return startOver(wanted) }
        let larger = ByteStorage(capacityBytes: max(min(capacity * 2, Self.mostBytes), count + wanted, 64))
        larger.base.copyMemory(from: base, byteCount: count)
        storage = larger
        base = larger.base
        capacity = larger.capacityBytes
    }

    /// What is written from here on is for nobody: it takes no more memory than there is.
    private mutating func startOver(_ wanted: Int) {
        fail(.invalidLength, "more than \(Self.mostBytes) bytes")
        isFull = true
        (pieces, runStart, payloadBytes, count) = ([], 0, 0, 0)
        guard wanted > capacity else { return }
        storage = ByteStorage(capacityBytes: wanted)
        base = storage.base
        capacity = wanted
    }

    /// Room for the next `size` bytes, which count as written.
    @inlinable
    mutating func room(_ size: Int) -> UnsafeMutableRawPointer {
        if size > capacity &- count { grow(size) }
        let start = count
        count = start &+ size
        return base + start
    }

    @inline(never)
    mutating func fail(_ kind: WireError.Kind, _ detail: String) {
        if failure == nil { failure = WireError(kind, detail) }
    }

    // The end

    /// The pieces, in order. The writer is as new afterwards.
    public mutating func finish() -> [OutboundPiece] {
        closeRun()
        let written = storage
        let result = pieces.map { piece in
            switch piece {
            case .written(let start, let end):
                OutboundPiece.bytes(ByteSlice(storage: written, storageOffset: start, count: end - start))
            case .payload(let payload): payload
            }
        }
        self = WireWriter(reserving: 0)
        return result
    }

    /// Everything in one slice. To have written a range of a file is a fault of ours.
    public mutating func finishBytes() -> ByteSlice {
        if pieces.isEmpty {
            let result = ByteSlice(storage: storage, storageOffset: 0, count: count)
            self = WireWriter(reserving: 0)
            return result
        }
        let whole = ByteStorage(capacityBytes: sizeBytes)
        var offset = 0
        for piece in finish() {
            guard case .bytes(let slice) = piece else { preconditionFailure("a file range among the bytes") }
            (whole.base + offset).copyMemory(from: slice.base, byteCount: slice.count)
            offset += slice.count
        }
        return ByteSlice(storage: whole, storageOffset: 0, count: offset)
    }

    private mutating func closeRun() {
        if count > runStart { pieces.append(.written(start: runStart, end: count)) }
        runStart = count
    }

    /// Puts `payload` in place without copying it.
    mutating func append(_ payload: OutboundPiece) {
        closeRun()
        pieces.append(.payload(payload))
        payloadBytes += payload.sizeBytes
    }

    // Sizes that are known later

    /// Leaves four bytes for a number that is patched in. Gives what `patchInt32` wants.
    public mutating func reserveInt32() -> Int {
        writeInt32(0)
        return count - 4
    }

    /// Writes `value` where `reserveInt32` left room for it.
    public mutating func patchInt32(_ value: Int32, at offset: Int) {
        if isFull { return }
        precondition(offset >= 0 && offset <= count - 4)
        base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Int32.self)
    }

    /// Replaces the one byte at `offset` by `value` as a varint. What follows moves up when it takes more bytes, which
    /// is seldom: most tagged fields are shorter than 128 bytes.
    mutating func patchVarint(_ value: UInt32, at offset: Int) {
        if isFull { return }
        precondition(offset >= runStart && offset < count, "records in a tagged field")
        if value < 0x80 {
            base.storeBytes(of: UInt8(value), toByteOffset: offset, as: UInt8.self)
            return
        }
        let size = (38 - value.leadingZeroBitCount) / 7
        let following = count - offset - 1
        _ = room(size - 1)
        (base + offset + size).copyMemory(from: base + offset + 1, byteCount: following)
        let end = count
        count = offset
        writeUnsignedVarint(value)
        count = end
    }
}

// Integers are big-endian and of fixed size; WireReader draws the others.
extension WireWriter {
    @inlinable
    mutating func writeInteger<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        room(MemoryLayout<T>.size).storeBytes(of: value.bigEndian, as: T.self)
    }

    @inline(never)
    public mutating func writeInt8(_ value: Int8) { writeInteger(value) }

    @inline(never)
    public mutating func writeInt16(_ value: Int16) { writeInteger(value) }

    @inline(never)
    public mutating func writeInt32(_ value: Int32) { writeInteger(value) }

    @inline(never)
    public mutating func writeInt64(_ value: Int64) { writeInteger(value) }

    @inline(never)
    public mutating func writeUInt16(_ value: UInt16) { writeInteger(value) }

    @inline(never)
    public mutating func writeUInt32(_ value: UInt32) { writeInteger(value) }

    @inline(never)
    public mutating func writeFloat64(_ value: Double) { writeInteger(value.bitPattern) }

    @inline(never)
    public mutating func writeBool(_ value: Bool) { writeInteger(value ? 1 as UInt8 : 0) }

    @inline(never)
    public mutating func writeUuid(_ value: Uuid) {
        writeInteger(value.mostSignificantBits)
        writeInteger(value.leastSignificantBits)
    }

    @inline(never)
    public mutating func writeUnsignedVarint(_ value: UInt32) {
        if value < 0x80 {
            writeInteger(UInt8(truncatingIfNeeded: value))
        } else {
            writeUnsignedVarlong(UInt64(value))
        }
    }

    @inline(never)
    public mutating func writeVarint(_ value: Int32) {
        writeUnsignedVarint(UInt32(bitPattern: (value &<< 1) ^ (value &>> 31)))
    }

    public mutating func writeUnsignedVarlong(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        writeInteger(UInt8(truncatingIfNeeded: rest))
    }

    public mutating func writeVarlong(_ value: Int64) {
        writeUnsignedVarlong(UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)))
    }

    /// The bytes alone, without a length.
    @inline(never)
    public mutating func writeRaw(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        room(bytes.count).copyMemory(from: start, byteCount: bytes.count)
    }

    /// The bytes alone, without a length.
    public mutating func writeRaw(_ bytes: ByteSlice) {
        room(bytes.count).copyMemory(from: bytes.base, byteCount: bytes.count)
    }
}
