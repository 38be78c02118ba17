// Where the data lives: named, the user's default, or a directory that goes away at the end.

import Configuration
import Glibc

/// The data directories of one run.
public struct DataDirectory: Sendable, Hashable {
    public enum Choice: Sendable, Hashable {
        /// By `log.dirs`, `log.dir`, `--data-dir` or `MARTLET_DATA_DIR`; where that was set.
        case named(ConfigOrigin)
        /// The user's default directory, and what gave it.
        case userDefault(String)
        /// Made for this run and removed after it.
        case ephemeral
    }

    public let paths: [String]
    public let choice: Choice

    /// How the choice came about, in words.
    public var explanation: String {
        switch choice {
        case .named(let origin): "\(origin)"
        case .userDefault(let reason): "\(reason); --data-dir names another"
        case .ephemeral: "removed at the end"
        }
    }

    /// The user's default directory: in `$XDG_DATA_HOME`, else in `$HOME`, else, for a user without a home, in `/tmp`
    /// under the user's number.
    static func userDefault(environment: [String: String]) -> (path: String, reason: String) {
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
            return ("\(data)/martlet", "default in $XDG_DATA_HOME")
        }
        if let home = environment["HOME"], home.hasPrefix("/"), home != "/" {
            return ("\(home)/.local/share/martlet", "default")
        }
        return ("/tmp/martlet-\(geteuid())", "default without a $HOME, which a reboot may empty")
    }

    /// Makes a directory of its own under `$TMPDIR`, else `/tmp`.
    static func makeEphemeral(environment: [String: String]) throws(LaunchError) -> DataDirectory {
        let parent = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        var template = Array("\(parent)/martlet-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LaunchError(
                .cannotCreate, "Cannot make a directory for --ephemeral in \(parent): \(SystemError.text(errno))")
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return DataDirectory(paths: [path], choice: .ephemeral)
    }

    /// Removes an ephemeral directory with all that is in it; leaves any other alone.
    /// - Returns: what could not be removed, in words; nil if nothing is left.
    @discardableResult
    public func removeIfEphemeral() -> String? {
        guard choice == .ephemeral else { return nil }
        return paths.compactMap { DirectoryTree.remove($0) }.first
    }
}

/// A system call's error in words. glibc's `strerror` is safe in threads since 2.32.
enum SystemError {
    static func text(_ number: CInt) -> String {
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }
}

/// A directory with all that is in it.
enum DirectoryTree {
    /// Removes it. Links are removed, not followed.
    /// - Returns: what could not be removed, in words.
    static func remove(_ path: String) -> String? {
        var problem = empty(path)
        if rmdir(path) != 0, problem == nil { problem = "\(path): \(SystemError.text(errno))" }
        return problem
    }

    private static func empty(_ path: String) -> String? {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0, let directory = fdopendir(number) else {
            return "\(path): \(SystemError.text(errno))"
        }
        defer { closedir(directory) }
        var problem: String?
        while let entry = readdir(directory) {
            let name = name(of: entry)
            if name == "." || name == ".." { continue }
            let child = "\(path)/\(name)"
            if unlinkat(dirfd(directory), name, 0) == 0 { continue }
            // A directory cannot be unlinked: Linux says EISDIR, POSIX EPERM.
            let found = errno == EISDIR || errno == EPERM ? remove(child) : "\(child): \(SystemError.text(errno))"
            problem = problem ?? found
        }
        return problem
    }

    /// The name lies at the end of the entry, ended by a zero.
    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
        }
    }
}
