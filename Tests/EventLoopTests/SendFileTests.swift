// Answers that are in part ranges of files, sent by the system itself.

import Bytes
import Glibc
import Testing

@testable import EventLoop

/// A file without a name that holds given bytes.
final class TestFile: DescriptorOwner {
    let fileDescriptor: Int32
    private let closed: Collected<Int>

    init(_ bytes: [UInt8], closed: Collected<Int> = Collected()) throws {
        self.closed = closed
        guard let stream = tmpfile() else { throw ClientError(call: "tmpfile", errno: errno) }
        fileDescriptor = dup(fileno(stream))
        fclose(stream)
        let written = bytes.withUnsafeBytes { pwrite(fileDescriptor, $0.baseAddress, bytes.count, 0) }
        guard written == bytes.count else { throw ClientError(call: "pwrite", errno: errno) }
    }

    func region(_ position: Int, _ size: Int) -> OutboundPiece {
        .file(FileRegion(owner: self, position: Int64(position), sizeBytes: size))
    }

    deinit {
        close(fileDescriptor)
        closed.append(1)
    }
}

@Suite struct SendFileTests {
    private let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8) ^ ($0 >> 16)) }

    @Test func rangesOfFilesAndBytesGoOutInTheirOrder() throws {
        let file = try TestFile(content)
        let test = try TestServer { _, reply in
            reply.send([
                .bytes(answerOf([1, 2, 3])), file.region(10, 5), .bytes(ByteSlice(copying: [4])), .bytes(.empty),
                file.region(1_000_000, 1_500_000), file.region(0, 0), file.region(7, 1),
                .bytes(ByteSlice(copying: [5, 6])), .bytes(.empty),
            ])
        }
        defer { test.stop() }
        let expected = [1, 2, 3] + content[10..<15] + [4] + content[1_000_000..<2_500_000] + [content[7], 5, 6]
        let client = try test.client()
        for _ in 0..<3 {
            try client.sendFrame([])
            #expect(try client.receiveFrame() == Array(expected))
        }
    }

    @Test func pipelinedFileAnswersToASlowReaderAreWhole() throws {
        let file = try TestFile(content)
        let test = try TestServer { frame, reply in
            let start = Int(frame[0]) * 1000
            reply.send([.bytes(answerOf([frame[0]])), file.region(start, 300_000)])
        }
        defer { test.stop() }
        let client = try test.client(receiveBufferBytes: 8192)
        try client.send((0..<40).flatMap { TestClient.framed([$0]) })
        usleep(20_000)
        for number in 0..<40 {
            let start = number * 1000
            #expect(try client.receiveFrame() == [UInt8(number)] + content[start..<start + 300_000])
        }
    }

    @Test func manySmallRangesAreOneAnswer() throws {
        let file = try TestFile(content)
        let test = try TestServer { _, reply in
            var pieces: [OutboundPiece] = [.bytes(answerOf([]))]
            for part in 0..<200 {
                pieces.append(.bytes(ByteSlice(copying: [UInt8(part)])))
                pieces.append(file.region(part * 100, 50))
            }
            reply.send(pieces)
        }
        defer { test.stop() }
        let client = try test.client()
        try client.sendFrame([])
        var expected: [UInt8] = []
        for part in 0..<200 {
            expected.append(UInt8(part))
            expected += content[part * 100..<part * 100 + 50]
        }
        #expect(try client.receiveFrame() == expected)
    }

    @Test func aFileThatBecameShorterClosesTheConnection() throws {
        let file = try TestFile(content)
        ftruncate(file.fileDescriptor, 1000)
        let test = try TestServer { frame, reply in
            if frame.isEmpty { reply.send([.bytes(answerOf([])), file.region(0, 50_000)]) } else { echo(frame, reply) }
        }
        defer { test.stop() }
        let client = try test.client()
        try client.sendFrame([])
        #expect(try client.receive(100_000).count == 1004)
        #expect(eventually { test.events.count == 1 })
        guard case .fileTooShort(_, let missing)? = test.events.all.first else {
            Issue.record("not reported: \(test.events.all)")
            return
        }
        #expect(missing == 49_000)
        let other = try test.client()
        try other.sendFrame([1])
        #expect(try other.receiveFrame() == [1])
    }

    @Test func aSmallRangeThatIsNotThereClosesTheConnectionBeforeAnythingIsSaid() throws {
        let file = try TestFile(content)
        ftruncate(file.fileDescriptor, 1000)
        let test = try TestServer { _, reply in reply.send([.bytes(answerOf([])), file.region(0, 5000)]) }
        defer { test.stop() }
        let client = try test.client()
        try client.sendFrame([])
        #expect(try client.receive(100_000).isEmpty)
        #expect(eventually { test.events.count == 1 })
        guard case .fileTooShort(_, let missing)? = test.events.all.first else {
            Issue.record("not reported: \(test.events.all)")
            return
        }
        #expect(missing == 4000)
    }

    @Test func smallRangesGoOutTogetherWithTheBytesAroundThem() throws {
        let file = try TestFile(content)
        var queue = OutboundQueue()
        queue.append([.bytes(answerOf([1])), file.region(5, 100), .bytes(ByteSlice(copying: [2])), file.region(9, 3)])
        let vectors = UnsafeMutableBufferPointer<iovec>.allocate(capacity: 8)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1000, alignment: 8)
        defer {
            vectors.deallocate()
            scratch.deallocate()
        }
        func gathered() -> [UInt8]? {
            guard
                case .bytes(let count, let total, moreFollows: false) = queue.next(
                    into: vectors, scratch: scratch, maxBytes: 10_000)
            else { return nil }
            let bytes = vectors[..<count].flatMap {
                [UInt8](UnsafeRawBufferPointer(start: $0.iov_base, count: $0.iov_len))
            }
            return bytes.count == total ? bytes : nil
        }
        let expected = [0, 0, 0, 105, 1] + content[5..<105] + [2] + content[9..<12]
        #expect(gathered() == expected)
        // The system may take any part of it: what is left begins in the middle of a range.
        queue.sent(50)
        #expect(gathered() == Array(expected[50...]))
        queue.sent(expected.count - 50)
        #expect(queue.isEmpty)
    }

    @Test func aRangeThatIsLargeOrHasNoRoomIsLeftToTheSystem() throws {
        let file = try TestFile(content)
        var queue = OutboundQueue()
        queue.append([.bytes(answerOf([1])), file.region(0, OutboundQueue.copiedFileBytes + 1), file.region(0, 100)])
        let vectors = UnsafeMutableBufferPointer<iovec>.allocate(capacity: 8)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 50, alignment: 8)
        defer {
            vectors.deallocate()
            scratch.deallocate()
        }
        for sizeBytes in [OutboundQueue.copiedFileBytes + 1, 100] {
            if sizeBytes > 100 {
                guard
                    case .bytes(1, 5, moreFollows: true) = queue.next(
                        into: vectors, scratch: scratch, maxBytes: 1 << 20)
                else {
                    Issue.record("the bytes before a large range go out by themselves")
                    return
                }
                queue.sent(5)
            }
            guard
                case .file(let region, alreadySent: 0) = queue.next(into: vectors, scratch: scratch, maxBytes: 1 << 20)
            else {
                Issue.record("a range of \(sizeBytes) bytes was copied")
                return
            }
            #expect(region.sizeBytes == sizeBytes)
            queue.sent(sizeBytes)
        }
        #expect(queue.isEmpty)
    }

    @Test func theFileIsLetGoOfWhenItIsSentOrTheConnectionCloses() throws {
        let closed = Collected<Int>()
        let test = try TestServer { [content] _, reply in
            guard let file = try? TestFile(content, closed: closed) else {
                reply.close()
                return
            }
            reply.send([.bytes(answerOf([])), file.region(0, 3_000_000)])
        }
        defer { test.stop() }
        let reader = try test.client()
        try reader.sendFrame([])
        #expect(try reader.receiveFrame()?.count == 3_000_000)
        #expect(eventually { closed.count == 1 })
        do {
            let leaver = try test.client(receiveBufferBytes: 4096)
            try leaver.sendFrame([])
            #expect(leaver.hasInput(withinMs: 10_000))
            #expect(closed.count == 1)
        }
        #expect(eventually { closed.count == 2 })
    }
}
