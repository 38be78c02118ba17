// Size-prefixed frames out of a stream of bytes that comes in pieces of any size.

import Bytes

/// Puts together the frames of one connection.
///
/// ```
///  0        4                     4 + size
///  +--------+---------------------+--------+----
///  |  size  |        frame        |  size  |  …      size: big-endian, signed, without itself
///  +--------+---------------------+--------+----
/// ```
///
/// A frame that is complete in the input is handed out as a slice of it. Of any other one, what came is copied into a
/// storage of the frame's size, and the rest is read from the socket straight into it (`directRoom`).
///
/// Memory: a frame's size is only a claim until its bytes arrive. Up to `trustedFrameBytes` are taken on the claim (the
/// system gives them when they are first written to); beyond that the storage grows fourfold each time it is full.
struct FrameAssembler {
    enum Step {
        case frame(ByteSlice)
        /// The input is used up.
        case incomplete
        /// The stream makes no sense from here on.
        case invalid(sizeBytes: Int32)
    }

    /// Above the 1 MiB that producers send at most by default, with room for headers.
    static let trustedFrameBytes = 4 << 20

    let maxFrameBytes: Int32
    private var prefix: UInt32 = 0
    private var prefixCount = 0
    private var storage: ByteStorage?
    private var frameBytes = 0
    private var filledBytes = 0
    /// The size of the last complete frame: the next one is likely to be of its kind.
    private(set) var previousFrameBytes = 0

    init(maxFrameBytes: Int32) {
        self.maxFrameBytes = maxFrameBytes
    }

    /// Whether a part of a frame, or of its size, has been taken in.
    var isInsideFrame: Bool { storage != nil || prefixCount > 0 }

    // MARK: From input that has been read already

    /// Takes in `input` from `position` on, up to the end of the first frame.
    mutating func next(_ input: ByteSlice, at position: inout Int) -> Step {
        if storage == nil {
            guard takePrefix(input, at: &position) else { return .incomplete }
            let size = Int32(bitPattern: prefix)
            guard size >= 0, size <= maxFrameBytes else { return .invalid(sizeBytes: size) }
            frameBytes = Int(size)
            if frameBytes <= input.count - position {
                let frame = input.slice(from: position, count: frameBytes)
                position += frameBytes
                prefixCount = 0
                previousFrameBytes = frameBytes
                return .frame(frame)
            }
            storage = ByteStorage(capacityBytes: min(frameBytes, Self.trustedFrameBytes))
            filledBytes = 0
        }
        while position < input.count, filledBytes < frameBytes {
            let room = directRoom
            let count = min(room.count, input.count - position)
            room.copyMemory(from: UnsafeRawBufferPointer(start: input.base + position, count: count))
            position += count
            filledBytes += count
        }
        return finishedFrame.map(Step.frame) ?? .incomplete
    }

    /// False when the input ends inside the prefix.
    private mutating func takePrefix(_ input: ByteSlice, at position: inout Int) -> Bool {
        if prefixCount == 0, input.count - position >= 4 {
            prefix = input.load(at: position)
            position += 4
            prefixCount = 4
            return true
        }
        while prefixCount < 4 {
            guard position < input.count else { return false }
            prefix = prefix << 8 | UInt32(input[position])
            prefixCount += 1
            position += 1
        }
        return true
    }

    // MARK: Straight from the socket

    /// Where the next bytes of the frame that has begun belong; empty between frames.
    var directRoom: UnsafeMutableRawBufferPointer {
        mutating get {
            guard let storage = roomyStorage() else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
            return UnsafeMutableRawBufferPointer(
                start: storage.base + filledBytes, count: storage.capacityBytes - filledBytes)
        }
    }

    /// Whether `directRoom` reaches to the frame's end, so that what follows it belongs to the next frame.
    var directRoomIsWholeRest: Bool { storage?.capacityBytes == frameBytes }

    /// Notes that `count` bytes were written to `directRoom`, and hands out the frame if that was the last of it.
    mutating func filledDirectly(_ count: Int) -> ByteSlice? {
        filledBytes += count
        return finishedFrame
    }

    private mutating func roomyStorage() -> ByteStorage? {
        guard let full = storage, filledBytes == full.capacityBytes, filledBytes < frameBytes else { return storage }
        let larger = ByteStorage(capacityBytes: min(frameBytes, full.capacityBytes * 4))
        larger.base.copyMemory(from: full.base, byteCount: filledBytes)
        storage = larger
        return larger
    }

    private var finishedFrame: ByteSlice? {
        mutating get {
            guard filledBytes == frameBytes, let complete = storage.take() else { return nil }
            prefixCount = 0
            previousFrameBytes = frameBytes
            return ByteSlice(storage: complete, storageOffset: 0, count: frameBytes)
        }
    }
}
