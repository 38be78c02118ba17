import Bytes
import KafkaMessages
import KafkaWire
import Testing

@testable import Broker

@Suite struct SharePartitionKeyTests {
    @Test(arguments: [
        "group:AAAAAAAAAAAAAAAAAAB7bw:0", "group:AAAAAAAAAAAAAAAAAAAAAA:-1", "gr:oup:AAAAAAAAAAAAAAAAAAB7bw:7",
    ])
    func namesGroupTopicIdAndPartition(key: String) {
        #expect(FindCoordinator.isSharePartition(key))
    }

    @Test(arguments: [
        "", "group", "group:AAAAAAAAAAAAAAAAAAB7bw", "group:AAAAAAAAAAAAAAAAAAB7bw:0:1", ":AAAAAAAAAAAAAAAAAAB7bw:0",
        "group:topic:0", "group:AAAAAAAAAAAAAAAAAAB7bw:x", "group:AAAAAAAAAAAAAAAAAAB7bw:99999999999",
        "group:AAAAAAAAAAAAAAAAAAB7bw:",
    ])
    func isNothingElse(key: String) {
        #expect(!FindCoordinator.isSharePartition(key))
    }
}

@Suite struct ProduceMergingTests {
    private func topic(_ name: String, _ partitions: (Int32, Int)...) -> ProduceRequest.TopicProduceData {
        var topic = ProduceRequest.TopicProduceData()
        topic.name = name
        topic.partitionData = partitions.map { index, sizeBytes in
            var data = ProduceRequest.PartitionProduceData()
            data.index = index
            data.records = .bytes(ByteSlice(copying: [UInt8](repeating: 0, count: sizeBytes)))
            return data
        }
        return topic
    }

    private func shape(_ topics: [ProduceRequest.TopicProduceData]) -> [String] {
        Produce.merged(topics).map { topic in
            topic.name + topic.partitionData.map { " \($0.index):\($0.records?.sizeBytes ?? -1)" }.joined()
        }
    }

    @Test func putsTopicsThatAreNamedTwiceTogether() {
        #expect(shape([topic("a", (0, 1)), topic("b", (0, 2)), topic("a", (1, 3))]) == ["a 0:1 1:3", "b 0:2"])
    }

    @Test func takesWhatIsSaidLastOfAPartitionThatIsNamedTwice() {
        #expect(shape([topic("a", (0, 1), (1, 2), (0, 3))]) == ["a 0:3 1:2"])
        #expect(shape([topic("a", (0, 1)), topic("a", (0, 4))]) == ["a 0:4"])
    }

    @Test func leavesOutTopicsWithoutPartitions() {
        #expect(shape([topic("a"), topic("b", (0, 1))]) == ["b 0:1"])
        #expect(shape([topic("a")]) == [])
    }
}

@Suite struct OffsetDeleteMergingTests {
    private typealias Topic = OffsetDeleteResponse.OffsetDeleteResponseTopic

    private func topic(_ name: String, _ partitions: Int32...) -> Topic {
        var topic = Topic()
        topic.name = name
        topic.partitions = partitions.map { index in
            var partition = OffsetDeleteResponse.OffsetDeleteResponsePartition()
            partition.partitionIndex = index
            return partition
        }
        return topic
    }

    private func merged(_ refused: [Topic], _ answered: [Topic]) -> [Topic] {
        var response = OffsetDeleteResponse()
        response.topics = answered
        OffsetDelete.merge(refused, into: &response)
        return response.topics
    }

    private func shape(_ topics: [Topic]) -> [String] {
        topics.map { topic in topic.name + topic.partitions.map { " \($0.partitionIndex)" }.joined() }
    }

    @Test func putsWhatWasRefusedFirstAndATopicsAnswersTogether() {
        let topics = merged(
            [topic("a", 9), topic("b"), topic("a", 8)], [topic("c", 0), topic("a", 1), topic("c", 2), topic("b", 3)])
        #expect(shape(topics) == ["a 9 1", "b 3", "a 8", "c 0 2"])
        #expect(shape(merged([], [topic("c", 0), topic("c", 1)])) == ["c 0", "c 1"])
    }

    @Test func takesNoLongerPerTopicWhenThereAreVeryMany() {
        let refused = (0..<20_000).map { topic("unknown-\($0)", 0) }
        let answered = (0..<20_000).map { topic("known-\($0)", 0) }
        let duration = ContinuousClock().measure { #expect(merged(refused, answered).count == 40_000) }
        // A walk through the refused for every one that was answered takes minutes.
        #expect(duration < .seconds(10))
    }
}
