// Why a broker does not start.

import ClusterMetadata
import EventLoop
import Files
import LogStorage

/// One clear line, by whose kind a program chooses how to end.
public enum BrokerStartError: Error, Sendable {
    /// A log directory is held by another process.
    case inUse(String)
    /// A log directory is damaged, of another cluster, or of a newer format.
    case unusable(String)
    /// A log directory cannot be made, read or written.
    case storage(FileError)
    /// An address cannot be listened on.
    case listener(NetworkError)

    init(_ error: LogDirectoryError) {
        switch error {
        case .inUse: self = .inUse("\(error)")
        case .invalid, .duplicatePartition: self = .unusable("\(error)")
        case .file(let error): self = .storage(error)
        }
    }

    init(_ error: MetadataStoreError) {
        switch error {
        case .file(let error), .log(.storage(let error)): self = .storage(error)
        case .directory(let error): self.init(error)
        case .log, .damaged, .refused: self = .unusable("\(error)")
        }
    }
}

extension BrokerStartError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse(let reason), .unusable(let reason): reason
        case .storage(let error): error.description
        case .listener(let error): error.description
        }
    }
}
