import Bytes
import KafkaMessages
import KafkaWire
import Testing

@testable import Broker

@Suite struct FetchSessionTests {
    private static let hour: Int64 = 3_600_000

    private func target(_ partition: Int32, offset: Int64 = 0) -> FetchTarget {
        FetchTarget(
            key: FetchPartitionKey(topicId: .zero, topicName: "events", partition: partition), topic: "events",
            fetchOffset: offset, maxBytes: 1000, currentLeaderEpoch: -1, lastFetchedEpoch: -1)
    }

    private func answer(
        _ target: FetchTarget, highWatermark: Int64 = 0, sizeBytes: Int = 0, error: ErrorCode = .none
    ) -> FetchContext.Answer {
        var data = FetchResponse.PartitionData()
        data.partitionIndex = target.partition
        data.highWatermark = highWatermark
        data.logStartOffset = 0
        data.errorCode = error.rawValue
        data.records = .bytes(ByteSlice(copying: [UInt8](repeating: 0, count: sizeBytes)))
        return (target, data)
    }

    private func context(
        _ cache: FetchSessionCache, session: Int32, epoch: Int32, _ targets: [FetchTarget], forgotten: [Int32] = [],
        version: Int16 = 12
    ) -> FetchContext {
        var request = FetchRequest()
        request.sessionId = session
        request.sessionEpoch = epoch
        return cache.context(
            for: request, version: version, targets: targets,
            forgotten: forgotten.map { target($0).key }, isFollower: false, nowMs: 0, topicName: { _ in nil })
    }

    /// A session over partitions 0 and 1, both answered once without records.
    private func session(in cache: FetchSessionCache) -> Int32 {
        let targets = [target(0), target(1)]
        let full = context(cache, session: 0, epoch: 0, targets)
        return full.finish(targets.map { answer($0) }, cache: cache, nowMs: 0).sessionId
    }

    @Test func fullRequestMakesASessionThatRemembersItsPartitions() {
        let cache = FetchSessionCache(maxEntries: 10, evictionMs: 1000)
        let id = session(in: cache)
        #expect(id > 0)
        let incremental = context(cache, session: id, epoch: 1, [])
        #expect(incremental.targets.map(\.partition) == [0, 1])
    }

    @Test func incrementalAnswerNamesOnlyWhatChanged() {
        let cache = FetchSessionCache(maxEntries: 10, evictionMs: 1000)
        let id = session(in: cache)
        let next = context(cache, session: id, epoch: 1, [])
        let response = next.finish(
            [answer(target(0)), answer(target(1), highWatermark: 5)], cache: cache, nowMs: 0)
        #expect(response.responses.flatMap(\.partitions).map(\.partitionIndex) == [1])
    }

    @Test func partitionWithRecordsGoesToTheEnd() {
        let cache = FetchSessionCache(maxEntries: 10, evictionMs: 1000)
        let id = session(in: cache)
        let next = context(cache, session: id, epoch: 1, [])
        _ = next.finish(
            [answer(target(0), highWatermark: 1, sizeBytes: 10), answer(target(1))], cache: cache, nowMs: 0)
        #expect(context(cache, session: id, epoch: 2, []).targets.map(\.partition) == [1, 0])
    }

    @Test func partitionIsNamedAgainOnceItsErrorHasGone() {
        let cache = FetchSessionCache(maxEntries: 10, evictionMs: 1000)
        let id = session(in: cache)
        let failing = context(cache, session: id, epoch: 1, [])
        let failed = failing.finish(
            [answer(target(0), error: .kafkaStorageError), answer(target(1))], cache: cache, nowMs: 0)
        #expect(failed.responses.flatMap(\.partitions).map(\.partitionIndex) == [0])
        let mended = context(cache, session: id, epoch: 2, [])
        let response = mended.finish([answer(target(0)), answer(target(1))], cache: cache, nowMs: 0)
        #expect(response.responses.flatMap(\.partitions).map(\.partitionIndex) == [0])
    }

    @Test func refusesUnknownSessionsAndWrongEpochs() {
        let cache = FetchSessionCache(maxEntries: 10, evictionMs: 1000)
        let id = session(in: cache)
        #expect(error(context(cache, session: id &+ 1, epoch: 1, [])) == .fetchSessionIdNotFound)
        #expect(error(context(cache, session: id, epoch: 2, [])) == .invalidFetchSessionEpoch)
        #expect(error(context(cache, session: id, epoch: 1, [], version: 13)) == .fetchSessionTopicIdError)
        #expect(error(context(cache, session: id, epoch: 1, [])) == nil)
    }

    @Test func lateAnswerOfASupersededRequestIsRefused() {
        let cache = FetchSessionCache(maxEntries: 10, evictionMs: 1000)
        let id = session(in: cache)
        let first = context(cache, session: id, epoch: 1, [])
        _ = context(cache, session: id, epoch: 2, [])
        let response = first.finish([answer(target(0), highWatermark: 9)], cache: cache, nowMs: 0)
        #expect(response.errorCode == ErrorCode.invalidFetchSessionEpoch.rawValue)
        #expect(response.responses.isEmpty)
    }

    @Test func forgettingEveryPartitionEndsTheSession() {
        let cache = FetchSessionCache(maxEntries: 10, evictionMs: 1000)
        let id = session(in: cache)
        let emptied = context(cache, session: id, epoch: 1, [], forgotten: [0, 1])
        #expect(emptied.finish([], cache: cache, nowMs: 0).sessionId == 0)
        #expect(cache.count == 0)
    }

    @Test func fullCachePushesOutTheStaleAndKeepsTheFresh() {
        let cache = FetchSessionCache(maxEntries: 1, evictionMs: 1000)
        let id = session(in: cache)
        let newcomer = context(cache, session: 0, epoch: 0, [target(7)])
        #expect(newcomer.finish([answer(target(7))], cache: cache, nowMs: 500).sessionId == 0)
        #expect(cache.session(id) != nil)
        #expect(newcomer.finish([answer(target(7))], cache: cache, nowMs: Self.hour).sessionId > 0)
        #expect(cache.session(id) == nil)
    }

    @Test func listKeepsItsOrderThroughRandomChanges() {
        var generator = SplitMix(state: 1)
        var list = FetchPartitionList()
        var model: [Int32] = []
        for _ in 0..<5000 {
            let partition = Int32.random(in: 0..<40, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0 where !model.contains(partition):
                list.append(CachedFetchPartition(target: target(partition), highWatermark: -1, logStartOffset: -1))
                model.append(partition)
            case 1:
                list.remove(target(partition).key)
                model.removeAll { $0 == partition }
            default:
                list.moveToEnd(target(partition).key)
                if model.contains(partition) {
                    model.removeAll { $0 == partition }
                    model.append(partition)
                }
            }
            var seen: [Int32] = []
            list.forEach { seen.append($0.target.partition) }
            #expect(seen == model)
        }
    }

    private func error(_ context: FetchContext) -> ErrorCode? {
        if case .sessionError(let code) = context { code } else { nil }
    }
}

/// A small generator whose sequence a seed fixes.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
