// The options of the command line: one list, from which parsing, help and completion are made.

/// One option.
struct LaunchOption: Sendable {
    /// What stands behind an option, and how a shell completes it.
    enum Value: Sendable, Hashable {
        case none
        case text(String)
        case file(String)
        case directory(String)
        case oneOf(String, [String])
        /// `key=value` of the configuration.
        case setting

        /// How help writes it.
        var name: String {
            switch self {
            case .none: ""
            case .text(let name), .file(let name), .directory(let name), .oneOf(let name, _): name
            case .setting: "KEY=VALUE"
            }
        }
    }

    let name: String
    let value: Value
    /// Lines of help.
    let help: [String]
    /// The environment variable that stands for the option.
    var variable: String?

    static let all: [LaunchOption] = [
        LaunchOption(
            name: "--port", value: .text("N"),
            help: ["Serve on this port instead of 9092; 0 takes any free one and prints it."],
            variable: "MARTLET_PORT"),
        LaunchOption(
            name: "--port-file", value: .file("FILE"), help: ["Write the port that is served into FILE."],
            variable: "MARTLET_PORT_FILE"),
        LaunchOption(
            name: "--data-dir", value: .directory("DIR"),
            help: ["Keep the data in DIR; the default is $XDG_DATA_HOME/martlet, else ~/.local/share/martlet."],
            variable: "MARTLET_DATA_DIR"),
        LaunchOption(
            name: "--ephemeral", value: .none,
            help: ["Keep the data in a new directory that is removed at the end."], variable: "MARTLET_EPHEMERAL"),
        LaunchOption(
            name: "--config", value: .file("FILE"), help: ["Read a server.properties of Kafka's."],
            variable: "MARTLET_CONFIG"),
        LaunchOption(
            name: "--override", value: .setting,
            help: ["Set one key of the configuration, above the file and the environment; may be repeated."]),
        LaunchOption(
            name: "--log-level", value: .oneOf("LEVEL", ["debug", "info", "warn", "error", "off"]),
            help: ["Which lines go to standard error; info if not set."], variable: "MARTLET_LOG_LEVEL"),
        LaunchOption(
            name: "--completions", value: .oneOf("SHELL", Completions.Shell.allCases.map(\.rawValue)),
            help: ["Print a completion script for bash, zsh or fish."]),
        LaunchOption(name: "--help", value: .none, help: ["Print this text."]),
        LaunchOption(name: "--version", value: .none, help: ["Print the version."]),
    ]

    static func named(_ name: String) -> LaunchOption? { all.first { $0.name == name } }
}

/// What the program is to do: the optional first word of the command line.
public enum LaunchCommand: String, Sendable, CaseIterable {
    /// Serve; what happens without a word.
    case serve
    /// Look through log directories without changing anything.
    case check

    var help: String {
        switch self {
        case .serve: "Run the broker; this is what happens without a command."
        case .check: "Say what is in the log directories DIR... and whether they are sound; changes nothing."
        }
    }
}
