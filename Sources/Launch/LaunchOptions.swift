// What was asked for on the command line and by Martlet's own environment variables.

import Configuration
import Logging

/// The options of one start.
public struct LaunchOptions: Sendable, Hashable {
    /// What to do.
    public enum Action: Sendable, Hashable {
        case run(LaunchCommand)
        /// Print a text to standard output and end.
        case print(String)
    }

    public internal(set) var action = Action.run(.serve)
    /// 0 for any free port; nil leaves the port to the configuration.
    public internal(set) var port: UInt16?
    public internal(set) var portFile: String?
    public internal(set) var dataDirectory: String?
    public internal(set) var isEphemeral = false
    public internal(set) var configFile: String?
    public internal(set) var overrides: [ConfigSetting] = []
    public internal(set) var logLevel = LogLevel.info
    /// The directories that `check` was given.
    public internal(set) var directories: [String] = []
    /// Sentences for the log.
    public internal(set) var warnings: [String] = []
    /// Where the data directory was named: an argument, or a variable.
    var dataDirectoryOrigin = ConfigOrigin.argument("--data-dir")
    var portOrigin = ConfigOrigin.argument("--port")

    /// Reads the environment, then the arguments over it.
    /// - Parameter arguments: without the program's name.
    /// - Throws: a usage error that says what is known instead.
    public static func parse(
        arguments: [String], environment: [String: String]
    ) throws(LaunchError) -> LaunchOptions {
        var options = LaunchOptions()
        try options.read(environment: environment)
        var parser = ArgumentParser(arguments)
        try options.readArguments(&parser)
        return options
    }

    private mutating func read(environment: [String: String]) throws(LaunchError) {
        for variable in environment.keys.sorted() where variable.hasPrefix("MARTLET_") {
            guard let value = environment[variable] else { continue }
            guard let option = LaunchOption.all.first(where: { $0.variable == variable }) else {
                let known = LaunchOption.all.compactMap(\.variable)
                let nearest = NearestName.of(variable, among: known).map { ": did you mean \($0)?" } ?? ""
                warnings.append("Unknown environment variable \(variable)\(nearest)")
                continue
            }
            if value.isEmpty { continue }
            if option.value == .none {
                guard let flag = Self.flag(value) else {
                    throw LaunchError(.usage, "\(variable)=\(value) must be true or false")
                }
                if flag { try apply(option, value: "", shownAs: variable, origin: .environment(variable: variable)) }
            } else {
                try apply(option, value: value, shownAs: variable, origin: .environment(variable: variable))
            }
        }
    }

    private static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes": true
        case "false", "0", "no": false
        default: nil
        }
    }

    private mutating func readArguments(_ parser: inout ArgumentParser) throws(LaunchError) {
        var seen: Set<String> = []
        while let argument = try parser.next() {
            switch argument {
            case .word(let word, let isFirst):
                try takeWord(word, isFirst: isFirst)
            case .option(let option, let value):
                if option.value != .setting, !seen.insert(option.name).inserted {
                    throw LaunchError(.usage, "\(option.name) is given twice")
                }
                // What an argument says, a variable does not say any more.
                if option.name == "--data-dir" && !seen.contains("--ephemeral") { isEphemeral = false }
                if option.name == "--ephemeral" && !seen.contains("--data-dir") { dataDirectory = nil }
                try apply(option, value: value, shownAs: option.name, origin: .argument(option.name))
            }
            // Help, version and completions are answered at once: what follows them does not matter.
            if case .print = action { return }
        }
        if isEphemeral, dataDirectory != nil {
            throw LaunchError(.usage, "--ephemeral and --data-dir contradict each other: give one of them")
        }
        for setting in overrides where setting.name == "log.dirs" || setting.name == "log.dir" {
            if seen.contains("--data-dir") || seen.contains("--ephemeral") {
                throw LaunchError(.usage, "--data-dir sets log.dirs: give it or --override \(setting.name)")
            }
        }
    }

    private mutating func takeWord(_ word: String, isFirst: Bool) throws(LaunchError) {
        if isFirst, let command = LaunchCommand(rawValue: word) {
            action = .run(command)
            return
        }
        if word.hasSuffix(".properties") {
            throw LaunchError(.usage, "A configuration file is named by an option: --config \(word)")
        }
        if action == .run(.check) && !isFirst {
            directories.append(word)
            return
        }
        guard isFirst else { throw LaunchError(.usage, "\(word) is not an option, and no argument is expected here") }
        let commands = LaunchCommand.allCases.map(\.rawValue)
        if let nearest = NearestName.of(word, among: commands) {
            throw LaunchError(.usage, "There is no command \(word): did you mean \(nearest)?")
        }
        throw LaunchError(.usage, "There is no command \(word); there is: \(commands.joined(separator: ", "))")
    }

    /// - Parameter shownAs: the option or the variable, as messages name it.
    private mutating func apply(
        _ option: LaunchOption, value: String, shownAs: String, origin: ConfigOrigin
    ) throws(LaunchError) {
        if value.isEmpty, option.value != .none { throw LaunchError(.usage, "\(shownAs) wants a value") }
        switch option.name {
        case "--port":
            guard value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(value) else {
                throw LaunchError(.usage, "\(shownAs) wants a number from 0 to 65535, not \(value)")
            }
            port = number
            portOrigin = origin
        case "--port-file": portFile = value
        case "--data-dir":
            dataDirectory = value
            dataDirectoryOrigin = origin
        case "--ephemeral": isEphemeral = true
        case "--config": configFile = value
        case "--override":
            guard let setting = ConfigSources.override(value) else {
                throw LaunchError(.usage, "\(shownAs) wants KEY=VALUE, not \(value)")
            }
            overrides.append(setting)
        case "--log-level":
            guard let level = LogLevel(name: value) else {
                throw LaunchError(.usage, "\(shownAs) wants debug, info, warn, error or off, not \(value)")
            }
            logLevel = level
        case "--completions":
            guard let shell = Completions.Shell(rawValue: value) else {
                throw LaunchError(.usage, "\(shownAs) wants bash, zsh or fish, not \(value)")
            }
            action = .print(Completions.script(for: shell))
        case "--help": action = .print(Usage.text)
        case "--version": action = .print(MartletVersion.line)
        default: preconditionFailure("\(option.name) is in the list and does nothing")
        }
    }
}
