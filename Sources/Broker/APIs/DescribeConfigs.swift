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
        var descriptions = Descriptions(ResourceConfigs(context), includesSynonyms: request.includeSynonyms)
        let isMalformed = request.resources.contains { ResourceConfigs.Kind(rawValue: $0.resourceType) == nil }
        let size = AnswerSize()
        var response = DescribeConfigsResponse()
        response.results.reserveCapacity(request.resources.count)
        for resource in request.resources {
            var result = DescribeConfigsResponse.DescribeConfigsResult()
            result.resourceType = resource.resourceType
            result.resourceName = resource.resourceName
            do throws(ConfigResourceError) {
                if isMalformed {
                    throw ConfigResourceError(code: .invalidRequest, message: ErrorCode.invalidRequest.standardMessage)
                }
                let described = try descriptions.entries(of: resource)
                guard size.add(described.leastBytes) else {
                    return context.refuseTooLarge(DescribeConfigsResponse.self)
                }
                result.errorMessage = ""
                result.configs = described.entries
            } catch {
                result.errorCode = error.code.rawValue
                result.errorMessage = error.message
            }
            response.results.append(result)
        }
        context.respond(response)
    }
}

/// The entries of one answer. What is described alike is described once, however often it is asked for, and shares its
/// memory.
private struct Descriptions {
    typealias Entry = DescribeConfigsResponse.DescribeConfigsResourceResult

    struct Described {
        let entries: [Entry]
        let leastBytes: Int

        init(_ entries: [Entry]) {
            self.entries = entries
            leastBytes = entries.reduce(0) { $0 + $1.leastBytes }
        }
    }

    private let configs: ResourceConfigs
    private let includesSynonyms: Bool
    private var known: [ResourceConfigs.Settings: Described] = [:]

    init(_ configs: ResourceConfigs, includesSynonyms: Bool) {
        self.configs = configs
        self.includesSynonyms = includesSynonyms
    }

    mutating func entries(
        of resource: DescribeConfigsRequest.DescribeConfigsResource
    ) throws(ConfigResourceError) -> Described {
        let settings = configs.settings(of: resource)
        var described = known[settings]
        if described == nil {
            described = Described(try configs.describe(resource).map { entry($0) })
            known[settings] = described
        }
        guard let described else { preconditionFailure("described, and not there") }
        // An empty list means all keys too.
        guard let keys = resource.configurationKeys, !keys.isEmpty else { return described }
        let wanted = Set(keys)
        return Described(described.entries.filter { wanted.contains($0.name) })
    }

    private func entry(_ config: DescribedConfig) -> Entry {
        var entry = Entry()
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
