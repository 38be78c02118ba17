// What a new cluster begins with: `bootstrap.checkpoint`.

import Bytes
import Files
import KafkaMessages
import KafkaWire
import Records

/// The first records of a cluster. `kafka-storage.sh format` puts them into `bootstrap.checkpoint` of every log
/// directory; the controller copies them into the metadata log when that is empty. Kafka: `BootstrapMetadata`,
/// `BootstrapDirectory`.
struct BootstrapMetadata {
    static let fileName = "bootstrap.checkpoint"

    var records: [MetadataRecord]

    /// What Kafka 4.3.1 formats a cluster with.
    static var standard: BootstrapMetadata {
        BootstrapMetadata(
            records: ClusterFeature.initial.map { feature in
                var record = FeatureLevelRecord()
                record.name = feature.name
                record.featureLevel = feature.level
                return .featureLevel(record)
            })
    }

    /// The level that the records themselves are written at.
    var metadataVersion: MetadataVersion {
        for case .featureLevel(let record) in records where record.name == ClusterFeature.metadataVersion {
            return MetadataVersion(rawValue: record.featureLevel)
        }
        return .minimum
    }

    /// The file of a log directory; nil when there is none.
    static func read(
        from directory: String, fileSystem: any FileSystem
    ) throws(MetadataStoreError) -> BootstrapMetadata? {
        let path = FilePath.join(directory, fileName)
        do throws(MetadataStoreError) {
            let file = try SnapshotFile.read(path, id: SnapshotId(endOffset: 0, epoch: 0), fileSystem: fileSystem)
            do throws(MetadataReplayError) {
                return BootstrapMetadata(records: try file.records())
            } catch {
                throw MetadataStoreError(error, path: path)
            }
        } catch {
            if case .file(let error) = error, error.isNotFound { return nil }
            throw error
        }
    }

    /// The file's bytes.
    func encoded(nowMs: Int64) -> [ByteSlice] {
        let content = SnapshotContent(
            id: SnapshotId(endOffset: 0, epoch: 0), lastContainedTimestampMs: 0, nowMs: nowMs)
        do throws(WireError) {
            return try content.encode(metadataVersion: metadataVersion) { emit in records.forEach(emit) }
        } catch {
            preconditionFailure("bootstrap records that cannot be written: \(error)")
        }
    }

    /// The records that begin a metadata log: the file's in one transaction, and with eligible leader replicas the
    /// number of in-sync replicas that all brokers are to agree on. Kafka: `ActivationRecordsGenerator`.
    func activationRecords(minInsyncReplicas: String) -> [MetadataRecord] {
        var all = records
        let elr = records.contains {
            guard case .featureLevel(let record) = $0 else { return false }
            return record.name == ClusterFeature.eligibleLeaderReplicas && record.featureLevel > 0
        }
        if elr {
            all.append(
                .config(ConfigResource.allBrokers.record(ConfigurationControl.minInsyncReplicas, minInsyncReplicas)))
        }
        guard metadataVersion >= .transactions else { return all }
        var begin = BeginTransactionRecord()
        begin.name = "Bootstrap records"
        return [.beginTransaction(begin)] + all + [.endTransaction(EndTransactionRecord())]
    }
}
