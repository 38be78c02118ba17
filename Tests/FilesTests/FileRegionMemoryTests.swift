import Bytes
import Foundation
import Glibc
import Testing

@testable import Files

/// Whether a region of a file is in memory, and bringing it there.
@Suite struct FileRegionMemoryTests {
    /// A file of `count` bytes on a real disk, all of it written out, so that its pages can be dropped.
    private func withFile(_ count: Int, _ body: (any OpenFile) throws -> Void) throws {
        // The folder for temporary files may be in memory altogether; that of the build is not.
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../.build").standardized.path
        let path = folder + "/region-\(UUID().uuidString)"
        let files = PosixFileSystem()
        let file = try files.open(path, .create)
        defer { try? files.removeFile(path) }
        try file.write([UInt8](repeating: 7, count: count))
        try file.sync()
        try body(file)
    }

    private func drop(_ file: any OpenFile) {
        #expect(posix_fadvise(file.fileDescriptor, 0, 0, Int32(POSIX_FADV_DONTNEED)) == 0)
    }

    @Test func whatWasJustWrittenIsInMemory() throws {
        try withFile(1 << 20) { file in
            #expect(FileRegion(owner: file, position: 0, sizeBytes: 1 << 20).isInMemory)
            #expect(FileRegion(owner: file, position: 5000, sizeBytes: 3).isInMemory)
            #expect(FileRegion(owner: file, position: 0, sizeBytes: 0).isInMemory)
        }
    }

    @Test func whatTheSystemDroppedIsNotUntilItIsBroughtBack() throws {
        try withFile(4 << 20) { file in
            let region = FileRegion(owner: file, position: 100_000, sizeBytes: 300_000)
            drop(file)
            // A file system that is memory keeps everything.
            guard !region.isInMemory else { return }
            #expect(!FileRegion(owner: file, position: 100_000, sizeBytes: 1).isInMemory)
            region.bringIntoMemory()
            #expect(region.isInMemory)
            #expect(FileRegion(owner: file, position: 399_999, sizeBytes: 1).isInMemory)
            // Of what lies far behind nothing was read.
            #expect(!FileRegion(owner: file, position: 3 << 20, sizeBytes: 1 << 20).isInMemory)
            // One page that is missing is enough.
            #expect(!FileRegion(owner: file, position: 100_000, sizeBytes: 4_000_000).isInMemory)
        }
    }

    @Test func whatIsInMemoryIsReadAndTheRestIsNotWaitedFor() throws {
        try withFile(4 << 20) { file in
            func read(_ count: Int, at position: Int64) throws -> Int? {
                try withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { buffer in
                    let got = try file.readFromMemory(into: UnsafeMutableRawBufferPointer(buffer), at: position)
                    if got != nil { #expect(buffer.allSatisfy { $0 == 7 }) }
                    return got
                }
            }
            let written = try read(8192, at: 5000)
            #expect(written == 8192)
            drop(file)
            guard !FileRegion(owner: file, position: 0, sizeBytes: 1).isInMemory else { return }
            let dropped = try read(8192, at: 100_000)
            #expect(dropped == nil)
            FileRegion(owner: file, position: 100_000, sizeBytes: 8192).bringIntoMemory()
            let (broughtBack, beyond) = (try read(8192, at: 100_000), try read(8192, at: 3 << 20))
            #expect(broughtBack == 8192 && beyond == nil)
        }
    }
}
