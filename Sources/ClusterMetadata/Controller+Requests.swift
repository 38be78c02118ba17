// What the controller is asked for.

import KafkaMessages
import KafkaWire

extension Controller {
    /// Makes topics. Who may make which is decided before; `version` matters to the handler alone.
    public func createTopics(_ request: CreateTopicsRequest, completion: @escaping Completion<CreateTopicsResponse>) {
        submit(completion) { core in core.replicationControl().createTopics(request) }
    }

    /// Deletes topics. Refused as a whole (TOPIC_DELETION_DISABLED) when `delete.topic.enable` is off.
    public func deleteTopics(
        _ request: DeleteTopicsRequest, version: Int16, completion: @escaping Completion<DeleteTopicsResponse>
    ) {
        submit(completion) { core throws(ApiError) in
            try core.replicationControl().deleteTopics(request, version: version)
        }
    }

    /// Adds partitions to topics.
    public func createPartitions(
        _ request: CreatePartitionsRequest, completion: @escaping Completion<CreatePartitionsResponse>
    ) {
        submit(completion) { core in core.replicationControl().createPartitions(request) }
    }

    /// Changes single keys of configurations; not of loggers, which are the broker's.
    public func incrementalAlterConfigs(
        _ request: IncrementalAlterConfigsRequest, completion: @escaping Completion<IncrementalAlterConfigsResponse>
    ) {
        submit(completion) { core in core.configurationControl().incrementalAlterConfigs(request) }
    }

    /// Replaces whole configurations.
    public func alterConfigs(_ request: AlterConfigsRequest, completion: @escaping Completion<AlterConfigsResponse>) {
        submit(completion) { core in core.configurationControl().alterConfigs(request) }
    }

    /// Gives out the next 1,000 producer ids. UNKNOWN_SERVER_ERROR when there are none left. Kafka:
    /// `ProducerIdControlManager`.
    public func allocateProducerIds(completion: @escaping Completion<ProducerIdBlock>) {
        submit(completion) { core throws(ApiError) in
            let first = core.state.nextProducerId
            let size = ControllerLimits.producerIdBlockSize
            guard first <= Int64.max - size else {
                throw ApiError(
                    .unknownServerError,
                    "Exhausted all producerIds as the next block's end producerId has exceeded the int64 type limit")
            }
            var record = ProducerIdsRecord()
            record.brokerId = core.settings.nodeId
            record.brokerEpoch = core.brokerEpoch
            record.nextProducerId = first + size
            return ControllerResult([.producerIds(record)], ProducerIdBlock(firstId: first, count: size))
        }
    }

    /// Notes in which of this node's log directories partitions lie, where that is not what the metadata says: they
    /// were moved by hand, or their directory is no longer there. Kafka: AssignReplicasToDirs (KIP-858).
    public func assignReplicas(
        _ directories: [MetadataDelta.Partition: Uuid], completion: @escaping Completion<Void>
    ) {
        submit(completion) { core in
            ControllerResult(core.replicationControl().assignReplicas(directories), ())
        }
    }
}
