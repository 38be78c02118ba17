// From a name and a port to a listening socket.

import CPlatform
import Glibc

/// A socket that listens, and where.
struct BoundSocket {
    let descriptor: Int32
    let address: SocketAddress

    /// Binds and listens. The error names the call that failed, the address and the system's errno: EADDRINUSE for a
    /// taken port, EACCES for a forbidden one, EADDRNOTAVAIL for an address of another host.
    init(host: String, port: UInt16, backlog: Int32, receiveBufferBytes: Int32) throws(NetworkError) {
        if host.isEmpty {
            self = try Self.bindAnyAddress(port: port, backlog: backlog, receiveBufferBytes: receiveBufferBytes)
            return
        }
        let subject = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let (storage, length) = try Self.resolve(host: host, port: port, subject: subject)
        self = try Self.bind(storage, length, subject, backlog, receiveBufferBytes)
    }

    private init(descriptor: Int32, address: SocketAddress) {
        self.descriptor = descriptor
        self.address = address
    }

    /// All addresses of both families by one socket, or of IPv4 alone where the system has no IPv6.
    private static func bindAnyAddress(
        port: UInt16, backlog: Int32, receiveBufferBytes: Int32
    ) throws(NetworkError) -> BoundSocket {
        do throws(NetworkError) {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            let storage = stored(address)
            return try bind(
                storage, socklen_t(MemoryLayout.size(ofValue: address)), "[::]:\(port)", backlog, receiveBufferBytes)
        } catch {
            guard error.errno == EAFNOSUPPORT || error.errno == EADDRNOTAVAIL else { throw error }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            let storage = stored(address)
            return try bind(
                storage, socklen_t(MemoryLayout.size(ofValue: address)), "0.0.0.0:\(port)", backlog, receiveBufferBytes)
        }
    }

    private static func stored<Address>(_ address: Address) -> sockaddr_storage {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: Address.self) }
        return storage
    }

    /// A host's first address, an IPv4 one if it has any, as Java chooses. A numeric one needs no resolver.
    static func resolve(
        host: String, port: UInt16, subject: String
    ) throws(NetworkError) -> (sockaddr_storage, socklen_t) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | (IPAddress(host) != nil ? AI_NUMERICHOST : 0)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        guard result == 0 else {
            let reason = result == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(result))
            throw NetworkError(call: "getaddrinfo", subject: subject, errno: 0, reason: reason)
        }
        defer { freeaddrinfo(list) }
        var chosen: addrinfo?
        var next = list
        while let entry = next?.pointee {
            if chosen == nil || (entry.ai_family == AF_INET && chosen?.ai_family != AF_INET) { chosen = entry }
            next = entry.ai_next
        }
        guard let chosen, let address = chosen.ai_addr else {
            throw NetworkError(call: "getaddrinfo", subject: subject, errno: 0, reason: "no address")
        }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(chosen.ai_addrlen)))
        }
        return (storage, chosen.ai_addrlen)
    }

    private static func bind(
        _ storage: sockaddr_storage, _ length: socklen_t, _ subject: String, _ backlog: Int32,
        _ receiveBufferBytes: Int32
    ) throws(NetworkError) -> BoundSocket {
        let descriptor = cplatform_stream_socket(Int32(storage.ss_family))
        guard descriptor >= 0 else { throw NetworkError(call: "socket", subject: subject, errno: errno) }
        do throws(NetworkError) {
            try check("setsockopt", subject, setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1))
            if Int32(storage.ss_family) == AF_INET6 {
                try check("setsockopt", subject, setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0))
            }
            // Accepted sockets inherit it; set later it could not widen the window any more.
            if receiveBufferBytes >= 0 {
                try check("setsockopt", subject, setOption(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBufferBytes))
            }
            var storage = storage
            let result = withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) }
            }
            try check("bind", subject, result)
            try check("listen", subject, listen(descriptor, backlog))
            guard let address = SocketAddress(localOf: descriptor) else {
                throw NetworkError(call: "getsockname", subject: subject, errno: errno)
            }
            return BoundSocket(descriptor: descriptor, address: address)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    private static func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) -> Int32 {
        var value = value
        return setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func check(_ call: String, _ subject: String, _ result: Int32) throws(NetworkError) {
        if result != 0 { throw NetworkError(call: call, subject: subject, errno: errno) }
    }
}
