// Takes a command line apart: `--flag`, `--option value`, `--option=value`, `-h`, words.

import Configuration

/// Walks through the arguments.
struct ArgumentParser {
    enum Argument {
        case option(LaunchOption, value: String)
        /// Something that is no option; `isFirst` where a command can stand.
        case word(String, isFirst: Bool)
    }

    private var rest: ArraySlice<String>
    private let count: Int

    init(_ arguments: [String]) {
        rest = arguments[...]
        count = arguments.count
    }

    /// The next argument with its value.
    /// - Throws: an option that does not exist, or that misses its value.
    mutating func next() throws(LaunchError) -> Argument? {
        let isFirst = rest.count == count
        guard let argument = rest.popFirst() else { return nil }
        guard argument.hasPrefix("-"), argument != "-" else { return .word(argument, isFirst: isFirst) }
        var name = argument
        var attached: String?
        if let sign = argument.utf8.firstIndex(of: UInt8(ascii: "=")) {
            name = String(argument[..<sign])
            attached = String(argument[argument.utf8.index(after: sign)...])
        }
        if name == "-h" { name = "--help" }
        guard let option = LaunchOption.named(name) else { throw Self.unknown(name) }
        if option.value == .none {
            guard attached == nil else { throw LaunchError(.usage, "\(name) takes no value") }
            return .option(option, value: "")
        }
        guard let value = attached ?? rest.popFirst() else {
            throw LaunchError(.usage, "\(name) wants a value: \(name) \(option.value.name)")
        }
        return .option(option, value: value)
    }

    private static func unknown(_ name: String) -> LaunchError {
        let names = LaunchOption.all.map(\.name)
        if let nearest = NearestName.of(name, among: names) {
            return LaunchError(.usage, "There is no option \(name): did you mean \(nearest)?")
        }
        let key = name.drop { $0 == "-" }
        if ConfigTable.broker.contains(String(key)) {
            return LaunchError(.usage, "There is no option \(name); a key is set by --override \(key)=VALUE")
        }
        return LaunchError(.usage, "There is no option \(name); --help lists them")
    }
}
