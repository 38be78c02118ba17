// DescribeCluster (key 60): the cluster's id, controller and brokers. KIP-700.
//
// Versions 0–2.
// v1  the endpoint's type: brokers or controllers (KIP-919). v2 fenced brokers (KIP-1073).
//
// Behaviour: on a broker's listener only the brokers' endpoints can be asked for.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum DescribeCluster: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...2

    private static let brokerEndpoints: Int8 = 1
    private static let controllerEndpoints: Int8 = 2

    static func handle(_ request: consuming DescribeClusterRequest, _ context: RequestContext) {
        var response = DescribeClusterResponse()
        guard request.endpointType == brokerEndpoints else {
            let isControllers = request.endpointType == controllerEndpoints
            let error: ErrorCode = isControllers ? .mismatchedEndpointType : .unsupportedEndpointType
            response.errorCode = error.rawValue
            response.errorMessage =
                isControllers
                ? "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"
                : "Unsupported endpoint type \(request.endpointType)"
            return context.respond(response)
        }
        let cluster = context.broker.metadata.current.cluster
        response.clusterId = context.broker.clusterId
        response.controllerId = context.broker.nodeId
        let brokers =
            request.includeFencedBrokers ? cluster.brokers.values.sorted { $0.id < $1.id } : cluster.unfencedBrokers
        response.brokers = brokers.compactMap { registration in
            guard let node = BrokerNode(registration, listener: context.listener) else { return nil }
            var broker = DescribeClusterResponse.DescribeClusterBroker()
            broker.brokerId = node.id
            broker.host = node.host
            broker.port = node.port
            broker.rack = node.rack
            broker.isFenced = registration.isFenced
            return broker
        }
        if request.includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = AuthorizedOperations.cluster
        }
        context.respond(response)
    }
}
