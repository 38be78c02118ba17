import Bytes
import Testing

@testable import Records

/// A batch with a recognisable value in every field, and `payload` as its records.
private func sampleBatch(payload: [UInt8] = [1, 2, 3], attributes: UInt16 = 0) -> ByteSlice {
    let bytes = ByteSlice(copying: [UInt8](repeating: 0, count: 61) + payload)
    bytes.store(Int64(1000), at: 0)
    bytes.store(Int32(bytes.count - 12), at: 8)
    bytes.store(Int32(7), at: 12)
    bytes.store(Int8(2), at: 16)
    bytes.store(attributes, at: 21)
    bytes.store(Int32(9), at: 23)
    bytes.store(Int64(1_700_000_000_000), at: 27)
    bytes.store(Int64(1_700_000_000_500), at: 35)
    bytes.store(Int64(4711), at: 43)
    bytes.store(Int16(3), at: 51)
    bytes.store(Int32(20), at: 53)
    bytes.store(Int32(10), at: 57)
    bytes.store(Crc32C.checksum(bytes.suffix(from: 21)), at: 17)
    return bytes
}

@Suite struct RecordBatchTests {
    @Test func crcIsCastagnoliByItsCheckValue() {
        #expect(Crc32C.checksum(ByteSlice(copying: Array("123456789".utf8))) == 0xE306_9283)
        let first = Crc32C.checksum(ByteSlice(copying: Array("1234".utf8)))
        #expect(Crc32C.checksum(ByteSlice(copying: Array("56789".utf8)), continuing: first) == 0xE306_9283)
    }

    @Test func viewAndPlainHeaderReadEveryField() throws {
        let bytes = sampleBatch(attributes: 0b0101_1011)
        let batch = try #require(RecordBatch(bytes))
        let header = try #require(RecordBatchHeader(bytes))
        #expect(batch.header == header)
        #expect(batch.baseOffset == 1000)
        #expect(batch.sizeBytes == 64 && header.sizeBytes == 64)
        #expect(batch.partitionLeaderEpoch == 7)
        #expect(batch.lastOffset == 1009 && batch.nextOffset == 1010)
        #expect(batch.codec == .lz4 && batch.timestampType == .logAppendTime)
        #expect(batch.isTransactional && !batch.isControl && batch.hasDeleteHorizon)
        #expect(batch.deleteHorizonMs == 1_700_000_000_000)
        #expect(batch.maxTimestamp == 1_700_000_000_500)
        #expect(batch.hasProducerId && batch.producerId == 4711 && batch.producerEpoch == 3)
        #expect(batch.baseSequence == 20 && batch.lastSequence == 29 && batch.recordCount == 10)
        #expect(batch.isCrcValid)
        #expect(batch.payload.array == [1, 2, 3])
    }

    @Test func sequencesGoOnAtZeroAfterTheLargest() {
        #expect(ProducerSequence.advance(.max, by: 1) == 0)
        #expect(ProducerSequence.advance(.max - 2, by: 5) == 2)
        #expect(ProducerSequence.advance(4, by: 5) == 9)
    }

    @Test func offsetAndEpochArePatchedOutsideTheCrc() throws {
        let batch = try #require(RecordBatch(sampleBatch()))
        let crc = batch.crc
        batch.setLastOffset(88)
        batch.setPartitionLeaderEpoch(12)
        #expect(batch.baseOffset == 79 && batch.partitionLeaderEpoch == 12)
        #expect(batch.crc == crc && batch.isCrcValid)
    }

    @Test func maxTimestampIsPatchedWithANewCrcAndOnlyWhenItDiffers() throws {
        let batch = try #require(RecordBatch(sampleBatch(attributes: 0xFF13)))
        let before = batch.bytes.array
        batch.setMaxTimestamp(batch.maxTimestamp, type: .createTime)
        #expect(batch.bytes.array == before)
        batch.setMaxTimestamp(5, type: .logAppendTime)
        #expect(batch.attributes == 0x1B && batch.maxTimestamp == 5 && batch.isCrcValid)
    }

    @Test func walksBatchesAndStopsAtACutOne() throws {
        let whole = sampleBatch().array
        let bytes = ByteSlice(copying: whole + whole + whole.dropLast())
        var batches = RecordBatches(bytes: bytes)
        #expect(try batches.next()?.baseOffset == 1000)
        #expect(try batches.next() != nil)
        #expect(try batches.next() == nil)
        #expect(batches.position == 2 * whole.count && batches.remaining == whole.count - 1)
        for cut in 0..<whole.count {
            var cutBatches = RecordBatches(bytes: ByteSlice(copying: whole.prefix(cut)))
            #expect(try cutBatches.next() == nil)
        }
    }

    @Test func refusesSizesAndMagicsThatMakeNoSense() {
        func firstError(_ change: (ByteSlice) -> Void) -> RecordBatchError? {
            let bytes = sampleBatch(payload: [UInt8](repeating: 0, count: 100))
            change(bytes)
            var batches = RecordBatches(bytes: bytes)
            do {
                _ = try batches.next()
                return nil
            } catch {
                #expect(batches.position == 0)
                return error
            }
        }
        #expect(firstError { $0.store(Int32(13), at: 8) } == .lengthTooSmall(13))
        #expect(firstError { $0.store(Int32.min, at: 8) } == .lengthTooSmall(.min))
        #expect(firstError { $0.store(Int32(14), at: 8) } == .headerTruncated(sizeBytes: 26))
        #expect(firstError { $0.store(Int32(48), at: 8) } == .headerTruncated(sizeBytes: 60))
        #expect(firstError { $0.store(Int8(3), at: 16) } == .invalidMagic(3))
        #expect(firstError { $0.store(Int8(-1), at: 16) } == .invalidMagic(-1))
        #expect(firstError { $0.store(Int8(1), at: 16) } == .legacyMagic(1, sizeBytes: 161))
        #expect(firstError { $0.store(Int32.max, at: 8) } == .lengthTooLarge(.max))
        #expect(firstError { $0.store(Int32.max - 12, at: 8) } == nil)
    }
}
