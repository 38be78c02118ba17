// The state of a simulated disk: inodes, names, and what is not durable yet.

import Glibc

/// Files and directories by number; number 0 is `/`.
struct SimulatedDisk: Sendable {
    var files: [Int: SimulatedContent] = [:]
    var directories: [Int: SimulatedNames] = [0: SimulatedNames()]
    var locks: Set<String> = []
    var random: SimulatedRandom
    /// Goes up with each restart.
    var boot = 0
    var isDown = false
    var callCount = 0
    var syncCount = 0
    var crashAtCall: Int?
    var failSyncAt: Int?
    var capacityBytes: Int?
    var hasFailedSync = false
    var readPaths: Set<String> = []
    private var nextInode = 1

    init(seed: UInt64) {
        random = SimulatedRandom(seed: seed)
    }

    // MARK: Calls

    func checkUp(_ call: String, _ path: String) throws(FileError) {
        if isDown { throw FileError(call: call, path: path, errno: EIO) }
    }

    /// Counts a call that changes something; goes down in it when that was asked for, before anything of it was done.
    mutating func change(_ call: String, _ path: String) throws(FileError) {
        try checkUp(call, path)
        callCount += 1
        if callCount == crashAtCall {
            isDown = true
            throw FileError(call: call, path: path, errno: EIO)
        }
    }

    /// What is removed counts too: somebody may have it open.
    var usedBytes: Int { files.values.reduce(0) { $0 + $1.visible.count } }

    /// A disk without a byte left has no room for new names either.
    private func checkRoom(_ call: String, _ path: String) throws(FileError) {
        if let capacityBytes, usedBytes >= capacityBytes { throw FileError(call: call, path: path, errno: ENOSPC) }
    }

    mutating func open(_ path: String, _ mode: OpenMode) throws(FileError) -> Int {
        try checkUp("open", path)
        if let inode = lookUp(path) {
            guard directories[inode] == nil else { throw FileError(call: "open", path: path, errno: EISDIR) }
            switch mode {
            case .createNew: throw FileError(call: "open", path: path, errno: EEXIST)
            case .truncate:
                if files[inode]?.visible.isEmpty == false {
                    try change("open", path)
                    files[inode]?.apply(.truncate(0))
                }
            case .read, .readWrite, .create: break
            }
            return inode
        }
        guard mode != .read, mode != .readWrite else { throw FileError(call: "open", path: path, errno: ENOENT) }
        try change("open", path)
        try checkRoom("open", path)
        let inode = newInode()
        try link(path, inode, call: "open")
        files[inode] = SimulatedContent()
        return inode
    }

    mutating func createDirectory(_ path: String) throws(FileError) {
        try change("mkdir", path)
        if lookUp(path) != nil { throw FileError(call: "mkdir", path: path, errno: EEXIST) }
        try checkRoom("mkdir", path)
        let inode = newInode()
        try link(path, inode, call: "mkdir")
        directories[inode] = SimulatedNames()
    }

    mutating func remove(_ path: String, isDirectory: Bool) throws(FileError) {
        let call = isDirectory ? "rmdir" : "unlink"
        try change(call, path)
        guard let inode = lookUp(path) else { throw FileError(call: call, path: path, errno: ENOENT) }
        if isDirectory {
            guard let names = directories[inode] else { throw FileError(call: call, path: path, errno: ENOTDIR) }
            guard names.names.isEmpty else { throw FileError(call: call, path: path, errno: ENOTEMPTY) }
        } else if directories[inode] != nil {
            throw FileError(call: call, path: path, errno: EISDIR)
        }
        let (parent, name) = try place(of: path, call: call)
        directories[parent]?.apply(.unlink(name))
    }

    mutating func rename(_ source: String, to target: String) throws(FileError) {
        try change("rename", source)
        guard let inode = lookUp(source) else { throw FileError(call: "rename", path: source, errno: ENOENT) }
        let (parent, name) = try place(of: source, call: "rename")
        let (other, newName) = try place(of: target, call: "rename")
        precondition(parent == other, "a rename between directories is not simulated")
        directories[parent]?.apply(.rename(name, to: newName, inode))
    }

    mutating func write(_ bytes: [UInt8], at position: Int, to inode: Int, path: String) throws(FileError) {
        var failure: FileError?
        var count = bytes.count
        do throws(FileError) {
            try change("pwrite", path)
        } catch {
            guard callCount == crashAtCall else { throw error }
            // The call in which everything stops may have got some way.
            failure = error
            count = random.below(bytes.count + 1)
        }
        if failure == nil, let capacityBytes {
            let used = usedBytes
            let added = max(0, position + count - (files[inode]?.visible.count ?? 0))
            if used + added > capacityBytes {
                count = max(0, count - (used + added - capacityBytes))
                failure = FileError(call: "pwrite", path: path, errno: ENOSPC)
            }
        }
        if count > 0 { files[inode]?.apply(.write(Array(bytes[..<count]), at: position)) }
        files[inode]?.modifiedMs = Int64(callCount)
        if let failure { throw failure }
    }

    mutating func syncFile(_ inode: Int, path: String) throws(FileError) {
        try countSync("fdatasync", path) { disk in disk.files[inode]?.doom() }
        files[inode]?.sync()
    }

    mutating func syncDirectory(_ path: String) throws(FileError) {
        guard let inode = lookUp(path), directories[inode] != nil else {
            throw FileError(call: "fsync", path: path, errno: ENOENT)
        }
        try countSync("fsync", path) { _ in }
        directories[inode]?.sync()
    }

    /// Syncs everything; a failed one spoils all files.
    mutating func syncAll(_ path: String) throws(FileError) {
        try countSync("syncfs", path) { disk in
            for inode in disk.files.keys { disk.files[inode]?.doom() }
        }
        for inode in files.keys { files[inode]?.sync() }
        for inode in directories.keys { directories[inode]?.sync() }
    }

    private mutating func countSync(
        _ call: String, _ path: String, onFailure: (inout SimulatedDisk) -> Void
    ) throws(FileError) {
        try change(call, path)
        syncCount += 1
        if syncCount == failSyncAt {
            hasFailedSync = true
            onFailure(&self)
            throw FileError(call: call, path: path, errno: EIO)
        }
    }

    // MARK: Names

    func lookUp(_ path: String) -> Int? {
        var inode = 0
        for name in path.utf8.split(separator: UInt8(ascii: "/")) {
            guard let next = directories[inode]?.names[String(Substring(name))] else { return nil }
            inode = next
        }
        return inode
    }

    func directory(_ path: String, call: String) throws(FileError) -> SimulatedNames {
        try checkUp(call, path)
        guard let inode = lookUp(path) else { throw FileError(call: call, path: path, errno: ENOENT) }
        guard let names = directories[inode] else { throw FileError(call: call, path: path, errno: ENOTDIR) }
        return names
    }

    func fileNumber(_ path: String, call: String) throws(FileError) -> Int {
        guard let inode = lookUp(path), files[inode] != nil else {
            throw FileError(call: call, path: path, errno: ENOENT)
        }
        return inode
    }

    private func place(of path: String, call: String) throws(FileError) -> (parent: Int, name: String) {
        guard let parent = lookUp(FilePath.parent(of: path)), directories[parent] != nil else {
            throw FileError(call: call, path: path, errno: ENOENT)
        }
        return (parent, FilePath.name(of: path))
    }

    private mutating func link(_ path: String, _ inode: Int, call: String) throws(FileError) {
        let (parent, name) = try place(of: path, call: call)
        directories[parent]?.apply(.link(name, inode))
    }

    private mutating func newInode() -> Int {
        defer { nextInode += 1 }
        return nextInode
    }

    /// The paths of all files, sorted.
    var filePaths: [String] { filePaths(below: 0, "").sorted() }

    private func filePaths(below directory: Int, _ path: String) -> [String] {
        (directories[directory]?.names ?? [:]).flatMap { name, inode in
            directories[inode] == nil ? ["\(path)/\(name)"] : filePaths(below: inode, "\(path)/\(name)")
        }
    }

    // MARK: Crashes

    mutating func restart(after crash: SimulatedCrash) {
        boot += 1
        isDown = false
        crashAtCall = nil
        failSyncAt = nil
        hasFailedSync = false
        locks = []
        guard crash == .power else { return }
        // In the order of their numbers, so that one seed always loses the same.
        for inode in files.keys.sorted() { files[inode]?.losePower(&random) }
        for inode in directories.keys.sorted() { directories[inode]?.losePower(&random) }
    }
}

/// A file's bytes.
struct SimulatedContent: Sendable {
    enum Change: Sendable {
        case write([UInt8], at: Int)
        case truncate(Int)
    }

    private struct Pending: Sendable {
        let change: Change
        /// A sync of it failed: the system believes it was saved, and it was not.
        var isDoomed = false
    }

    private(set) var visible: [UInt8] = []
    private var durable: [UInt8] = []
    private var pending: [Pending] = []
    var modifiedMs: Int64 = 0

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) -> Int {
        let count = min(buffer.count, visible.count - position)
        guard count > 0 else { return 0 }
        visible.withUnsafeBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
        }
        return count
    }

    mutating func apply(_ change: Change) {
        Self.apply(change, to: &visible)
        pending.append(Pending(change: change))
    }

    mutating func sync() {
        for one in pending where !one.isDoomed { Self.apply(one.change, to: &durable) }
        pending.removeAll { !$0.isDoomed }
    }

    mutating func doom() {
        for slot in pending.indices { pending[slot].isDoomed = true }
    }

    mutating func losePower(_ random: inout SimulatedRandom) {
        for one in pending {
            switch (random.below(4), one.change) {
            case (0, _): break
            case (1, .write(let bytes, let position)):
                Self.apply(.write(Array(bytes[..<random.below(bytes.count + 1)]), at: position), to: &durable)
            case (2, .write(let bytes, let position)): tear(bytes, position, &random)
            default: Self.apply(one.change, to: &durable)
            }
        }
        visible = durable
        pending = []
    }

    /// Some blocks of a write get to the disk, others do not.
    private mutating func tear(_ bytes: [UInt8], _ position: Int, _ random: inout SimulatedRandom) {
        let block = 64
        for start in stride(from: 0, to: bytes.count, by: block) where random.below(2) == 0 {
            let part = Array(bytes[start..<min(bytes.count, start + block)])
            Self.apply(.write(part, at: position + start), to: &durable)
        }
    }

    mutating func damage(at position: Int, _ change: (UInt8) -> UInt8) {
        if visible.indices.contains(position) { visible[position] = change(visible[position]) }
        if durable.indices.contains(position) { durable[position] = change(durable[position]) }
    }

    private static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .write(let new, let position):
            resize(&bytes, to: max(bytes.count, position + new.count))
            bytes.withUnsafeMutableBytes { target in
                new.withUnsafeBytes { source in
                    UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyMemory(from: source)
                }
            }
        case .truncate(let size): resize(&bytes, to: size)
        }
    }

    private static func resize(_ bytes: inout [UInt8], to size: Int) {
        if size < bytes.count { bytes.removeLast(bytes.count - size) }
        if size > bytes.count { bytes += [UInt8](repeating: 0, count: size - bytes.count) }
    }
}

/// The names in a directory. After a crash a first part of the changes since the last sync is there: changes of names
/// keep their order, as in a journal.
struct SimulatedNames: Sendable {
    enum Change: Sendable {
        case link(String, Int)
        case unlink(String)
        case rename(String, to: String, Int)
    }

    private(set) var names: [String: Int] = [:]
    private var durable: [String: Int] = [:]
    private var pending: [Change] = []

    mutating func apply(_ change: Change) {
        Self.apply(change, to: &names)
        pending.append(change)
    }

    mutating func sync() {
        durable = names
        pending = []
    }

    mutating func losePower(_ random: inout SimulatedRandom) {
        for change in pending.prefix(random.below(pending.count + 1)) { Self.apply(change, to: &durable) }
        names = durable
        pending = []
    }

    private static func apply(_ change: Change, to names: inout [String: Int]) {
        switch change {
        case .link(let name, let inode): names[name] = inode
        case .unlink(let name): names[name] = nil
        case .rename(let old, let new, let inode):
            names[old] = nil
            names[new] = inode
        }
    }
}

/// SplitMix64: small, and the same everywhere.
public struct SimulatedRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A number from 0 up to `bound`, without it.
    public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}
