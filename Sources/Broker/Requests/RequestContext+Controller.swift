// Requests that the controller decides.

import ClusterMetadata
import KafkaMessages
import KafkaWire

extension RequestContext {
    /// Hands a request to the controller, and answers with what it decides; where it decides nothing, with `refusal`
    /// of the reason. A request that leaves it no time is refused with REQUEST_TIMED_OUT, and nothing is done; nil: the
    /// API knows no time limit.
    func askController<Response: ApiMessage>(
        withinMs timeoutMs: Int32? = nil, refusal: @escaping @Sendable (ApiError) -> Response,
        _ ask: (Controller, @escaping Controller.Completion<Response>) -> Void
    ) {
        if let timeoutMs, timeoutMs <= 0 { return respond(refusal(ApiError(.requestTimedOut, nil))) }
        ask(broker.store.controller) { result in
            switch result {
            case .success(let response): respond(response)
            case .failure(let error): respond(refusal(error))
            }
        }
    }
}
