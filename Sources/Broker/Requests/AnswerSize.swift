// How large an answer is going to be, while it is made: a few bytes of a request may ask for all of a group, or of a
// partition's producers, and for the same a million times.

import KafkaMessages
import KafkaWire
import Synchronization

/// Counts what an answer takes at least once it is encoded. One that `WireWriter` would refuse in the end is given up
/// before it takes memory. From any thread.
final class AnswerSize: Sendable {
    private let leastBytes = Atomic<Int>(0)

    /// Counts a part of the answer, of which nothing is encoded in fewer bytes; false when it is too large with that.
    func add(_ leastBytes: Int) -> Bool {
        let (sum, overflow) = self.leastBytes.load(ordering: .relaxed).addingReportingOverflow(leastBytes)
        guard !overflow, sum <= WireWriter.mostBytes else { return false }
        return self.leastBytes.add(leastBytes, ordering: .relaxed).newValue <= WireWriter.mostBytes
    }
}

// What the parts of answers take at least, whatever the version: texts, lists, and fields that all versions have.

extension DescribeGroupsResponse.DescribedGroup {
    var leastBytes: Int {
        members.reduce(groupId.utf8.count) { sum, member in
            sum + 7 + member.memberId.utf8.count + member.clientId.utf8.count + member.clientHost.utf8.count
                + member.memberMetadata.count + member.memberAssignment.count
        }
    }
}

extension ConsumerGroupDescribeResponse.DescribedGroup {
    var leastBytes: Int {
        members.reduce(groupId.utf8.count) { sum, member in
            sum + 16 + member.memberId.utf8.count + member.clientId.utf8.count + member.clientHost.utf8.count
                + member.subscribedTopicNames.reduce(0) { $0 + 1 + $1.utf8.count }
                + member.assignment.leastBytes + member.targetAssignment.leastBytes
        }
    }
}

extension ConsumerGroupDescribeResponse.Assignment {
    fileprivate var leastBytes: Int {
        topicPartitions.reduce(0) { $0 + 16 + $1.topicName.utf8.count + 4 * $1.partitions.count }
    }
}

extension OffsetFetchResponse.OffsetFetchResponseGroup {
    /// Of a topic its id or its name is sent, of an offset always its metadata.
    var leastBytes: Int {
        topics.reduce(groupId.utf8.count) { sum, topic in
            topic.partitions.reduce(sum) { $0 + 14 + ($1.metadata?.utf8.count ?? 0) }
        }
    }
}

extension DescribeProducersResponse.PartitionResponse {
    var leastBytes: Int { 8 + 36 * activeProducers.count }
}

extension DescribeConfigsResponse.DescribeConfigsResourceResult {
    var leastBytes: Int {
        synonyms.reduce(name.utf8.count + (value?.utf8.count ?? 0)) {
            $0 + $1.name.utf8.count + ($1.value?.utf8.count ?? 0)
        }
    }
}
