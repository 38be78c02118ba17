// `.kafka_cleanshutdown`: the last process stopped in order, so nothing need be recovered. Kafka:
// `CleanShutdownFileHandler`.
//
//     {"version":0,"brokerEpoch":115}          without a line end

import Bytes
import Files

/// Reads, writes and removes the mark of a clean stop.
enum CleanShutdownFile {
    static let fileName = ".kafka_cleanshutdown"

    /// The epoch the broker had, -1 when the file does not say; nil when there is no file.
    static func read(from directory: String, fileSystem: any FileSystem) throws(FileError) -> Int64? {
        let bytes: ByteSlice
        do throws(FileError) {
            bytes = try fileSystem.contents(of: FilePath.join(directory, fileName), maxBytes: 1 << 16)
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
        let text = String(decoding: bytes.array, as: UTF8.self)
        return number("brokerEpoch", in: text) ?? -1
    }

    /// The number that a flat JSON object has under `key`.
    private static func number(_ key: String, in text: String) -> Int64? {
        for member in text.split(whereSeparator: { $0 == "{" || $0 == "}" || $0 == "," }) {
            let parts = member.split(separator: ":").map { TextFile.fields($0).joined() }
            if parts.count == 2, parts[0] == "\"\(key)\"" { return Int64(parts[1]) }
        }
        return nil
    }

    static func write(
        brokerEpoch: Int64, to directory: String, fileSystem: any FileSystem
    ) throws(FileError) {
        try fileSystem.replace(
            FilePath.join(directory, fileName), with: #"{"version":0,"brokerEpoch":\#(brokerEpoch)}"#.utf8)
    }

    static func remove(from directory: String, fileSystem: any FileSystem) throws(FileError) {
        try fileSystem.removeFileIfPresent(FilePath.join(directory, fileName))
        try fileSystem.syncDirectory(directory)
    }
}
