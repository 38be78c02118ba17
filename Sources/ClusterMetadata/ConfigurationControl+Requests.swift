// IncrementalAlterConfigs and AlterConfigs.

import Configuration
import KafkaMessages
import KafkaWire

extension ConfigurationControl {
    /// What IncrementalAlterConfigs does with a key. KIP-339.
    private enum Operation: Int8 {
        case set = 0
        case delete = 1
        case append = 2
        case subtract = 3

        var name: String { self == .append ? "APPEND" : "SUBTRACT" }
    }

    /// Decides an IncrementalAlterConfigs request. A resource is changed as a whole or not at all, each on its own.
    /// Loggers (`BROKER_LOGGER`) are the broker's own matter and are answered as an unknown type here.
    func incrementalAlterConfigs(
        _ request: IncrementalAlterConfigsRequest
    ) -> ControllerResult<IncrementalAlterConfigsResponse> {
        typealias Answer = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
        var result = ControllerResult<IncrementalAlterConfigsResponse>([], .init())
        let repeated = Self.repeated(
            request.resources.map { ConfigResource(type: $0.resourceType, name: $0.resourceName) })
        for resource in request.resources {
            var answer = Answer()
            answer.resourceType = resource.resourceType
            answer.resourceName = resource.resourceName
            let key = ConfigResource(type: resource.resourceType, name: resource.resourceName)
            do throws(ApiError) {
                try check(key, resource.configs.map(\.name), isRepeated: repeated.contains(key))
                try Self.refuseNull(
                    resource.configs.filter { $0.value == nil && $0.configOperation != Operation.delete.rawValue }
                        .map(\.name))
                result.records += try changes(key, resource.configs)
                answer.errorMessage = nil
            } catch {
                answer.errorCode = error.code.rawValue
                answer.errorMessage = error.message
            }
            result.answer.responses.append(answer)
        }
        if request.validateOnly { result.records = [] }
        return result
    }

    private func changes(
        _ resource: ConfigResource, _ configs: [IncrementalAlterConfigsRequest.AlterableConfig]
    ) throws(ApiError) -> [MetadataRecord] {
        var changes: [(name: String, value: String?)] = []
        for config in configs {
            guard let operation = Operation(rawValue: config.configOperation) else {
                throw ApiError(.unknownServerError)
            }
            changes.append((config.name, try value(resource, config.name, operation, config.value ?? "")))
        }
        if resource.type == ConfigResourceType.broker.rawValue {
            var after = state.configurations[resource]
            for change in changes { after[change.name] = change.value }
            try validateBroker(after, isPerBroker: !resource.name.isEmpty)
        }
        return try change(resource, changes)
    }

    /// The value that a key gets; nil: none.
    private func value(
        _ resource: ConfigResource, _ name: String, _ operation: Operation, _ given: String
    ) throws(ApiError) -> String? {
        switch operation {
        case .set: return given
        case .delete: return nil
        case .append, .subtract: break
        }
        let definition = Self.definition(resource, name)
        if definition?.type != .list, resource.type == ConfigResourceType.broker.rawValue {
            throw ApiError(
                .invalidConfig, "Config value \(operation.name.lowercased()) is not allowed for config key: \(name)")
        }
        guard definition?.type == .list else {
            throw ApiError(
                .invalidConfig, "Can't \(operation.name) to key \(name) because its type is not LIST.")
        }
        let current = state.configurations[resource][name] ?? definition?.defaultText ?? ""
        // As Kafka: parts are compared with the spaces that are around them, and nothing is a part, too.
        var parts = current.split(separator: ",").map(String.init)
        for part in given.isEmpty ? [""] : given.split(separator: ",").map(String.init) {
            if operation == .subtract {
                if let index = parts.firstIndex(of: part) { parts.remove(at: index) }
            } else if !parts.contains(part) {
                parts.append(part)
            }
        }
        return parts.joined(separator: ",")
    }

    private static func definition(_ resource: ConfigResource, _ name: String) -> ConfigDefinition? {
        switch ConfigResourceType(rawValue: resource.type) {
        case .topic: ConfigTable.topic[name]
        case .broker: ConfigTable.broker[name]
        case .group: ConfigTable.group[name]
        case .clientMetrics: ConfigTable.clientMetrics[name]
        default: nil
        }
    }

    /// Decides an AlterConfigs request: the keys that it does not name are taken back.
    func alterConfigs(_ request: AlterConfigsRequest) -> ControllerResult<AlterConfigsResponse> {
        var result = ControllerResult<AlterConfigsResponse>([], .init())
        let repeated = Self.repeated(
            request.resources.map { ConfigResource(type: $0.resourceType, name: $0.resourceName) })
        for resource in request.resources {
            var answer = AlterConfigsResponse.AlterConfigsResourceResponse()
            answer.resourceType = resource.resourceType
            answer.resourceName = resource.resourceName
            let key = ConfigResource(type: resource.resourceType, name: resource.resourceName)
            do throws(ApiError) {
                try check(key, resource.configs.map(\.name), isRepeated: repeated.contains(key))
                try Self.refuseNull(resource.configs.filter { $0.value == nil }.map(\.name))
                result.records += try replacement(key, resource.configs.map { ($0.name, $0.value) })
                answer.errorMessage = nil
            } catch {
                answer.errorCode = error.code.rawValue
                answer.errorMessage = error.message
            }
            result.answer.responses.append(answer)
        }
        if request.validateOnly { result.records = [] }
        return result
    }

    private func replacement(
        _ resource: ConfigResource, _ configs: [(name: String, value: String?)]
    ) throws(ApiError) -> [MetadataRecord] {
        if resource.type == ConfigResourceType.broker.rawValue {
            let settings = configs.compactMap { config in config.value.map { (config.name, $0) } }
            try validateBroker(
                Dictionary(settings) { $1 }, isPerBroker: !resource.name.isEmpty)
        }
        let named = Set(configs.map(\.name))
        let dropped = state.configurations[resource].keys.filter { !named.contains($0) }.sorted()
        return try change(resource, configs, dropped: dropped)
    }

    // MARK: Checks of both

    private static func repeated(_ resources: [ConfigResource]) -> Set<ConfigResource> {
        var seen: Set<ConfigResource> = []
        return Set(resources.filter { !seen.insert($0).inserted })
    }

    private func check(_ resource: ConfigResource, _ names: [String], isRepeated: Bool) throws(ApiError) {
        func refuse(_ text: String) -> ApiError { ApiError(.invalidRequest, text) }
        if isRepeated { throw refuse("Each resource must appear at most once.") }
        if Set(names).count != names.count { throw refuse("Error due to duplicate config keys") }
        switch ConfigResourceType(rawValue: resource.type) {
        case .topic, .group, .clientMetrics: break
        case .broker:
            if resource.name.isEmpty { break }
            guard let id = Int32(resource.name) else {
                throw refuse("Node id must be an integer, but it is: \(resource.name)")
            }
            if id != settings.nodeId {
                throw refuse("Unexpected broker id, expected \(settings.nodeId), but received \(resource.name)")
            }
        default: throw refuse("Unknown resource type \(resource.type)")
        }
    }

    private static func refuseNull(_ names: [String]) throws(ApiError) {
        guard names.isEmpty else {
            throw ApiError(.invalidRequest, "Null value not supported for : \(names.joined(separator: ", "))")
        }
    }
}
