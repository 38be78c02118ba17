// The text of --help and --version.

/// Martlet's version and the release of Kafka that it is compatible with.
public enum MartletVersion {
    public static let number = "0.1.0"
    public static let kafka = "4.3.1"
    static var line: String { "martlet \(number) (compatible with Apache Kafka \(kafka))\n" }
}

/// The text of `--help`.
enum Usage {
    static var text: String {
        var lines = [
            "Martlet, a broker that speaks the protocol of Apache Kafka \(MartletVersion.kafka) and keeps its files.",
            "",
            "usage: martlet [COMMAND] [OPTION]...",
            "",
            "Commands:",
        ]
        lines += table(LaunchCommand.allCases.map { ($0.rawValue, [$0.help]) })
        lines += ["", "Options, as --option VALUE or --option=VALUE:"]
        lines += table(
            LaunchOption.all.map { option in
                let title = option.value == .none ? option.name : "\(option.name) \(option.value.name)"
                return (title, option.help + (option.variable.map { ["Environment: \($0)"] } ?? []))
            })
        lines += [
            "",
            "Configuration: Kafka's keys and defaults. A key is taken from the last of these that sets it: the file of",
            "--config, environment variables (KAFKA_LOG_RETENTION_MS sets log.retention.ms), --override.",
            "Documentation/CONFIGURATION.md has Martlet's own defaults and the keys that have an effect.",
            "",
            "Exit codes:",
        ]
        lines += table(ExitCode.allCases.map { ("\($0.rawValue)", [$0.meaning]) })
        return lines.joined(separator: "\n") + "\n"
    }

    /// Two columns; further lines of help stand below the first.
    private static func table(_ rows: [(String, [String])]) -> [String] {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.flatMap { title, help in
            help.enumerated().map { index, line in
                let left = index == 0 ? title : ""
                return "  " + left + String(repeating: " ", count: width - left.count + 2) + line
            }
        }
    }
}
