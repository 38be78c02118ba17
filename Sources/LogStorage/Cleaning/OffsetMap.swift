// From the hash of a key to the last offset that has it, in one block of memory.
//
//     slot, 24 bytes:   0  hash of the key, 16 bytes
//                      16  offset + 1; 0: the slot is free
//
// A hash has its place by its first 64 bits; when that is taken, the next free slot after it is used. Nothing is ever
// taken out.

import CPlatform
import Glibc

/// The keys of the part of a log that is being cleaned. Kafka: `SkimpyOffsetMap`.
struct OffsetMap: ~Copyable {
    static let bytesPerSlot = 24

    let slots: Int
    private let memory: UnsafeMutableRawPointer
    /// The keys in the map.
    private(set) var count = 0
    /// The map says which record of a key is the last up to this offset; -1: of none.
    private(set) var latestOffset: Int64 = -1

    /// Takes `slots` times 24 bytes, of which the system makes those that are used, in large pages where it has them:
    /// keys are all over the table, and each would otherwise be looked for in the page table first.
    init(slots: Int) {
        precondition(slots > 0)
        self.slots = slots
        let bytes = slots * Self.bytesPerSlot
        let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { preconditionFailure("mmap of \(bytes) bytes: errno \(errno)") }
        memory = mapped
        madvise(memory, bytes, Self.hugePages)
    }

    /// MADV_HUGEPAGE, which Glibc's headers show to Swift as a macro that it does not import everywhere.
    private static let hugePages: Int32 = 14

    deinit { munmap(memory, slots * Self.bytesPerSlot) }

    var sizeBytes: Int { slots * Self.bytesPerSlot }

    /// The offset of the last record with the key; -1 when the map has none.
    func offset(of hash: KeyHash) -> Int64 {
        let slot = self.slot(of: hash)
        return slot.load(fromByteOffset: 16, as: Int64.self) - 1
    }

    /// Notes that the record at `offset` has the key. There must be a free slot, or the key be in the map. Gives back
    /// the offset that the map had for the key; -1 when it had none.
    mutating func put(_ hash: KeyHash, offset: Int64) -> Int64 {
        let slot = self.slot(of: hash)
        let former = slot.load(fromByteOffset: 16, as: Int64.self) - 1
        if former < 0 {
            precondition(count < slots - 1, "the map is full")
            slot.storeBytes(of: hash, as: KeyHash.self)
            count += 1
        }
        slot.storeBytes(of: offset + 1, toByteOffset: 16, as: Int64.self)
        latestOffset = offset
        return former
    }

    /// Has the processor fetch what `put` and `offset(of:)` of the key will look at first.
    @inline(__always)
    func prefetch(_ hash: KeyHash) { cplatform_prefetch(memory + home(of: hash) * Self.bytesPerSlot) }

    /// Notes that all records up to `offset` were looked at.
    mutating func didRead(upTo offset: Int64) {
        latestOffset = offset
    }

    @inline(__always)
    private func home(of hash: KeyHash) -> Int { Int(hash.high.multipliedFullWidth(by: UInt64(slots)).high) }

    /// The slot that has the hash, or the free one it would get. One slot always stays free.
    private func slot(of hash: KeyHash) -> UnsafeMutableRawPointer {
        var index = home(of: hash)
        while true {
            let slot = memory + index * Self.bytesPerSlot
            if slot.load(fromByteOffset: 16, as: Int64.self) == 0 || slot.load(as: KeyHash.self) == hash { return slot }
            index = index + 1 == slots ? 0 : index + 1
        }
    }
}
