import Bytes
import Testing

@testable import EventLoop

@Suite struct FrameAssemblerTests {
    /// Feeds `stream` in the given portions, some copied in and some "read" straight into the frame's memory, as the
    /// connection does, and returns the frames.
    private func assemble(
        _ stream: [UInt8], maxFrameBytes: Int32 = .max, portion: () -> Int
    ) -> (frames: [[UInt8]], invalid: Int32?) {
        var assembler = FrameAssembler(maxFrameBytes: maxFrameBytes)
        var frames: [[UInt8]] = []
        var position = 0
        while position < stream.count {
            let count = min(max(portion(), 1), stream.count - position)
            var input = Array(stream[position..<position + count])
            position += count
            let room = assembler.directRoom
            if !room.isEmpty {
                let direct = min(room.count, input.count)
                room.copyBytes(from: input.prefix(direct))
                input.removeFirst(direct)
                if let frame = assembler.filledDirectly(direct) { frames.append(frame.array) }
            }
            let slice = ByteSlice(copying: input)
            var inside = 0
            feeding: while inside < slice.count {
                switch assembler.next(slice, at: &inside) {
                case .frame(let frame): frames.append(frame.array)
                case .incomplete: break feeding
                case .invalid(let size): return (frames, size)
                }
            }
        }
        return (frames, nil)
    }

    @Test(arguments: Array(UInt64(1)...60))
    func anySplitOfAStreamGivesTheSameFrames(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var expected: [[UInt8]] = []
        let largestPortion = [1, 2, 7, 100, 65_536, 1 << 20][Int.random(in: 0..<6, using: &random)]
        // Portions of a few bytes are worth trying on small frames only.
        let sizes = [0, 3, 40, 300, largestPortion < 100 ? 40 : 150_000]
        for _ in 0..<Int.random(in: 1...30, using: &random) {
            let largest = sizes[Int.random(in: 0..<5, using: &random)]
            let size = Int.random(in: 0...largest, using: &random)
            let first = UInt8.random(in: .min ... .max, using: &random)
            expected.append(
                [UInt8](repeating: first, count: size / 2) + [UInt8](repeating: ~first, count: size - size / 2))
        }
        let stream = expected.flatMap(TestClient.framed)
        let result = assemble(stream) { Int.random(in: 1...largestPortion, using: &random) }
        #expect(result.frames == expected)
        #expect(result.invalid == nil)
    }

    @Test(arguments: [Int32(-1), .min, 1001, .max])
    func aSizeThatCannotBeIsRefusedAfterWhatCameBefore(size: Int32) {
        let stream = TestClient.framed([1, 2, 3]) + TestClient.prefix(size) + [9, 9, 9]
        for portion in [1, 3, 100] {
            let result = assemble(stream, maxFrameBytes: 1000) { portion }
            #expect(result.frames == [[1, 2, 3]])
            #expect(result.invalid == size)
        }
    }

    @Test func aFrameOfTheLargestSizeIsTaken() {
        let frame = [UInt8](repeating: 5, count: 1000)
        let result = assemble(TestClient.framed(frame), maxFrameBytes: 1000) { 64 }
        #expect(result.frames == [frame])
    }

    @Test func memoryIsTakenAsTheBytesOfALargeFrameArrive() {
        var assembler = FrameAssembler(maxFrameBytes: .max)
        var position = 0
        let claim = Int32(100 << 20)
        guard case .incomplete = assembler.next(ByteSlice(copying: TestClient.prefix(claim)), at: &position) else {
            Issue.record("a frame out of nothing")
            return
        }
        var filled = 0
        while filled < Int(claim) {
            let room = assembler.directRoom
            #expect(filled + room.count <= max(filled * 4, FrameAssembler.trustedFrameBytes))
            #expect(assembler.directRoomIsWholeRest == (filled + room.count == Int(claim)))
            // Only marks are written, so that the test does not take the memory either.
            room[0] = UInt8(truncatingIfNeeded: filled >> 20)
            filled += room.count
            if let frame = assembler.filledDirectly(room.count) {
                #expect(frame.count == Int(claim))
                #expect(frame[FrameAssembler.trustedFrameBytes] == 4)
            }
        }
        #expect(!assembler.isInsideFrame)
    }

    @Test func aSmallFrameIsASliceOfTheInput() {
        var assembler = FrameAssembler(maxFrameBytes: 100)
        let input = ByteSlice(copying: TestClient.framed([1, 2]) + TestClient.framed([3]))
        var position = 0
        guard case .frame(let frame) = assembler.next(input, at: &position) else {
            Issue.record("no frame")
            return
        }
        #expect(frame.storage === input.storage)
        #expect(position == 6)
    }
}
