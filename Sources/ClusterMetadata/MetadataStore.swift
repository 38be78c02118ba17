// The metadata of a node, from opening its directories to leaving them.

import Configuration
import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Synchronization

/// What a node's metadata is opened with.
public struct MetadataStoreOptions: Sendable {
    public var configuration: BrokerConfiguration
    /// The log directories, in the order of `log.dirs`.
    public var directories: [LogDirectory]
    /// Where the metadata log lies: one of `directories`, or another one (`metadata.log.dir`).
    public var metadataDirectory: LogDirectory
    public var environment: LogEnvironment
    /// The id that a new cluster gets, and that an existing one must have; nil: a random one, and any.
    public var clusterId: String?

    public init(
        configuration: BrokerConfiguration, directories: [LogDirectory], metadataDirectory: LogDirectory? = nil,
        environment: LogEnvironment, clusterId: String? = nil
    ) {
        precondition(!directories.isEmpty)
        self.configuration = configuration
        self.directories = directories
        self.metadataDirectory = metadataDirectory ?? directories[0]
        self.environment = environment
        self.clusterId = clusterId
    }
}

/// A node's metadata: the log, its image, and the controller that writes it.
///
///     let store = try MetadataStore.open(options)      replays, formats what is new; nothing is served yet
///     … open the partitions' logs by `store.image` …
///     try store.start(advertised: endpoints)           registers the broker; returns before the disk has it
///     … serve …
///     let epoch = store.stop()                         for `.kafka_cleanshutdown`
public final class MetadataStore: Sendable {
    public let controller: Controller
    public let clusterId: String
    public let nodeId: Int32
    /// Whether the cluster is new: its directories were formatted just now.
    public let isNew: Bool
    /// The epoch in which this node leads the metadata log: one from start to stop.
    public let leaderEpoch: Int32
    /// The level of `kraft.version`, which is no record of the metadata itself.
    public let kraftVersion: Int16
    /// The directory that the metadata log is in.
    public var metadataDirectoryId: Uuid { options.metadataDirectory.metaProperties?.directoryId ?? .zero }
    private let options: MetadataStoreOptions
    /// What has to be made durable after the first start; nil once it is, or when there is nothing.
    private let format: Mutex<StorageFormat?>

    /// Where the current image lies.
    public var publisher: MetadataPublisher { controller.publisher }
    /// The current image. A loop uses a `MetadataReader` of its own.
    public var image: MetadataImage { controller.publisher.current }

    init(
        controller: Controller, clusterId: String, nodeId: Int32, leaderEpoch: Int32, kraftVersion: Int16,
        options: MetadataStoreOptions, format: StorageFormat?
    ) {
        self.controller = controller
        self.clusterId = clusterId
        self.nodeId = nodeId
        self.leaderEpoch = leaderEpoch
        self.kraftVersion = kraftVersion
        self.options = options
        isNew = format?.metadataDirectory != nil
        self.format = Mutex(format)
    }

    /// Opens the metadata of a node; formats directories that hold nothing.
    public static func open(_ options: MetadataStoreOptions) throws(MetadataStoreError) -> MetadataStore {
        let identity = try NodeIdentity(options)
        let controllerEndpoints = ControllerEndpoints(options.configuration)
        let format = identity.format(options, controllerEndpoints.voters)
        let path = FilePath.join(options.metadataDirectory.path, StorageFormat.metadataDirectoryName)
        do throws(FileError) {
            try format?.write()
            if try !options.environment.fileSystem.exists(path) {
                // `kafka-storage.sh format` makes it only together with a voter's snapshot.
                try options.environment.fileSystem.createDirectory(path)
            }
        } catch {
            throw .file(error)
        }
        let (log, replay) = try MetadataLog.open(
            path, nodeId: identity.nodeId, settings: MetadataLogSettings(options.configuration),
            environment: options.environment, wasClosedCleanly: options.metadataDirectory.hadCleanShutdown)
        try identity.check(replay)
        let settings = ControllerSettings(
            nodeId: identity.nodeId, clusterId: identity.clusterId, configuration: options.configuration,
            logDirectoryIds: [])
        var core = ControllerCore(
            log: log, state: replay.state, settings: settings, directories: options.directories)
        try activate(&core, replay, options, controllerEndpoints)
        let (leaderEpoch, kraftVersion) = (core.log.epoch, core.log.kraftVersion)
        return MetadataStore(
            controller: Controller(core: core), clusterId: identity.clusterId, nodeId: identity.nodeId,
            leaderEpoch: leaderEpoch, kraftVersion: kraftVersion, options: options, format: format)
    }

    /// What a controller writes when it becomes the leader, for the first commit: a new epoch, an end for what was
    /// begun and not ended, the first records of a new cluster, and who the controller is.
    private static func activate(
        _ core: inout ControllerCore, _ replay: MetadataReplay, _ options: MetadataStoreOptions,
        _ endpoints: ControllerEndpoints
    ) throws(MetadataStoreError) {
        let isEmpty = core.state.features[ClusterFeature.metadataVersion] == nil
        let bootstrap = isEmpty ? try readBootstrap(options) : nil
        core.log.appendLeaderChange(nodeId: core.settings.nodeId)
        do throws(ApiError) {
            if replay.isInTransaction {
                var abort = AbortTransactionRecord()
                abort.reason = "Controller failover"
                try core.append([.abortTransaction(abort)])
            }
            if let bootstrap {
                try core.append(
                    bootstrap.activationRecords(
                        minInsyncReplicas: options.configuration.value(of: ConfigurationControl.minInsyncReplicas).text
                            ?? "1"))
            }
            try core.append(core.replicationControl().registerController(endpoints: endpoints.registration))
        } catch {
            throw .refused("the controller's first records cannot be written: \(error.message ?? "\(error.code)")")
        }
    }

    private static func readBootstrap(_ options: MetadataStoreOptions) throws(MetadataStoreError) -> BootstrapMetadata {
        try BootstrapMetadata.read(
            from: options.metadataDirectory.path, fileSystem: options.environment.fileSystem) ?? .standard
    }

    // MARK: Starting and stopping

    /// Registers the broker with the endpoints that clients are told, and publishes the image that has it. Returns
    /// before the disk has any of it: that is waited for in the background, before the controller's first answer.
    public func start(advertised: [BrokerEndpoint], rack: String? = nil) throws(MetadataStoreError) {
        let endpoints = advertised.map { endpoint in
            var record = RegisterBrokerRecord.BrokerEndpoint()
            record.name = endpoint.listenerName
            record.host = endpoint.host
            record.port = UInt16(truncatingIfNeeded: endpoint.port)
            record.securityProtocol = endpoint.securityProtocol.id
            return record
        }
        let outcome: Result<Controller.CommitOutcome, ApiError> = controller.core.withLock { core in
            do throws(ApiError) {
                let epoch = core.log.nextOffset
                core.brokerEpoch = epoch
                try core.append(
                    core.replicationControl().registerBroker(epoch: epoch, endpoints: endpoints, rack: rack))
                try core.append(core.replicationControl().uncordon(epoch: epoch))
                try core.append(core.replicationControl().unfence(epoch: epoch))
            } catch {
                return .failure(error)
            }
            return .success(controller.commit(&core, sync: false))
        }
        switch outcome {
        case .success(.committed(let image, let delta)): controller.announce(image, delta)
        case .success(.failed(let error)), .failure(let error):
            throw .refused(error.message ?? "the broker's registration cannot be written")
        case .success(.nothing): break
        }
        controller.worker.run { [self] in makeDurable() }
    }

    /// Waits for the disk. Runs on the controller's thread, before anything that was asked of it.
    private func makeDurable() {
        let result: Result<Void, MetadataStoreError> = controller.core.withLock { core in
            do throws(MetadataStoreError) {
                if let format = self.format.withLock({ $0 }) { try format.finish() }
                self.format.withLock { $0 = nil }
                do throws(FileError) {
                    if !isNew, !options.metadataDirectory.hadCleanShutdown {
                        // Whoever was killed here may have made names that no disk has yet.
                        try core.log.fileSystem.syncDirectory(options.metadataDirectory.path)
                        try core.log.fileSystem.syncDirectory(core.log.path)
                    }
                    try QuorumState(leaderId: nodeId, leaderEpoch: core.log.epoch)
                        .write(to: core.log.path, fileSystem: core.log.fileSystem)
                } catch {
                    throw .file(error)
                }
                do throws(LogError) { try core.log.commit(sync: true) } catch { throw .log(error) }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        if case .failure(let error) = result { controller.fail(error) }
    }

    /// Lets the controller end what it has, takes the broker out of the cluster in order, and closes the log.
    /// - Returns: the broker's epoch, for `.kafka_cleanshutdown`; -1 when the log could not be written.
    @discardableResult
    public func stop() -> Int64 {
        controller.stopTaking()
        if format.withLock({ $0 != nil }) { makeDurable() }
        defer { releaseOwnDirectory() }
        return controller.core.withLock { core in
            let epoch = core.brokerEpoch
            do {
                if epoch >= 0 {
                    try core.append(core.replicationControl().beginControlledShutdown(epoch: epoch))
                    try core.append(core.replicationControl().fence(epoch: epoch))
                }
                try core.log.commit(sync: true)
                try core.log.log.close()
                return epoch
            } catch {
                return -1
            }
        }
    }

    /// A directory that has the metadata log and no partitions is nobody else's to give free.
    private func releaseOwnDirectory() {
        guard !options.directories.contains(where: { $0 === options.metadataDirectory }) else { return }
        options.metadataDirectory.release()
    }

    /// Ends the controller's thread and leaves everything as it is: what a crash would leave, for tests.
    func abandon() { controller.stopTaking() }
}

extension SecurityProtocol {
    /// The protocol's number. Kafka: `SecurityProtocol.id`.
    var id: Int16 {
        switch self {
        case .plaintext: 0
        case .ssl: 1
        case .saslPlaintext: 2
        case .saslSsl: 3
        }
    }
}
