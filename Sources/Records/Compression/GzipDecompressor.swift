// gzip (RFC 1952): headers and trailers read here, deflate by zlib.
//
//  1f 8b 08  flags  mtime(4)  xfl  os  [extra: length(2) …]  [name 0]  [comment 0]  [crc16 of the header]
//  deflate data
//  crc32(4, little-endian)  size modulo 2^32 (4)
//
// As java.util.zip.GZIPInputStream reads it: reserved flags are passed over, further members are read, and what cannot
// be a further member's header is ignored.

import Bytes
import CCodecs

/// `@unchecked Sendable`: as its base class.
final class GzipDecompressor: StreamDecompressor, @unchecked Sendable {
    /// The sizes of Kafka's buffers around its stream.
    private static let inputBytes = 8192
    private static let outputBytes = 16384
    /// A trailer, the shortest header and another trailer: with no more than this buffered, no member is looked for.
    private static let leastLeftover = 26

    private let stream: UnsafeMutablePointer<z_stream>
    private let output = ScratchBuffer(capacity: outputBytes)
    private var input = ByteSlice.empty
    /// What of the input was given to zlib or read as header.
    private var position = 0
    private var crc: UInt = 0
    private var isAtMemberEnd = false
    private var isAtEnd = true

    override init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let result = inflateInit2_(stream, -15, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        precondition(result == Z_OK, "inflateInit2: \(result)")
        super.init()
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    override func start(_ input: ByteSlice) throws(DecompressionError) {
        self.input = input
        guard let bodyStart = headerEnd(from: 0) else { throw Self.error("no gzip header") }
        beginMember(at: bodyStart)
    }

    override func rest() {
        input = .empty
        isAtEnd = true
    }

    override var retainedBytes: Int { 1 << 16 }

    override func nextChunk() throws(DecompressionError) -> UnsafeRawBufferPointer {
        while !isAtEnd {
            if isAtMemberEnd {
                try finishMember()
                continue
            }
            if stream.pointee.avail_in == 0 { try feed() }
            stream.pointee.next_out = output.base.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(Self.outputBytes)
            let result = inflate(stream, Z_PARTIAL_FLUSH)
            guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else {
                throw Self.error("damaged deflate data")
            }
            isAtMemberEnd = result == Z_STREAM_END
            let produced = Self.outputBytes - Int(stream.pointee.avail_out)
            if produced > 0 {
                crc = crc32(crc, output.base.assumingMemoryBound(to: UInt8.self), UInt32(produced))
                return UnsafeRawBufferPointer(start: output.base, count: produced)
            }
        }
        return UnsafeRawBufferPointer(start: output.base, count: 0)
    }

    private static func error(_ reason: StaticString) -> DecompressionError { DecompressionError(.gzip, reason) }

    private func feed() throws(DecompressionError) {
        let count = min(Self.inputBytes, input.count - position)
        guard count > 0 else { throw Self.error("deflate data cut short") }
        stream.pointee.next_in = (input.base + position).assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
        position += count
    }

    private func beginMember(at bodyStart: Int) {
        inflateReset(stream)
        stream.pointee.avail_in = 0
        position = bodyStart
        crc = 0
        isAtMemberEnd = false
        isAtEnd = false
    }

    /// Checks the member's trailer, and goes on with the next member when there is one.
    private func finishMember() throws(DecompressionError) {
        let buffered = Int(stream.pointee.avail_in)
        let trailer = position - buffered
        guard input.count - trailer >= 8 else { throw Self.error("trailer cut short") }
        let expectedCrc = input.load(at: trailer, as: UInt32.self).byteSwapped
        let expectedSize = input.load(at: trailer + 4, as: UInt32.self).byteSwapped
        guard expectedCrc == UInt32(truncatingIfNeeded: crc) else { throw Self.error("wrong checksum") }
        guard expectedSize == UInt32(truncatingIfNeeded: stream.pointee.total_out) else {
            throw Self.error("wrong size")
        }
        let unbuffered = input.count - max(position, trailer + 8)
        if unbuffered > 0 || buffered > Self.leastLeftover, let next = headerEnd(from: trailer + 8) {
            beginMember(at: next)
        } else {
            isAtEnd = true
        }
    }

    /// Where the header that begins at `start` ends; nil when there is none, or a damaged one.
    private func headerEnd(from start: Int) -> Int? {
        guard input.count - start >= 10, input[start] == 0x1F, input[start + 1] == 0x8B, input[start + 2] == 8 else {
            return nil
        }
        let flags = input[start + 3]
        var at = start + 10
        if flags & 0x04 != 0 {
            guard input.count - at >= 2 else { return nil }
            at += 2 + Int(input[at]) + Int(input[at + 1]) << 8
            guard at <= input.count else { return nil }
        }
        for flag in [0x08, 0x10] as [UInt8] where flags & flag != 0 {
            while true {
                guard at < input.count else { return nil }
                at += 1
                if input[at - 1] == 0 { break }
            }
        }
        if flags & 0x02 != 0 {
            guard input.count - at >= 2 else { return nil }
            let header = (input.base + start).assumingMemoryBound(to: UInt8.self)
            let computed = crc32(0, header, UInt32(at - start)) & 0xFFFF
            guard UInt(input[at]) | UInt(input[at + 1]) << 8 == computed else { return nil }
            at += 2
        }
        return at
    }
}
