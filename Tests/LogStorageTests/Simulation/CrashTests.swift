import Foundation
import Testing

@testable import LogStorage

/// Thousands of simulated histories, each with two or three crashes. By hand: MARTLET_SIMULATION_SEEDS=100000 for so
/// many, from MARTLET_SIMULATION_FIRST=100001 on if need be, MARTLET_SIMULATION_SEED=42 for one.
@Suite struct CrashTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// Tests that run side by side.
    private static let shards = 4

    /// What the histories of a few seeds say happened.
    private static let words: Set<String> = [
        "power crash", "process crash", "cleaned", "roll", "retention", "delete records", "delete topic",
        "failed: fdatasync", "No space left on device", "damage: ", "a start was broken off", "a start came to its end",
    ]

    private static func seeds(ofShard shard: Int) -> [UInt64] {
        if let one = environment["MARTLET_SIMULATION_SEED"].flatMap(UInt64.init) { return shard == 0 ? [one] : [] }
        let count = environment["MARTLET_SIMULATION_SEEDS"].flatMap(UInt64.init) ?? 2000
        let first = environment["MARTLET_SIMULATION_FIRST"].flatMap(UInt64.init) ?? 1
        return Array(stride(from: first + UInt64(shard), to: first + count, by: shards))
    }

    @Test(arguments: 0..<shards) func nothingThatWasAcknowledgedIsLostAndNothingElseIsFound(shard: Int) {
        var faults = 0
        var counts = SimulationCounts()
        for seed in Self.seeds(ofShard: shard) where faults < 3 {
            do {
                counts.add(try CrashSimulation.run(seed: seed))
            } catch {
                faults += 1
                Issue.record("MARTLET_SIMULATION_SEED=\(seed): \(error)")
            }
        }
        // Interop/soak reads this.
        print(
            "simulated: \(counts.histories) histories, \(counts.crashes) crashes, \(counts.cleanings) cleanings, "
                + "\(counts.deletions) deletions, \(counts.fullDisks) full disks, \(counts.damages) damages")
    }

    @Test func theSimulationDoesEverythingThatItIsFor() throws {
        // What never happens in it, it says nothing of.
        var counts = SimulationCounts()
        var lines: Set<String> = []
        for seed in UInt64(1)...60 {
            counts.add(try CrashSimulation.run(seed: seed))
            for line in try CrashSimulation.trace(seed: seed) {
                for word in Self.words
                where line.contains(word) {
                    lines.insert(word)
                }
            }
        }
        #expect(counts.crashes >= 120 && counts.cleanings > 10 && counts.deletions > 10, "\(counts)")
        #expect(counts.fullDisks > 5 && counts.damages > 5, "\(counts)")
        #expect(lines == Self.words)
    }

    @Test func oneSeedAlwaysDoesTheSame() throws {
        // A failing seed is of use only if it fails again.
        for seed in UInt64(1)...8 {
            #expect(try CrashSimulation.trace(seed: seed) == CrashSimulation.trace(seed: seed))
        }
    }
}
