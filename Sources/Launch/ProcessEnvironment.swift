// The environment of this process.

import Glibc

/// The environment as a dictionary.
public enum ProcessEnvironment {
    /// The variables now. Read it once at the start, before there are threads.
    public static func read() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let variable = String(cString: text)
            if let sign = variable.utf8.firstIndex(of: UInt8(ascii: "=")) {
                variables[String(variable[..<sign])] = String(variable[variable.utf8.index(after: sign)...])
            }
            entry += 1
        }
        return variables
    }
}
