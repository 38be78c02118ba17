// Where settings come from: a properties file, the environment, arguments.

import Glibc

/// The settings of each source, ready to be put one over the other.
public enum ConfigSources {
    /// The settings of a `server.properties`.
    public static func file(_ bytes: [UInt8], path: String) throws(ConfigurationError) -> [ConfigSetting] {
        do {
            return try PropertiesText.parse(bytes).map {
                ConfigSetting($0.key, $0.value, from: .file(path: path, line: $0.line))
            }
        } catch {
            throw ConfigurationError(["\(path) \(error)"])
        }
    }

    /// A setting written as `key=value`; nil where there is no key.
    public static func override(_ text: String, argument: String = "--override") -> ConfigSetting? {
        guard let sign = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = JavaText.trim(String(text[..<sign]))
        guard !key.isEmpty else { return nil }
        return ConfigSetting(key, String(text[text.utf8.index(after: sign)...]), from: .argument("\(argument) \(key)"))
    }

    /// The settings among environment variables: `KAFKA_LOG_RETENTION_MS` is `log.retention.ms`. In a name behind
    /// `KAFKA_`, `_` stands for a dot, `__` for an underscore, `___` for a hyphen, as in the container images.
    /// - Parameter environment: `NAME=value` each.
    public static func environment(_ environment: [String: String]) -> [ConfigSetting] {
        environment.keys.sorted().compactMap { variable in
            guard let key = key(ofVariable: variable), let value = environment[variable] else { return nil }
            return ConfigSetting(key, value, from: .environment(variable: variable))
        }
    }

    /// Variables that start with `KAFKA_` and are for Kafka's start scripts.
    public static let scriptVariables: Set<String> = [
        "KAFKA_HOME", "KAFKA_OPTS", "KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS",
        "KAFKA_JMX_OPTS", "KAFKA_JMX_PORT", "KAFKA_JMX_HOSTNAME", "KAFKA_DEBUG", "KAFKA_DEBUG_OPTS",
        "KAFKA_LOG4J_OPTS", "KAFKA_LOG4J_CMD_OPTS", "KAFKA_LOG4J_LOGGERS", "KAFKA_LOG4J_ROOT_LOGLEVEL",
        "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_LOG_DIR_PREFIX", "KAFKA_VERSION", "KAFKA_USER", "KAFKA_CLASSPATH",
    ]

    /// The key that a variable sets; nil where it sets none.
    static func key(ofVariable variable: String) -> String? {
        let prefix = "KAFKA_"
        guard variable.hasPrefix(prefix), variable.utf8.count > prefix.utf8.count,
            !scriptVariables.contains(variable)
        else { return nil }
        var key = ""
        var underscores = 0
        func sign(_ count: Int) -> String {
            let hyphens = String(repeating: "-", count: count / 3)
            return hyphens + (count % 3 == 2 ? "_" : count % 3 == 1 ? "." : "")
        }
        for scalar in variable.dropFirst(prefix.count).unicodeScalars {
            if scalar == "_" {
                underscores += 1
                continue
            }
            key += sign(underscores) + String(scalar).lowercased()
            underscores = 0
        }
        return key + sign(underscores)
    }
}
