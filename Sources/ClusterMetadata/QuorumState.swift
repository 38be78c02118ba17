// `quorum-state`: who leads the metadata log, in which epoch.
//
//   {"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}
//
// Without a line end. Version 0 has other fields between these.

import Files

/// The content of `quorum-state`, as far as a quorum of one needs it. Kafka: `FileQuorumStateStore`.
struct QuorumState: Equatable, Sendable {
    static let fileName = "quorum-state"

    var leaderId: Int32
    var leaderEpoch: Int32

    var text: String {
        "{\"leaderId\":\(leaderId),\"leaderEpoch\":\(leaderEpoch),\"votedId\":-1,"
            + "\"votedDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"data_version\":1}"
    }

    init(leaderId: Int32, leaderEpoch: Int32) {
        self.leaderId = leaderId
        self.leaderEpoch = leaderEpoch
    }

    /// Reads the file's text; nil when it names no epoch.
    init?(text: String) {
        guard let epoch = Self.number("leaderEpoch", in: text) else { return nil }
        leaderEpoch = epoch
        leaderId = Self.number("leaderId", in: text) ?? -1
    }

    private static func number(_ key: String, in text: String) -> Int32? {
        for member in text.split(whereSeparator: { "{},[]".contains($0) }) {
            let parts = member.split(separator: ":").map { $0.filter { !$0.isWhitespace } }
            if parts.count == 2, parts[0] == "\"\(key)\"" { return Int32(parts[1]) }
        }
        return nil
    }

    /// nil when the file is not there, or says nothing: the log itself then says the epoch.
    static func read(from directory: String, fileSystem: any FileSystem) throws(FileError) -> QuorumState? {
        do throws(FileError) {
            let bytes = try fileSystem.contents(of: FilePath.join(directory, fileName), maxBytes: 1 << 20)
            return QuorumState(text: String(decoding: bytes.array, as: UTF8.self))
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }

    func write(to directory: String, fileSystem: any FileSystem) throws(FileError) {
        try fileSystem.replace(FilePath.join(directory, Self.fileName), with: text.utf8)
    }
}
