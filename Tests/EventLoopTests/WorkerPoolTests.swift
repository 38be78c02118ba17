import Glibc
import Synchronization
import Testing

@testable import EventLoop

@Suite struct WorkerPoolTests {
    @Test func noMoreJobsRunAtOnceThanThereMayBeThreads() {
        let pool = WorkerPool(maxThreads: 3)
        let running = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let done = Atomic<Int>(0)
        for _ in 0..<60 {
            pool.submit {
                most.max(running.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
                usleep(1000)
                running.subtract(1, ordering: .relaxed)
                done.add(1, ordering: .relaxed)
            }
        }
        pool.shutdown()
        #expect(done.load(ordering: .relaxed) == 60)
        #expect(most.load(ordering: .relaxed) <= 3)
        #expect(most.load(ordering: .relaxed) >= 2, "jobs that block run side by side")
    }

    @Test func threadsStartWhenThereIsSomethingToDo() {
        let pool = WorkerPool(maxThreads: 8)
        #expect(pool.threadCount == 0)
        let seen = Collected<Int>()
        for number in 0..<5 {
            pool.submit { seen.append(number) }
            #expect(eventually { seen.count == number + 1 && pool.idleCount == pool.threadCount })
        }
        #expect(pool.threadCount == 1, "an idle thread is used before another one is started")
        #expect(seen.all == [0, 1, 2, 3, 4])
        pool.shutdown()
    }

    @Test func shutdownRunsWhatJobsGive() {
        let pool = WorkerPool(maxThreads: 2)
        let seen = Collected<Int>()
        pool.submit {
            usleep(20_000)
            for number in 0..<10 { pool.submit { seen.append(number) } }
        }
        pool.shutdown()
        #expect(seen.all.sorted() == Array(0..<10))
    }
}
