// What a log remembers of one producer: its epoch, its last five batches, its open transaction.

import Records

/// A batch a producer wrote, as far as finding a duplicate needs it. Kafka: `BatchMetadata`.
struct ProducerBatch: Hashable, Sendable, BitwiseCopyable {
    var lastSequence: Int32 = -1
    /// Last offset - first offset.
    var offsetDelta: Int32 = 0
    var lastOffset: Int64 = -1
    var timestampMs: Int64 = -1

    var firstSequence: Int32 { ProducerSequence.retreat(lastSequence, by: offsetDelta) }
    var firstOffset: Int64 { lastOffset &- Int64(offsetDelta) }
}

extension ProducerSequence {
    /// `sequence` moved back by `count`; before 0 comes Int32.max. Kafka: `DefaultRecordBatch.decrementSequence`.
    static func retreat(_ sequence: Int32, by count: Int32) -> Int32 {
        if sequence < count { return Int32.max &- (count &- sequence) &+ 1 }
        return sequence &- count
    }

    /// Whether `next` comes right after `last`.
    static func isNext(_ next: Int32, after last: Int32) -> Bool {
        Int64(next) == Int64(last) + 1 || (next == 0 && last == Int32.max)
    }
}

/// One producer's state. Kafka: `ProducerStateEntry`.
struct ProducerState: Sendable {
    static let keptBatches = 5
    static let noEpoch: Int16 = -1

    let producerId: Int64
    var epoch: Int16 = noEpoch
    var coordinatorEpoch: Int32 = -1
    var lastTimestampMs: Int64 = -1
    /// -1: no transaction is open.
    var currentTransactionFirstOffset: Int64 = -1
    /// The oldest first; `batchCount` of them are in use.
    private var batches = InlineArray<5, ProducerBatch>(repeating: ProducerBatch())
    private(set) var batchCount = 0

    init(producerId: Int64) {
        self.producerId = producerId
    }

    var hasBatches: Bool { batchCount > 0 }
    var hasOpenTransaction: Bool { currentTransactionFirstOffset >= 0 }
    var lastBatch: ProducerBatch? { batchCount > 0 ? batches[batchCount - 1] : nil }
    /// -1 when there is no batch: after a transaction's marker, for one.
    var lastSequence: Int32 { lastBatch?.lastSequence ?? -1 }

    mutating func add(_ batch: ProducerBatch) {
        if batchCount == Self.keptBatches {
            for slot in 1..<Self.keptBatches { batches[slot - 1] = batches[slot] }
            batchCount -= 1
        }
        batches[batchCount] = batch
        batchCount += 1
    }

    /// Takes on `epoch`; batches of another one are forgotten.
    mutating func adopt(epoch: Int16) {
        guard self.epoch != epoch else { return }
        self.epoch = epoch
        batchCount = 0
    }

    /// The remembered batch with just these sequence numbers, if it is of `epoch`.
    func duplicate(epoch: Int16, firstSequence: Int32, lastSequence: Int32) -> ProducerBatch? {
        guard epoch == self.epoch else { return nil }
        for slot in 0..<batchCount {
            let batch = batches[slot]
            if batch.firstSequence == firstSequence && batch.lastSequence == lastSequence { return batch }
        }
        return nil
    }

    func isExpired(nowMs: Int64, afterMs: Int64) -> Bool {
        !hasOpenTransaction && nowMs &- lastTimestampMs >= afterMs
    }
}
