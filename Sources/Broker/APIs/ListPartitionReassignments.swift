// ListPartitionReassignments (key 46): partitions that are moving from one broker to another. KIP-455.
//
// Version 0.
//
// Behaviour: on one node nothing ever moves, so the list is empty, whatever is asked for. `kafka-topics.sh --describe`
// asks each time.

import KafkaMessages

enum ListPartitionReassignments: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...0

    static func handle(_ request: consuming ListPartitionReassignmentsRequest, _ context: RequestContext) {
        var response = ListPartitionReassignmentsResponse()
        response.errorMessage = nil
        context.respond(response)
    }
}
