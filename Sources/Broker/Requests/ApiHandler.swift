// What an API's file gives to the router.

import KafkaMessages
import KafkaWire

/// One API: a file in `APIs/`, a row in `RequestRouter.served`.
///
/// A handler runs on the event loop of the connection that the request came in on. It answers through its context, at
/// once or later from any thread, exactly once. It never blocks: what blocks goes to the broker's worker pool.
protocol ApiHandler {
    associatedtype Request: ApiMessage

    /// The versions that Apache Kafka 4.3 serves, the unstable ones left out.
    static var versions: ClosedRange<Int16> { get }

    /// The versions that ApiVersions tells of: `versions`, but where Kafka tells more than it serves.
    static var advertisedVersions: ClosedRange<Int16> { get }

    /// Answers one request.
    static func handle(_ request: consuming Request, _ context: RequestContext)
}

extension ApiHandler {
    static var advertisedVersions: ClosedRange<Int16> { versions }
}
