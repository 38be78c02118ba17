// Small files that are read or written whole: the configuration, the port.

import Glibc

/// A file that fits into memory.
enum SmallFile {
    /// No configuration is longer; something else was named.
    private static let limitBytes = 16 << 20

    /// - Throws: `noInput` with the path and the system's reason.
    static func read(_ path: String) throws(LaunchError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LaunchError(.noInput, "Cannot open \(path): \(SystemError.text(errno))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw LaunchError(.noInput, "Cannot read \(path): \(SystemError.text(errno))") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            if bytes.count > limitBytes {
                throw LaunchError(.noInput, "\(path) is too long for a configuration file")
            }
        }
    }
}

/// The file that `--port-file` names.
public enum PortFile {
    /// Writes the port and a line feed. The file appears whole: it is written beside its place and renamed.
    /// - Throws: `cannotCreate` with the path and the system's reason.
    public static func write(port: UInt16, to path: String) throws(LaunchError) {
        let beside = "\(path).\(getpid())"
        let text = Array("\(port)\n".utf8)
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        let written = Glibc.write(descriptor, text, text.count)
        guard close(descriptor) == 0, written == text.count, rename(beside, path) == 0 else {
            let error = failure(path)
            unlink(beside)
            throw error
        }
    }

    private static func failure(_ path: String) -> LaunchError {
        LaunchError(.cannotCreate, "Cannot write the port file \(path): \(SystemError.text(errno))")
    }
}
