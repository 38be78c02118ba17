// InitProducerId (key 22): gives out producer ids. KIP-98.
//
// Versions 0–5 (6, two-phase commit of KIP-939, is not stable in 4.3).
// v2  flexible. v3 the producer's id and epoch, to bump the epoch (KIP-360). v4 PRODUCER_FENCED. v5 transactions v2.
//
// Behaviour: without a transactional id, every call gets a new id and epoch 0. An id without an epoch, or the other way
// round, is INVALID_REQUEST. There is no transaction coordinator yet: a transactional id gets
// COORDINATOR_NOT_AVAILABLE, an empty one INVALID_REQUEST.

import KafkaMessages
import KafkaWire

enum InitProducerId: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...5

    static func handle(_ request: consuming InitProducerIdRequest, _ context: RequestContext) {
        if (request.producerId == -1) != (request.producerEpoch == -1) {
            return fail(.invalidRequest, context)
        }
        if let transactionalId = request.transactionalId {
            return fail(transactionalId.isEmpty ? .invalidRequest : .coordinatorNotAvailable, context)
        }
        context.broker.producerIds.next { result in
            switch result {
            case .success(let producerId):
                var response = InitProducerIdResponse()
                response.producerId = producerId
                response.producerEpoch = 0
                context.respond(response)
            case .failure(let error):
                fail(error.code, context)
            }
        }
    }

    private static func fail(_ error: ErrorCode, _ context: RequestContext) {
        var response = InitProducerIdResponse()
        response.errorCode = error.rawValue
        response.producerId = -1
        response.producerEpoch = -1
        context.respond(response)
    }
}
