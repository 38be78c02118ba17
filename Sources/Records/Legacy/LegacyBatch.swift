// A message of magic 0 or 1 as it lies in a log: what such a log has in the place of a record batch.

import Bytes

/// One message, or a wrapper with several. Copying the value copies no bytes.
///
/// A value of this type has exactly as many bytes as its size field says, and magic 0 or 1; nothing else of it is
/// checked (see `isCrcValid`, `LegacyCursor`). Kafka: `AbstractLegacyRecordBatch`.
public struct LegacyBatch: Sendable {
    /// The message, its offset and size included.
    public let bytes: ByteSlice

    /// Takes `bytes` as one message; nil unless they are exactly one of magic 0 or 1.
    public init?(_ bytes: ByteSlice) {
        guard bytes.count >= LegacyMessage.prefixBytes + LegacyMessage.leastBytes,
            (0...1).contains(bytes.load(at: RecordBatchLayout.magic, as: Int8.self)),
            Int(bytes.load(at: RecordBatchLayout.batchLength, as: Int32.self)) + RecordBatchLayout.logOverheadBytes
                == bytes.count
        else { return nil }
        self.bytes = bytes
    }

    public var sizeBytes: Int { bytes.count }
    public var magic: Int8 { bytes.load(at: RecordBatchLayout.magic) }
    /// The offset of the last message in it.
    public var lastOffset: Int64 { bytes.load(at: RecordBatchLayout.baseOffset) }
    /// Wraps on senseless input.
    public var nextOffset: Int64 { lastOffset &+ 1 }
    public var crc: UInt32 { bytes.load(at: RecordBatchLayout.partitionLeaderEpoch) }

    /// Whether the stored CRC is the right one: one pass over the bytes. Of a wrapper it covers what is in it.
    public var isCrcValid: Bool {
        var computed = LegacyCrc()
        bytes.suffix(from: RecordBatchLayout.magic).withUnsafeBytes { computed.update($0) }
        return computed.value == crc
    }

    private var attributes: UInt8 { bytes[17] }

    /// The codec; nil when the id is none of Kafka's, or zstd, which there was not yet.
    public var codec: CompressionCodec? {
        let codec = CompressionCodec(rawValue: attributes & UInt8(RecordBatchLayout.codecMask))
        return codec == .zstd ? nil : codec
    }

    public var timestampType: TimestampType {
        magic == 1 && attributes & UInt8(RecordBatchLayout.logAppendTimeBit) != 0 ? .logAppendTime : .createTime
    }

    /// The message's own timestamp (ms), of a wrapper the largest in it; -1 in magic 0.
    public var timestamp: Int64 { magic == 1 ? bytes.load(at: 18) : -1 }

    /// What a wrapper holds, compressed.
    var wrapped: ByteSlice {
        get throws(RecordFault) {
            let body = bytes.suffix(from: LegacyMessage.prefixBytes)
            let message = try body.withUnsafeBytes { (bytes) throws(RecordFault) in try LegacyMessage(bytes) }
            guard let value = message.value else {
                throw .malformed("a wrapper without a value")
            }
            return body.slice(from: value.lowerBound, count: value.count)
        }
    }
}
