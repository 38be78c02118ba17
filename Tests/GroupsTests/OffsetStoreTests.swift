// The store of committed offsets beside a plain dictionary.

import KafkaWire
import Testing

@testable import Groups

@Suite struct OffsetStoreTests {
    private func offset(_ value: Int64) -> CommittedOffset {
        CommittedOffset(
            offset: value, leaderEpoch: -1, commitTimestampMs: 0, expireTimestampMs: -1, metadata: "", topicId: .zero)
    }

    @Test(arguments: 0..<8) func thousandsOfCommitsAndRemovals(seed: UInt64) {
        var random = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func next(_ bound: UInt64) -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random % bound)
        }
        var store = OffsetStore()
        var model: [GroupPartition: Int64] = [:]
        for step in 0..<600 {
            let place = GroupPartition(group: "g\(next(7))", topic: "t\(next(9))", partition: Int32(next(3)))
            if next(10) < 6 && step < 450 {
                store.put(offset(Int64(step)), group: place.group, topic: place.topic, partition: place.partition)
                model[place] = Int64(step)
            } else {
                store.remove(group: place.group, topic: place.topic, partition: place.partition)
                model[place] = nil
            }
            #expect(
                store.offset(group: place.group, topic: place.topic, partition: place.partition)?.offset
                    == model[place])
            let of = store.partitions(topic: place.topic)
            #expect(of.count == Set(of).count)
            #expect(Set(of) == Set(model.keys.filter { $0.topic == place.topic }))
            #expect(store.topicCount == Set(model.keys.map(\.topic)).count)
        }
        for place in model.keys {
            let kept = store.sorted(group: place.group).map {
                [$0.topic, String($0.partition), String($0.offset.offset)]
            }
            let wanted = model.filter { $0.key.group == place.group }
                .map { [$0.key.topic, String($0.key.partition), String($0.value)] }
            #expect(Set(kept) == Set(wanted))
        }
    }

    @Test func nothingIsKeptOfTopicsWithoutOffsets() {
        var store = OffsetStore()
        for number in 0..<100 {
            store.put(offset(1), group: "g", topic: "t\(number)", partition: 0)
            store.remove(group: "g", topic: "t\(number)", partition: 0)
        }
        store.remove(group: "g", topic: "t0", partition: 0)
        #expect(store.topicCount == 0)
        #expect(!store.hasOffsets(group: "g"))
        #expect(store.partitions(topic: "t0").isEmpty)
    }
}
