// Thousands of random lives of a classic group.

import Testing

@Suite struct ClassicHistoryTests {
    @Test(arguments: 0..<40)
    func everyPartitionHasOneOwnerAndNoCommitIsLost(block: UInt64) {
        var generations = 0
        for seed in block * 25..<(block + 1) * 25 {
            var history = ClassicHistory(seed: seed)
            history.run(steps: 200)
            generations += history.generations
            #expect(history.faults.isEmpty, "seed \(seed): \(history.faults.prefix(3))")
        }
        #expect(generations > 25, "something happened")
    }
}
