// From options to what the wiring needs: one checked configuration, the data directory, what to say about them.

import Configuration
import Logging

/// All that a start needs to know.
public struct LaunchPlan: Sendable {
    public let configuration: BrokerConfiguration
    public let dataDirectory: DataDirectory
    /// Where the port that is served is written.
    public let portFile: String?
    public let logLevel: LogLevel
    /// Sentences for the log: unknown keys and variables, keys without an effect.
    public let warnings: [String]
}

extension LaunchOptions {
    /// Reads the configuration file, puts the sources over each other and checks the whole. Makes the directory of
    /// `--ephemeral`, and nothing else: the caller removes it at the end (`DataDirectory.removeIfEphemeral`).
    public func plan(environment: [String: String]) throws(LaunchError) -> LaunchPlan {
        var settings = try configFile.map(Self.fileSettings) ?? []
        settings += ConfigSources.environment(environment)
        settings += overrides
        var configuration = try Self.checked(settings)
        if let port {
            settings += configuration.settings(movingTo: Int32(port), origin: portOrigin)
            configuration = try Self.checked(settings)
        }
        let directory = try dataDirectory(configuration, environment: environment)
        do {
            if !directory.isConfigured(by: configuration) {
                configuration = try Self.checked(settings + [directory.setting()])
            }
        } catch {
            directory.removeIfEphemeral()
            throw error
        }
        return LaunchPlan(
            configuration: configuration, dataDirectory: directory, portFile: portFile, logLevel: logLevel,
            warnings: warnings + configuration.warnings)
    }

    private static func fileSettings(_ path: String) throws(LaunchError) -> [ConfigSetting] {
        let bytes = try SmallFile.read(path)
        do {
            return try ConfigSources.file(bytes, path: path)
        } catch {
            throw LaunchError(.configuration, lines: error.problems)
        }
    }

    private static func checked(_ settings: [ConfigSetting]) throws(LaunchError) -> BrokerConfiguration {
        do {
            return try BrokerConfiguration(settings)
        } catch {
            throw LaunchError(.configuration, lines: error.problems)
        }
    }

    /// The strongest of: an argument, a variable, the file, the user's default.
    private func dataDirectory(
        _ configuration: BrokerConfiguration, environment: [String: String]
    ) throws(LaunchError) -> DataDirectory {
        let key = configuration.settings["log.dirs"] == nil ? "log.dir" : "log.dirs"
        let configured = configuration.settings[key].map {
            DataDirectory(paths: configuration.logDirs, choice: .named($0.origin))
        }
        if let configured, case .named(.argument) = configured.choice { return configured }
        if isEphemeral { return try .makeEphemeral(environment: environment) }
        if let dataDirectory { return DataDirectory(paths: [dataDirectory], choice: .named(dataDirectoryOrigin)) }
        if let configured { return configured }
        let standard = DataDirectory.userDefault(environment: environment)
        return DataDirectory(paths: [standard.path], choice: .userDefault(standard.reason))
    }
}

extension DataDirectory {
    /// Whether the configuration already says it.
    fileprivate func isConfigured(by configuration: BrokerConfiguration) -> Bool {
        ["log.dirs", "log.dir"].contains { name in
            configuration.settings[name].map { choice == .named($0.origin) } ?? false
        }
    }

    /// `log.dirs` with this directory.
    fileprivate func setting() throws(LaunchError) -> ConfigSetting {
        if let path = paths.first(where: { $0.utf8.contains(UInt8(ascii: ",")) }) {
            throw LaunchError(.usage, "\(path): a data directory's name has no comma, as log.dirs is a list")
        }
        let origin: ConfigOrigin =
            switch choice {
            case .named(let origin): origin
            case .userDefault: .martletDefault
            case .ephemeral: .argument("--ephemeral")
            }
        return ConfigSetting("log.dirs", paths.joined(separator: ","), from: origin)
    }
}
