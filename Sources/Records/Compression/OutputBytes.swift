// Bytes on their way out: a storage that grows.

import Bytes

/// A growing run of bytes, kept in one `ByteStorage`.
struct OutputBytes: ~Copyable {
    private var storage: ByteStorage
    private(set) var count = 0

    init(reserving capacityBytes: Int) {
        storage = ByteStorage(capacityBytes: max(capacityBytes, 256))
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func append(littleEndian value: UInt32) {
        reserve(4).storeBytes(of: value.littleEndian, as: UInt32.self)
        count += 4
    }

    mutating func append(bigEndian value: UInt32) {
        reserve(4).storeBytes(of: value.bigEndian, as: UInt32.self)
        count += 4
    }

    /// Room for `additional` bytes after those that are there; `advance` says how many were then written.
    mutating func reserve(_ additional: Int) -> UnsafeMutableRawPointer {
        if storage.capacityBytes - count < additional {
            let larger = ByteStorage(capacityBytes: max(count + additional, storage.capacityBytes * 2))
            larger.base.copyMemory(from: storage.base, byteCount: count)
            storage = larger
        }
        return storage.base + count
    }

    mutating func advance(_ written: Int) {
        precondition(written >= 0 && written <= storage.capacityBytes - count)
        count += written
    }

    /// Writes over four bytes that are there.
    func overwrite(bigEndian value: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset <= count - 4)
        (storage.base + offset).storeBytes(of: value.bigEndian, as: UInt32.self)
    }

    /// All bytes so far.
    var slice: ByteSlice { ByteSlice(storage: storage, storageOffset: 0, count: count) }
}
