// Frames over real sockets, in every shape and size that a peer may send them.

import Bytes
import Glibc
import Synchronization
import Testing

@testable import EventLoop

@Suite struct FramingTests {
    @Test func aFrameThatComesByteByByteIsOneFrame() throws {
        let test = try TestServer()
        defer { test.stop() }
        let client = try test.client()
        for byte in TestClient.framed([1, 2, 3, 4, 5, 6, 7, 8, 9]) {
            try client.send([byte])
            usleep(500)
        }
        #expect(try client.receiveFrame() == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    }

    @Test func manyFramesInOnePacketAreHandledInFewReads() throws {
        let test = try TestServer()
        defer { test.stop() }
        let client = try test.client()
        let frames = (0..<2000).map { number in
            [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 17)
        }
        try client.send(frames.flatMap(TestClient.framed))
        for frame in frames { #expect(try client.receiveFrame() == frame) }
        #expect(test.server.counters.frames == 2000)
    }

    @Test func anEmptyFrameReachesTheHandler() throws {
        let test = try TestServer()
        defer { test.stop() }
        let client = try test.client()
        try client.sendFrame([])
        #expect(try client.receiveFrame() == [])
    }

    @Test(arguments: [Int32(-1), .min, 1_000_001, .max, 0x4745_5420, 0x1603_0100])
    func anImpossibleSizeClosesTheConnection(size: Int32) throws {
        var configuration = SocketServerConfiguration()
        configuration.socketRequestMaxBytes = 1_000_000
        let test = try TestServer(configuration: configuration)
        defer { test.stop() }
        let other = try test.client()
        let client = try test.client()
        try client.sendFrame([1])
        #expect(try client.receiveFrame() == [1])
        try client.send(TestClient.prefix(size))
        #expect(try client.isClosedByServer())
        guard case .invalidFrameSize(_, let reported, let limit)? = test.events.all.first else {
            Issue.record("not reported: \(test.events.all)")
            return
        }
        #expect(reported == size)
        #expect(limit == 1_000_000)
        try other.sendFrame([2])
        #expect(try other.receiveFrame() == [2], "other connections are unharmed")
    }

    @Test func earlierRequestsAreAnsweredBeforeAnImpossibleSizeCloses() throws {
        let held = HeldReplies()
        let test = try TestServer(onFrame: held.hold)
        defer { test.stop() }
        let client = try test.client()
        try client.send(TestClient.framed([1]) + TestClient.prefix(-5))
        #expect(eventually { held.count == 1 && test.events.count == 1 })
        try held.answer(1)
        #expect(try client.receiveFrame() == [1])
        #expect(try client.isClosedByServer())
    }

    @Test func aFrameOfExactlyTheLargestSizeIsServed() throws {
        var configuration = SocketServerConfiguration()
        configuration.socketRequestMaxBytes = 70_000
        let test = try TestServer(configuration: configuration)
        defer { test.stop() }
        let client = try test.client()
        let frame = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try client.sendFrame(frame)
        #expect(try client.receiveFrame() == frame)
    }

    @Test func aLargeFrameKeepsItsBytes() throws {
        let test = try TestServer { frame, reply in
            var sum: UInt64 = 0
            frame.withUnsafeBytes { bytes in for byte in bytes { sum = sum &* 31 &+ UInt64(byte) } }
            reply.send(answerOf(withUnsafeBytes(of: sum.bigEndian) { [UInt8]($0) }))
        }
        defer { test.stop() }
        let client = try test.client()
        let frame = (0..<9_000_000).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8)) }
        let expected = frame.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
        // What follows in the same breath must not end up in the large frame.
        try client.send(TestClient.framed(frame) + TestClient.framed([1]))
        #expect(try client.receiveFrame() == withUnsafeBytes(of: expected.bigEndian) { [UInt8]($0) })
        #expect(try client.receiveFrame() == [0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func aHandlerMayKeepAFrameWhileOthersAreRead() throws {
        let kept = Mutex<[ByteSlice]>([])
        let test = try TestServer { frame, reply in
            kept.withLock { $0.append(frame) }
            reply.send(answerOf([]))
        }
        defer { test.stop() }
        let client = try test.client()
        for number in 0..<200 {
            try client.sendFrame([UInt8](repeating: UInt8(number), count: 100))
            if number % 3 == 0 { for _ in 0...min(number, 2) { _ = try client.receiveFrame() } }
        }
        #expect(eventually { kept.withLock { $0.count } == 200 })
        for (number, frame) in kept.withLock({ $0 }).enumerated() {
            #expect(frame.array == [UInt8](repeating: UInt8(number), count: 100))
        }
    }

    @Test(arguments: Array(UInt64(1)...12))
    func anySplitOverTheSocketGivesTheSameAnswers(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var configuration = SocketServerConfiguration()
        configuration.maxInFlightRequests = Int.random(in: 1...20, using: &random)
        configuration.bytesPerTurn = [1000, 70_000, 1 << 20][Int.random(in: 0..<3, using: &random)]
        configuration.maxUnsentBytes = [0, 5000, 1 << 20][Int.random(in: 0..<3, using: &random)]
        let test = try TestServer(configuration: configuration)
        defer { test.stop() }
        let client = try test.client()
        var frames: [[UInt8]] = []
        for _ in 0..<40 {
            let largest = [0, 10, 2000, 100_000][Int.random(in: 0..<4, using: &random)]
            let size = Int.random(in: 0...largest, using: &random)
            frames.append((0..<size).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        }
        let stream = frames.flatMap(TestClient.framed)
        // One thread writes, so that neither side waits for the other for ever.
        let portions = (0..<200).map { _ in Int.random(in: 1...stream.count / 8 + 1, using: &random) }
        let writer = try OwnedThread(name: "writer") { [descriptor = client.descriptor] in
            var position = 0
            var next = 0
            while position < stream.count {
                let count = min(portions[next % portions.count], stream.count - position)
                let sent = stream.withUnsafeBytes { send(descriptor, $0.baseAddress! + position, count, 0) }
                guard sent > 0 else { return }
                position += sent
                next += 1
            }
        }
        defer { writer.join() }
        for frame in frames { #expect(try client.receiveFrame() == frame) }
    }
}
