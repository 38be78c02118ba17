// Messages of magic 0 and 1 for tests of logs, written by hand.

import Bytes
import Files
import Testing

@testable import LogStorage
@testable import Records

/// A message of magic 0 or 1, or a wrapper of some.
struct OldMessage {
    var magic: UInt8 = 0
    var offset: Int64
    var attributes: UInt8 = 0
    var timestampMs: Int64 = -1
    var key: [UInt8]?
    var value: [UInt8]?

    init(
        magic: UInt8 = 0, _ offset: Int64, timestampMs: Int64 = -1, attributes: UInt8 = 0, key: String?, value: String?
    ) {
        self.magic = magic
        self.offset = offset
        self.attributes = attributes
        self.timestampMs = timestampMs
        self.key = key.map { Array($0.utf8) }
        self.value = value.map { Array($0.utf8) }
    }

    /// Messages of the same magic, compressed into one.
    init(wrapping messages: [OldMessage], codec: CompressionCodec) {
        magic = messages[0].magic
        offset = messages[messages.count - 1].offset
        attributes = codec.rawValue
        timestampMs = messages.map(\.timestampMs).max() ?? -1
        let base = magic == 1 ? messages[0].offset : 0
        let inner = messages.flatMap { message in
            var message = message
            message.offset -= base
            return message.array
        }
        let lease = codec.leaseCompressor()
        var output = OutputBytes(reserving: 64)
        lease.context.start(level: codec.defaultLevel, expectedBytes: nil, into: &output)
        inner.withUnsafeBytes { lease.context.write($0, into: &output) }
        lease.context.finish(into: &output)
        value = output.slice.array
    }

    var array: [UInt8] {
        var body = [magic, attributes]
        if magic == 1 { body += big(timestampMs) }
        for field in [key, value] { body += field.map { big(Int32($0.count)) + $0 } ?? big(Int32(-1)) }
        var crc = LegacyCrc()
        body.withUnsafeBytes { crc.update($0) }
        return big(offset) + big(Int32(4 + body.count)) + big(crc.value) + body
    }

    private func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}

extension TestLogs {
    /// A log whose directory has these segments, by where they begin. `clean`: opened as after a stop in order.
    func openLog(
        segments: [(Int64, [UInt8])], _ config: LogConfig = CleaningHistory.config, clean: Bool = false
    ) throws -> PartitionLog {
        if try !fileSystem.exists(logPath) { try fileSystem.createDirectory(logPath) }
        for (base, bytes) in segments {
            for kind in [LogFileKind.log, .offsetIndex, .timeIndex] {
                let file = try fileSystem.open(path(LogFileName(offset: base, kind: kind).text), .truncate)
                if kind == .log { try file.write(bytes) }
            }
        }
        return try openLog(config, clean: clean, environment: manualEnvironment().0)
    }

    /// Sets the time at which a segment was last written to.
    func setModified(_ base: Int64, _ timeMs: Int64) throws {
        try fileSystem.open(path(LogFileName(offset: base, kind: .log).text), .readWrite).setModified(timeMs)
    }
}
