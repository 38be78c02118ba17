import Bytes
import Testing

@testable import Records

@Suite struct BuilderTests {
    /// Records with every form of key, value and headers.
    static let sample = [
        Record(offset: 7, timestamp: 1_700_000_000_000, key: Array("key".utf8), value: Array("value".utf8)),
        Record(offset: 8, timestamp: 1_699_999_999_000, key: nil, value: nil),
        Record(
            offset: 12, timestamp: 1_700_000_000_001, key: [], value: [],
            headers: [
                RecordHeader(key: "h", value: [1, 2]), RecordHeader(key: "", value: nil),
                RecordHeader(key: "größe", value: []),
            ]),
        Record(offset: 13, timestamp: -1, key: [0], value: [UInt8](repeating: 0x61, count: 300_000)),
    ]

    static func build(_ records: [Record], _ settings: CompressionSettings) throws -> RecordBatch {
        var builder = RecordBatchBuilder(baseOffset: 5, compression: settings, partitionLeaderEpoch: 3)
        for record in records { builder.append(record) }
        let built = builder.build()
        return try #require(built)
    }

    @Test(arguments: CompressionCodec.allCases)
    func whatWasAppendedIsRead(codec: CompressionCodec) throws {
        let batch = try Self.build(Self.sample, CompressionSettings(codec))
        #expect(batch.isCrcValid && batch.codec == codec && batch.recordCount == 4)
        #expect(batch.baseOffset == 5 && batch.lastOffset == 13 && batch.partitionLeaderEpoch == 3)
        #expect(batch.baseTimestamp == 1_700_000_000_000 && batch.maxTimestamp == 1_700_000_000_001)
        #expect(batch.producerId == -1 && batch.producerEpoch == -1 && batch.baseSequence == -1)
        #expect(try batch.records() == Self.sample)
    }

    @Test(arguments: CompressionCodec.allCases)
    func headsAreReadWithoutTheRest(codec: CompressionCodec) throws {
        var cursor = try RecordCursor(
            Self.build(Self.sample, CompressionSettings(codec)), contents: .heads, maxRecordBytes: 0)
        for record in Self.sample {
            let isThere = try cursor.next()
            let (offset, timestamp) = (cursor.offset, cursor.timestamp)
            let (hasKey, hasValue, headerCount) = (cursor.hasKey, cursor.hasValue, cursor.headerCount)
            #expect(isThere && offset == record.offset && timestamp == record.timestamp)
            #expect(hasKey == (record.key != nil) && hasValue == (record.value != nil))
            #expect(headerCount == record.headers.count)
        }
        let isThere = try cursor.next()
        #expect(!isThere)
    }

    @Test func nothingAppendedIsNoBatch() {
        let built = RecordBatchBuilder().build()
        #expect(built == nil)
    }

    @Test func anIdempotentProducersBatchNamesIt() throws {
        var builder = RecordBatchBuilder(
            producer: BatchProducer(id: 9, epoch: 2, baseSequence: 40, isTransactional: true))
        builder.append(timestamp: 1, key: nil, value: [1])
        builder.append(timestamp: 2, key: nil, value: [2])
        let built = builder.build()
        let batch = try #require(built)
        #expect(batch.producerId == 9 && batch.producerEpoch == 2 && batch.isTransactional && !batch.isControl)
        #expect(batch.baseSequence == 40 && batch.lastSequence == 41)
        var cursor = try RecordCursor(batch)
        var sequences: [Int32] = []
        while try cursor.next() { sequences.append(cursor.sequence) }
        #expect(sequences == [40, 41])
    }

    @Test func logAppendTimeIsTheTimestampOfEveryRecord() throws {
        var builder = RecordBatchBuilder(logAppendTimeMs: 555)
        builder.append(timestamp: 1, key: nil, value: [1])
        let built = builder.build()
        let batch = try #require(built)
        #expect(batch.timestampType == .logAppendTime && batch.maxTimestamp == 555)
        #expect(try batch.records().map(\.timestamp) == [555])
    }

    @Test func aDeleteHorizonIsTheBaseOfTheTimestamps() throws {
        var builder = RecordBatchBuilder(deleteHorizonMs: 10_000)
        builder.append(timestamp: 7, key: [1], value: nil)
        let built = builder.build()
        let batch = try #require(built)
        #expect(batch.deleteHorizonMs == 10_000)
        #expect(try batch.records().map(\.timestamp) == [7])
    }

    @Test func aMarkerIsTheBatchThatKafkaWrites() throws {
        let marker = EndTransactionMarker(isCommit: true, coordinatorEpoch: 0x0102_0304)
        let batch = marker.batch(producerId: 5, producerEpoch: 1, timestamp: 1_700_000_000_000, baseOffset: 3)
        #expect(batch.sizeBytes == 78 && batch.attributes == 0x30 && batch.baseSequence == -1)
        #expect(try batch.endTransactionMarker() == marker)
        let record = try batch.records()[0]
        #expect(record.key == [0, 0, 0, 1] && record.value == [0, 0, 1, 2, 3, 4])
    }

    @Test func controlTypesAreReadFromKeys() throws {
        for type in ControlRecordType.allCases { #expect(try ControlRecordType.read(key: type.key) == type) }
        #expect(try ControlRecordType.read(key: [0, 0, 0, 7] as [UInt8]) == nil)
        #expect(try ControlRecordType.read(key: [0, 5, 0, 2, 9] as [UInt8]) == .leaderChange)
        #expect(throws: RecordFault.self) { try ControlRecordType.read(key: [0, 0, 0] as [UInt8]) }
        #expect(throws: RecordFault.self) { try ControlRecordType.read(key: [0x80, 0, 0, 1] as [UInt8]) }
    }

    @Test(arguments: CompressionCodec.allCases)
    func whatStaysOfABatchIsUnchanged(codec: CompressionCodec) throws {
        let batch = try Self.build(Self.sample, CompressionSettings(codec))
        let left = try batch.keeping { $0 == 1 || $0 == 2 }
        #expect(left.isCrcValid && left.codec == codec && left.recordCount == 2)
        #expect(left.baseOffset == 5 && left.lastOffset == 13 && left.partitionLeaderEpoch == 3)
        #expect(left.maxTimestamp == 1_700_000_000_001 && left.deleteHorizonMs == nil)
        #expect(try left.records() == Array(Self.sample[1...2]))
        let horizon = try left.keeping(deleteHorizonMs: 99) { $0 == 0 }
        #expect(horizon.deleteHorizonMs == 99 && horizon.isCrcValid)
        #expect(try horizon.records() == [Self.sample[1]])
        // A horizon stays when it is written once more.
        #expect(try horizon.keeping { _ in true }.deleteHorizonMs == 99)
        let empty = batch.emptied()
        #expect(empty.isCrcValid && empty.recordCount == 0 && empty.sizeBytes == 61 && empty.lastOffset == 13)
        #expect(try empty.records() == [])
    }

    /// Any damage is a fault or other records, never a trap.
    @Test(arguments: CompressionCodec.allCases)
    func damagedRecordsAreReadToAFaultOrToTheirEnd(codec: CompressionCodec) throws {
        let whole = try Self.build(Array(Self.sample[..<3]), CompressionSettings(codec)).bytes.array
        var faults = 0
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0...random(3) {
                bytes[RecordBatchLayout.recordCount + random(bytes.count - 57)] = UInt8(random(256))
            }
            let batch = try #require(RecordBatch(ByteSlice(copying: bytes)))
            for contents in [RecordCursor.Contents.heads, .whole] {
                do {
                    var cursor = try RecordCursor(batch, contents: contents, maxRecordBytes: 1 << 20)
                    while try cursor.next() {
                        if contents == .whole { _ = cursor.record() }
                    }
                } catch {
                    faults += 1
                }
            }
        }
        #expect(faults > 1000)
    }
}
