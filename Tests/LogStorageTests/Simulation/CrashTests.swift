import Foundation
import Testing

@testable import LogStorage

/// Thousands of simulated crashes. By hand: MARTLET_SIMULATION_SEEDS=100000 for so many, MARTLET_SIMULATION_SEED=42 for
/// one.
@Suite struct CrashTests {
    private static let environment = ProcessInfo.processInfo.environment

    private static var seeds: ClosedRange<UInt64> {
        if let one = environment["MARTLET_SIMULATION_SEED"].flatMap(UInt64.init) { return one...one }
        return 1...(environment["MARTLET_SIMULATION_SEEDS"].flatMap(UInt64.init) ?? 800)
    }

    @Test func nothingThatWasAcknowledgedIsLostAndNothingElseIsFound() {
        var faults = 0
        for seed in Self.seeds where faults < 3 {
            do {
                try CrashSimulation.run(seed: seed)
            } catch {
                faults += 1
                Issue.record("MARTLET_SIMULATION_SEED=\(seed): \(error)")
            }
        }
    }

    @Test func oneSeedAlwaysDoesTheSame() throws {
        // A failing seed is of use only if it fails again.
        for seed in UInt64(1)...8 {
            #expect(try CrashSimulation.trace(seed: seed) == CrashSimulation.trace(seed: seed))
        }
    }
}
