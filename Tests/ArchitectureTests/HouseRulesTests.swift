// What every file here keeps to: its size, its name, its opening comment, and what it does not contain.

import Foundation
import Testing

@Suite struct HouseRulesTests {
    /// Folders whose files were written by hand.
    static let ours = ["Sources", "Tests", "Plugins", "Interop", "Benchmarks", "Setup", "Documentation", ".ci"]

    static let code: Set<String> = ["swift", "c", "h", "py", "sh", "java"]

    static func codeFiles() -> [TextFile] {
        ours.flatMap { Checkout.files(below: $0, endings: code) }
    }

    @Test func noFileOfCodeIsLongerThan800Lines() {
        let files = Self.codeFiles()
        #expect(files.count > 20)
        for file in files {
            #expect(file.lines.count <= 800, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func noFileOrFolderHasANameThatSaysNothing() {
        let empty: Set<String> = ["util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"]
        for path in Self.ours.flatMap({ Checkout.paths(below: $0) }) {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let words = Self.words(in: name)
            #expect(empty.isDisjoint(with: words), "\(path) needs a name that says what is in it")
        }
    }

    @Test func everySwiftFileOpensWithACommentThatSaysWhatItIsFor() {
        for file in Checkout.swiftFiles(below: "Sources") {
            let first = file.lines.first ?? ""
            #expect(first.hasPrefix("//"), "\(file.path) opens with: \(first)")
        }
    }

    /// The formatter breaks code at 120 columns; comments are left to us.
    @Test func noCommentIsWiderThan120Columns() {
        for file in ["Sources", "Tests", "Plugins"].flatMap({ Checkout.swiftFiles(below: $0) }) {
            for (number, line) in file.lines.enumerated() where Self.isComment(line) {
                #expect(line.count <= 120, "\(file.path):\(number + 1) is \(line.count) columns wide")
            }
        }
    }

    @Test func nothingIsLeftForLaterAndNothingTraps() {
        // Put together here, so that this file does not contain them itself.
        let unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        let trapping = ["try" + "!", "as" + "! "]
        for file in Self.codeFiles() {
            for (number, line) in file.lines.enumerated() {
                let words = Set(line.split { !$0.isLetter }.map(String.init))
                for word in unfinished {
                    #expect(!words.contains(word), "\(file.path):\(number + 1): \(line)")
                }
                guard file.path.hasPrefix("Sources/"), file.path.hasSuffix(".swift") else { continue }
                for word in trapping {
                    #expect(!line.contains(word), "\(file.path):\(number + 1): \(line)")
                }
            }
        }
    }

    @Test func nothingInTheBrokerSleepsInAThread() {
        let calls = ["usle" + "ep(", "nanosle" + "ep(", "Thread.sle" + "ep"]
        for file in Checkout.swiftFiles(below: "Sources") {
            for (number, line) in file.lines.enumerated() {
                for call in calls {
                    #expect(!line.contains(call), "\(file.path):\(number + 1): \(line)")
                }
            }
        }
    }

    @Test func whatTheCompilerIsToldToTrustHasItsReasonBesideIt() {
        let trusted = ["@unchecked Send" + "able", "nonisolated(un" + "safe)"]
        for file in Checkout.swiftFiles(below: "Sources") {
            for (number, line) in file.lines.enumerated()
            where trusted.contains(where: { line.contains($0) }) && !Self.isComment(line) {
                // A comment ends the line, or stands right above the declaration and its attributes.
                var above = number - 1
                while above >= 0, file.lines[above].trimmingCharacters(in: .whitespaces).hasPrefix("@") { above -= 1 }
                let explained = line.contains("//") || (above >= 0 && Self.isComment(file.lines[above]))
                #expect(explained, "\(file.path):\(number + 1) does not say why: \(line)")
            }
        }
    }

    @Test func theTextSpeaksOfTheProjectAlone() {
        let places = [
            "/wo" + "rk/", "/tmp/br" + "ief", "pypi" + ".org", "deb.deb" + "ian.org", "files.python" + "hosted",
        ]
        let top = Checkout.files(below: "").filter { !$0.path.contains("/") }
        for file in top + (Self.ours + ["Protocol"]).flatMap({ Checkout.files(below: $0) }) {
            for place in places where file.lines.contains(where: { $0.contains(place) }) {
                Issue.record("\(file.path) names \(place)")
            }
        }
    }

    static func isComment(_ line: String) -> Bool {
        line.trimmingCharacters(in: .whitespaces).hasPrefix("//")
    }

    /// A name's words, in lower case: `LogManager+Roll.swift` has log, manager, roll, swift.
    static func words(in name: String) -> Set<String> {
        var words: [String] = [""]
        for letter in name {
            if letter.isUppercase || !letter.isLetter { words.append("") }
            if letter.isLetter { words[words.count - 1].append(letter.lowercased()) }
        }
        return Set(words)
    }
}
