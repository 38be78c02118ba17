// Tasks, timers and the sleep of a loop.

import Glibc
import Synchronization
import Testing

@testable import EventLoop

@Suite struct EventLoopTests {
    @Test func tasksOfOneThreadRunInOrderOnTheLoop() throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let loop = group.loops[0]
        let seen = Collected<Int>()
        for number in 0..<1000 {
            loop.execute {
                #expect(loop.isOnLoop)
                seen.append(number)
            }
        }
        #expect(eventually { seen.count == 1000 })
        #expect(seen.all == Array(0..<1000))
        #expect(!loop.isOnLoop)
    }

    @Test func tasksFromManyThreadsAllRun() throws {
        let group = try EventLoopGroup(count: 2)
        defer { group.shutdown() }
        let count = Atomic<Int>(0)
        let pool = WorkerPool(maxThreads: 4)
        withExtendedLifetime(pool) {
            for number in 0..<4000 {
                pool.submit {
                    group.loops[number % 2].execute { count.add(1, ordering: .relaxed) }
                }
            }
            pool.shutdown()
        }
        #expect(eventually { count.load(ordering: .relaxed) == 4000 })
    }

    @Test func aTaskGivenByATaskRunsToo() throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let loop = group.loops[0]
        let done = Semaphore()
        loop.execute { loop.execute { loop.execute { done.signal() } } }
        #expect(done.wait(untilNs: MonotonicClock.nowNs + 5_000_000_000))
    }

    @Test func longTasksLetTimersIntoTheirMidstAndKeepTheirOrder() throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let loop = group.loops[0]
        let seen = Collected<Int>()
        loop.execute {
            loop.schedule(afterMs: 5) { seen.append(-1) }
            // From another thread and from the loop itself, of which each takes longer than a turn has for all.
            let pool = WorkerPool(maxThreads: 1)
            pool.submit {
                for number in 0..<4 {
                    loop.execute {
                        usleep(10_000)
                        seen.append(number)
                    }
                }
            }
            pool.shutdown()
            for number in 4..<8 {
                loop.execute {
                    usleep(10_000)
                    seen.append(number)
                }
            }
        }
        #expect(eventually { seen.count == 9 })
        #expect(seen.all.filter { $0 >= 0 } == Array(0..<8))
        let timer = try #require(seen.all.firstIndex(of: -1))
        #expect(timer < 3)
    }

    @Test func whatIsLeftOfLongTasksStillRunsWhenTheLoopStops() throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let seen = Collected<Int>()
        for number in 0..<6 {
            loop.execute {
                usleep(10_000)
                seen.append(number)
            }
        }
        group.shutdown()
        #expect(seen.all == Array(0..<6))
    }

    @Test func timersRunNoEarlierThanAskedAndInOrder() throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let loop = group.loops[0]
        let seen = Collected<(delayMs: Int64, lateNs: Int64)>()
        let startNs = MonotonicClock.nowNs
        loop.execute {
            for delayMs: Int64 in [60, 5, 30, 5, 0, -7] {
                loop.schedule(afterMs: delayMs) {
                    seen.append((delayMs, Int64(MonotonicClock.nowNs - startNs) - delayMs * 1_000_000))
                }
            }
        }
        #expect(eventually { seen.count == 6 })
        #expect(seen.all.map(\.delayMs) == [0, -7, 5, 5, 30, 60])
        #expect(seen.all.allSatisfy { $0.lateNs >= 0 })
    }

    @Test func aCancelledTimerDoesNotRun() throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let loop = group.loops[0]
        let seen = Collected<Int>()
        loop.execute {
            let first = loop.schedule(afterMs: 10) { seen.append(1) }
            loop.schedule(afterMs: 20) { seen.append(2) }
            #expect(loop.cancel(first))
            #expect(!loop.cancel(first))
        }
        #expect(eventually { seen.count == 1 })
        #expect(seen.all == [2])
    }

    @Test func aTimerThatAlwaysSetsItselfLetsTasksThrough() throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let loop = group.loops[0]
        let turns = Atomic<Int>(0)
        @Sendable func again() {
            turns.add(1, ordering: .relaxed)
            loop.schedule(afterMs: 0) { again() }
        }
        loop.execute { again() }
        #expect(eventually { turns.load(ordering: .relaxed) > 100 })
        #expect(onLoop(loop) { 7 } == 7)
    }

    @Test func anIdleLoopTakesNoTime() throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let loop = group.loops[0]
        @Sendable func threadTimeNs() -> Int64 {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
        @Sendable func switches() -> Int {
            var usage = rusage()
            getrusage(1, &usage)  // RUSAGE_THREAD
            return usage.ru_nvcsw
        }
        let before = onLoop(loop) { (threadTimeNs(), switches()) }
        usleep(400_000)
        let after = onLoop(loop) { (threadTimeNs(), switches()) }
        // One sleep is ended by the second question; a tick of any kind would show as more of them.
        #expect(after.1 - before.1 <= 2)
        #expect(after.0 - before.0 < 5_000_000)
    }

    @Test func aLoopBoundValueOpensOnItsLoop() throws {
        final class Confined {
            var count = 0
        }
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let loop = group.loops[0]
        let bound = onLoop(loop) { LoopBound(Confined(), loop: loop) }
        for _ in 0..<10 { loop.execute { bound.value.count += 1 } }
        #expect(onLoop(loop) { bound.value.count } == 10)
    }

    @Test func confinementIsChecked() async {
        await #expect(processExitsWith: .failure) {
            let group = try EventLoopGroup(count: 1)
            group.loops[0].schedule(afterMs: 1) {}
        }
    }

    @Test func shutdownRunsTheTasksThatWereGiven() throws {
        let group = try EventLoopGroup(count: 2)
        let seen = Collected<Int>()
        for number in 0..<100 { group.loops[number % 2].execute { seen.append(number) } }
        group.shutdown()
        group.shutdown()
        #expect(seen.all.sorted() == Array(0..<100))
    }
}
