import KafkaMessages
import KafkaWire
import Testing

@testable import Broker

@Suite struct RequestRouterTests {
    @Test func listsEveryApiOnceAndInTheOrderOfItsKey() {
        let keys = RequestRouter.served.map(\.apiKey)
        #expect(keys == keys.sorted())
        #expect(Set(keys).count == keys.count)
    }

    @Test func servesTheStableVersionsOfTheRelease() throws {
        for route in RequestRouter.served {
            let facts = try #require(ApiKey(rawValue: route.apiKey).facts)
            #expect(route.versions == facts.servedVersions(), "\(facts.name)")
        }
    }

    @Test func findsNoRouteForKeysOutsideOfTheList() {
        #expect(RequestRouter.route(apiKey: -1) == nil)
        #expect(RequestRouter.route(apiKey: 4) == nil)
        #expect(RequestRouter.route(apiKey: .max) == nil)
        #expect(RequestRouter.route(apiKey: ApiVersionsRequest.apiKey) != nil)
    }

    @Test func advertisesProduceFromVersionZeroAsKafkaDoes() {
        let produce = RequestRouter.advertised.first { $0.apiKey == ProduceRequest.apiKey }
        #expect(produce?.versions == 0...13)
    }
}

extension Route: Equatable {
    public static func == (left: Route, right: Route) -> Bool { left.apiKey == right.apiKey }
}
