// Why the metadata cannot be opened.

import Files
import LogStorage

/// One clear line about the metadata of a node.
public enum MetadataStoreError: Error, Sendable {
    case file(FileError)
    case log(LogError)
    case directory(LogDirectoryError)
    /// A file that cannot be understood, or that contradicts what was read before it.
    case damaged(path: String, reason: String)
    /// The directories are of another cluster, of another node, or of something that one node cannot be.
    case refused(String)

    /// What is wrong with the records of the file or directory `path`.
    init(_ error: MetadataReplayError, path: String) {
        self =
            error.isOfAnotherRelease
            ? .refused("\(path): \(error.description)") : .damaged(path: path, reason: error.description)
    }
}

extension MetadataStoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .log(let error): error.message
        case .directory(let error): error.description
        case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
        case .refused(let reason): reason
        }
    }
}
