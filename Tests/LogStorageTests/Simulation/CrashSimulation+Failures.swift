// A disk that is full or fails, starts that come to nothing, and what must be true after them.

import Bytes
import Files
import Glibc
import KafkaWire
import Testing

@testable import LogStorage

extension CrashSimulation {
    /// Leaves little room on the disk, or gives it room again.
    func fillDisk() {
        let room = random.below(4) == 0 ? nil : random.below(900)
        note(room.map { "room for \($0) bytes" } ?? "room for all")
        disk.setCapacity(bytes: room.map { disk.usedBytes + $0 })
    }

    /// A write or a sync failed: the directory is offline for good, nothing is taken, read or said to be on disk any
    /// more, room or no room, and no mark of a clean stop is left.
    func checkOffline() throws {
        guard let registry, let failure = registry.directories[0].failure else { return }
        if failure.errno == ENOSPC { counts.fullDisks += 1 }
        note("offline: \(failure.description)")
        if random.below(2) == 0 { disk.setCapacity(bytes: nil) }
        for partition in partitions {
            guard let log = registry.log(partition) else { continue }
            let end = log.logEndOffset
            let codes = [
                refusal { try log.append(.data(1), leaderEpoch: ModelBatch.leaderEpoch) },
                refusal { _ = try log.read(from: log.logStartOffset, maxBytes: 100) },
                refusal { try log.flush() },
                refusal { try log.roll() },
            ]
            guard codes.allSatisfy({ $0 == .kafkaStorageError }), log.logEndOffset == end else {
                throw fault("\(partition) goes on in a directory that is offline: \(codes)", log)
            }
        }
        place.nowMs += 1000
        for queue in [worker, committer, cleaner] {
            while queue.runOne() {}
        }
        if random.below(3) == 0 { registry.close() }
        if let late = acknowledged.take().first {
            throw Fault(seed: seed, text: "\(late) is said to be on disk after \(failure)", history: history)
        }
        if try !disk.isDown && disk.exists(FilePath.join(place.folder, CleanShutdownFile.fileName)) {
            throw Fault(seed: seed, text: "a mark of a clean stop after \(failure)", history: history)
        }
    }

    /// A start at which everything stops, or that finds no room or a sync that fails: the next one finds what there was
    /// before.
    func breakOffAStart() {
        switch random.below(4) {
        case 0: disk.setCapacity(bytes: disk.usedBytes + random.below(300))
        case 1: disk.failSync(number: 1 + random.below(5))
        default: disk.crash(atCall: 1 + random.below(30))
        }
        do {
            let registry = try openRegistry()
            for partition in partitions {
                guard let id = topicIds[partition] else { continue }
                _ = try registry.createLog(partition, topicId: id, config: config(partition))
            }
            for _ in 0..<random.below(4) where worker.runOne() {}
            note("a start came to its end")
        } catch {
            note("a start was broken off: \(error)")
        }
        stopQueues()
        stopEverything()
    }

    /// What is left of deleted partitions goes at a start.
    func checkDeletions() throws {
        worker.runAll()
        let left = try disk.entries(of: place.folder).map(\.name).filter { $0.hasSuffix("-delete") }
        if !left.isEmpty { throw Fault(seed: seed, text: "\(left) are still there", history: history) }
    }
}
