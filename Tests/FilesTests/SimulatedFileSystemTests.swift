import Bytes
import Files
import Glibc
import Testing

@Suite struct SimulatedFileSystemTests {
    @Test func syncedFilesWithSyncedNamesSurviveAPowerFailure() throws {
        for seed in 0..<50 {
            let disk = SimulatedFileSystem(seed: UInt64(seed))
            try disk.replace("/f", with: [1, 2, 3])
            disk.restart(after: .power)
            #expect(try disk.contents(of: "/f").array == [1, 2, 3])
        }
    }

    @Test func whatWasNotSyncedIsLostInPartByChance() throws {
        var outcomes: Set<[UInt8]> = []
        for seed in 0..<100 {
            let disk = SimulatedFileSystem(seed: UInt64(seed))
            let file = try disk.open("/f", .create)
            try file.sync()
            try disk.syncDirectory("/")
            try file.write([UInt8](repeating: 7, count: 200), at: 0)
            #expect(try disk.contents(of: "/f").array.count == 200)
            disk.restart(after: .power)
            outcomes.insert(try disk.contents(of: "/f").array)
        }
        #expect(outcomes.contains([]))
        #expect(outcomes.contains([UInt8](repeating: 7, count: 200)))
        #expect(outcomes.count > 5)
        // Torn: a later block is there and an earlier one is not.
        #expect(outcomes.contains { $0.first == 0 && $0.last == 7 })
    }

    @Test func aKilledProcessLosesNothingOfWhatItWrote() throws {
        let disk = SimulatedFileSystem(seed: 3)
        let file = try disk.open("/f", .create)
        try file.write([1, 2], at: 0)
        disk.restart(after: .process)
        #expect(try disk.contents(of: "/f").array == [1, 2])
        #expect(throws: FileError.self) { try file.write([3], at: 2) }
    }

    @Test func namesThatWereNotSyncedKeepTheirOrder() throws {
        for seed in 0..<100 {
            let disk = SimulatedFileSystem(seed: UInt64(seed))
            for name in ["/a", "/b", "/c"] { _ = try disk.open(name, .create) }
            disk.restart(after: .power)
            let names = try disk.entries(of: "/").map(\.name).sorted()
            #expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].contains(names))
        }
    }

    @Test func aFailedSyncSavesNothingEvenWhenALaterOneSucceeds() throws {
        var lost = 0
        for seed in 0..<20 {
            let disk = SimulatedFileSystem(seed: UInt64(seed))
            let file = try disk.open("/f", .create)
            try disk.syncDirectory("/")
            try file.write([1], at: 0)
            disk.failSync(number: 1)
            #expect(throws: FileError(call: "fdatasync", path: "/f", errno: EIO)) { try file.sync() }
            try file.sync()
            disk.restart(after: .power)
            if try disk.contents(of: "/f").array != [1] { lost += 1 }
        }
        #expect(lost > 0)
    }

    @Test func itGoesDownInTheCallAskedForAndStaysDown() throws {
        let disk = SimulatedFileSystem(seed: 9)
        let file = try disk.open("/f", .create)
        disk.crash(atCall: 2)
        try file.write([1], at: 0)
        #expect(throws: FileError.self) { try file.write([2, 3, 4], at: 1) }
        #expect(disk.isDown)
        #expect(throws: FileError.self) { try disk.open("/g", .create) }
        disk.restart(after: .process)
        #expect(try disk.contents(of: "/f").array.first == 1)
    }

    @Test func aFullDiskTakesWhatFits() throws {
        let disk = SimulatedFileSystem(seed: 1)
        disk.setCapacity(bytes: 10)
        let file = try disk.open("/f", .create)
        try file.write([UInt8](repeating: 1, count: 8), at: 0)
        #expect(throws: FileError(call: "pwrite", path: "/f", errno: ENOSPC)) {
            try file.write([UInt8](repeating: 2, count: 8), at: 8)
        }
        #expect(try file.sizeBytes() == 10)
        try file.write([3], at: 0)
    }

    @Test func oneSeedAlwaysLosesTheSame() throws {
        func run() throws -> [UInt8] {
            let disk = SimulatedFileSystem(seed: 42)
            let file = try disk.open("/f", .create)
            try disk.syncDirectory("/")
            for index in 0..<20 { try file.write([UInt8](repeating: UInt8(index), count: 100), at: Int64(index * 50)) }
            disk.restart(after: .power)
            return try disk.contents(of: "/f").array
        }
        #expect(try run() == run())
    }

    @Test func directoriesMoveWithAllThatIsInThem() throws {
        let disk = SimulatedFileSystem(seed: 5)
        try disk.createDirectory("/d")
        try disk.replace("/d/f", with: [1])
        try disk.rename("/d", to: "/e")
        #expect(try disk.contents(of: "/e/f").array == [1])
        #expect(try !disk.exists("/d"))
        #expect(throws: FileError.self) { try disk.removeDirectory("/e") }
        try disk.removeTree("/e")
        #expect(try disk.entries(of: "/").isEmpty)
    }
}
