// Records out of a stream of chunks: what compressed batches are read with.

import Bytes

/// Reads the records of one batch from its decompressor's chunks. At the end of the data single bytes read as 0xFF, as
/// Kafka's stream reads them: a record that is cut then has integers without end.
struct RecordStream: ~Copyable {
    private let lease: Lease<StreamDecompressor>
    // The rest of the current chunk.
    private var at: UnsafeRawPointer
    private var end: UnsafeRawPointer
    /// Bodies that lie across chunks are put together here.
    private var scratch = ScratchBuffer(capacity: 0)
    /// The largest body that `nextBody` puts together.
    private let maxBodyBytes: Int
    /// How much more may be decompressed before the next pause, and after it.
    private var leftBytes: Int
    private var laterBytes: Int
    private let effort: CheckEffort

    /// `isHeaderHashed`: see `StreamDecompressor.startUnhashed`. What expands further than `effort` goes fails.
    init(
        _ codec: CompressionCodec, _ payload: ByteSlice, maxBodyBytes: Int, effort: CheckEffort = .whole,
        isHeaderHashed: Bool = true
    ) throws(RecordFault) {
        self.effort = effort
        leftBytes = effort.firstBytes
        laterBytes = effort.expandedBytes - leftBytes
        lease = codec.leaseDecompressor()
        at = UnsafeRawPointer(payload.base)
        end = at
        self.maxBodyBytes = maxBodyBytes
        do throws(DecompressionError) {
            if isHeaderHashed { try lease.context.start(payload) } else { try lease.context.startUnhashed(payload) }
        } catch {
            throw .compression(error)
        }
    }

    /// Reads the next record's head, and passes over its key, value and headers without keeping them. The length before
    /// it is not compared with what is there: Kafka does not either when it need not open the record.
    mutating func readHead(into record: inout RecordLayout) throws(RecordFault) {
        _ = try varint()
        record.attributes = try byte()
        record.timestampDelta = try varlong()
        record.offsetDelta = try varint()
        record.keyLength = try varint()
        try skip(record.keyLength)
        record.valueLength = try varint()
        try skip(record.valueLength)
        record.headerCount = try varint()
        if record.headerCount < 0 { throw .malformed("negative header count") }
        for _ in 0..<record.headerCount {
            let keyLength = try varint()
            if keyLength < 0 { throw .malformed("negative header key length") }
            try skip(keyLength)
            try skip(try varint())
        }
    }

    /// The next record's whole body, valid until the next call.
    mutating func nextBody() throws(RecordFault) -> UnsafeRawBufferPointer {
        let length = Int(try varint())
        if length < 0 { throw .malformed("negative record length") }
        if length <= end - at {
            defer { at += length }
            return UnsafeRawBufferPointer(start: at, count: length)
        }
        guard length <= maxBodyBytes else { throw try faultOfLarge(length) }
        guard let body = try gather(length) else { throw .malformed("record cut short") }
        return body
    }

    /// The next `count` bytes, valid until the next call; nil when fewer are left.
    mutating func take(_ count: Int) throws(RecordFault) -> UnsafeRawBufferPointer? {
        if count <= end - at {
            defer { at += count }
            return UnsafeRawBufferPointer(start: at, count: count)
        }
        guard count <= maxBodyBytes else { throw .tooLarge(sizeBytes: count) }
        return try gather(count)
    }

    /// Passes over `count` bytes; false when fewer are left.
    mutating func pass(_ count: Int) throws(RecordFault) -> Bool {
        var left = count
        while left > 0 {
            if at == end {
                guard try refill() else { return false }
            }
            let part = min(left, end - at)
            at += part
            left -= part
        }
        return true
    }

    /// Whether a record of such a length is there at all decides how it is refused.
    private mutating func faultOfLarge(_ length: Int) throws(RecordFault) -> RecordFault {
        // Larger than any array of the JVM.
        if length > Int(Int32.max) - 2 { return .unreadable("a record of 2 GiB") }
        try skipAcrossChunks(length)
        return .tooLarge(sizeBytes: length)
    }

    /// Whether all data has been read; looks for more.
    mutating func isAtEnd() throws(RecordFault) -> Bool {
        guard at == end else { return false }
        return try !refill()
    }

    /// `length` bytes that lie across chunks; nil when the data ends before.
    private mutating func gather(_ length: Int) throws(RecordFault) -> UnsafeRawBufferPointer? {
        // Grown as the bytes come: a length alone must not take memory.
        var gathered = 0
        while gathered < length {
            if at == end {
                guard try refill() else { return nil }
            }
            let part = min(length - gathered, end - at)
            if gathered + part > scratch.capacity {
                scratch.grow(to: min(length, max(gathered + part, scratch.capacity * 2)), keeping: gathered)
            }
            (scratch.base + gathered).copyMemory(from: at, byteCount: part)
            gathered += part
            at += part
        }
        return UnsafeRawBufferPointer(start: scratch.base, count: length)
    }

    /// Takes the next chunk; false at the end.
    private mutating func refill() throws(RecordFault) -> Bool {
        let chunk: UnsafeRawBufferPointer
        do throws(DecompressionError) { chunk = try lease.context.nextChunk() } catch { throw .compression(error) }
        guard let base = chunk.baseAddress, !chunk.isEmpty else { return false }
        leftBytes -= chunk.count
        if leftBytes < 0 { try pause() }
        at = base
        end = base + chunk.count
        return true
    }

    /// `leftBytes` are used up, and a few more.
    private mutating func pause() throws(RecordFault) {
        guard laterBytes + leftBytes >= 0, effort.mayGoOn?() ?? true else { throw .expandsTooFar }
        laterBytes += leftBytes
        leftBytes = min(laterBytes, CheckEffort.pauseBytes)
        laterBytes -= leftBytes
    }

    @inline(__always)
    private mutating func byte() throws(RecordFault) -> UInt8 {
        if at == end {
            guard try refill() else { return 0xFF }
        }
        defer { at += 1 }
        return at.load(as: UInt8.self)
    }

    /// Passes over `count` bytes; a negative count is no bytes (null).
    @inline(__always)
    private mutating func skip(_ count: Int32) throws(RecordFault) {
        guard count > 0 else { return }
        if Int(count) <= end - at {
            at += Int(count)
        } else {
            try skipAcrossChunks(Int(count))
        }
    }

    private mutating func skipAcrossChunks(_ count: Int) throws(RecordFault) {
        guard try pass(count) else { throw .malformed("record cut short") }
    }

    @inline(__always)
    private mutating func varint() throws(RecordFault) -> Int32 {
        if at < end {
            let first = at.load(as: UInt8.self)
            if first < 0x80 {
                at += 1
                return Int32(first >> 1) ^ -Int32(first & 1)
            }
        }
        var raw: UInt32 = 0
        for shift in stride(from: UInt32(0), to: 35, by: 7) {
            let next = try byte()
            raw |= UInt32(next & 0x7F) << shift
            if next < 0x80 { return Int32(bitPattern: raw >> 1) ^ -Int32(bitPattern: raw & 1) }
        }
        throw .malformed("varint without end")
    }

    @inline(__always)
    private mutating func varlong() throws(RecordFault) -> Int64 {
        if at < end {
            let first = at.load(as: UInt8.self)
            if first < 0x80 {
                at += 1
                return Int64(first >> 1) ^ -Int64(first & 1)
            }
        }
        var raw: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let next = try byte()
            raw |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1) }
        }
        throw .malformed("varlong without end")
    }
}
