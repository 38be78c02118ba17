// DescribeQuorum (key 55): the leader and the voters of the metadata log. KIP-595, KIP-836.
//
// Versions 0–2.
// v1  when voters last fetched. v2 error messages, directories, the voters' endpoints (KIP-853).
//
// Behaviour: only partition 0 of the metadata log can be asked for, and alone. The one voter is this node.

import ClusterMetadata
import KafkaMessages
import KafkaWire
import LogStorage

enum DescribeQuorum: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...2

    static func handle(_ request: consuming DescribeQuorumRequest, _ context: RequestContext) {
        var response = DescribeQuorumResponse()
        response.errorMessage = ""
        let isMetadataLog =
            request.topics.count == 1 && request.topics[0].topicName == TopicName.clusterMetadata
            && request.topics[0].partitions.map(\.partitionIndex) == [0]
        response.topics = request.topics.map { asked in
            var topic = DescribeQuorumResponse.TopicData()
            topic.topicName = asked.topicName
            topic.partitions = asked.partitions.map { partition in
                isMetadataLog ? describe(context) : unknown(partition.partitionIndex)
            }
            return topic
        }
        if isMetadataLog { response.nodes = nodes(context) }
        context.respond(response)
    }

    private static func describe(_ context: RequestContext) -> DescribeQuorumResponse.PartitionData {
        let store = context.broker.store
        // The log's end, as the image is made of all records before it.
        let end = store.image.offset
        var voter = DescribeQuorumResponse.ReplicaState()
        voter.replicaId = store.nodeId
        voter.replicaDirectoryId = store.metadataDirectoryId
        voter.logEndOffset = end
        let nowMs = LogEnvironment.systemTimeMs()
        voter.lastFetchTimestamp = nowMs
        voter.lastCaughtUpTimestamp = nowMs
        var partition = DescribeQuorumResponse.PartitionData()
        partition.errorMessage = ""
        partition.leaderId = store.nodeId
        partition.leaderEpoch = store.leaderEpoch
        partition.highWatermark = end
        partition.currentVoters = [voter]
        return partition
    }

    private static func unknown(_ index: Int32) -> DescribeQuorumResponse.PartitionData {
        var partition = DescribeQuorumResponse.PartitionData()
        partition.partitionIndex = index
        partition.errorCode = ErrorCode.unknownTopicOrPartition.rawValue
        partition.errorMessage = ErrorCode.unknownTopicOrPartition.standardMessage
        return partition
    }

    private static func nodes(_ context: RequestContext) -> [DescribeQuorumResponse.Node] {
        context.broker.store.image.cluster.controllers.values.sorted { $0.controllerId < $1.controllerId }.map {
            found in
            var node = DescribeQuorumResponse.Node()
            node.nodeId = found.controllerId
            node.listeners = found.endPoints.map { endpoint in
                var listener = DescribeQuorumResponse.Listener()
                listener.name = endpoint.name
                listener.host = endpoint.host
                listener.port = endpoint.port
                return listener
            }
            return node
        }
    }
}
