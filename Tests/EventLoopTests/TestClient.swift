// The other end of a connection: a blocking socket that gives up after ten seconds.

import Glibc

struct ClientError: Error {
    let call: String
    let errno: Int32
}

/// A blocking client on 127.0.0.1. Closed when it is let go of.
final class TestClient {
    let descriptor: Int32

    init(port: UInt16, receiveBufferBytes: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw ClientError(call: "socket", errno: errno) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var size = receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let error = errno
            close(descriptor)
            throw ClientError(call: "connect", errno: error)
        }
    }

    deinit {
        close(descriptor)
    }

    /// A frame: the size, then the bytes.
    static func framed(_ bytes: [UInt8]) -> [UInt8] {
        prefix(Int32(bytes.count)) + bytes
    }

    static func prefix(_ size: Int32) -> [UInt8] {
        withUnsafeBytes(of: size.bigEndian) { [UInt8]($0) }
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ClientError(call: "send", errno: errno) }
            sent += count
        }
    }

    func sendFrame(_ bytes: [UInt8]) throws {
        try send(Self.framed(bytes))
    }

    /// How much the socket takes at once, without waiting.
    func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        let count = bytes.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        return max(count, 0)
    }

    /// So many bytes, or fewer when the server closed before.
    func receive(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let read = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress! + received, count - received, 0)
            }
            if read == 0 || (read < 0 && errno == ECONNRESET) { break }
            guard read > 0 else { throw ClientError(call: "recv", errno: errno) }
            received += read
        }
        return Array(bytes.prefix(received))
    }

    /// The next answer; nil when the server closed instead.
    func receiveFrame() throws -> [UInt8]? {
        let prefix = try receive(4)
        guard prefix.count == 4 else { return nil }
        let size = prefix.reduce(0) { $0 << 8 | Int($1) }
        let frame = try receive(size)
        return frame.count == size ? frame : nil
    }

    /// Whether the server closes, and says nothing before.
    func isClosedByServer() throws -> Bool {
        try receive(1).isEmpty
    }

    func endOutput() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Whether something has come that was not received yet.
    func hasInput(withinMs limitMs: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, limitMs) > 0
    }
}
