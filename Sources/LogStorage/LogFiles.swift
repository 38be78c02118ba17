// The files of a partition's directory, and what an interrupted swap left there.

import Files

/// The files of a log, by what they are.
struct LogFiles {
    /// A `.log` file, and what lies beside it.
    struct SegmentFiles {
        let baseOffset: Int64
        /// Both `.index` and `.timeindex`.
        let hasIndexes: Bool
        let hasTransactionIndex: Bool
    }

    /// By base offset.
    let segments: [SegmentFiles]
    /// Offsets of producer snapshots, ascending.
    let snapshots: [Int64]

    /// Lists a directory once its temporary files are gone: those of segments that were being deleted or cleaned are
    /// removed, those of a swap that had begun take the place of what they replace. Kafka: the first passes of
    /// `LogLoader`.
    static func tidied(_ directory: PartitionDirectory) throws(FileError) -> LogFiles {
        // What is named as a log's file is, with a number that is no offset, is nobody's to remove.
        var names = try list(directory) { strange in
            directory.environment.observe(
                .warning("\(directory.path(of: strange)) is named after no offset of a log: it is left alone"))
        }
        if names.contains(where: { $0.suffix != .none }) {
            try finishSwaps(names, directory)
            names = try list(directory)
        }
        let present = Set(names)
        let logs = names.filter { $0.kind == .log }.map(\.offset).sorted()
        let bases = Set(logs)
        for name in names where name.isIndex && !bases.contains(name.offset) {
            directory.environment.observe(
                .warning("\(directory.path(of: name)) has no .log file beside it and is removed"))
            try directory.fileSystem.removeFileIfPresent(directory.path(of: name))
        }
        return LogFiles(
            segments: logs.map { offset in
                SegmentFiles(
                    baseOffset: offset,
                    hasIndexes: present.contains(LogFileName(offset: offset, kind: .offsetIndex))
                        && present.contains(LogFileName(offset: offset, kind: .timeIndex)),
                    hasTransactionIndex: present.contains(LogFileName(offset: offset, kind: .transactionIndex)))
            },
            snapshots: names.filter { $0.kind == .producerSnapshot }.map(\.offset).sorted())
    }

    private static func list(
        _ directory: PartitionDirectory, strange: (String) -> Void = { _ in }
    ) throws(FileError) -> [LogFileName] {
        try directory.fileSystem.entries(of: directory.path).compactMap { entry in
            if entry.isDirectory { return nil }
            let name = LogFileName(entry.name)
            if name == nil, LogFileName.isStrange(entry.name) { strange(entry.name) }
            return name
        }
    }

    private static func finishSwaps(_ names: [LogFileName], _ directory: PartitionDirectory) throws(FileError) {
        let files = directory.fileSystem
        let firstCleaned = names.filter { $0.suffix == .cleaned }.map(\.offset).min() ?? Int64.max
        var swaps: [LogFileName] = []
        for name in names {
            switch name.suffix {
            case .none: break
            case .swap where name.offset < firstCleaned: swaps.append(name)
            // A swap beside a half-written result belongs to a split that was not finished.
            case .swap, .cleaned, .deleted: try files.removeFileIfPresent(directory.path(of: name))
            }
        }
        guard let replaced = try offsetsReplaced(by: swaps, directory) else { return }
        for name in names where name.suffix == .none && replaced.contains(name.offset) {
            try files.removeFileIfPresent(directory.path(of: name))
        }
        // What was replaced must not come back once a swap has its name.
        try files.syncDirectory(directory.path)
        for name in swaps {
            directory.environment.observe(.note("\(directory.path(of: name)) takes its place: the swap is finished"))
            try files.rename(
                directory.path(of: name), to: directory.path(of: LogFileName(offset: name.offset, kind: name.kind)))
        }
    }

    /// The offsets that the segments to be swapped in stand for; nil when there are none.
    private static func offsetsReplaced(
        by swaps: [LogFileName], _ directory: PartitionDirectory
    ) throws(FileError) -> Range<Int64>? {
        var replaced: Range<Int64>?
        if swaps.isEmpty { return nil }
        for name in swaps where name.kind == .log {
            let file = try directory.fileSystem.open(directory.path(of: name), .read)
            var scanner = BatchScanner(file: file, from: 0, to: Int(clamping: try file.sizeBytes()))
            var end = name.offset
            while let batch = try scanner.next() { end = max(end, batch.lastOffset &+ 1) }
            let low = min(replaced?.lowerBound ?? name.offset, name.offset)
            replaced = low..<max(replaced?.upperBound ?? end, end)
        }
        return replaced ?? 0..<0
    }
}

extension LogFileName {
    var isIndex: Bool { kind == .offsetIndex || kind == .timeIndex || kind == .transactionIndex }
}
