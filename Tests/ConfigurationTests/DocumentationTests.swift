// Documentation/CONFIGURATION.md says what the code does.

import Foundation
import Testing

@testable import Configuration

@Suite struct DocumentationTests {
    private static let text = try? String(
        contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Documentation/CONFIGURATION.md"),
        encoding: .utf8)

    @Test func theTableOfDefaultsIsThatOfTheCode() throws {
        let rows = try #require(Self.text).split(separator: "\n").compactMap { line -> [String]? in
            guard line.hasPrefix("| `") else { return nil }
            return line.split(separator: "|").map { $0.replacingOccurrences(of: "`", with: "").trimming() }
        }
        #expect(rows.map { [$0[0], $0[1]] } == MartletDefaults.all.map { [$0.name, $0.text] })
        for row in rows { #expect(ConfigTable.broker[row[0]]?.defaultText ?? "none" == row[2]) }
    }

    @Test func theNumberOfKeysIsRight() throws {
        #expect(try #require(Self.text).contains("`ConfigTable.broker`, \(ConfigTable.broker.definitions.count) keys"))
    }
}

extension String {
    fileprivate func trimming() -> String { trimmingCharacters(in: .whitespaces) }
}
