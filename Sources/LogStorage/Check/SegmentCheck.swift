// One segment, read from its first byte to its last, and its indexes beside it.

import Bytes
import Files
import Records

/// Goes over a segment without changing anything. Every batch is read once, and held in memory one at a time.
struct SegmentCheck {
    let directory: String
    let baseOffset: Int64
    let fileSystem: any FileSystem
    /// The segment takes no more records.
    let isClosed: Bool
    /// The log was stopped in order: what is unfinished is damage.
    let wasClosedCleanly: Bool

    /// The offset after the last good batch.
    private(set) var endOffset: Int64
    private(set) var batchCount = 0
    private(set) var sizeBytes: Int64 = 0
    private(set) var epochs: ClosedRange<Int32>?
    /// A larger batch is not taken into memory; no broker's `message.max.bytes` comes near.
    private static let largestBatchBytes = 256 << 20

    init(
        directory: String, baseOffset: Int64, fileSystem: any FileSystem, isClosed: Bool, wasClosedCleanly: Bool
    ) {
        self.directory = directory
        self.baseOffset = baseOffset
        self.fileSystem = fileSystem
        self.isClosed = isClosed
        self.wasClosedCleanly = wasClosedCleanly
        endOffset = baseOffset
    }

    private func path(_ kind: LogFileKind) -> String {
        FilePath.join(directory, LogFileName(offset: baseOffset, kind: kind).text)
    }

    /// `transactions`: those of the segments before this one.
    mutating func run(_ transactions: inout TransactionCheck, _ report: inout CheckReport) throws(FileError) {
        let file = try fileSystem.open(path(.log), .read)
        sizeBytes = try file.sizeBytes()
        var offsets = try OffsetIndexCheck(open(.offsetIndex, &report))
        var times = try TimeIndexCheck(open(.timeIndex, &report))
        var scanner = BatchScanner(file: file, from: 0, to: Int(clamping: sizeBytes))
        while let batch = try scanner.next() {
            if let fault = try fault(of: batch, in: file) {
                report.damage("\(path(.log)): the batch at byte \(batch.position) \(fault)")
                transactions.giveUpSegment()
                return
            }
            offsets.pass(batch, baseOffset: baseOffset)
            times.pass(batch, baseOffset: baseOffset)
            try transactions.pass(batch, in: file)
            take(batch)
        }
        tellOfTail(Int(clamping: sizeBytes) - scanner.position, at: scanner.position, &report)
        let isTrusted = wasClosedCleanly || isClosed
        for (fault, kind) in [(offsets.finish(), LogFileKind.offsetIndex), (times.finish(), .timeIndex)] {
            guard let fault else { continue }
            // The next start builds the indexes of what was not closed anew.
            if isTrusted { report.damage("\(path(kind)): \(fault)") } else { report.note("\(path(kind)): \(fault)") }
        }
        try check(&transactions, isTrusted: isTrusted, &report)
    }

    private mutating func take(_ batch: BatchPosition) {
        endOffset = batch.lastOffset + 1
        batchCount += 1
        let epoch = batch.header.partitionLeaderEpoch
        if !batch.isLegacy && epoch >= 0 {
            epochs = min(epochs?.lowerBound ?? epoch, epoch)...max(epochs?.upperBound ?? epoch, epoch)
        }
    }

    private func open(_ kind: LogFileKind, _ report: inout CheckReport) throws(FileError) -> (any OpenFile)? {
        do throws(FileError) {
            return try fileSystem.open(path(kind), .read)
        } catch {
            if !error.isNotFound { throw error }
            report.note("\(path(kind)) is missing; the next start builds it anew")
            return nil
        }
    }

    /// What is wrong with a batch, to stand behind its name.
    private func fault(of batch: BatchPosition, in file: any OpenFile) throws(FileError) -> String? {
        guard batch.header.baseOffset >= endOffset else {
            return "begins at offset \(batch.header.baseOffset), after offset \(endOffset - 1)"
        }
        guard batch.lastOffset >= batch.header.baseOffset, batch.lastOffset &- baseOffset <= Int64(Int32.max) else {
            return "ends at offset \(batch.lastOffset), which cannot be"
        }
        guard batch.sizeBytes <= Self.largestBatchBytes else { return "is of \(batch.sizeBytes) bytes" }
        let bytes = try file.read(count: batch.sizeBytes, at: Int64(batch.position))
        guard let fault = batch.isLegacy ? Self.legacyFault(in: bytes) : Self.fault(in: bytes) else { return nil }
        return fault.isEmpty ? "is cut short" : "(offset \(batch.header.baseOffset)) \(fault)"
    }

    /// What is wrong with a batch of magic 2; empty: it is none.
    private static func fault(in bytes: ByteSlice) -> String? {
        guard let batch = RecordBatch(bytes) else { return "" }
        guard batch.isCrcValid else { return "has a wrong CRC" }
        do throws(RecordFault) {
            var cursor = try RecordCursor(batch, contents: .heads)
            var previous = batch.baseOffset - 1
            while try cursor.next() {
                guard cursor.offset > previous, cursor.offset <= batch.lastOffset else {
                    return "has a record with offset \(cursor.offset) after \(previous)"
                }
                previous = cursor.offset
            }
        } catch {
            return "cannot be opened: \(error)"
        }
        return nil
    }

    /// What is wrong with a message of magic 0 or 1, or a wrapper of such; empty: it is none.
    private static func legacyFault(in bytes: ByteSlice) -> String? {
        guard let batch = LegacyBatch(bytes) else { return "" }
        guard batch.isCrcValid else { return "has a wrong CRC" }
        do throws(RecordFault) {
            var cursor = try LegacyCursor(batch)
            while try cursor.next() {}
        } catch {
            return "cannot be opened: \(error)"
        }
        return nil
    }

    private func tellOfTail(_ bytes: Int, at position: Int, _ report: inout CheckReport) {
        guard bytes > 0 else { return }
        let text = "\(path(.log)): \(bytes) bytes from byte \(position) on are no whole batch"
        if wasClosedCleanly || isClosed {
            report.damage(text)
        } else {
            report.note(text + "; the next start cuts them off")
        }
    }

    private func check(
        _ transactions: inout TransactionCheck, isTrusted: Bool, _ report: inout CheckReport
    ) throws(FileError) {
        var file: (any OpenFile)?
        do throws(FileError) {
            file = try fileSystem.open(path(.transactionIndex), .read)
        } catch {
            if !error.isNotFound { throw error }
        }
        let disorder = try file.flatMap { file throws(FileError) in
            try TransactionIndex.fault(in: file, baseOffset: baseOffset)
        }
        if let disorder { report.damage("\(path(.transactionIndex)): \(disorder)") }
        guard let fault = try transactions.finish(file), disorder == nil else { return }
        let text = "\(path(.transactionIndex)): \(fault)"
        if isTrusted { report.damage(text) } else { report.note(text) }
    }
}
