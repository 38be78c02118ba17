// Log lines: one fact a line, with a level, to standard error.

import Glibc
import Synchronization

/// How much a line matters.
public enum LogLevel: UInt8, Sendable, Comparable, CaseIterable {
    case debug, info, warn, error
    /// Nothing is logged.
    case off

    /// The name as a line carries it and an argument gives it.
    public var name: String {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warn: "WARN"
        case .error: "ERROR"
        case .off: "OFF"
        }
    }

    /// Reads a name in any case.
    public init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name.uppercased() }) else { return nil }
        self = level
    }

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// Writes log lines for one part of the program:
///
///     2026-03-01T14:05:09.123+01:00 INFO  [LogManager] Loaded 12 logs in 3 ms
///
/// Any thread may log. A line is one `write(2)`, so lines of several threads do not mix; what would break a line (a
/// line feed in a client's name) is escaped. A line below the level in force costs one relaxed load, and its text is
/// not made.
public struct Logger: Sendable {
    /// The part of the program, as the lines name it.
    public let component: String

    public init(_ component: String) {
        self.component = component
    }

    /// The level in force for the whole process; lines below it are not written.
    public static var level: LogLevel {
        get { LogLevel(rawValue: levelInForce.load(ordering: .relaxed)) ?? .info }
        set { levelInForce.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// Where lines go: standard error, unless a test listens.
    public static var descriptor: CInt {
        get { output.load(ordering: .relaxed) }
        set { output.store(newValue, ordering: .relaxed) }
    }

    public func debug(_ message: @autoclosure () -> String) { log(.debug, message) }
    public func info(_ message: @autoclosure () -> String) { log(.info, message) }
    public func warn(_ message: @autoclosure () -> String) { log(.warn, message) }
    public func error(_ message: @autoclosure () -> String) { log(.error, message) }

    /// Whether lines of this level are written: for what is costly to gather.
    public func isEnabled(_ level: LogLevel) -> Bool {
        level.rawValue >= Self.levelInForce.load(ordering: .relaxed)
    }

    private static let levelInForce = Atomic<UInt8>(LogLevel.info.rawValue)
    private static let output = Atomic<CInt>(STDERR_FILENO)

    private func log(_ level: LogLevel, _ message: () -> String) {
        guard isEnabled(level) else { return }
        var line = LogLine()
        line.append(time: .now)
        line.append(level.name.utf8, paddedTo: 5)
        line.append(" [\(component)] ".utf8)
        line.append(escaping: message())
        line.write(to: Self.output.load(ordering: .relaxed))
    }
}
