// The broker's configuration: what was set, by whom, and what is in force.

/// Where a setting was made.
public enum ConfigOrigin: Sendable, Hashable, CustomStringConvertible {
    /// Martlet's own default, where it differs from Kafka's: `MartletDefaults`.
    case martletDefault
    case file(path: String, line: Int)
    case environment(variable: String)
    /// A command-line argument, as it was written (`--override log.segment.bytes`, `--port`).
    case argument(String)

    public var description: String {
        switch self {
        case .martletDefault: "Martlet's default"
        case .file(let path, let line): "\(path) line \(line)"
        case .environment(let variable): "environment variable \(variable)"
        case .argument(let argument): argument
        }
    }
}

/// One key set to one text, somewhere.
public struct ConfigSetting: Sendable, Hashable {
    public var name: String
    public var text: String
    public var origin: ConfigOrigin

    public init(_ name: String, _ text: String, from origin: ConfigOrigin) {
        self.name = name
        self.text = text
        self.origin = origin
    }
}

/// The settings that a broker cannot start with, all of them at once.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence each: what is wrong, what is allowed, where it was set.
    public let problems: [String]

    public init(_ problems: [String]) {
        self.problems = problems
    }

    public var description: String { problems.joined(separator: "\n") }
}

/// A broker's configuration, checked. Values are looked up by Kafka's names; those that the broker itself uses have a
/// typed property (`BrokerConfiguration+Log.swift` and its neighbours).
///
/// A value is taken from the first of: a dynamic broker setting, a dynamic cluster-wide setting, a static setting
/// (argument, environment, file, Martlet's default, in this order), Kafka's default.
public struct BrokerConfiguration: Sendable {
    /// The static settings in force, one a key: the last of those given.
    public private(set) var settings: [String: ConfigSetting]
    private var values: [String: ConfigValue]
    /// Set for all brokers of the cluster by IncrementalAlterConfigs.
    public private(set) var dynamicDefaults: [String: String] = [:]
    /// Set for this broker by IncrementalAlterConfigs.
    public private(set) var dynamicSettings: [String: String] = [:]
    /// Sentences about dynamic settings that are not in force as they were made.
    public private(set) var capped: [String] = []
    /// What the broker listens on and what it tells clients, from `listeners` and its relatives.
    public private(set) var endpoints: BrokerEndpoints
    /// Sentences for the log: unknown keys, keys without an effect.
    public private(set) var warnings: [String]

    /// Takes settings in rising precedence over `MartletDefaults`, and checks them.
    /// - Throws: every problem there is.
    public init(_ given: [ConfigSetting] = []) throws(ConfigurationError) {
        try self.init(settings: MartletDefaults.settings(beside: given) + given)
    }

    /// Settings without Martlet's defaults under them: what Kafka would make of them.
    init(kafka given: [ConfigSetting]) throws(ConfigurationError) {
        try self.init(settings: given)
    }

    private init(settings layers: [ConfigSetting]) throws(ConfigurationError) {
        settings = [:]
        values = [:]
        endpoints = BrokerEndpoints()
        warnings = []
        for setting in layers { settings[setting.name] = setting }
        let derived = joinNodeIds()

        var problems: [String] = []
        for name in settings.keys.sorted() {
            guard let setting = settings[name] else { continue }
            guard let definition = ConfigTable.broker[name] ?? ConfigTable.ofListener(name) else {
                noteUnknown(setting)
                continue
            }
            do {
                let value = try definition.parse(setting.text)
                if definition.name == name { values[name] = value }
                noteWithoutEffect(setting, definition)
            } catch {
                if name != derived { problems.append("\(error.message) (\(setting.origin))") }
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        endpoints = try makeEndpoints()
        problems = relationProblems()
        guard problems.isEmpty else { throw ConfigurationError(problems) }
    }

    /// The value in force.
    /// - Precondition: `name` is a key of Kafka's.
    public func value(of name: String) -> ConfigValue {
        guard let definition = ConfigTable.broker[name] else { preconditionFailure("\(name) is no broker key") }
        return values[name] ?? definition.defaultValue
    }

    /// The value that one listener has of its own; nil when it has none.
    func value(of name: String, ofListener listener: String) -> ConfigValue? {
        let key = "listener.name.\(listener.lowercased()).\(name)"
        guard let text = dynamicSettings[key] ?? dynamicDefaults[key] ?? settings[key]?.text else { return nil }
        return try? ConfigTable.broker[name]?.parse(text)
    }

    /// Whether anything gave the key a value: it need not be Kafka's default.
    func isGiven(_ name: String) -> Bool { values[name] != nil }

    /// Every key that was given a value.
    var givenKeys: Dictionary<String, ConfigValue>.Keys { values.keys }

    /// Whether something other than Martlet's or Kafka's defaults gave the value.
    public func isSetByHand(_ name: String) -> Bool {
        guard let setting = settings[name] else { return false }
        return setting.origin != .martletDefault
    }

    /// The same configuration with dynamic settings in force (KIP-226).
    /// - Parameter capping: settings of groups that were made under other bounds are brought within those of now, as a
    ///   broker does when it takes them up; else they are refused, as the controller does when somebody makes one.
    /// - Throws: the first value that its key, or another key's value, does not allow.
    public func applying(
        dynamicDefaults: [String: String], dynamicSettings: [String: String], capping: Bool = false
    ) throws(InvalidConfiguration) -> BrokerConfiguration {
        if dynamicDefaults == self.dynamicDefaults && dynamicSettings == self.dynamicSettings { return self }
        var copy = self
        copy.dynamicDefaults = dynamicDefaults
        copy.dynamicSettings = dynamicSettings
        copy.values = [:]
        var texts = settings.mapValues(\.text)
        for layer in [dynamicDefaults, dynamicSettings] {
            for (name, text) in layer {
                for synonym in ConfigSynonyms.broker(of: name) { texts[synonym] = nil }
                texts[name] = text
            }
        }
        for (name, text) in texts {
            if let definition = ConfigTable.broker[name] { copy.values[name] = try definition.parse(text) }
        }
        if capping { copy.capped = copy.capGroupIntervals() }
        if let problem = copy.relationProblems().first { throw InvalidConfiguration(problem) }
        return copy
    }

    /// Brings the keys of groups that can be set while the broker runs within their bounds, which cannot. Kafka:
    /// `GroupCoordinatorConfig.clampDynamicConfigs`.
    /// - Returns: a sentence for each that was beyond them.
    private mutating func capGroupIntervals() -> [String] {
        var sentences: [String] = []
        for kind in ["consumer", "share", "streams"] {
            let name = "group.\(kind).assignment.interval.ms"
            guard isGiven(name) else { continue }
            let value = int(name)
            let low = int("group.\(kind).min.assignment.interval.ms")
            let high = int("group.\(kind).max.assignment.interval.ms")
            let within = max(low, min(value, high))
            guard within != value else { continue }
            values[name] = .int(within)
            sentences.append("\(name) was set to \(value); allowed are \(low) to \(high): \(within) is in force")
        }
        return sentences
    }

    /// `node.id` and the older `broker.id` are one setting: the one that is set gives the other.
    /// - Returns: the key that was not set by itself.
    private mutating func joinNodeIds() -> String? {
        let node = settings["node.id"]
        let broker = settings["broker.id"]
        if let broker, node == nil || node?.origin == .martletDefault {
            settings["node.id"] = ConfigSetting("node.id", broker.text, from: broker.origin)
            return "node.id"
        } else if let node, broker == nil {
            settings["broker.id"] = ConfigSetting("broker.id", node.text, from: node.origin)
            return "broker.id"
        }
        return nil
    }

    private mutating func noteUnknown(_ setting: ConfigSetting) {
        if ConfigTable.brokerQuota.contains(setting.name) { return }
        var sentence = "Unknown configuration \(setting.name) (\(setting.origin))"
        if let nearest = NearestName.of(setting.name, among: ConfigTable.broker.definitions.lazy.map(\.name)) {
            sentence += ": did you mean \(nearest)?"
        }
        warnings.append(sentence)
    }

    private mutating func noteWithoutEffect(_ setting: ConfigSetting, _ definition: ConfigDefinition) {
        let hasEffect =
            definition.name == setting.name
            ? EffectiveKeys.contains(setting.name) : EffectiveKeys.ofListeners.contains(definition.name)
        guard setting.origin != .martletDefault, !hasEffect else { return }
        warnings.append("\(setting.name) is accepted and has no effect yet (\(setting.origin))")
    }
}
