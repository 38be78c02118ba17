// From a configuration to a broker that serves.

import ClusterMetadata
import Configuration
import EventLoop
import Files
import Glibc
import KafkaWire
import LogStorage
import Logging
import Synchronization

extension BrokerServer {
    /// Opens the log directories, formats them if they are new, recovers what was not closed in order, and serves.
    ///
    /// The order matters: the address is taken before anything of an earlier run is touched, so that a second start on
    /// a taken port leaves the directories as they were.
    public static func start(_ configuration: BrokerConfiguration) throws(BrokerStartError) -> BrokerServer {
        let environment = logEnvironment(configuration)
        let directories = try openDirectories(configuration, environment)
        do throws(BrokerStartError) {
            let options = MetadataStoreOptions(
                configuration: configuration, directories: directories.all,
                metadataDirectory: directories.metadata, environment: environment)
            let store: MetadataStore
            do { store = try MetadataStore.open(options) } catch { throw BrokerStartError(error) }
            let broker = try make(
                configuration, store, LogRegistry(directories: directories.all, environment: environment))
            do throws(BrokerStartError) {
                try broker.serve()
            } catch {
                broker.sockets.shutdown(drainMs: 0)
                broker.loops.shutdown()
                throw error
            }
            return broker
        } catch {
            for directory in directories.all { directory.release() }
            directories.metadata.release()
            throw error
        }
    }

    private static func logEnvironment(_ configuration: BrokerConfiguration) -> LogEnvironment {
        let log = Logger("logs")
        return LogEnvironment(
            producerIdExpirationMs: Int64(configuration.producerIdExpirationMs),
            observe: { event in
                switch event {
                case .note(let fact): log.info(fact)
                case .warning(let fact): log.warn(fact)
                case .directoryFailed(let path, let error):
                    log.error("Log directory \(path) is offline from here on: \(error.description)")
                }
            })
    }

    /// The directories of `log.dirs`, and the one of them, or beside them, that has the metadata log.
    private static func openDirectories(
        _ configuration: BrokerConfiguration, _ environment: LogEnvironment
    ) throws(BrokerStartError) -> (all: [LogDirectory], metadata: LogDirectory) {
        var intervals = CheckpointIntervals()
        intervals.highWatermarkMs = configuration.replicaHighWatermarkCheckpointIntervalMs
        intervals.recoveryPointMs = Int64(configuration.logFlushOffsetCheckpointIntervalMs)
        intervals.startOffsetMs = Int64(configuration.logFlushStartOffsetCheckpointIntervalMs)
        intervals.producerExpirationMs = Int64(configuration.producerIdExpirationCheckIntervalMs)
        var opened: [LogDirectory] = []
        do throws(LogDirectoryError) {
            for path in configuration.logDirs {
                opened.append(try LogDirectory.open(path, environment: environment, intervals: intervals))
            }
            let path = configuration.metadataLogDir
            if let metadata = opened.first(where: { $0.path == path }) { return (opened, metadata) }
            return (opened, try LogDirectory.open(path, environment: environment, intervals: intervals))
        } catch {
            for directory in opened { directory.release() }
            throw BrokerStartError(error)
        }
    }

    private static func make(
        _ configuration: BrokerConfiguration, _ store: MetadataStore, _ logs: LogRegistry
    ) throws(BrokerStartError) -> BrokerServer {
        do throws(NetworkError) {
            let loops = try EventLoopGroup(count: loopCount(configuration))
            let log = Logger("network")
            let sockets = SocketServer(group: loops, configuration: SocketServerConfiguration(configuration)) { event in
                event.write(to: log)
            }
            return BrokerServer(configuration: configuration, store: store, logs: logs, loops: loops, sockets: sockets)
        } catch {
            throw .listener(error)
        }
    }

    /// More loops than processors only take turns.
    private static func loopCount(_ configuration: BrokerConfiguration) -> Int {
        max(1, min(Int(configuration.numNetworkThreads), sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    // MARK: Serving

    private func serve() throws(BrokerStartError) {
        let listeners = try bind()
        let startMs = MonotonicClock.nowMs
        let image = store.image
        do throws(LogDirectoryError) {
            try logs.loadLogs(threadsPerDirectory: Int(configuration.numRecoveryThreadsPerDataDir)) {
                [topicConfigs] topic in
                topicConfigs.config(overrides: image.settings(ofTopic: topic))
            }
        } catch {
            throw BrokerStartError(error)
        }
        setAsideStrayLogs(image)
        do throws(MetadataStoreError) {
            try store.start(advertised: advertised, rack: configuration.rack)
        } catch {
            throw BrokerStartError(error)
        }
        hostAll(store.image)
        logs.startBackgroundWork(
            RetentionSchedule(
                initialDelayMs: configuration.logInitialTaskDelayMs,
                checkIntervalMs: configuration.logRetentionCheckIntervalMs))
        logs.startCleaner(CleanerSettings(effectiveConfiguration(in: store.image)))
        groups.start(store.image)
        store.controller.onChange { [weak self] delta, image in self?.metadataChanged(delta, image) }
        let loadedMs = MonotonicClock.nowMs - startMs
        log.info(
            "Node \(nodeId) of cluster \(clusterId) leads \(store.image.topics.partitionCount) partitions (\(loadedMs) ms)"
        )
        for listener in listeners { listener.start() }
    }

    /// Takes the addresses; nothing is accepted yet.
    private func bind() throws(BrokerStartError) -> [Listener] {
        var listeners: [Listener] = []
        var bound: [BrokerEndpoint] = []
        let interBroker = configuration.endpoints.interBrokerListenerName
        let hasSeveral = configuration.endpoints.listeners.count > 1
        for var endpoint in configuration.endpoints.listeners {
            let wanted = ListenerConfiguration(
                name: endpoint.listenerName, host: endpoint.host, port: UInt16(truncatingIfNeeded: endpoint.port),
                isProtected: hasSeveral && endpoint.listenerName == interBroker)
            let name = endpoint.listenerName
            do throws(NetworkError) {
                let listener = try sockets.bind(wanted) { [unowned self] connection in
                    let context = ConnectionContext(
                        loop: connection.loop, listener: BoundListener(name: name),
                        clientHost: "/\(connection.peerAddress.ip)")
                    return RequestConnection(broker: self, context: context)
                }
                endpoint.port = Int32(listener.address.port)
                listeners.append(listener)
            } catch {
                throw .listener(error)
            }
            bound.append(endpoint)
        }
        endpoints = bound
        return listeners
    }
}
