// Record batches for tests, written by hand: this target does not depend on how the product writes them.

import Bytes
import Files
import Records
import Testing

@testable import LogStorage

/// A batch of magic 2 with uncompressed records.
struct TestBatch {
    var baseOffset: Int64 = 0
    var leaderEpoch: Int32 = -1
    var timestampsMs: [Int64] = [1000]
    var valueBytes = 10
    var producerId: Int64 = -1
    var producerEpoch: Int16 = -1
    var baseSequence: Int32 = -1
    var isTransactional = false
    var attributes: UInt16 = 0
    /// A transaction's marker instead of data.
    var marker: (isAbort: Bool, coordinatorEpoch: Int32)?

    static func data(_ count: Int, timestampMs: Int64 = 1000, valueBytes: Int = 10) -> TestBatch {
        TestBatch(timestampsMs: Array(repeating: timestampMs, count: count), valueBytes: valueBytes)
    }

    static func produced(
        _ producerId: Int64, epoch: Int16 = 0, sequence: Int32, count: Int = 1, transactional: Bool = false,
        timestampMs: Int64 = 1000
    ) -> TestBatch {
        TestBatch(
            timestampsMs: Array(repeating: timestampMs, count: count), producerId: producerId, producerEpoch: epoch,
            baseSequence: sequence, isTransactional: transactional)
    }

    static func marker(_ producerId: Int64, epoch: Int16 = 0, abort: Bool, coordinatorEpoch: Int32 = 0) -> TestBatch {
        TestBatch(
            producerId: producerId, producerEpoch: epoch, isTransactional: true,
            marker: (abort, coordinatorEpoch))
    }

    var bytes: ByteSlice { ByteSlice(copying: array) }

    var array: [UInt8] {
        let records = marker == nil ? dataRecords() : markerRecord()
        var batch: [UInt8] = []
        batch += big(baseOffset)
        batch += big(Int32(49 + records.count))
        batch += big(leaderEpoch)
        batch += [2]
        batch += big(UInt32(0))
        var attributes = self.attributes
        if isTransactional { attributes |= 0x10 }
        if marker != nil { attributes |= 0x20 }
        batch += big(attributes)
        batch += big(Int32(timestampsMs.count - 1))
        batch += big(timestampsMs.first ?? -1)
        batch += big(timestampsMs.max() ?? -1)
        batch += big(producerId)
        batch += big(producerEpoch)
        batch += big(baseSequence)
        batch += big(Int32(timestampsMs.count))
        batch += records
        let crc = batch.withUnsafeBytes { Crc32C.checksum(UnsafeRawBufferPointer(rebasing: $0[21...])) }
        batch.replaceSubrange(17..<21, with: big(crc))
        return batch
    }

    private func dataRecords() -> [UInt8] {
        var records: [UInt8] = []
        for (index, timestamp) in timestampsMs.enumerated() {
            var body: [UInt8] = [0]
            body += varint(timestamp - timestampsMs[0])
            body += varint(Int64(index))
            body += varint(-1)
            body += varint(Int64(valueBytes))
            body += Array(repeating: UInt8(ascii: "v"), count: valueBytes)
            body += varint(0)
            records += varint(Int64(body.count)) + body
        }
        return records
    }

    private func markerRecord() -> [UInt8] {
        let key = big(Int16(0)) + big(Int16(marker?.isAbort == true ? 0 : 1))
        let value = big(Int16(0)) + big(marker?.coordinatorEpoch ?? 0)
        var body: [UInt8] = [0] + varint(0) + varint(0)
        body += varint(Int64(key.count)) + key
        body += varint(Int64(value.count)) + value
        body += varint(0)
        return varint(Int64(body.count)) + body
    }

    private func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private func varint(_ value: Int64) -> [UInt8] {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

extension ReadResult {
    /// The bytes of the range, read from its file.
    func bytes() throws -> ByteSlice {
        guard let records else { return .empty }
        let file = try #require(records.owner as? any OpenFile)
        return try file.read(count: records.sizeBytes, at: records.position)
    }

    /// The headers of the whole batches in the range.
    func batches() throws -> [RecordBatch] {
        var batches = RecordBatches(bytes: try bytes())
        var found: [RecordBatch] = []
        while let batch = try batches.next() { found.append(batch) }
        return found
    }
}
