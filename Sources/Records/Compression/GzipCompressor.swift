// gzip (RFC 1952), one member: the header without name and time, deflate by zlib, CRC and size.

import CCodecs

/// `@unchecked Sendable`: as its base class.
final class GzipCompressor: StreamCompressor, @unchecked Sendable {
    /// Magic, deflate, no flags, no time, no hint, system unknown: what java.util.zip.GZIPOutputStream writes.
    private static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]

    private let stream: UnsafeMutablePointer<z_stream>
    private var level = Int32(Z_DEFAULT_COMPRESSION)
    private var crc: UInt = 0

    override init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Raw deflate, zlib's default of memory.
        let result = deflateInit2_(
            stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        precondition(result == Z_OK, "deflateInit2: \(result)")
        super.init()
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    override var retainedBytes: Int { 272 << 10 }

    override func start(level: Int32, expectedBytes: Int?, into output: inout OutputBytes) {
        deflateReset(stream)
        if level != self.level {
            deflateParams(stream, level, Z_DEFAULT_STRATEGY)
            self.level = level
        }
        crc = 0
        Self.header.withUnsafeBytes { output.append($0) }
    }

    override func write(_ bytes: UnsafeRawBufferPointer, into output: inout OutputBytes) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            // zlib counts in 32 bits.
            let part = min(bytes.count - done, 1 << 30)
            let source = UnsafeMutableRawPointer(mutating: base + done).assumingMemoryBound(to: UInt8.self)
            crc = crc32(crc, source, UInt32(part))
            stream.pointee.next_in = source
            stream.pointee.avail_in = UInt32(part)
            while stream.pointee.avail_in > 0 { _ = deflatePart(Z_NO_FLUSH, into: &output) }
            done += part
        }
    }

    override func finish(into output: inout OutputBytes) {
        while deflatePart(Z_FINISH, into: &output) != Z_STREAM_END {}
        output.append(littleEndian: UInt32(truncatingIfNeeded: crc))
        output.append(littleEndian: UInt32(truncatingIfNeeded: stream.pointee.total_in))
    }

    private func deflatePart(_ flush: Int32, into output: inout OutputBytes) -> Int32 {
        let room = 8192
        stream.pointee.next_out = output.reserve(room).assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room)
        let result = deflate(stream, flush)
        precondition(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR, "deflate: \(result)")
        output.advance(room - Int(stream.pointee.avail_out))
        return result
    }
}
