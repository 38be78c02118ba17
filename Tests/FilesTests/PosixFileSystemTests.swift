import Bytes
import Files
import Foundation
import Testing

@Suite struct PosixFileSystemTests {
    let files = PosixFileSystem()

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-files-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func whatIsWrittenAtAPositionIsReadThere() throws {
        try withFolder { folder in
            let file = try files.open(folder + "/f", .createNew)
            try file.write([1, 2, 3, 4], at: 0)
            try file.write([9], at: 6)
            #expect(try file.sizeBytes() == 7)
            #expect(try file.read(count: 100, at: 2).array == [3, 4, 0, 0, 9])
            #expect(try file.read(count: 10, at: 7).array == [])
            try file.truncate(to: 3)
            try file.sync()
            #expect(try files.contents(of: folder + "/f").array == [1, 2, 3])
        }
    }

    @Test func theTimeOfTheLastWriteCanBeSet() throws {
        try withFolder { folder in
            let file = try files.open(folder + "/f", .createNew)
            try file.write([1], at: 0)
            for time in [Int64(0), 1_400_000_000_123, 1_900_000_000_000] {
                try file.setModified(time)
                #expect(try files.status(of: folder + "/f")?.modifiedMs == time)
            }
            try file.write([2], at: 1)
            #expect(try files.status(of: folder + "/f")?.modifiedMs != 1_900_000_000_000)
        }
    }

    @Test func openModesKeepWhatTheyPromise() throws {
        try withFolder { folder in
            let path = folder + "/f"
            #expect(throws: FileError(call: "open", path: path, errno: ENOENT)) { try files.open(path, .read) }
            #expect(throws: FileError.self) { try files.open(path, .readWrite) }
            try files.open(path, .create).write([1, 2])
            #expect(throws: FileError(call: "open", path: path, errno: EEXIST)) { try files.open(path, .createNew) }
            #expect(try files.open(path, .create).sizeBytes() == 2)
            #expect(try files.open(path, .truncate).sizeBytes() == 0)
        }
    }

    @Test func anErrorNamesCallPathAndReason() throws {
        try withFolder { folder in
            let path = folder + "/missing/f"
            let error = #expect(throws: FileError.self) { try files.open(path, .create) }
            #expect(error?.description == "open \(path): No such file or directory (2)")
        }
    }

    @Test func aDescriptorStaysOpenAsLongAsSomebodyHoldsTheFile() throws {
        try withFolder { folder in
            let path = folder + "/f"
            var file: (any OpenFile)? = try files.open(path, .create)
            try file?.write([7, 8])
            let region = FileRegion(owner: try #require(file), position: 0, sizeBytes: 2)
            let descriptor = region.owner.fileDescriptor
            file = nil
            try files.removeFile(path)
            var bytes = [UInt8](repeating: 0, count: 2)
            #expect(pread(descriptor, &bytes, 2, 0) == 2)
            #expect(bytes == [7, 8])
            withExtendedLifetime(region) {}
        }
    }

    @Test func replacedFilesAreWholeAndLeaveNothingBeside() throws {
        try withFolder { folder in
            let path = folder + "/checkpoint"
            try files.replace(path, with: "one".utf8)
            try files.replace(path, with: "other".utf8)
            #expect(try files.contents(of: path).array == Array("other".utf8))
            #expect(try files.entries(of: folder).map(\.name) == ["checkpoint"])
        }
    }

    @Test func aFileLargerThanAllowedIsNotReadWhole() throws {
        try withFolder { folder in
            try files.replace(folder + "/f", with: [1, 2, 3])
            #expect(throws: FileError(call: "read", path: folder + "/f", errno: EFBIG)) {
                try files.contents(of: folder + "/f", maxBytes: 2)
            }
        }
    }

    @Test func directoriesAreMadeListedAndRemovedWithAllInThem() throws {
        try withFolder { folder in
            try files.createDirectories(folder + "/a/b/c")
            try files.replace(folder + "/a/b/f", with: [1])
            let entries = try files.entries(of: folder + "/a/b").sorted { $0.name < $1.name }
            #expect(
                entries == [
                    DirectoryEntry(name: "c", isDirectory: true), DirectoryEntry(name: "f", isDirectory: false),
                ])
            #expect(try files.status(of: folder + "/a/b")?.isDirectory == true)
            #expect(try files.status(of: folder + "/a/b/f")?.sizeBytes == 1)
            #expect(throws: FileError.self) { try files.removeDirectory(folder + "/a") }
            try files.removeTree(folder + "/a")
            #expect(try files.status(of: folder + "/a") == nil)
            try files.removeTree(folder + "/a")
        }
    }

    @Test func aLockIsHeldOnceAndItsFileGoesWithIt() throws {
        try withFolder { folder in
            let path = folder + "/.lock"
            let held = try #require(try files.lock(path))
            #expect(try files.lock(path) == nil)
            held.release()
            #expect(try files.status(of: path) == nil)
            let again = try #require(try files.lock(path))
            again.release()
            again.release()
        }
    }

    @Test func aLockExcludesOtherProcessesPlainFcntlLocks() throws {
        try withFolder { folder in
            let path = folder + "/.lock"
            let held = try #require(try files.lock(path))
            // Another process, as the lock is between processes for plain fcntl.
            let other = Process()
            other.executableURL = URL(filePath: "/usr/bin/env")
            other.arguments = [
                "python3", "-c",
                "import fcntl,sys\nf=open(sys.argv[1],'w')\ntry:\n fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB)\nexcept OSError: sys.exit(7)",
                path,
            ]
            try other.run()
            other.waitUntilExit()
            #expect(other.terminationStatus == 7)
            held.release()
        }
    }
}
