// `martlet check DIR...`: what is in log directories, and whether they are sound.

import ClusterMetadata
import Files
import Glibc
import Launch
import LogStorage

/// One run of the check. What it finds goes to standard output, a line a partition; how it ends is in the exit code.
struct Check {
    private let directories: [String]

    init(_ directories: [String]) {
        self.directories = directories
    }

    /// - Throws: that something is damaged (EX_DATAERR), or cannot be read (EX_NOINPUT).
    func run() throws(LaunchError) {
        var damaged: [String] = []
        for directory in directories {
            do throws(FileError) {
                let report = try DirectoryCheck.run(directory, metadata: { MetadataCheck.faults(in: $0) })
                for line in report.lines { print(line) }
                if !report.isSound { damaged.append(directory) }
            } catch {
                throw LaunchError(.noInput, "\(error.description)")
            }
        }
        guard damaged.isEmpty else {
            throw LaunchError(.dataError, "Damaged: \(damaged.joined(separator: ", "))")
        }
    }
}
