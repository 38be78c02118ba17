// The controller's own state: the log, and everything decided so far.

import Configuration
import KafkaMessages
import KafkaWire
import LogStorage

/// What the controller's thread works on.
///
/// `state` is ahead of what is committed while operations are decided one after the other, so that each sees what those
/// before it decided; readers see a new image when all of them are on disk.
struct ControllerCore {
    var log: MetadataLog
    private(set) var state: MetadataState
    private(set) var settings: ControllerSettings
    let directories: [LogDirectory]
    /// What changed since the last image.
    private var delta = MetadataDelta()
    private var generation: UInt64 = 0
    /// The epoch of this broker's registration; -1 before there is one.
    var brokerEpoch: Int64 = -1
    var isSnapshotScheduled = false

    init(log: MetadataLog, state: MetadataState, settings: ControllerSettings, directories: [LogDirectory]) {
        self.log = log
        self.state = state
        self.settings = settings
        self.directories = directories
    }

    /// The decisions over topics, on the state as it is now.
    func replicationControl() -> ReplicationControl {
        var settings = settings
        settings.logDirectoryIds = directories.filter { $0.failure == nil }.compactMap {
            $0.metaProperties?.directoryId
        }
        return ReplicationControl(state: state, settings: settings)
    }

    func configurationControl() -> ConfigurationControl { ConfigurationControl(state: state, settings: settings) }

    /// Takes records that belong together, for the next commit.
    mutating func append(_ records: [MetadataRecord]) throws(ApiError) {
        guard !records.isEmpty else { return }
        let stamp: BatchStamp
        do {
            stamp = try log.append(records, metadataVersion: state.metadataVersion)
        } catch {
            // A text that is too long for any record. Kafka's controller fails the same way.
            throw ApiError(.unknownServerError)
        }
        for record in records {
            do throws(MetadataReplayError) {
                try state.replay(record, delta: &delta)
            } catch {
                preconditionFailure("the controller decided what cannot be: \(error)")
            }
        }
        state.offset = log.nextOffset - 1
        state.epoch = stamp.epoch
        state.timestampMs = stamp.timestampMs
    }

    /// The committed state as an image, and what it changes.
    mutating func takeImage() -> (MetadataImage, MetadataDelta) {
        generation += 1
        let image = MetadataImage(
            state: state, clusterId: settings.clusterId, nodeId: settings.nodeId, generation: generation)
        defer { delta = MetadataDelta() }
        return (image, delta)
    }
}
