import Testing

@testable import LogStorage

/// `log.cleaner.io.max.bytes.per.second`
@Suite struct CleanerThrottleTests {
    @Test(arguments: [1 << 20, 10_000_000, 3])
    func whoeverWaitsAsToldStaysUnderTheRate(bytesPerSecond: Int) {
        var rate = ByteRate(bytesPerSecond: Double(bytesPerSecond), nowNs: 5e9)
        var nowNs = 5e9
        var taken = 0
        for turn in 0..<2000 {
            // Reads of a cleaner: now larger, now smaller than what may be taken at once.
            let count = 1 + (turn * 7919) % (bytesPerSecond / 4 + 2)
            nowNs = max(nowNs, rate.take(count, nowNs: nowNs))
            taken += count
            let allowed = Double(bytesPerSecond) * ((nowNs - 5e9) / 1e9 + ByteRate.burstSeconds)
            #expect(Double(taken) <= allowed * 1.000_001 + 1, "turn \(turn)")
        }
        // And no slower than that.
        let used = Double(bytesPerSecond) * ((nowNs - 5e9) / 1e9)
        #expect(Double(taken) >= used * 0.999_999)
    }

    @Test func whatWasNotTakenMeanwhileIsNotSavedUp() {
        var rate = ByteRate(bytesPerSecond: 1000, nowNs: 0)
        _ = rate.take(50, nowNs: 0)
        // After an hour: a tenth of a second's worth at once, and no more.
        let hour = 3600e9
        #expect(rate.take(100, nowNs: hour) <= hour)
        #expect(rate.take(100, nowNs: hour) >= hour + 0.099e9)
    }

    @Test func theThrottleWaitsForAsLongAsTheRateSays() throws {
        let throttle = CleanerThrottle(bytesPerSecond: 1_000_000)
        let clock = ContinuousClock()
        let waited = try clock.measure { for _ in 0..<10 { try throttle.take(30_000) } }
        #expect(waited >= .milliseconds(195), "\(waited)")
        throttle.stop()
        #expect(throws: CleaningError.self) { try throttle.take(1) }
    }
}
