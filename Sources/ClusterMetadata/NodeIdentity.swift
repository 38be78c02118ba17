// Whose directories these are, and which of them are new.

import Configuration
import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Records

/// The cluster and the node that the log directories belong to. Kafka: `MetaPropertiesEnsemble`.
struct NodeIdentity {
    let clusterId: String
    let nodeId: Int32
    private let metadataIsNew: Bool
    private let unformatted: [LogDirectory]

    /// Reads `meta.properties` of all directories.
    /// - Throws: when they are of several clusters or nodes, or of others than asked for.
    init(_ options: MetadataStoreOptions) throws(MetadataStoreError) {
        var all = options.directories
        if !all.contains(where: { $0 === options.metadataDirectory }) { all.append(options.metadataDirectory) }
        let formatted = all.filter { $0.metaProperties != nil }
        unformatted = all.filter { $0.metaProperties == nil }
        try Self.checkAlike(formatted)
        let known = formatted.first?.metaProperties
        let wanted = options.configuration.nodeId
        if let known, known.nodeId != wanted, options.configuration.isSetByHand("node.id") {
            throw .refused("\(formatted[0].path) belongs to node \(known.nodeId), and node.id is \(wanted)")
        }
        if let known, let asked = options.clusterId, asked != known.clusterId {
            throw .refused("\(formatted[0].path) belongs to cluster \(known.clusterId), not to \(asked)")
        }
        clusterId = known?.clusterId ?? options.clusterId ?? Uuid.random().description
        nodeId = known?.nodeId ?? wanted
        metadataIsNew = options.metadataDirectory.metaProperties == nil
        if metadataIsNew { try Self.checkNothingIsLost(options, formatted) }
        try Self.completeDirectoryIds(formatted)
    }

    private static func checkAlike(_ directories: [LogDirectory]) throws(MetadataStoreError) {
        guard let first = directories.first, let properties = first.metaProperties else { return }
        var ids: [Uuid: String] = [:]
        for directory in directories {
            guard let other = directory.metaProperties else { continue }
            if other.clusterId != properties.clusterId || other.nodeId != properties.nodeId {
                throw .refused(
                    "\(first.path) is node \(properties.nodeId) of cluster \(properties.clusterId), and \(directory.path) is node "
                        + "\(other.nodeId) of cluster \(other.clusterId)")
            }
            if let id = other.directoryId, let same = ids.updateValue(directory.path, forKey: id) {
                throw .refused(
                    "\(same) and \(directory.path) have the same directory.id \(id): one is a copy of the other")
            }
        }
    }

    /// The directory for the metadata log says nothing of a cluster. That is so before the first start, and after one
    /// that was cut off before anything was acknowledged; else something was taken away, and must not be made up for.
    private static func checkNothingIsLost(
        _ options: MetadataStoreOptions, _ formatted: [LogDirectory]
    ) throws(MetadataStoreError) {
        let metadata = options.metadataDirectory.path
        let fileSystem = options.environment.fileSystem
        let lost: String?
        do throws(FileError) {
            lost = try whatIsLost(metadata, formatted, fileSystem)
        } catch {
            throw .file(error)
        }
        if let lost { throw .refused(lost) }
    }

    private static func whatIsLost(
        _ metadata: String, _ formatted: [LogDirectory], _ fileSystem: any FileSystem
    ) throws(FileError) -> String? {
        let log = FilePath.join(metadata, StorageFormat.metadataDirectoryName)
        if try holdsTopics(log, fileSystem: fileSystem) {
            return "\(metadata) holds the metadata of topics, and has no meta.properties any more: put the file back"
        }
        for directory in formatted where try fileSystem.entries(of: directory.path).contains(where: \.isDirectory) {
            return "\(directory.path) holds partitions of cluster \(directory.metaProperties?.clusterId ?? ""), and "
                + "\(metadata), where its metadata should be, is empty"
        }
        return nil
    }

    /// Whether any record of a topic can be found in a metadata log, damaged or not.
    private static func holdsTopics(_ path: String, fileSystem: any FileSystem) throws(FileError) -> Bool {
        guard try fileSystem.exists(path) else { return false }
        for entry in try fileSystem.entries(of: path)
        where entry.name.hasSuffix(".log") || entry.name.hasSuffix(SnapshotId.suffix) {
            let bytes = try fileSystem.contents(of: FilePath.join(path, entry.name), maxBytes: Int(Int32.max))
            var batches = RecordBatches(bytes: bytes)
            while let batch = try? batches.next() {
                guard case .records(let records) = try? batch.metadataContent() else { continue }
                if records.contains(where: { if case .topic = $0 { true } else { false } }) { return true }
            }
        }
        return false
    }

    /// Directories of before KIP-858 get an id.
    private static func completeDirectoryIds(_ directories: [LogDirectory]) throws(MetadataStoreError) {
        for directory in directories {
            guard var properties = directory.metaProperties, properties.directoryId == nil else { continue }
            properties.directoryId = DirectoryId.random()
            do throws(LogDirectoryError) {
                try directory.format(properties)
            } catch {
                throw .directory(error)
            }
        }
    }

    /// What is to be written; nil when all directories are formatted.
    func format(_ options: MetadataStoreOptions, _ endpoints: [VotersRecord.Endpoint]) -> StorageFormat? {
        guard !unformatted.isEmpty else { return nil }
        return StorageFormat(
            clusterId: clusterId, nodeId: nodeId, directories: unformatted,
            metadataDirectory: metadataIsNew ? options.metadataDirectory : nil, controllerEndpoints: endpoints,
            fileSystem: options.environment.fileSystem, nowMs: options.environment.now())
    }

    /// Refuses a log of several controllers: alone, this node must not decide.
    func check(_ replay: MetadataReplay) throws(MetadataStoreError) {
        let voters = replay.voters?.voters.map(\.voterId) ?? []
        if !voters.isEmpty, voters != [nodeId] {
            throw .refused(
                "the metadata log is one of controllers \(voters.sorted().map(String.init).joined(separator: ", ")); here only "
                    + "node \(nodeId) can be one")
        }
    }
}

/// The endpoints of the controller, which are announced as Kafka's are: the one node's controller is asked from inside,
/// and nothing listens there.
struct ControllerEndpoints {
    private let endpoints: [BrokerEndpoint]

    init(_ configuration: BrokerConfiguration) {
        let configured = configuration.endpoints.controllerListeners
        endpoints =
            configured.isEmpty
            ? [BrokerEndpoint(listenerName: "CONTROLLER", securityProtocol: .plaintext, host: "localhost", port: 9093)]
            : configured
    }

    private static func host(_ endpoint: BrokerEndpoint) -> String {
        endpoint.host.isEmpty ? "localhost" : endpoint.host
    }

    var voters: [VotersRecord.Endpoint] {
        endpoints.map { endpoint in
            var record = VotersRecord.Endpoint()
            record.name = endpoint.listenerName
            record.host = Self.host(endpoint)
            record.port = UInt16(truncatingIfNeeded: endpoint.port)
            return record
        }
    }

    var registration: [RegisterControllerRecord.ControllerEndpoint] {
        endpoints.map { endpoint in
            var record = RegisterControllerRecord.ControllerEndpoint()
            record.name = endpoint.listenerName
            record.host = Self.host(endpoint)
            record.port = UInt16(truncatingIfNeeded: endpoint.port)
            record.securityProtocol = endpoint.securityProtocol.id
            return record
        }
    }
}
