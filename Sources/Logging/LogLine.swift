// One log line as bytes: the time, and a text that cannot break the line.

import Glibc

/// A moment of the system's clock.
struct LogTime {
    var seconds: time_t
    var nanoseconds: Int

    static var now: LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }
}

/// The bytes of a line.
struct LogLine {
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(160)
    }

    /// `2026-03-01T14:05:09.123+01:00 `: local time and its distance from UTC, as ISO 8601 writes them.
    mutating func append(time: LogTime) {
        var seconds = time.seconds
        var local = tm()
        localtime_r(&seconds, &local)
        append(Int(local.tm_year) + 1900, digits: 4)
        append("-", Int(local.tm_mon) + 1)
        append("-", Int(local.tm_mday))
        append("T", Int(local.tm_hour))
        append(":", Int(local.tm_min))
        append(":", Int(local.tm_sec))
        bytes.append(UInt8(ascii: "."))
        append(time.nanoseconds / 1_000_000, digits: 3)
        let offset = local.tm_gmtoff / 60
        append(offset < 0 ? "-" : "+", abs(offset) / 60)
        append(":", abs(offset) % 60)
        bytes.append(UInt8(ascii: " "))
    }

    mutating func append(_ text: some Collection<UInt8>, paddedTo width: Int = 0) {
        bytes.append(contentsOf: text)
        if text.count < width { bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: width - text.count)) }
    }

    /// Control characters are written as `\n`, `\t` or `\x1b`: a line stays one line, and a terminal is left alone.
    mutating func append(escaping text: String) {
        for byte in text.utf8 {
            switch byte {
            case 0x0A: append("\\n".utf8)
            case 0x0D: append("\\r".utf8)
            case 0x09: append("\\t".utf8)
            case 0..<0x20, 0x7F:
                append("\\x".utf8)
                bytes.append(Self.hexDigit(byte >> 4))
                bytes.append(Self.hexDigit(byte & 15))
            default: bytes.append(byte)
            }
        }
    }

    /// Ends the line and writes it. What cannot be written is lost: there is nobody to tell.
    consuming func write(to descriptor: CInt) {
        bytes.append(UInt8(ascii: "\n"))
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + start }, buffer.count - start)
            }
            if written < 0 && errno == EINTR { continue }
            if written <= 0 { return }
            start += written
        }
    }

    private mutating func append(_ mark: Unicode.Scalar, _ number: Int) {
        bytes.append(UInt8(ascii: mark))
        append(number, digits: 2)
    }

    private mutating func append(_ number: Int, digits: Int) {
        let text = String(number)
        for _ in 0..<max(0, digits - text.utf8.count) { bytes.append(UInt8(ascii: "0")) }
        bytes.append(contentsOf: text.utf8)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
