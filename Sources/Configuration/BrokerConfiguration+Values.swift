// Typed looks at a key, and the properties of the broker as a whole: who it is, whom it serves, how much it takes.

extension BrokerConfiguration {
    func int(_ name: String) -> Int32 {
        guard case .int(let number) = value(of: name) else { preconditionFailure("\(name) is no INT") }
        return number
    }

    func short(_ name: String) -> Int16 {
        guard case .short(let number) = value(of: name) else { preconditionFailure("\(name) is no SHORT") }
        return number
    }

    func long(_ name: String) -> Int64 {
        guard case .long(let number) = value(of: name) else { preconditionFailure("\(name) is no LONG") }
        return number
    }

    func double(_ name: String) -> Double {
        guard case .double(let number) = value(of: name) else { preconditionFailure("\(name) is no DOUBLE") }
        return number
    }

    func boolean(_ name: String) -> Bool {
        guard case .boolean(let flag) = value(of: name) else { preconditionFailure("\(name) is no BOOLEAN") }
        return flag
    }

    func text(_ name: String) -> String? { value(of: name).text }

    func list(_ name: String) -> [String] {
        if case .list(let values) = value(of: name) { return values }
        return []
    }

    // MARK: The node

    public var nodeId: Int32 { int("node.id") }
    public var rack: String? { text("broker.rack") }
    public var clusterRoles: [String] { list("process.roles") }

    // MARK: Topics

    public var numPartitions: Int32 { int("num.partitions") }
    public var defaultReplicationFactor: Int32 { int("default.replication.factor") }
    public var autoCreateTopicsEnable: Bool { boolean("auto.create.topics.enable") }
    public var deleteTopicEnable: Bool { boolean("delete.topic.enable") }
    /// The longest list of partitions that one request may name (KIP-966).
    public var maxRequestPartitionSizeLimit: Int32 { int("max.request.partition.size.limit") }

    // MARK: Connections and requests

    public var connectionsMaxIdleMs: Int64 { long("connections.max.idle.ms") }
    public var maxConnections: Int32 { int("max.connections") }
    /// `max.connections` of one listener: what `listener.name.NAME.max.connections` says, else the broker's.
    public func maxConnections(ofListener name: String) -> Int32 {
        if case .int(let limit)? = value(of: "max.connections", ofListener: name) { return limit }
        return maxConnections
    }

    public var maxConnectionsPerIp: Int32 { int("max.connections.per.ip") }
    public var maxConnectionCreationRate: Int32 { int("max.connection.creation.rate") }
    public var socketRequestMaxBytes: Int32 { int("socket.request.max.bytes") }
    /// -1 leaves the size to the system.
    public var socketSendBufferBytes: Int32 { int("socket.send.buffer.bytes") }
    /// -1 leaves the size to the system.
    public var socketReceiveBufferBytes: Int32 { int("socket.receive.buffer.bytes") }
    public var socketListenBacklogSize: Int32 { int("socket.listen.backlog.size") }
    public var numNetworkThreads: Int32 { int("num.network.threads") }
    public var numIoThreads: Int32 { int("num.io.threads") }
    public var backgroundThreads: Int32 { int("background.threads") }
    public var queuedMaxRequests: Int32 { int("queued.max.requests") }
    /// The largest record batch a topic takes unless it says otherwise.
    public var messageMaxBytes: Int32 { int("message.max.bytes") }
    public var fetchMaxBytes: Int32 { int("fetch.max.bytes") }
    public var maxIncrementalFetchSessionCacheSlots: Int32 { int("max.incremental.fetch.session.cache.slots") }
    public var requestTimeoutMs: Int32 { int("request.timeout.ms") }

    /// `max.connections.per.ip.overrides`: a limit of its own for some addresses or host names.
    public var maxConnectionsPerIpOverrides: [String: Int32] {
        var limits: [String: Int32] = [:]
        for entry in JavaText.commaSeparated(text("max.connections.per.ip.overrides") ?? "") where !entry.isEmpty {
            guard let colon = entry.lastIndex(of: ":"),
                let limit = JavaText.integer(String(entry[entry.index(after: colon)...]), as: Int32.self)
            else { continue }
            limits[String(entry[..<colon])] = limit
        }
        return limits
    }
}
