// Random lives of a classic group: clients that join, sync, commit, leave, fall silent and come back; a log that
// refuses; a broker that starts again.

import KafkaMessages
import KafkaWire

@testable import Groups

/// A source of chance that is the same for the same seed (SplitMix64).
struct SeededChance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A client that behaves as consumers do.
final class HistoryClient {
    enum Phase: Equatable {
        case away
        case joining(RequestToken)
        case syncing(RequestToken)
        case stable
    }

    let number: Int
    let instance: String?
    var memberId = ""
    var generation: Int32 = -1
    var phase = Phase.away
    var owned: Set<Int32> = []

    init(number: Int, isStatic: Bool) {
        self.number = number
        instance = isStatic ? "instance-\(number)" : nil
    }

    func forget() {
        memberId = ""
        rejoin()
    }

    func rejoin() {
        phase = .away
        generation = -1
        owned = []
    }
}

/// One history, and what has to hold all along. A broken promise is a text in `faults`.
struct ClassicHistory {
    static let partitions: Int32 = 6

    private var chance: SeededChance
    private let driver = ShardDriver(topics: ["t": Int(ClassicHistory.partitions)])
    private var clients: [HistoryClient]
    /// Who owns a partition in a generation, by what members were told.
    private var owners: [Int32: [Int32: Int]] = [:]
    private var lastGeneration: Int32 = 0
    private var committed: [Int32: Int64] = [:]
    private(set) var faults: [String] = []
    /// How many generations were reached: a history in which nothing happens proves nothing.
    var generations: Int { owners.count }

    init(seed: UInt64) {
        chance = SeededChance(seed: seed)
        clients = (0..<5).map { HistoryClient(number: $0, isStatic: $0 >= 3) }
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            let client = clients[Int.random(in: 0..<clients.count, using: &chance)]
            switch Int.random(in: 0..<100, using: &chance) {
            case 0..<45: step(client)
            case 45..<60: commit(client)
            case 60..<85: driver.advance(byMs: Int64.random(in: 0...4_000, using: &chance))
            case 85..<89: leave(client)
            case 89..<93: client.forget()  // The process died: the group finds out by its silence.
            case 93..<96: client.rejoin()  // The connection broke: the same member joins again.
            case 96..<98:
                driver.appendError = .notCoordinator
                step(client)
                driver.appendError = .none
            default: restart()
            }
            collect()
        }
        settle()
    }

    /// The client does what it would do next.
    private mutating func step(_ client: HistoryClient) {
        switch client.phase {
        case .away: client.phase = .joining(driver.join(client.memberId, instance: client.instance))
        case .joining, .syncing: break
        case .stable: react(driver.heartbeat(client.memberId, generation: client.generation), client)
        }
    }

    private func react(_ error: ErrorCode, _ client: HistoryClient) {
        switch error {
        case .none: break
        case .unknownMemberId, .fencedInstanceId: client.forget()
        default: client.rejoin()
        }
    }

    /// Takes the answers that have come.
    private mutating func collect() {
        var isDone = false
        while !isDone {
            isDone = true
            for client in clients {
                switch client.phase {
                case .joining(let token):
                    if driver.takeFailure(token) != nil {
                        client.rejoin()
                    } else if let response = driver.joined(token) {
                        isDone = false
                        joined(client, response)
                    }
                case .syncing(let token):
                    if driver.takeFailure(token) != nil {
                        client.rejoin()
                    } else if let response = driver.synced(token) {
                        synced(client, response)
                    }
                case .away, .stable: break
                }
            }
        }
    }

    private mutating func joined(_ client: HistoryClient, _ response: JoinGroupResponse) {
        switch ErrorCode(rawValue: response.errorCode) {
        case .none:
            client.memberId = response.memberId
            client.generation = response.generationId
            var assignments: [String: [UInt8]] = [:]
            if response.leader == response.memberId, !response.skipAssignment {
                for partition in 0..<Self.partitions {
                    let member = response.members[Int(partition) % response.members.count].memberId
                    assignments[member, default: []].append(UInt8(partition))
                }
            }
            client.phase = .syncing(
                driver.sync(client.memberId, generation: client.generation, assignments: assignments))
        case .memberIdRequired:
            client.memberId = response.memberId
            client.phase = .joining(driver.join(client.memberId, instance: client.instance))
        case .unknownMemberId, .fencedInstanceId: client.forget()
        // A static member's coming back could not be written: it asks again.
        case .notCoordinator: client.rejoin()
        case let error:
            faults.append("JoinGroup got \(error)")
            client.rejoin()
        }
    }

    private mutating func synced(_ client: HistoryClient, _ response: SyncGroupResponse) {
        let error = ErrorCode(rawValue: response.errorCode)
        guard error == .none else { return react(error, client) }
        client.phase = .stable
        client.owned = Set(response.assignment.map { Int32($0) })
        if client.generation < lastGeneration {
            faults.append("generation \(client.generation) got an assignment after \(lastGeneration)")
        }
        lastGeneration = max(lastGeneration, client.generation)
        for partition in client.owned {
            if let other = owners[client.generation]?[partition], other != client.number {
                faults.append("partition \(partition) of generation \(client.generation): \(other), \(client.number)")
            }
            owners[client.generation, default: [:]][partition] = client.number
        }
    }

    private mutating func commit(_ client: HistoryClient) {
        guard client.phase == .stable, let partition = client.owned.randomElement(using: &chance) else { return }
        let offset = Int64.random(in: 0...1_000_000, using: &chance)
        let error = driver.commit(
            offset, partition: partition, memberId: client.memberId, generation: client.generation)
        if error == .none {
            if client.generation < lastGeneration { faults.append("a member of an old generation committed") }
            committed[partition] = offset
        }
        react(error == .rebalanceInProgress ? .none : error, client)
        check()
    }

    private mutating func leave(_ client: HistoryClient) {
        guard client.phase == .stable else { return }
        _ = driver.leave(client.memberId)
        client.forget()
    }

    private mutating func restart() {
        driver.restart()
        // Whoever waited lost its connection.
        for client in clients where client.phase != .stable { client.rejoin() }
        check()
    }

    private mutating func check() {
        for partition in 0..<Self.partitions where driver.committed(partition: partition) != committed[partition] ?? -1
        {
            faults.append("partition \(partition) was committed at \(committed[partition] ?? -1)")
        }
    }

    /// Lets everybody come to rest: then every partition has one owner.
    private mutating func settle() {
        for _ in 0..<40 {
            for client in clients { step(client) }
            collect()
            driver.advance(byMs: 3_000)
            collect()
        }
        let owned = clients.flatMap(\.owned).sorted()
        if owned != Array(0..<Self.partitions) || clients.contains(where: { $0.phase != .stable }) {
            faults.append("not settled: \(clients.map { "\($0.phase) \($0.owned.sorted())" })")
        }
        check()
    }
}
