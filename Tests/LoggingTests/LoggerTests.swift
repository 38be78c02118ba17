// Log lines as they reach a descriptor.

import Glibc
import Testing

@testable import Logging

/// The level and the descriptor are the process's, so these tests take turns.
@Suite(.serialized) struct LoggerTests {
    /// What `body` logs, as lines.
    private func lines(at level: LogLevel, _ body: (Logger) -> Void) throws -> [String] {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        let before = (Logger.level, Logger.descriptor)
        (Logger.level, Logger.descriptor) = (level, ends[1])
        body(Logger("Test"))
        (Logger.level, Logger.descriptor) = before
        close(ends[1])
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(ends[0], &bytes, bytes.count)
        close(ends[0])
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func aLineHasTimeLevelComponentAndText() throws {
        let lines = try lines(at: .info) { $0.warn("disk is slow") }
        #expect(lines.count == 1)
        let pattern = #/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d WARN  \[Test\] disk is slow$/#
        #expect(try pattern.wholeMatch(in: lines[0]) != nil, "\(lines[0])")
    }

    @Test func linesBelowTheLevelAreNotWrittenAndTheirTextIsNotMade() throws {
        var made = 0
        func text() -> String {
            made += 1
            return "text"
        }
        let lines = try lines(at: .warn) { log in
            log.debug(text())
            log.info(text())
            log.warn(text())
            log.error(text())
        }
        #expect(made == 2)
        #expect(lines.map { $0.split(separator: " ")[1] } == ["WARN", "ERROR"])
    }

    @Test func aLineFeedInATextDoesNotMakeASecondLine() throws {
        let lines = try lines(at: .info) { $0.info("client 'a\n2026 ERROR forged\u{1B}[31m'") }
        #expect(lines.count == 1)
        #expect(lines[0].hasSuffix(#"client 'a\n2026 ERROR forged\x1b[31m'"#))
    }

    @Test func linesOfManyThreadsDoNotMix() throws {
        let text = String(repeating: "x", count: 200)
        let lines = try lines(at: .info) { log in
            var threads: [pthread_t] = []
            for _ in 0..<4 {
                var thread = pthread_t()
                let box = Unmanaged.passRetained(Payload(log: log, text: text))
                pthread_create(
                    &thread, nil,
                    { argument in
                        let payload = Unmanaged<Payload>.fromOpaque(argument!).takeRetainedValue()
                        for _ in 0..<50 { payload.log.info(payload.text) }
                        return nil
                    }, box.toOpaque())
                threads.append(thread)
            }
            for thread in threads { pthread_join(thread, nil) }
        }
        #expect(lines.count == 200)
        #expect(lines.allSatisfy { $0.hasSuffix("[Test] " + text) })
    }

    @Test func levelsAreReadInAnyCase() {
        #expect(LogLevel(name: "Debug") == .debug)
        #expect(LogLevel(name: "OFF") == .off)
        #expect(LogLevel(name: "loud") == nil)
    }
}

private final class Payload: Sendable {
    let log: Logger
    let text: String

    init(log: Logger, text: String) {
        self.log = log
        self.text = text
    }
}
