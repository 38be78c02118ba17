import Bytes
import Files
import KafkaMessages
import KafkaWire
import Records
import Testing

@testable import ClusterMetadata

@Suite struct ReplayTests {
    // MARK: What a state's own records make

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func theRecordsOfAStateMakeTheSameStateAgain(seed: UInt64) throws {
        let bench = try Self.randomCluster(seed: seed, steps: 120)
        #expect(bench.state.topics.count > 3)
        #expect(try Self.rebuilt(bench.state) == bench.state)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func theLogsBatchesMakeTheSameStateAgain(seed: UInt64) throws {
        let bench = try Self.randomCluster(seed: seed, steps: 120)
        var replay = MetadataReplay()
        let stamp = BatchStamp(epoch: 3, timestampMs: 77)
        for batch in try MetadataBatch.encode(bench.records, baseOffset: 0, stamp, metadataVersion: .latest) {
            try replay.replay(try #require(RecordBatch(batch)))
        }
        var expected = bench.state
        expected.offset = Int64(bench.records.count) - 1
        expected.epoch = 3
        expected.timestampMs = 77
        #expect(replay.state == expected)
        #expect(replay.logBytes > 0 && !replay.isInTransaction)
    }

    @Test func manyRecordsTakeSeveralBatches() throws {
        let records = (0..<25_000).map { number in
            var record = ProducerIdsRecord()
            record.nextProducerId = Int64(number)
            return MetadataRecord.producerIds(record)
        }
        let batches = try MetadataBatch.encode(
            records, baseOffset: 10, BatchStamp(epoch: 1, timestampMs: 1), metadataVersion: .latest)
        let headers = try batches.map { try #require(RecordBatch($0)) }
        #expect(headers.map(\.baseOffset) == [10, 10_010, 20_010])
        #expect(headers.map(\.recordCount) == [10_000, 10_000, 5_000])
        #expect(headers.map(\.isCrcValid) == [true, true, true])
    }

    // MARK: Transactions (KIP-868)

    @Test func aTransactionTakesEffectWithItsEnd() throws {
        var replay = MetadataReplay()
        try replay.play([.beginTransaction(BeginTransactionRecord()), Self.topic("a")], offset: 0)
        #expect(replay.state.topics.isEmpty && replay.isInTransaction)
        try replay.play([Self.topic("b")], offset: 2)
        #expect(replay.state.topics.isEmpty && replay.state.offset == 2)
        try replay.play([.endTransaction(EndTransactionRecord())], offset: 3)
        #expect(Set(replay.state.topics.names) == ["a", "b"] && !replay.isInTransaction)
    }

    @Test func anAbortedTransactionNeverWas() throws {
        var replay = MetadataReplay()
        try replay.play(
            [Self.topic("kept"), .beginTransaction(BeginTransactionRecord()), Self.topic("a")], offset: 0)
        try replay.play([.abortTransaction(AbortTransactionRecord()), Self.topic("b")], offset: 3)
        #expect(Set(replay.state.topics.names) == ["kept", "b"] && !replay.isInTransaction)
    }

    // MARK: Damage

    @Test func recordsThatDoNotFitAreDamage() {
        var partition = PartitionRecord()
        partition.topicId = Uuid(mostSignificantBits: 1, leastSignificantBits: 1)
        var negative = partition
        negative.partitionId = -1
        var change = PartitionChangeRecord()
        change.topicId = partition.topicId
        var remove = RemoveTopicRecord()
        remove.topicId = partition.topicId
        for record in [
            MetadataRecord.partition(partition), .partition(negative), .partitionChange(change), .removeTopic(remove),
        ] {
            var replay = MetadataReplay()
            #expect(throws: MetadataReplayError.self, "\(record)") { try replay.play([record], offset: 0) }
        }
    }

    @Test func aFlippedBitIsFoundWhereverItIs() throws {
        let record = Self.topic("a-topic")
        let stamp = BatchStamp(epoch: 1, timestampMs: 1)
        let batch = try #require(
            try MetadataBatch.encode([record], baseOffset: 0, stamp, metadataVersion: .latest).first)
        for byte in RecordBatchLayout.attributes..<batch.count {
            for bit in [0, 3, 7] {
                var bytes = batch.array
                bytes[byte] ^= UInt8(1 << bit)
                guard let damaged = RecordBatch(ByteSlice(copying: bytes)) else { continue }
                #expect(throws: MetadataReplayError.self) { _ = try damaged.metadataContent() }
            }
        }
    }

    @Test(
        arguments: [
            [0, 2, 0], [2, 2, 0], [1, 99, 0], [1, 2, 9], [1], [1, 2], [1, 2, 0], [1, 2, 0, 5, 65], [],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0],
        ] as [[UInt8]])
    func aFrameThatIsNotUnderstoodIsRefused(bytes: [UInt8]) {
        #expect(throws: WireError.self) { _ = try MetadataRecord(frame: ByteSlice(copying: bytes)) }
    }

    @Test func aBatchWithRecordsThatLieIsRefusedAndTakesNoMemory() throws {
        let stamp = BatchStamp(epoch: 1, timestampMs: 1)
        let batch = try #require(
            try MetadataBatch.encode([Self.topic("t")], baseOffset: 0, stamp, metadataVersion: .latest).first)
        for (at, value) in [
            (RecordBatchLayout.recordCount, Int32.max), (RecordBatchLayout.recordCount, -1),
            (RecordBatchLayout.lastOffsetDelta, 7),
        ] {
            let bytes = ByteSlice(copying: batch.array)
            bytes.store(value, at: at)
            if value == .max { bytes.store(value - 1, at: RecordBatchLayout.lastOffsetDelta) }
            bytes.store(
                Crc32C.checksum(bytes.suffix(from: RecordBatchLayout.attributes)), at: RecordBatchLayout.crc)
            let damaged = try #require(RecordBatch(bytes))
            #expect(throws: MetadataReplayError.self) { _ = try damaged.metadataContent() }
        }
    }

    // MARK: Images are values

    @Test func anImageStaysAsItWasWhileTheStateGoesOn() throws {
        var bench = try Self.randomCluster(seed: 5, steps: 60)
        let image = MetadataImage(state: bench.state, clusterId: "c", nodeId: 1, generation: 1)
        let before = try Self.rebuilt(image.state)
        for name in bench.state.topics.names.sorted() { _ = try bench.delete(names: [name]) }
        try bench.create(ControllerBench.topic("new"))
        #expect(bench.state.topics.count == 1)
        #expect(try Self.rebuilt(image.state) == before)
        #expect(image.topic("new") == nil && image.topics.count == before.topics.count)
    }

    // MARK: Making clusters

    static func topic(_ name: String) -> MetadataRecord {
        var record = TopicRecord()
        record.name = name
        record.topicId = Uuid.random()
        return .topic(record)
    }

    static func rebuilt(_ state: MetadataState) throws -> MetadataState {
        var new = MetadataState()
        var delta = MetadataDelta()
        var failure: (any Error)?
        state.forEachRecord { record in
            do { try new.replay(record, delta: &delta) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        new.offset = state.offset
        new.epoch = state.epoch
        new.timestampMs = state.timestampMs
        return new
    }

    /// A cluster after `steps` decisions by chance, of every kind there is a record of.
    static func randomCluster(seed: UInt64, steps: Int) throws -> ControllerBench {
        var random = SimulatedRandom(seed: seed)
        var bench = try ControllerBench()
        for step in 0..<steps {
            let name = "topic.\(random.below(12))_x"
            switch random.below(12) {
            case 0...3:
                try bench.create(
                    ControllerBench.topic(
                        name, partitions: Int32(1 + random.below(4)), configs: ["retention.ms": "\(step)"]))
            case 4: _ = try bench.delete(names: [name])
            case 5:
                let count = Int32(bench.state.topics[name]?.partitionCount ?? 0)
                _ = try bench.addPartitions(name, upTo: count + Int32(1 + random.below(3)))
            case 6: _ = try bench.alter(.topic(name), .set("segment.ms", "\(1 + random.below(1000))"))
            case 7: _ = try bench.alter(.topic(name), .delete("retention.ms"))
            case 8:
                if random.below(2) == 0 { try bench.apply(bench.replication.beginControlledShutdown(epoch: 5)) }
                try bench.apply(bench.replication.registerBroker(epoch: 5, endpoints: [], rack: nil))
                try bench.apply(bench.replication.unfence(epoch: 5))
            default: try bench.apply([otherRecord(&random)])
            }
        }
        return bench
    }

    private static func otherRecord(_ random: inout SimulatedRandom) -> MetadataRecord {
        let number = random.below(5)
        switch random.below(8) {
        case 0:
            var record = ProducerIdsRecord()
            record.nextProducerId = Int64(1000 * (1 + number))
            return .producerIds(record)
        case 1:
            var entity = ClientQuotaRecord.EntityData()
            entity.entityType = "user"
            entity.entityName = number == 0 ? nil : "u\(number)"
            var record = ClientQuotaRecord()
            record.entity = [entity]
            record.key = "producer_byte_rate"
            record.value = Double(number)
            record.remove = random.below(3) == 0
            return .clientQuota(record)
        case 2:
            var record = AccessControlEntryRecord()
            record.id = Uuid(mostSignificantBits: 1 << 32, leastSignificantBits: UInt64(number))
            record.principal = "User:u\(number)"
            return .accessControlEntry(record)
        case 3:
            var record = RemoveAccessControlEntryRecord()
            record.id = Uuid(mostSignificantBits: 1 << 32, leastSignificantBits: UInt64(number))
            return .removeAccessControlEntry(record)
        case 4:
            var record = UserScramCredentialRecord()
            record.name = "u\(number)"
            record.mechanism = 1
            record.salt = [UInt8(number)]
            return .userScramCredential(record)
        case 5:
            var record = RemoveUserScramCredentialRecord()
            record.name = "u\(number)"
            record.mechanism = 1
            return .removeUserScramCredential(record)
        case 6:
            var record = RegisterBrokerRecord()
            record.brokerId = Int32(10 + number)
            record.brokerEpoch = Int64(number)
            record.rack = "r\(number)"
            return .registerBroker(record)
        default: return .noOp(NoOpRecord())
        }
    }
}

extension MetadataReplay {
    /// Replays records as one batch.
    mutating func play(_ records: [MetadataRecord], offset: Int64) throws {
        let stamp = BatchStamp(epoch: 1, timestampMs: 1)
        for batch in try MetadataBatch.encode(records, baseOffset: offset, stamp, metadataVersion: .latest) {
            try replay(try #require(RecordBatch(batch)))
        }
    }
}
