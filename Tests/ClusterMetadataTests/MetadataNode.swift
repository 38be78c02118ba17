// A node's metadata on a simulated disk: started, asked, stopped, crashed.

import Bytes
import Configuration
import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Synchronization
import Testing

@testable import ClusterMetadata

/// One node, opened and started as the broker does it.
final class MetadataNode {
    let fileSystem: SimulatedFileSystem
    private(set) var store: MetadataStore?
    private var registry: LogRegistry?
    private let keys: [String: String]
    private let paths: [String]
    private let metadataPath: String?

    static let folder = "/data"

    init(
        seed: UInt64 = 1, keys: [String: String] = [:], paths: [String] = [folder], metadataPath: String? = nil,
        fileSystem: SimulatedFileSystem? = nil
    ) {
        self.fileSystem = fileSystem ?? SimulatedFileSystem(seed: seed)
        self.keys = keys
        self.paths = paths
        self.metadataPath = metadataPath
    }

    var opened: MetadataStore { get throws { try #require(store) } }
    var image: MetadataImage { get throws { try opened.image } }
    var logPath: String { FilePath.join(metadataPath ?? paths[0], "__cluster_metadata-0") }

    /// Opens the directories and the metadata; nobody is told of anything yet.
    @discardableResult
    func open(clusterId: String? = nil) throws -> MetadataStore {
        let given = keys.map { ConfigSetting($0.key, $0.value, from: .argument("test")) }
        let configuration = try BrokerConfiguration(given)
        let environment = LogEnvironment(fileSystem: fileSystem, openFileLimit: 64)
        var held: [LogDirectory] = []
        do {
            for path in paths { held.append(try LogDirectory.open(path, environment: environment)) }
            let directories = held
            if let metadataPath { held.append(try LogDirectory.open(metadataPath, environment: environment)) }
            let options = MetadataStoreOptions(
                configuration: configuration, directories: directories,
                metadataDirectory: held.last.flatMap {
                    metadataPath == nil ? nil : $0
                }, environment: environment, clusterId: clusterId)
            let store = try MetadataStore.open(options)
            registry = LogRegistry(directories: directories, environment: environment)
            self.store = store
            return store
        } catch {
            environment.worker.stop()
            for directory in held { directory.release() }
            throw error
        }
    }

    /// Opens and takes part: as after the program's start.
    @discardableResult
    func start() throws -> MetadataStore {
        let store = try open()
        try registry?.loadLogs { _ in SharedLogConfig(LogConfig()) }
        let endpoint = BrokerEndpoint(
            listenerName: "PLAINTEXT", securityProtocol: .plaintext, host: "localhost", port: 9092)
        try store.start(advertised: [endpoint])
        return store
    }

    /// Stops in order, and leaves the mark of that.
    func stop() throws {
        let epoch = try opened.stop()
        registry?.close(brokerEpoch: epoch)
        store = nil
        registry = nil
    }

    /// Everything stops; what is lost by that is lost.
    func crash(_ crash: SimulatedCrash) {
        store?.abandon()
        store = nil
        registry = nil
        fileSystem.restart(after: crash)
    }

    // MARK: Requests

    func create(_ topic: CreateTopicsRequest.CreatableTopic) async throws -> CreateTopicsResponse.CreatableTopicResult {
        var request = CreateTopicsRequest()
        request.topics = [topic]
        let store = try opened
        let response = try await withCheckedContinuation { done in
            store.controller.createTopics(request) { done.resume(returning: $0) }
        }.get()
        return try #require(response.topics.first)
    }

    func delete(_ name: String) async throws -> ErrorCode {
        var topic = DeleteTopicsRequest.DeleteTopicState()
        topic.name = name
        var request = DeleteTopicsRequest()
        request.topics = [topic]
        let store = try opened
        let response = try await withCheckedContinuation { done in
            store.controller.deleteTopics(request, version: 6) { done.resume(returning: $0) }
        }.get()
        return ErrorCode(rawValue: try #require(response.responses.first).errorCode)
    }

    func allocateProducerIds() async throws -> ProducerIdBlock {
        let store = try opened
        return try await withCheckedContinuation { done in
            store.controller.allocateProducerIds { done.resume(returning: $0) }
        }.get()
    }

    // MARK: Files

    func bytes(_ path: String) throws -> [UInt8] {
        try fileSystem.contents(of: path, maxBytes: 1 << 24).array
    }

    func names(_ path: String) throws -> [String] { try fileSystem.entries(of: path).map(\.name).sorted() }

    /// What the files of the log add up to, read as a start reads them.
    func replayed() throws -> MetadataState {
        let environment = LogEnvironment(fileSystem: fileSystem, openFileLimit: 64)
        defer { environment.worker.stop() }
        let (_, replay) = try MetadataLog.open(
            logPath, nodeId: 1, settings: MetadataLogSettings(try BrokerConfiguration()), environment: environment,
            wasClosedCleanly: false)
        return replay.state
    }
}
