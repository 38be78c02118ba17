// Loading a shard: the partition is read from its start, piece by piece, on a thread for what blocks; what was read is
// applied on the loop.

import Bytes
import EventLoop
import Glibc
import Groups
import KafkaWire
import LogStorage
import Logging
import Records
import Replication

extension GroupShardHost {
    /// Reads the partition and applies what is in it. Requests get COORDINATOR_LOAD_IN_PROGRESS meanwhile.
    func load(on readers: WorkerPool, bufferBytes: Int, log: Logger) {
        if case .success(let partition) = partitions.partition(topic: Self.topic, partition: index),
            partition.log.logStartOffset == partition.log.logEndOffset
        {
            // Nothing to read, as in a new topic: whoever asks next finds it there.
            return loop.execute { [self] in becameActive() }
        }
        readers.submit { [self] in
            switch partitions.partition(topic: Self.topic, partition: index) {
            case .success(let partition):
                let loader = GroupShardLoader(
                    host: self, partition: partition, readers: readers, bufferBytes: bufferBytes, log: log)
                loader.readNext()
            case .failure(let error):
                log.error("Cannot load \(Self.topic)-\(index): \(error.code)")
                resign()
            }
        }
    }
}

/// The reading of one partition.
///
/// `@unchecked Sendable`: one piece is under way at a time, handed from the reading thread to the loop and back.
private final class GroupShardLoader: @unchecked Sendable {
    private let host: GroupShardHost
    private let partition: Partition
    private let readers: WorkerPool
    private let bufferBytes: Int
    private let log: Logger
    private var nextOffset: Int64
    private var recordCount = 0
    private let startMs = MonotonicClock.nowMs

    init(host: GroupShardHost, partition: Partition, readers: WorkerPool, bufferBytes: Int, log: Logger) {
        self.host = host
        self.partition = partition
        self.readers = readers
        self.bufferBytes = min(max(bufferBytes, 4_096), 1 << 20)
        self.log = log
        nextOffset = partition.log.logStartOffset
    }

    /// On a reading thread.
    func readNext() {
        do {
            let read = try partition.log.read(from: nextOffset, maxBytes: bufferBytes, upTo: .logEnd)
            guard let region = read.records, region.sizeBytes > 0 else { return finish() }
            guard let bytes = Self.bytes(of: region) else { return fail("its file cannot be read") }
            host.loop.execute { [self] in apply(bytes) }
        } catch {
            fail(error.message)
        }
    }

    private static func bytes(of region: FileRegion) -> ByteSlice? {
        let storage = ByteStorage(capacityBytes: region.sizeBytes)
        var done = 0
        while done < region.sizeBytes {
            let count = pread(
                region.owner.fileDescriptor, storage.base + done, region.sizeBytes - done, Int(region.position) + done
            )
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return nil }
            done += count
        }
        return ByteSlice(storage: storage, storageOffset: 0, count: region.sizeBytes)
    }

    /// On the loop.
    private func apply(_ bytes: ByteSlice) {
        let before = nextOffset
        do {
            var batches = RecordBatches(bytes: bytes)
            while let batch = try batches.next() {
                if batch.nextOffset > nextOffset {
                    try apply(batch)
                    nextOffset = batch.nextOffset
                }
            }
        } catch {
            return fail("a batch at offset \(nextOffset) is none: \(error)")
        }
        guard nextOffset > before else { return fail("the batch at offset \(nextOffset) is cut short") }
        readers.submit { [self] in readNext() }
    }

    private func apply(_ batch: RecordBatch) throws(RecordFault) {
        var cursor = try RecordCursor(batch)
        while try cursor.next() {
            guard let key = cursor.key else { continue }
            if batch.isControl {
                if let marker = try EndTransactionMarker.read(key: key, value: cursor.value) {
                    host.shard.applyEndOfTransaction(producerId: batch.producerId, isCommitted: marker.isCommit)
                }
                continue
            }
            recordCount += 1
            do {
                let value = cursor.value.map { ByteSlice(copying: $0) }
                guard let record = try GroupRecord(key: ByteSlice(copying: key), value: value) else { continue }
                host.apply(record, producerId: batch.isTransactional ? batch.producerId : nil)
            } catch {
                log.warn("Passing over a record of \(GroupShardHost.topic)-\(host.index) at \(cursor.offset): \(error)")
            }
        }
    }

    private func finish() {
        host.loop.execute { [self] in
            host.becameActive()
            let tookMs = MonotonicClock.nowMs - startMs
            if recordCount > 0 {
                log.info(
                    "Loaded \(host.shard.groupCount) groups from \(recordCount) records of \(GroupShardHost.topic)-\(host.index)"
                        + " (\(tookMs) ms)")
            }
        }
    }

    private func fail(_ reason: String) {
        log.error("Cannot load \(GroupShardHost.topic)-\(host.index): \(reason)")
        host.resign()
    }
}
