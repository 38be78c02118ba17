// Addresses of peers and listeners, IPv4 and IPv6, as values.

import CPlatform
import Glibc

/// An IP address. IPv4 addresses are held in IPv6's mapped form (`::ffff:a.b.c.d`), in which a socket that listens on
/// both families reports them, so that one host has one address.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The 16 bytes as two big-endian numbers.
    let high: UInt64
    let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ address: in_addr) {
        self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(UInt32(bigEndian: address.s_addr)))
    }

    init(_ address: in6_addr) {
        let halves = unsafeBitCast(address, to: (UInt64, UInt64).self)
        self.init(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
    }

    /// An address in its numeric form; nil for anything else, names included.
    public init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(four)
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(six)
        } else {
            return nil
        }
    }

    /// The first address of a host, an IPv4 one if it has any. Waits for the resolver where `host` is a name.
    public init(resolving host: String) throws(NetworkError) {
        if let numeric = IPAddress(host) {
            self = numeric
            return
        }
        let (storage, _) = try BoundSocket.resolve(host: host, port: 0, subject: host)
        guard let address = SocketAddress(storage) else {
            throw NetworkError(call: "getaddrinfo", subject: host, errno: 0, reason: "no address")
        }
        self = address.ip
    }

    public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    public var description: String {
        if isIPv4 {
            return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
        }
        var address = unsafeBitCast((high.bigEndian, low.bigEndian), to: in6_addr.self)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            // The buffer is as large as the call asks for, so that it cannot fail.
            guard let start = inet_ntop(AF_INET6, &address, text.baseAddress, socklen_t(text.count)) else { return "" }
            return String(cString: start)
        }
    }
}

/// An IP address and a port.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    public let ip: IPAddress
    public let port: UInt16

    public init(ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    /// Nil when the storage holds neither family.
    init?(_ storage: sockaddr_storage) {
        var storage = storage
        switch Int32(storage.ss_family) {
        case AF_INET:
            let address = withUnsafeBytes(of: &storage) { $0.loadUnaligned(as: sockaddr_in.self) }
            self.init(ip: IPAddress(address.sin_addr), port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = withUnsafeBytes(of: &storage) { $0.loadUnaligned(as: sockaddr_in6.self) }
            self.init(ip: IPAddress(address.sin6_addr), port: UInt16(bigEndian: address.sin6_port))
        default:
            return nil
        }
    }

    /// The address that a socket is bound to.
    init?(localOf descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { return nil }
        self.init(storage)
    }

    public var description: String { ip.isIPv4 ? "\(ip):\(port)" : "[\(ip)]:\(port)" }
}
