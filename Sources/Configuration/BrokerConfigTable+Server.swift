// The broker keys of Apache Kafka 4.3.1: tiered storage, the server, roles and metadata. The order is that of Kafka's
// definitions.

extension ConfigTable {
    /// Tiered storage.
    static let remoteLog: [ConfigDefinition] = [
        .init("remote.log.storage.system.enable", .boolean, "false", .none, .medium),
        .init("remote.log.storage.manager.impl.prefix", .string, "rsm.config.", .nonEmptyString, .medium),
        .init("remote.log.metadata.manager.impl.prefix", .string, "rlmm.config.", .nonEmptyString, .medium),
        .init("remote.log.storage.manager.class.name", .string, nil, .nonEmptyString, .medium),
        .init("remote.log.storage.manager.class.path", .string, nil, .none, .medium),
        .init(
            "remote.log.metadata.manager.class.name", .string,
            "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager", .nonEmptyString,
            .medium),
        .init("remote.log.metadata.manager.class.path", .string, nil, .none, .medium),
        .init("remote.log.metadata.manager.listener.name", .string, nil, .nonEmptyString, .medium),
        .init("remote.log.metadata.custom.metadata.max.bytes", .int, "128", .atLeast(0), .low),
        .init("remote.log.index.file.cache.total.size.bytes", .long, "1073741824", .atLeast(1), .low, .clusterWide),
        .init("remote.log.index.file.cache.ttl.ms", .long, "900000", .atLeast(-1), .low, isInternal: true),
        .init("remote.log.manager.thread.pool.size", .int, "2", .atLeast(1), .medium),
        .init("remote.log.manager.copier.thread.pool.size", .int, "10", .atLeast(1), .medium, .clusterWide),
        .init("remote.log.manager.expiration.thread.pool.size", .int, "10", .atLeast(1), .medium, .clusterWide),
        .init("remote.log.manager.follower.thread.pool.size", .int, "2", .atLeast(1), .medium, .clusterWide),
        .init("remote.log.manager.task.interval.ms", .long, "30000", .atLeast(1), .low),
        .init("remote.log.manager.task.retry.backoff.ms", .long, "500", .atLeast(1), .low, isInternal: true),
        .init("remote.log.manager.task.retry.backoff.max.ms", .long, "30000", .atLeast(1), .low, isInternal: true),
        .init("remote.log.manager.task.retry.jitter", .double, "0.2", .fraction(upTo: 0.5), .low, isInternal: true),
        .init("remote.log.reader.threads", .int, "10", .atLeast(1), .medium, .clusterWide),
        .init("remote.log.reader.max.pending.tasks", .int, "100", .atLeast(1), .medium),
        .init("log.local.retention.ms", .long, "-2", .atLeast(-2), .medium, .clusterWide),
        .init("log.local.retention.bytes", .long, "-2", .atLeast(-2), .medium, .clusterWide),
        .init(
            "remote.log.manager.copy.max.bytes.per.second", .long, "9223372036854775807", .atLeast(1), .medium,
            .clusterWide),
        .init("remote.log.manager.copy.quota.window.num", .int, "11", .atLeast(1), .medium),
        .init("remote.log.manager.copy.quota.window.size.seconds", .int, "1", .atLeast(1), .medium),
        .init(
            "remote.log.manager.fetch.max.bytes.per.second", .long, "9223372036854775807", .atLeast(1), .medium,
            .clusterWide),
        .init("remote.log.manager.fetch.quota.window.num", .int, "11", .atLeast(1), .medium),
        .init("remote.log.manager.fetch.quota.window.size.seconds", .int, "1", .atLeast(1), .medium),
        .init("remote.fetch.max.wait.ms", .int, "500", .atLeast(1), .medium, .clusterWide),
        .init("remote.list.offsets.request.timeout.ms", .long, "30000", .atLeast(1), .medium, .clusterWide),
    ]

    /// The server: requests, compression, policies.
    static let server: [ConfigDefinition] = [
        .init("broker.id", .int, "-1", .none, .high),
        .init("message.max.bytes", .int, "1048588", .atLeast(0), .high, .clusterWide),
        .init("num.io.threads", .int, "8", .atLeast(1), .high, .clusterWide),
        .init("num.replica.alter.log.dirs.threads", .int, nil, .none, .high),
        .init("background.threads", .int, "10", .atLeast(1), .high, .clusterWide),
        .init("request.timeout.ms", .int, "30000", .none, .high),
        .init("socket.connection.setup.timeout.ms", .long, "10000", .none, .medium),
        .init("socket.connection.setup.timeout.max.ms", .long, "30000", .none, .medium),
        .init("config.providers", .list, "", .distinct(mayBeEmpty: true, mayBeNull: false), .low, .clusterWide),
        .init("authorizer.class.name", .string, "", .nonNull, .low),
        .init("early.start.listeners", .list, nil, .distinct(mayBeEmpty: true, mayBeNull: true), .high),
        .init("broker.rack", .string, nil, .none, .medium),
        .init("controlled.shutdown.enable", .boolean, "true", .none, .medium),
        .init("delete.topic.enable", .boolean, "true", .none, .high),
        .init(
            "compression.type", .string, "producer",
            .oneOf(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), .high, .clusterWide),
        .init("compression.gzip.level", .int, "-1", .gzipLevel, .medium, .clusterWide),
        .init("compression.lz4.level", .int, "9", .between(1, 17), .medium, .clusterWide),
        .init("compression.zstd.level", .int, "3", .between(-131_072, 22), .medium, .clusterWide),
        .init("max.incremental.fetch.session.cache.slots", .int, "1000", .atLeast(0), .medium),
        .init("fetch.max.bytes", .int, "57671680", .atLeast(1_024), .medium),
        .init("max.request.partition.size.limit", .int, "2000", .atLeast(1), .medium),
        .init("unstable.api.versions.enable", .boolean, "false", .none, .high, isInternal: true),
        .init("unstable.feature.versions.enable", .boolean, "false", .none, .high, isInternal: true),
    ]

    /// Roles and the metadata log.
    static let kraft: [ConfigDefinition] = [
        .init("process.roles", .list, nil, .listOf(["broker", "controller"], mayBeEmpty: false), .high),
        .init("node.id", .int, nil, .atLeast(0), .high),
        .init("initial.broker.registration.timeout.ms", .int, "60000", .none, .medium),
        .init("broker.heartbeat.interval.ms", .int, "2000", .none, .medium),
        .init("broker.session.timeout.ms", .int, "9000", .none, .medium),
        .init("controller.listener.names", .list, nil, .distinct(mayBeEmpty: false, mayBeNull: false), .high),
        .init("sasl.mechanism.controller.protocol", .string, "GSSAPI", .none, .high),
        .init("controller.performance.sample.period.ms", .long, "60000", .atLeast(100), .medium, isInternal: true),
        .init("controller.performance.always.log.threshold.ms", .long, "2000", .atLeast(0), .medium, isInternal: true),
        .init("server.max.startup.time.ms", .long, "9223372036854775807", .atLeast(0), .medium, isInternal: true),
        .init("metadata.log.max.record.bytes.between.snapshots", .long, "20971520", .atLeast(1), .high),
        .init("metadata.log.max.snapshot.interval.ms", .long, "3600000", .atLeast(0), .high),
        .init("metadata.log.dir", .string, nil, .none, .high),
        .init("metadata.log.segment.bytes", .int, "1073741824", .atLeast(8_388_608), .high),
        .init("metadata.log.segment.ms", .long, "604800000", .none, .high),
        .init("metadata.max.retention.bytes", .long, "104857600", .none, .high),
        .init("metadata.max.retention.ms", .long, "604800000", .none, .high),
        .init("metadata.max.idle.interval.ms", .int, "500", .atLeast(0), .low),
        .init("internal.metadata.log.segment.bytes", .int, nil, .none, .low, isInternal: true),
        .init("internal.metadata.max.batch.size.in.bytes", .int, "8388608", .none, .low, isInternal: true),
        .init("internal.metadata.delete.delay.millis", .long, "60000", .none, .low, isInternal: true),
    ]
}
