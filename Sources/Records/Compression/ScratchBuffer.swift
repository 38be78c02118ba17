// Memory that a codec's context reuses.

/// A block of memory that grows.
struct ScratchBuffer: ~Copyable {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(byteCount: max(capacity, 1), alignment: 16)
    }

    /// Makes room for `count` bytes; what it held may be gone then.
    mutating func ensure(_ count: Int) {
        guard count > capacity else { return }
        base.deallocate()
        base = .allocate(byteCount: count, alignment: 16)
        capacity = count
    }

    /// Makes room for `count` bytes, of which the first `kept` stay.
    mutating func grow(to count: Int, keeping kept: Int) {
        guard count > capacity else { return }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
        larger.copyMemory(from: base, byteCount: kept)
        base.deallocate()
        base = larger
        capacity = count
    }

    deinit {
        base.deallocate()
    }
}
