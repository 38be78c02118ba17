// `.snapshot`: the producers' state up to the offset in the file's name. Kafka: `ProducerStateManager`,
// `ProducerSnapshot`.
//
//      0  int16  version = 1
//      2  uint32 CRC-32C of 6 ..< end
//      6  int32  number of entries
//     10         entries, 46 bytes each:
//
//          0  int64  producer id
//          8  int16  epoch
//         10  int32  last sequence, -1: none
//         14  int64  last offset, -1: none
//         22  int32  last offset - first offset of the last batch
//         26  int64  timestamp of the last batch or marker, ms
//         34  int32  coordinator epoch, -1: none
//         38  int64  first offset of the open transaction, -1: none

import Bytes
import Records

/// Encoding and decoding of producer snapshots.
enum ProducerStateSnapshot {
    static let version: Int16 = 1
    static let headerBytes = 10
    static let entryBytes = 46
    private static let crcCoversFrom = 6

    static func encode(_ states: some Collection<ProducerState>) -> ByteSlice {
        let size = headerBytes + states.count * entryBytes
        let bytes = ByteSlice(storage: ByteStorage(capacityBytes: size), storageOffset: 0, count: size)
        bytes.store(version, at: 0)
        bytes.store(Int32(clamping: states.count), at: 6)
        var at = headerBytes
        for state in states {
            let batch = state.lastBatch ?? ProducerBatch()
            bytes.store(state.producerId, at: at)
            bytes.store(state.epoch, at: at + 8)
            bytes.store(batch.lastSequence, at: at + 10)
            bytes.store(batch.lastOffset, at: at + 14)
            bytes.store(batch.offsetDelta, at: at + 22)
            bytes.store(state.lastTimestampMs, at: at + 26)
            bytes.store(state.coordinatorEpoch, at: at + 34)
            bytes.store(state.currentTransactionFirstOffset, at: at + 38)
            at += entryBytes
        }
        bytes.store(Crc32C.checksum(bytes.suffix(from: crcCoversFrom)), at: 2)
        return bytes
    }

    /// Why a snapshot is not believed.
    struct Damage: Error {
        let reason: String
    }

    static func decode(_ bytes: ByteSlice) throws(Damage) -> [ProducerState] {
        guard bytes.count >= headerBytes else { throw Damage(reason: "\(bytes.count) bytes are no snapshot") }
        let version: Int16 = bytes.load(at: 0)
        guard version == self.version else { throw Damage(reason: "unknown version \(version)") }
        guard bytes.load(at: 2, as: UInt32.self) == Crc32C.checksum(bytes.suffix(from: crcCoversFrom)) else {
            throw Damage(reason: "wrong CRC")
        }
        let count = Int(bytes.load(at: 6, as: Int32.self))
        guard count >= 0, count == (bytes.count - headerBytes) / entryBytes else {
            throw Damage(reason: "\(count) entries in \(bytes.count) bytes")
        }
        var states: [ProducerState] = []
        states.reserveCapacity(count)
        for index in 0..<count { states.append(entry(bytes, at: headerBytes + index * entryBytes)) }
        return states
    }

    private static func entry(_ bytes: ByteSlice, at: Int) -> ProducerState {
        var state = ProducerState(producerId: bytes.load(at: at))
        state.epoch = bytes.load(at: at + 8)
        state.lastTimestampMs = bytes.load(at: at + 26)
        state.coordinatorEpoch = bytes.load(at: at + 34)
        state.currentTransactionFirstOffset = max(-1, bytes.load(at: at + 38))
        let lastOffset: Int64 = bytes.load(at: at + 14)
        if lastOffset >= 0 {
            state.add(
                ProducerBatch(
                    lastSequence: bytes.load(at: at + 10), offsetDelta: bytes.load(at: at + 22), lastOffset: lastOffset,
                    timestampMs: state.lastTimestampMs))
        }
        return state
    }
}
