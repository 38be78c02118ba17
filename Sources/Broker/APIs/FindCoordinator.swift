// FindCoordinator (key 10): which broker coordinates a group, a transactional id or a share partition.
//
// Versions 0–6.
// v1  kinds of keys, error message (KIP-98). v3 flexible. v4 several keys at once (KIP-699).
// v5  errors of transactions (KIP-890). v6 share partitions (KIP-932).
//
// Behaviour: every coordinator is on the one node. The coordinators' topic is made when it is first asked for. A kind
// of key that does not exist refuses the request; share partitions before version 6 do, too. Transactions and share
// partitions have no coordinator here yet: COORDINATOR_NOT_AVAILABLE.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum FindCoordinator: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...6

    private enum KeyType: Int8 {
        case group = 0
        case transaction = 1
        case share = 2
    }

    static func handle(_ request: consuming FindCoordinatorRequest, _ context: RequestContext) {
        let keys = context.apiVersion >= 4 ? request.coordinatorKeys : [request.key]
        guard let keyType = KeyType(rawValue: request.keyType) else {
            let error = PartitionlessError(.invalidRequest, ErrorCode.invalidRequest.standardMessage)
            return respond(keys, context) { _ in .failure(error) }
        }
        guard keyType == .group else {
            return respond(keys, context) { key in
                let isRight = keyType != .share || (context.apiVersion >= 6 && isSharePartition(key))
                return .failure(PartitionlessError(isRight ? .coordinatorNotAvailable : .invalidRequest))
            }
        }
        context.broker.automaticTopics.ensure(TopicName.groupMetadata) { isThere in
            guard isThere else { return respondWithThisNode(false, keys, context) }
            context.broker.groups.whenCoordinating { respondWithThisNode($0, keys, context) }
        }
    }

    /// Whether a key names a share partition: `group:topic id:partition`, where the group's name may have colons, too.
    static func isSharePartition(_ key: String) -> Bool {
        let parts = key.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, Int32(parts[parts.count - 1]) != nil, Uuid(String(parts[parts.count - 2])) != nil else {
            return false
        }
        return parts.count > 3 || !parts[0].isEmpty
    }

    private static func respondWithThisNode(_ isCoordinating: Bool, _ keys: [String], _ context: RequestContext) {
        let node = context.broker.node(context.broker.nodeId, context.listener)
        respond(keys, context) { _ in
            guard isCoordinating, let node else { return .failure(PartitionlessError(.coordinatorNotAvailable)) }
            return .success(node)
        }
    }

    /// An error that no partition is to blame for.
    private struct PartitionlessError: Error {
        let code: ErrorCode
        /// For versions that answer several keys.
        let message: String

        init(_ code: ErrorCode, _ message: String = "") {
            self.code = code
            self.message = message
        }
    }

    private static func respond(
        _ keys: [String], _ context: RequestContext, find: (String) -> Result<BrokerNode, PartitionlessError>
    ) {
        var response = FindCoordinatorResponse()
        response.coordinators = keys.map { key in
            var entry = FindCoordinatorResponse.Coordinator()
            entry.key = key
            switch find(key) {
            case .success(let node):
                (entry.nodeId, entry.host, entry.port) = (node.id, node.host, node.port)
            case .failure(let error):
                (entry.nodeId, entry.port, entry.errorCode) = (-1, -1, error.code.rawValue)
                entry.errorMessage = error.message
            }
            return entry
        }
        if context.apiVersion < 4, let only = response.coordinators.first {
            response.coordinators = []
            (response.nodeId, response.host, response.port) = (only.nodeId, only.host, only.port)
            response.errorCode = only.errorCode
            response.errorMessage = ErrorCode(rawValue: only.errorCode).standardMessage
        }
        context.respond(response)
    }
}
