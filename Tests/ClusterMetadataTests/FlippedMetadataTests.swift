import Configuration
import Files
import LogStorage
import Synchronization
import Testing

@testable import ClusterMetadata

/// Every byte of the metadata's files is damaged once: the start refuses them, says what it cut or passed over, or
/// finds all that was there.
@Suite struct FlippedMetadataTests {
    /// A directory with a snapshot, and records after it, stopped in order.
    private static func written() async throws -> MetadataNode {
        let node = MetadataNode(keys: SnapshotTests.dueAtOnce)
        try node.start()
        _ = try await node.create(ControllerBench.topic("t"))
        _ = try await node.create(ControllerBench.topic("u"))
        try node.stop()
        return node
    }

    /// What a start finds, and what it says meanwhile.
    private func open(_ node: MetadataNode) throws -> (state: MetadataState, warnings: [String]) {
        let said = Mutex<[String]>([])
        let environment = LogEnvironment(
            fileSystem: node.fileSystem, openFileLimit: 64,
            observe: { event in
                if case .warning(let text) = event { said.withLock { $0.append(text) } }
            })
        defer { environment.worker.stop() }
        let (_, replay) = try MetadataLog.open(
            node.logPath, nodeId: 1, settings: MetadataLogSettings(try BrokerConfiguration()),
            environment: environment, wasClosedCleanly: false)
        return (replay.state, said.withLock { $0 })
    }

    @Test func everyFlippedByteIsSaidRefusedOrHarmless() async throws {
        let node = try await Self.written()
        let image = node.fileSystem.image
        let whole = try open(node).state
        var lost: [String] = []
        var flips = 0
        for path in image.files where path.hasPrefix(node.logPath + "/") {
            node.fileSystem.restore(image)
            for position in 0..<(try node.bytes(path).count) {
                node.fileSystem.restore(image)
                try node.fileSystem.damage(path, at: position) { $0 ^ (1 << UInt8(position % 8)) }
                flips += 1
                do {
                    var (state, warnings) = try open(node)
                    // What no CRC covers: the log goes on behind a later offset, in a later epoch, with all it had.
                    state.offset = whole.offset
                    state.epoch = whole.epoch
                    if state != whole && warnings.isEmpty { lost.append("\(path) byte \(position)") }
                } catch {
                    #expect("\(error)".contains(node.logPath), "\(path) byte \(position): \(error)")
                }
            }
        }
        #expect(flips > 1000)
        #expect(lost.isEmpty, "\(lost)")
    }
}
