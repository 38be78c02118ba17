// How a connection's bytes pass through its socket.

import Bytes
import CPlatform
import Glibc

/// A connected, non-blocking stream socket.
///
/// This is the seam for TLS: a transport that decrypts what it receives and encrypts what it sends takes this one's
/// place in `Connection`, with the same calls and results. Framing above it and the poller below it do not change.
struct SocketTransport {
    let descriptor: Int32

    /// Reads into `first`, and what does not fit there into `second`. Zero bytes mean that the peer sends no more.
    func receive(
        into first: UnsafeMutableRawBufferPointer, then second: UnsafeMutableRawBufferPointer
    ) -> TransferResult {
        if first.isEmpty { return transfer("recv") { recv(descriptor, second.baseAddress, second.count, 0) } }
        if second.isEmpty { return transfer("recv") { recv(descriptor, first.baseAddress, first.count, 0) } }
        var vectors = (
            iovec(iov_base: first.baseAddress, iov_len: first.count),
            iovec(iov_base: second.baseAddress, iov_len: second.count)
        )
        return withUnsafeMutablePointer(to: &vectors) { pointer in
            // A tuple of one type is laid out as an array of it.
            pointer.withMemoryRebound(to: iovec.self, capacity: 2) { vectors in
                transfer("readv") { readv(descriptor, vectors, 2) }
            }
        }
    }

    /// Sends bytes. With `moreFollows` the system holds back a packet that is not full.
    func send(_ vectors: UnsafeMutablePointer<iovec>, count: Int, moreFollows: Bool) -> TransferResult {
        let flags = Int32(MSG_NOSIGNAL) | (moreFollows ? Int32(MSG_MORE) : 0)
        if count == 1 {
            return transfer("send") { Glibc.send(descriptor, vectors[0].iov_base, vectors[0].iov_len, flags) }
        }
        var message = msghdr()
        message.msg_iov = vectors
        message.msg_iovlen = count
        return transfer("sendmsg") { sendmsg(descriptor, &message, flags) }
    }

    /// Lets the system send a part of a file. Zero bytes mean that the file ends before `position`.
    func sendFile(_ file: Int32, position: Int64, count: Int) -> TransferResult {
        var offset = off_t(position)
        return transfer("sendfile") { sendfile(descriptor, file, &offset, count) }
    }

    func close() {
        // Linux frees the descriptor even when close is interrupted; calling it again could close another's.
        _ = Glibc.close(descriptor)
    }

    /// Sets what Kafka sets on an accepted socket. A peer that is gone already makes the calls fail; reading tells.
    func configure(sendBufferBytes: Int32) {
        setOption(IPPROTO_TCP, TCP_NODELAY, 1)
        setOption(SOL_SOCKET, SO_KEEPALIVE, 1)
        if sendBufferBytes >= 0 { setOption(SOL_SOCKET, SO_SNDBUF, sendBufferBytes) }
    }

    private func setOption(_ level: some BinaryInteger, _ name: Int32, _ value: Int32) {
        var value = value
        _ = setsockopt(descriptor, Int32(level), name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
