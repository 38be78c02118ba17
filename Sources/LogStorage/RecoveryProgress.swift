// How far the recovery of one large log got, said once a second.

/// Counts the bytes that one recovery goes over; used by its one thread.
final class RecoveryProgress {
    /// The clock is asked once in so many bytes.
    private static let strideBytes = 1 << 20

    private let directory: PartitionDirectory
    private let totalBytes: Int64
    private let startMs: Int64
    private var doneBytes: Int64 = 0
    private var nextLookBytes = Int64(strideBytes)
    private var saidSeconds: Int64 = 0

    init(of directory: PartitionDirectory, totalBytes: Int64) {
        self.directory = directory
        self.totalBytes = totalBytes
        startMs = directory.environment.now()
    }

    func didRead(_ bytes: Int) {
        doneBytes += Int64(bytes)
        guard doneBytes >= nextLookBytes else { return }
        nextLookBytes = doneBytes + Int64(Self.strideBytes)
        let seconds = (directory.environment.now() &- startMs) / 1000
        guard seconds > saidSeconds else { return }
        saidSeconds = seconds
        directory.environment.observe(
            .note("Recovering \(directory.path): \(doneBytes) of \(totalBytes) bytes were gone over"))
    }
}
