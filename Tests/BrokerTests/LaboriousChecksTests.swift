import Synchronization
import Testing

@testable import Broker
@testable import Records

/// What became of the checks, in the order in which it did.
private final class Fates: Sendable {
    private let fates = Mutex<[String]>([])

    var all: [String] { fates.withLock { $0 } }

    func add(_ fate: String) { fates.withLock { $0.append(fate) } }
}

/// Opens `size` bytes of nothing, pausing as a check of records does.
private struct Opening: LaboriousCheck {
    let name: String
    let size: Int
    let fates: Fates
    /// Called before each step with what was opened of all turns.
    var whenOpened: @Sendable (Int) -> Void = { _ in }
    private var openedInAll = 0

    init(
        _ name: String, mebibytes: Int, _ fates: Fates,
        whenOpened: @escaping @Sendable (_ mebibytes: Int) -> Void = { _ in }
    ) {
        self.name = name
        self.fates = fates
        self.whenOpened = whenOpened
        size = mebibytes << 20
    }

    mutating func goOn(_ effort: CheckEffort) -> Bool {
        for opened in stride(from: 0, to: size, by: CheckEffort.pauseBytes) {
            if opened > effort.expandedBytes { return false }
            whenOpened(openedInAll >> 20)
            openedInAll += CheckEffort.pauseBytes
            if effort.mayGoOn?() == false { return false }
        }
        return true
    }

    func complete() { fates.add(name) }

    func abandon() { fates.add("\(name), abandoned") }
}

@Suite struct LaboriousChecksTests {
    @Test func aShortCheckIsDoneWhileALongOnePauses() {
        let checks = LaboriousChecks(maxThreads: 1)
        let fates = Fates()
        checks.submit(
            Opening("bomb", mebibytes: 3000, fates) { opened in
                guard opened == 1200 else { return }
                checks.submit(Opening("larger", mebibytes: 100, fates))
                checks.submit(Opening("honest", mebibytes: 20, fates))
            })
        checks.shutdown()
        #expect(fates.all == ["honest", "larger", "bomb"])
    }

    @Test func whoComesFirstIsNotOvertakenWithoutEnd() {
        let checks = LaboriousChecks(maxThreads: 1)
        let fates = Fates()
        // A short one at every step of the long one: the long one has a step for each of them.
        checks.submit(
            Opening("bomb", mebibytes: 1000, fates) { opened in
                checks.submit(Opening("short", mebibytes: 8, fates))
            })
        checks.shutdown()
        let all = fates.all
        #expect(all.count { $0 == "bomb" } == 1)
        #expect(all.count { $0 == "short" } == all.count - 1)
        #expect(all.count > 250)
        #expect(all.suffix(20).contains("bomb"), "its last steps are not put off")
    }

    @Test func whatIsLeftAtTheEndIsGivenUp() {
        let checks = LaboriousChecks(maxThreads: 1)
        let fates = Fates()
        checks.submit(
            Opening("bomb", mebibytes: 1 << 30, fates) { opened in
                guard opened == 1200 else { return }
                checks.submit(Opening("done before", mebibytes: 8, fates))
                checks.submit(Opening("waits", mebibytes: 600, fates) { _ in checks.end(graceMs: 0) })
            })
        checks.shutdown()
        #expect(fates.all == ["done before", "waits, abandoned", "bomb, abandoned"])
    }

    @Test func eachIsDoneOnce() {
        let checks = LaboriousChecks(maxThreads: 3)
        let fates = Fates()
        for number in 0..<300 {
            checks.submit(
                Opening("\(number)", mebibytes: number % 7 * 100, fates) { opened in
                    if opened == 48 { checks.submit(Opening("\(number), inner", mebibytes: number % 5 * 20, fates)) }
                })
        }
        checks.shutdown()
        let expected = (0..<300).map { "\($0)" } + (0..<300).filter { $0 % 7 > 0 }.map { "\($0), inner" }
        #expect(fates.all.sorted() == expected.sorted())
    }
}
