// How the program ends: codes that a script can tell apart (sysexits.h).

/// The exit codes of `martlet`.
public enum ExitCode: Int32, Sendable, CaseIterable {
    /// It did what it was asked to do; a server was stopped by SIGTERM or SIGINT.
    case success = 0
    /// EX_USAGE: arguments that make no sense.
    case usage = 64
    /// EX_DATAERR: the data directory is damaged beyond repair, of another cluster, or of a newer format.
    case dataError = 65
    /// EX_NOINPUT: a file that was named cannot be read.
    case noInput = 66
    /// EX_UNAVAILABLE: the port is taken, or the address is not this machine's.
    case unavailable = 69
    /// EX_CANTCREAT: a directory or file cannot be made.
    case cannotCreate = 73
    /// EX_IOERR: the data directory failed while the server ran.
    case ioError = 74
    /// EX_TEMPFAIL: the data directory is in use by another process; it may be free later.
    case inUse = 75
    /// EX_CONFIG: a configuration that cannot be served.
    case configuration = 78

    /// What the code means, for `--help`.
    public var meaning: String {
        switch self {
        case .success: "stopped as asked"
        case .usage: "the arguments make no sense"
        case .dataError: "the data directory is damaged, of another cluster or of a newer format"
        case .noInput: "a file that was named cannot be read"
        case .unavailable: "the port is taken, or the address is not this machine's"
        case .cannotCreate: "a directory or a file cannot be made"
        case .ioError: "the data directory failed"
        case .inUse: "the data directory is in use by another process"
        case .configuration: "the configuration cannot be served"
        }
    }
}

/// Why the program does not start: one clear text, and the code to end with.
public struct LaunchError: Error, Sendable, Hashable, CustomStringConvertible {
    public let exitCode: ExitCode
    /// One line each.
    public let lines: [String]

    public init(_ exitCode: ExitCode, _ lines: String...) {
        self.exitCode = exitCode
        self.lines = lines
    }

    public init(_ exitCode: ExitCode, lines: [String]) {
        self.exitCode = exitCode
        self.lines = lines
    }

    public var description: String { lines.map { "martlet: \($0)" }.joined(separator: "\n") }
}
