// A connection's input: from the socket to the handler, frame by frame.

import Bytes

extension Connection {
    /// Reads what is there, within this turn's share, and hands out the requests in it.
    func receive() {
        var leftBytes = processor.configuration.bytesPerTurn
        var buffer = processor.takeReadBuffer()
        while leftBytes > 0, acceptsInput, unreadInput == nil {
            let direct = assembler.directRoom
            let shared = UnsafeMutableRawBufferPointer(start: buffer.base, count: sharedBytes(direct, buffer))
            guard let count = received(transport.receive(into: direct, then: shared)) else { break }
            leftBytes -= count
            if !direct.isEmpty, let frame = assembler.filledDirectly(min(count, direct.count)) { handOut(frame) }
            if count > direct.count {
                takeIn(ByteSlice(storage: buffer, storageOffset: 0, count: count - direct.count), isOwn: false)
                processor.renewIfShared(&buffer)
            }
            // A short read emptied the socket.
            if count < direct.count + shared.count { break }
        }
        processor.returnReadBuffer(buffer)
    }

    /// How much may be read beyond the frame at hand. Between large frames only a little: what is read of the next one
    /// before its size is known has to be copied.
    private func sharedBytes(_ direct: UnsafeMutableRawBufferPointer, _ buffer: ByteStorage) -> Int {
        guard direct.isEmpty || assembler.directRoomIsWholeRest else { return 0 }
        let isAmongLargeFrames = max(direct.count, assembler.previousFrameBytes) >= 2 * buffer.capacityBytes
        return isAmongLargeFrames ? 4096 : buffer.capacityBytes
    }

    /// The number of bytes read; nil when there are none, or the input has ended.
    private func received(_ result: TransferResult) -> Int? {
        switch result {
        case .transferred(0):
            inputEnded = true
            handler?.inputEnded()
            return nil
        case .transferred(let count):
            loop.counters.countBytesIn(count)
            return count
        case .wouldBlock:
            return nil
        case .failed(let errno):
            fail(call: "recv", errno: errno)
            return nil
        }
    }

    /// Hands out the requests in `input`. When a limit is reached, what is left is kept for later: as it is when the
    /// memory is this connection's own, else as a copy, since the read buffer serves all connections of the loop.
    private func takeIn(_ input: ByteSlice, isOwn: Bool) {
        var position = 0
        while position < input.count {
            if !acceptsInput { send() }
            guard acceptsInput else {
                if !inputEnded {
                    let rest = input.suffix(from: position)
                    unreadInput = isOwn ? rest : rest.detached()
                }
                return
            }
            switch assembler.next(input, at: &position) {
            case .frame(let frame): handOut(frame)
            case .incomplete: return
            case .invalid(let sizeBytes):
                refuse(sizeBytes)
                return
            }
        }
    }

    /// Goes on with input that was put by.
    func resumeInput() {
        guard isOpen, acceptsInput, let input = unreadInput.take() else { return }
        isSendPlanned = true
        takeIn(input, isOwn: true)
        isSendPlanned = false
        send()
        settle()
    }

    /// A frame size that cannot be: as Kafka, close without a word, but not before earlier requests are answered.
    private func refuse(_ sizeBytes: Int32) {
        processor.onEvent(
            .invalidFrameSize(
                peer: peerAddress, sizeBytes: sizeBytes, maxBytes: processor.configuration.socketRequestMaxBytes))
        inputEnded = true
    }
}
