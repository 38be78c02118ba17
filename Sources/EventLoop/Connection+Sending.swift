// A connection's output: from the lined-up answers to the socket.

import Bytes
import Glibc

extension Connection {
    /// Sends as much as the socket takes, within this turn's share.
    func send() {
        guard isOpen, !isSendBlocked else { return }
        var leftBytes = processor.configuration.bytesPerTurn
        while leftBytes > 0, let count = sendNext(maxBytes: leftBytes) {
            outbound.sent(count)
            leftBytes -= count
            loop.counters.countBytesOut(count)
        }
        if leftBytes < processor.configuration.bytesPerTurn { processor.touch(self) }
    }

    /// One call to the system. Nil when there is nothing to send, or it cannot be sent now.
    private func sendNext(maxBytes: Int) -> Int? {
        switch outbound.next(into: processor.vectors, scratch: processor.scratch, maxBytes: maxBytes) {
        case .nothing:
            return nil
        case .bytes(let vectorCount, _, let moreFollows):
            guard let vectors = processor.vectors.baseAddress else { return nil }
            return sent(transport.send(vectors, count: vectorCount, moreFollows: moreFollows), call: "send")
        case .file(let region, let alreadySent):
            let count = min(region.sizeBytes - alreadySent, maxBytes)
            let position = region.position + Int64(alreadySent)
            let result = transport.sendFile(region.owner.fileDescriptor, position: position, count: count)
            guard result != .transferred(0) else {
                closeForShortFile(missingBytes: region.sizeBytes - alreadySent)
                return nil
            }
            return sent(result, call: "sendfile")
        case .fileTooShort(let missingBytes):
            closeForShortFile(missingBytes: missingBytes)
            return nil
        case .fileUnreadable(let errno):
            fail(call: "pread", errno: errno)
            return nil
        }
    }

    /// The answer's size is sent, or is about to be, and there is no taking it back.
    private func closeForShortFile(missingBytes: Int) {
        processor.onEvent(.fileTooShort(peer: peerAddress, missingBytes: missingBytes))
        close()
    }

    private func sent(_ result: TransferResult, call: String) -> Int? {
        switch result {
        case .transferred(let count):
            return count
        case .wouldBlock:
            isSendBlocked = true
            return nil
        case .failed(let errno):
            fail(call: call, errno: errno)
            return nil
        }
    }

    /// Closes on an error of the socket. That a peer went away is everyday life and no news.
    func fail(call: String, errno: Int32) {
        if errno != ECONNRESET && errno != EPIPE {
            let error = NetworkError(call: call, subject: peerAddress.description, errno: errno)
            processor.onEvent(.connectionFailed(peer: peerAddress, error))
        }
        close()
    }
}
