// What must hold between keys: each value is allowed by itself, and the broker still would not start with them.

extension BrokerConfiguration {
    /// The sentences for what does not hold; Kafka's, where Kafka checks the same.
    func relationProblems() -> [String] {
        nodeProblems() + logProblems() + connectionProblems() + groupProblems() + unservedProblems()
    }

    private func nodeProblems() -> [String] {
        var problems: [String] = []
        if int("node.id") != int("broker.id") {
            problems.append("You must set `node.id` to the same value as `broker.id`.")
        }
        let voters = list("controller.quorum.voters").compactMap { $0.split(separator: "@").first.map(String.init) }
        if !voters.isEmpty && !voters.contains(String(nodeId)) {
            problems.append(
                "If process.roles contains the 'controller' role, the node id \(nodeId) must be included in the set of "
                    + "voters controller.quorum.voters=Set(\(voters.joined(separator: ", ")))")
        }
        let listenerNames = endpoints.listeners.map(\.listenerName) + list("controller.listener.names")
        for name in list("early.start.listeners") where !listenerNames.contains(name.uppercased()) {
            problems.append(
                "early.start.listeners contains listener \(name.uppercased()), but this is not contained in listeners "
                    + "or controller.listener.names")
        }
        return problems
    }

    private func logProblems() -> [String] {
        var problems: [String] = []
        func require(_ condition: Bool, _ sentence: @autoclosure () -> String) {
            if !condition { problems.append(sentence()) }
        }
        require(logRollMs >= 1, "log.roll.ms must be greater than or equal to 1")
        require(logRollJitterMs >= 0, "log.roll.jitter.ms must be greater than or equal to 0")
        require(
            logRetentionMs >= 1 || logRetentionMs == -1,
            "log.retention.ms must be unlimited (-1) or, greater than or equal to 1")
        if logCleanerThreads == 0 {
            problems.append("log.cleaner.threads must be at least 1")
        } else {
            require(
                logCleanerDedupeBufferSize / Int64(logCleanerThreads) > 1 << 20,
                "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.")
        }
        let waitMs = replicaFetchWaitMaxMs
        require(
            waitMs <= int("replica.socket.timeout.ms"),
            "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary "
                + "socket timeouts")
        require(
            Int64(waitMs) <= replicaLagTimeMaxMs,
            "replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms to prevent "
                + "frequent changes in ISR")
        let missing = list("cordoned.log.dirs").filter { $0 != "*" && !logDirs.contains($0) }
        require(
            missing.isEmpty,
            "All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : "
                + missing.joined(separator: ", "))
        for key in ["offsets.topic.compression.codec", "share.coordinator.state.topic.compression.codec"] {
            require((0...4).contains(int(key)), "Unknown compression type id: \(int(key))")
        }
        return problems
    }

    private func connectionProblems() -> [String] {
        var problems: [String] = []
        let queuedBytes = long("queued.max.request.bytes")
        if queuedBytes > 0 && queuedBytes < Int64(socketRequestMaxBytes) {
            problems.append("queued.max.request.bytes must be larger or equal to socket.request.max.bytes")
        }
        let delayMs = int("connection.failed.authentication.delay.ms")
        if connectionsMaxIdleMs >= 0 && Int64(delayMs) >= connectionsMaxIdleMs {
            problems.append(
                "connection.failed.authentication.delay.ms=\(delayMs) should always be less than "
                    + "connections.max.idle.ms=\(connectionsMaxIdleMs) to prevent failed authentication responses from "
                    + "timing out")
        }
        let key = "max.connections.per.ip.overrides"
        let overrides = JavaText.commaSeparated(text(key) ?? "").filter { !$0.isEmpty }
        for entry in overrides {
            let colon = entry.utf8.lastIndex(of: UInt8(ascii: ":")) ?? entry.endIndex
            let host = entry[..<colon]
            if colon == entry.endIndex {
                problems.append("Error parsing configuration property '\(key)': \(entry) is no HOST:COUNT")
            } else if JavaText.integer(String(entry.utf8[colon...].dropFirst()) ?? "", as: Int32.self) == nil {
                problems.append("Error parsing configuration property '\(key)': no number stands in \(entry)")
            } else if !AddressText.isHost(host) {
                problems.append("\(key) contains invalid addresses : \(host)")
            }
        }
        if maxConnectionsPerIp == 0 && overrides.isEmpty {
            problems.append("max.connections.per.ip can be set to zero only if \(key) property is set.")
        }
        return problems
    }

    /// What Kafka would serve and Martlet does not yet: better not to start than to seem to do it.
    private func unservedProblems() -> [String] {
        var problems: [String] = []
        if !Set(clusterRoles).isSuperset(of: ["broker", "controller"]) {
            problems.append(
                "process.roles=\(clusterRoles.joined(separator: ",")): a node is broker,controller here; "
                    + "other roles are not served yet")
        }
        if list("controller.quorum.voters").count > 1 {
            problems.append("controller.quorum.voters names several controllers; one is served yet")
        }
        if let name = text("authorizer.class.name"), !name.isEmpty {
            problems.append("authorizer.class.name=\(name): authorization is not served yet; nobody would be kept out")
        }
        return problems
    }
}
