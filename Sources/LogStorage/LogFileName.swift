// The names of the files in a partition's directory.
//
//     <20-digit base offset>.log  .index  .timeindex  .txnindex        a segment
//     <20-digit offset>.snapshot                                        producer state up to the offset
//     leader-epoch-checkpoint  partition.metadata
//
// A second suffix says what a file is on its way to: `.deleted`, `.cleaned`, `.swap`.

/// What a file of a partition's directory holds.
enum LogFileKind: String, Sendable, CaseIterable {
    case log = ".log"
    case offsetIndex = ".index"
    case timeIndex = ".timeindex"
    case transactionIndex = ".txnindex"
    case producerSnapshot = ".snapshot"
}

/// A file's state, by its name's last suffix.
enum LogFileSuffix: String, Sendable, CaseIterable {
    case none = ""
    case deleted = ".deleted"
    case cleaned = ".cleaned"
    case swap = ".swap"
}

/// `00000000000000000042.timeindex.swap`, taken apart. Kafka: `LogFileUtils`.
struct LogFileName: Hashable, Sendable {
    let offset: Int64
    let kind: LogFileKind
    let suffix: LogFileSuffix

    init(offset: Int64, kind: LogFileKind, suffix: LogFileSuffix = .none) {
        self.offset = offset
        self.kind = kind
        self.suffix = suffix
    }

    /// nil for a name of another form, and for one of an offset that no log can have.
    init?(_ name: String) {
        guard let (digits, kind, suffix) = Self.parts(of: name), digits.utf8.count == 20,
            let offset = Int64(digits), LogOffset.isPossible(offset)
        else { return nil }
        self.init(offset: offset, kind: kind, suffix: suffix)
    }

    /// Whether `name` looks like that of a log's file, and is none: its number is not of 20 digits, or no offset.
    static func isStrange(_ name: String) -> Bool { parts(of: name) != nil && LogFileName(name) == nil }

    /// A number of any length, and what a log's file has behind it.
    private static func parts(of name: String) -> (digits: Substring, kind: LogFileKind, suffix: LogFileSuffix)? {
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return nil }
        let digits = name[..<dot]
        guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        var rest = name[dot...]
        var suffix = LogFileSuffix.none
        for candidate in LogFileSuffix.allCases where candidate != .none && rest.hasSuffix(candidate.rawValue) {
            suffix = candidate
            rest = rest.dropLast(candidate.rawValue.utf8.count)
        }
        guard let kind = LogFileKind(rawValue: String(rest)) else { return nil }
        return (digits, kind, suffix)
    }

    var text: String { Self.padded(offset) + kind.rawValue + suffix.rawValue }

    /// 20 digits.
    static func padded(_ offset: Int64) -> String {
        let digits = String(offset)
        return String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits
    }
}
