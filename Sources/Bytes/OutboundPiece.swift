// What an answer is made of on its way out: bytes that were encoded, and ranges of files that the kernel sends itself.

/// Whatever keeps a file descriptor open while somebody may still read from it.
public protocol DescriptorOwner: AnyObject, Sendable {
    /// Open as long as the owner is referenced.
    var fileDescriptor: Int32 { get }
}

/// A range of a file, sent by `sendfile` without passing through user space.
public struct FileRegion: Sendable {
    public let owner: any DescriptorOwner
    /// Where the range begins in the file.
    public let position: Int64
    public let sizeBytes: Int

    public init(owner: any DescriptorOwner, position: Int64, sizeBytes: Int) {
        self.owner = owner
        self.position = position
        self.sizeBytes = sizeBytes
    }
}

/// A part of an answer. The pieces of an answer go out one after the other.
public enum OutboundPiece: Sendable {
    case bytes(ByteSlice)
    case file(FileRegion)

    public var sizeBytes: Int {
        switch self {
        case .bytes(let slice): slice.count
        case .file(let region): region.sizeBytes
        }
    }
}
