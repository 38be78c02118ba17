// Why a log directory cannot be used.

import Files

/// One clear line about a log directory.
public enum LogDirectoryError: Error, Sendable {
    /// Another process has it.
    case inUse(path: String)
    /// A file that decides what the directory is cannot be understood.
    case invalid(path: String, reason: String)
    /// Two directories hold the same partition.
    case duplicatePartition(TopicPartition, String, String)
    case file(FileError)
}

extension LogDirectoryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse(let path): "\(path) is in use by another process (its .lock is held)"
        case .invalid(let path, let reason): "\(path): \(reason)"
        case .duplicatePartition(let partition, let one, let other):
            "partition \(partition) is in both \(one) and \(other); remove one of them"
        case .file(let error): error.description
        }
    }
}
