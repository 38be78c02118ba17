// Completion scripts, in the shells that are at hand.

import Foundation
import Testing

@testable import Launch

@Suite struct CompletionsTests {
    @Test(arguments: Completions.Shell.allCases)
    func aScriptNamesEveryOptionAndKafkasKeys(shell: Completions.Shell) {
        let script = Completions.script(for: shell)
        for option in LaunchOption.all { #expect(script.contains(option.name.dropFirst(2))) }
        #expect(script.contains("log.retention.ms="))
        #expect(!script.contains("internal.metadata"))
    }

    @Test func bashCompletesOptionsValuesAndKeys() throws {
        func complete(_ line: String) throws -> [String] {
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map { "'\($0)'" }
            let script =
                Completions.script(for: .bash) + """
                    COMP_WORDS=(\(words.joined(separator: " "))); COMP_CWORD=\(words.count - 1)
                    _martlet 2>/dev/null; printf '%s\\n' "${COMPREPLY[@]}"
                    """
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["--norc", "-c", script]
            process.standardOutput = output
            try process.run()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        #expect(try complete("martlet --po") == ["--port", "--port-file"])
        #expect(try complete("martlet se") == ["serve"])
        #expect(try complete("martlet --log-level w") == ["warn"])
        #expect(try complete("martlet --override log.retention.m") == ["log.retention.minutes=", "log.retention.ms="])
    }
}
