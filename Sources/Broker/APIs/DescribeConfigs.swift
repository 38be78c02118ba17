// DescribeConfigs (key 32): the configuration of topics, brokers, groups and client metrics, and where each value is
// from.
//
// Versions 1–4.
// v1  sources and synonyms (KIP-226). v3 types and documentation (KIP-569). v4 flexible.
//
// Behaviour: resources fail one by one, but for one of an unknown kind, which fails all; a named key that does not
// exist is left out. Broker resources must name this node, or nobody: then the cluster-wide dynamic settings are given.
// There is no documentation of keys to give.

import Configuration
import KafkaMessages
import KafkaWire

enum DescribeConfigs: ApiHandler {
    static let versions: ClosedRange<Int16> = 1...4

    static func handle(_ request: consuming DescribeConfigsRequest, _ context: RequestContext) {
        let includesSynonyms = request.includeSynonyms
        var response = DescribeConfigsResponse()
        let isMalformed = request.resources.contains { ResourceConfigs.Kind(rawValue: $0.resourceType) == nil }
        let configs = ResourceConfigs(context)
        // One that is named many times is described once.
        var described: [Asked: DescribeConfigsResponse.DescribeConfigsResult] = [:]
        response.results = request.resources.map { resource in
            let asked = Asked(
                type: resource.resourceType, name: resource.resourceName, keys: resource.configurationKeys)
            if let known = described[asked] { return known }
            var result = DescribeConfigsResponse.DescribeConfigsResult()
            result.resourceType = resource.resourceType
            result.resourceName = resource.resourceName
            do throws(ConfigResourceError) {
                if isMalformed {
                    throw ConfigResourceError(code: .invalidRequest, message: ErrorCode.invalidRequest.standardMessage)
                }
                let described = try configs.describe(resource)
                result.errorMessage = ""
                result.configs = select(described, keys: resource.configurationKeys).map {
                    entry($0, includesSynonyms: includesSynonyms)
                }
            } catch {
                result.errorCode = error.code.rawValue
                result.errorMessage = error.message
            }
            described[asked] = result
            return result
        }
        context.respond(response)
    }

    private struct Asked: Hashable {
        let type: Int8
        let name: String
        let keys: [String]?
    }

    private static func select(_ configs: [DescribedConfig], keys: [String]?) -> [DescribedConfig] {
        // An empty list means all keys too.
        guard let keys, !keys.isEmpty else { return configs }
        let wanted = Set(keys)
        return configs.filter { wanted.contains($0.name) }
    }

    private static func entry(
        _ config: DescribedConfig, includesSynonyms: Bool
    ) -> DescribeConfigsResponse.DescribeConfigsResourceResult {
        var entry = DescribeConfigsResponse.DescribeConfigsResourceResult()
        entry.name = config.name
        entry.value = config.value
        entry.readOnly = config.isReadOnly
        entry.configSource = config.source.rawValue
        entry.isSensitive = config.isSensitive
        entry.configType = config.type.rawValue
        entry.documentation = nil
        if includesSynonyms {
            entry.synonyms = config.synonyms.map { synonym in
                var entry = DescribeConfigsResponse.DescribeConfigsSynonym()
                entry.name = synonym.name
                entry.value = synonym.value
                entry.source = synonym.source.rawValue
                return entry
            }
        }
        return entry
    }
}
