// The answers of a connection that are ready to go, in order, and how far the first has gone.

import Bytes
import Glibc

/// Pieces on their way to the socket.
struct OutboundQueue {
    private struct Entry {
        let piece: OutboundPiece
        let endsAnswer: Bool
    }

    /// What a range of a file counts for: its bytes are not in memory, but the note of it is.
    private static let fileEntryBytes = 128

    private var entries = Ring<Entry>()
    /// How much of the first entry is sent.
    private var sentOfFirst = 0
    /// The memory that the unsent pieces hold.
    private(set) var memoryBytes = 0
    /// How many answers are not sent to their end.
    private(set) var answerCount = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Appends an answer, its first piece beginning with four bytes of room for the size.
    mutating func append(_ pieces: [OutboundPiece]) {
        var totalBytes = 0
        for piece in pieces { totalBytes += piece.sizeBytes }
        guard case .bytes(let head) = pieces.first else { preconditionFailure("an answer begins with bytes") }
        Self.writePrefix(head, totalBytes: totalBytes)
        guard let last = pieces.lastIndex(where: { $0.sizeBytes > 0 }) else { return }
        for (index, piece) in pieces[...last].enumerated() where piece.sizeBytes > 0 {
            append(Entry(piece: piece, endsAnswer: index == last))
        }
        answerCount += 1
    }

    mutating func append(_ bytes: ByteSlice) {
        Self.writePrefix(bytes, totalBytes: bytes.count)
        append(Entry(piece: .bytes(bytes), endsAnswer: true))
        answerCount += 1
    }

    private static func writePrefix(_ head: ByteSlice, totalBytes: Int) {
        precondition(totalBytes - 4 <= Int(Int32.max), "an answer is larger than its size prefix can say")
        head.store(Int32(totalBytes - 4), at: 0)
    }

    private mutating func append(_ entry: Entry) {
        memoryBytes += Self.cost(entry.piece)
        entries.append(entry)
    }

    private static func cost(_ piece: OutboundPiece) -> Int {
        switch piece {
        case .bytes(let bytes): bytes.count
        case .file: fileEntryBytes
        }
    }

    /// What to send next.
    enum Next {
        case nothing
        /// So many vectors were filled in, of so many bytes together.
        case bytes(vectorCount: Int, totalBytes: Int, moreFollows: Bool)
        case file(FileRegion, alreadySent: Int)
        /// A file does not hold what was promised of it.
        case fileTooShort(missingBytes: Int)
        case fileUnreadable(errno: Int32)
    }

    /// A range of a file up to this size is copied into the gathered bytes: a `sendfile` for it costs more than the
    /// copy, and cuts the stream into small packets besides.
    static let copiedFileBytes = 16 << 10

    /// Looks at the head of the queue. Bytes are gathered into `vectors`, at most `maxBytes` of them; small ranges of
    /// files among them by way of `scratch`.
    func next(
        into vectors: UnsafeMutableBufferPointer<iovec>, scratch: UnsafeMutableRawBufferPointer, maxBytes: Int
    ) -> Next {
        var vectorCount = 0
        var totalBytes = 0
        var scratchBytes = 0
        while vectorCount < entries.count {
            let skipped = vectorCount == 0 ? sentOfFirst : 0
            let piece = entries[vectorCount].piece
            let count = min(piece.sizeBytes - skipped, maxBytes - totalBytes)
            guard vectorCount < vectors.count, count > 0 else { break }
            switch piece {
            case .bytes(let bytes):
                vectors[vectorCount] = iovec(iov_base: bytes.base + skipped, iov_len: count)
            case .file(let region):
                guard count <= Self.copiedFileBytes, count <= scratch.count - scratchBytes else {
                    if vectorCount == 0 { return .file(region, alreadySent: skipped) }
                    return .bytes(vectorCount: vectorCount, totalBytes: totalBytes, moreFollows: true)
                }
                let target = UnsafeMutableRawBufferPointer(rebasing: scratch[scratchBytes..<scratchBytes + count])
                if let failure = Self.copy(region, from: skipped, to: target) { return failure }
                vectors[vectorCount] = iovec(iov_base: target.baseAddress, iov_len: count)
                scratchBytes += count
            }
            vectorCount += 1
            totalBytes += count
        }
        if vectorCount == 0 { return .nothing }
        return .bytes(vectorCount: vectorCount, totalBytes: totalBytes, moreFollows: vectorCount < entries.count)
    }

    /// Fills `target` with the region's bytes from `start` on. Nil when that succeeded.
    private static func copy(
        _ region: FileRegion, from start: Int, to target: UnsafeMutableRawBufferPointer
    ) -> Next? {
        var filled = 0
        while filled < target.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
            let position = off_t(region.position) + off_t(start + filled)
            switch transfer("pread", { pread(region.owner.fileDescriptor, rest.baseAddress, rest.count, position) }) {
            case .transferred(0): return .fileTooShort(missingBytes: region.sizeBytes - start - filled)
            case .transferred(let count): filled += count
            case .wouldBlock: return .fileUnreadable(errno: EAGAIN)
            case .failed(let errno): return .fileUnreadable(errno: errno)
            }
        }
        return nil
    }

    /// Notes that the system took `count` bytes, and lets go of what they complete.
    mutating func sent(_ count: Int) {
        var left = count
        while left > 0 {
            guard let first = entries.first else { preconditionFailure("more was sent than there was") }
            let rest = first.piece.sizeBytes - sentOfFirst
            guard left >= rest else {
                sentOfFirst += left
                return
            }
            left -= rest
            sentOfFirst = 0
            memoryBytes -= Self.cost(first.piece)
            if first.endsAnswer { answerCount -= 1 }
            entries.removeFirst()
        }
        entries.shrinkWhenEmpty(above: 16)
    }

    mutating func removeAll() {
        self = OutboundQueue()
    }
}
