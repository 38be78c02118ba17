// The list of the APIs that Martlet serves. It is the only one: ApiVersions answers from it, and so do the tests.

import Bytes
import EventLoop
import KafkaMessages
import KafkaWire

/// An API as ApiVersions lists it.
struct AdvertisedApi: Sendable {
    let apiKey: Int16
    let versions: ClosedRange<Int16>
}

enum RequestRouter {
    /// One row an API, by key.
    static let served: [Route] = [
        Route(Produce.self),
        Route(Fetch.self),
        Route(ListOffsets.self),
        Route(Metadata.self),
        Route(OffsetCommit.self),
        Route(OffsetFetch.self),
        Route(FindCoordinator.self),
        Route(JoinGroup.self),
        Route(Heartbeat.self),
        Route(LeaveGroup.self),
        Route(SyncGroup.self),
        Route(DescribeGroups.self),
        Route(ListGroups.self),
        Route(ApiVersions.self),
        Route(CreateTopics.self),
        Route(DeleteTopics.self),
        Route(DeleteRecords.self),
        Route(InitProducerId.self),
        Route(OffsetForLeaderEpoch.self),
        Route(DescribeConfigs.self),
        Route(AlterConfigs.self),
        Route(DescribeLogDirs.self),
        Route(CreatePartitions.self),
        Route(DeleteGroups.self),
        Route(IncrementalAlterConfigs.self),
        Route(ListPartitionReassignments.self),
        Route(OffsetDelete.self),
        Route(DescribeQuorum.self),
        Route(DescribeCluster.self),
        Route(DescribeProducers.self),
        Route(ConsumerGroupHeartbeat.self),
        Route(ConsumerGroupDescribe.self),
        Route(ListConfigResources.self),
        Route(DescribeTopicPartitions.self),
    ]

    static let advertised: [AdvertisedApi] = served.map {
        AdvertisedApi(apiKey: $0.apiKey, versions: $0.advertisedVersions)
    }

    /// The route of an API key; nil for a key that is not served.
    static func route(apiKey: Int16) -> Route? {
        guard apiKey >= 0, Int(apiKey) < byKey.count else { return nil }
        return byKey[Int(apiKey)]
    }

    private static let byKey: [Route?] = {
        let count = Int(served.map(\.apiKey).max() ?? 0) + 1
        var routes = [Route?](repeating: nil, count: count)
        for route in served { routes[Int(route.apiKey)] = route }
        return routes
    }()
}

/// One row of the list: which requests, and what decodes and handles them.
struct Route: Sendable {
    let apiKey: Int16
    let versions: ClosedRange<Int16>
    let advertisedVersions: ClosedRange<Int16>
    /// Whether the header of a version has tagged fields.
    let isFlexible: @Sendable (Int16) -> Bool
    /// Decodes the body that `reader` stands at and hands it to the handler.
    let handle: @Sendable (inout WireReader, RequestContext) throws(WireError) -> Void

    init<Handler: ApiHandler>(_ handler: Handler.Type) {
        apiKey = Handler.Request.apiKey
        versions = Handler.versions
        advertisedVersions = Handler.advertisedVersions
        isFlexible = { Handler.Request.isFlexible($0) }
        handle = { (reader: inout WireReader, context: RequestContext) throws(WireError) in
            let request = try Handler.Request(from: &reader, version: context.apiVersion)
            Handler.handle(request, context)
        }
    }
}
