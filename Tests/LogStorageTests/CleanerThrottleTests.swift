import Files
import Records
import Synchronization
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

    /// What was read and written, and a clock that goes on only when somebody waits for it.
    private final class Meter: Sendable {
        struct State {
            var nowNs = 7e9
            var isRunning = false
            var bytes = 0
            var largest = 0
            /// By how much more was moved than the rate allows until then.
            var mostAhead = 0.0
        }
        let state = Mutex(State())
        let bytesPerSecond: Double

        init(bytesPerSecond: Double) { self.bytesPerSecond = bytesPerSecond }

        func didMove(_ count: Int) {
            state.withLock { state in
                guard state.isRunning else { return }
                state.bytes += count
                state.largest = max(state.largest, count)
                let allowed = bytesPerSecond * (state.nowNs - 7e9) / 1e9
                state.mostAhead = max(state.mostAhead, Double(state.bytes) - allowed)
            }
        }

        var clock: CleanerThrottle.Clock {
            CleanerThrottle.Clock(
                nowNs: { self.state.withLock { $0.nowNs } },
                wait: { until in self.state.withLock { $0.nowNs = max($0.nowNs, until) } })
        }
    }

    @Test(arguments: [20_000.0, 300_000])
    func aWholeCleaningKeepsToTheRate(bytesPerSecond: Double) throws {
        let meter = Meter(bytesPerSecond: bytesPerSecond)
        let place = try TestLogs(on: MeteredFiles(SimulatedFileSystem(seed: 3), didMove: { meter.didMove($0) }))
        var config = CleaningHistory.config
        config.segmentSizeBytes = 20_000
        let log = try place.openLog(config, environment: place.manualEnvironment().0)
        for index in 0..<1500 {
            var builder = RecordBatchBuilder(baseOffset: log.logEndOffset)
            // Three of four records stay.
            let key = index % 4 == 0 ? "again" : "k\(index)"
            builder.append(timestamp: 1000, key: Array(key.utf8), value: [UInt8](repeating: 1, count: 150))
            let batch = builder.build()
            _ = try log.append(try #require(batch).bytes, leaderEpoch: 0)
        }
        let before = log.sizeBytes
        let settings = CleanerSettings()
        let throttle = CleanerThrottle(bytesPerSecond: bytesPerSecond, clock: meter.clock)
        let plan = try log.cleaningPlan(cleanedOffset: nil)
        meter.state.withLock { $0.isRunning = true }
        _ = try Cleaner.clean(log, plan, settings, throttle: throttle)
        let (moved, largest, mostAhead, seconds) = meter.state.withLock {
            ($0.bytes, $0.largest, $0.mostAhead, ($0.nowNs - 7e9) / 1e9)
        }
        #expect(log.sizeBytes < before * 4 / 5)
        // Keys are read, then all is read again and what stays is written.
        #expect(moved > 2 * before, "\(moved) of \(before)")
        // At no time more than at once, what was just read, and the headers that a lookup in a segment takes.
        #expect(mostAhead <= bytesPerSecond * ByteRate.burstSeconds + Double(largest) + 0.01 * Double(moved))
        let used = Double(moved) / seconds
        #expect(used > 0.97 * bytesPerSecond && used < 1.03 * bytesPerSecond + Double(largest) / seconds, "\(used)")
    }
}
