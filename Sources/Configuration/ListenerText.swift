// The texts that name an address: `NAME://host:port` of a listener, `host:port` of a controller.

/// `NAME://host:port`: the host may be empty, and an IPv6 address may stand in brackets.
struct ListenerText {
    /// Upper case, as Kafka normalises it.
    let name: String
    let host: String
    let port: Int32

    init?(_ text: String) {
        guard let mark = text.utf8.lastRange(of: "://"),
            let address = AddressText(text[mark.upperBound...], mayBeNegative: true)
        else { return nil }
        name = JavaText.trim(String(text[..<mark.lowerBound])).uppercased()
        host = address.host
        guard let port = JavaText.integer(address.port, as: Int32.self), (0...65535).contains(port) else { return nil }
        self.port = port
    }
}

/// `host:port`: of letters, digits and `-%._:`, and of decimal digits. The port is not looked at closer.
struct AddressText {
    let host: String
    let port: String

    init?(_ text: Substring, mayBeNegative: Bool = false) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("[") { host = host.dropFirst() }
        if host.hasSuffix("]") { host = host.dropLast() }
        let port = text[text.utf8.index(after: colon)...]
        let digits = mayBeNegative && port.hasPrefix("-") ? port.dropFirst() : port
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), Self.isHost(host) else {
            return nil
        }
        self.host = String(host)
        self.port = String(port)
    }

    /// What Kafka takes for a host; it may be empty.
    static func isHost(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || [0x2D, 0x25, 0x2E, 0x5F, 0x3A].contains($0)
        }
    }
}

/// A literal IP address, by which two listeners may share a port: one IPv4, one IPv6.
enum AddressFamily {
    case v4, v6

    init?(host: String) {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let digits = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        if parts.count == 4, digits, parts.allSatisfy({ UInt8($0) != nil }) {
            self = .v4
        } else if host.contains(":") {
            self = .v6
        } else {
            return nil
        }
    }
}

extension String.UTF8View {
    /// The last place of a text.
    func lastRange(of wanted: String) -> Range<Index>? {
        let pattern = Array(wanted.utf8)
        var start = endIndex
        while start != startIndex {
            start = index(before: start)
            if self[start...].starts(with: pattern) { return start..<index(start, offsetBy: pattern.count) }
        }
        return nil
    }
}
