// What the log tells of its producers.

import Synchronization

extension PartitionLog {
    /// The producers it remembers, in no order. Kafka: DescribeProducers.
    public func activeProducers() -> [ActiveProducer] {
        writer.withLock { $0.producers.byId.values.map { $0 } }.map { state in
            ActiveProducer(
                producerId: state.producerId, producerEpoch: state.epoch, lastSequence: state.lastSequence,
                lastTimestampMs: state.lastTimestampMs, coordinatorEpoch: state.coordinatorEpoch,
                currentTransactionStartOffset: state.currentTransactionFirstOffset)
        }
    }

    /// Whether the producer has a transaction open here.
    public func hasOngoingTransaction(producerId: Int64) -> Bool {
        writer.withLock { $0.producers.byId[producerId]?.hasOpenTransaction ?? false }
    }

    var hasProducers: Bool { writer.withLock { !$0.producers.byId.isEmpty } }

    /// Forgets producers that were silent for `producer.id.expiration.ms`.
    public func removeExpiredProducers() {
        let nowMs = environment.now()
        writer.withLock { $0.producers.removeExpired(nowMs: nowMs, afterMs: environment.producerIdExpirationMs) }
    }
}
