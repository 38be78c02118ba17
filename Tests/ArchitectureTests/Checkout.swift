// The checkout as these tests see it: its folders, its text files, and what each Swift file imports.

import Foundation

/// A text file of the checkout, read whole.
struct TextFile {
    /// The path from the checkout's top, with forward slashes.
    let path: String
    let lines: [String]

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The target that the file belongs to, when it lies in `Sources` or `Tests`.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && (parts[0] == "Sources" || parts[0] == "Tests") ? String(parts[1]) : nil
    }

    /// The modules that the file imports, in the order in which it names them.
    var imports: [String] {
        lines.compactMap { line in
            var words = line.split(separator: " ").map(String.init)
            while let first = words.first, first.hasPrefix("@") || ["public", "internal", "private"].contains(first) {
                words.removeFirst()
            }
            guard words.count >= 2, words[0] == "import" else { return nil }
            // `import struct Module.Name` names its module before the dot.
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let module = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
            return module.split(separator: ".").first.map(String.init)
        }
    }
}

enum Checkout {
    static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Folders that hold what was built or fetched, not what was written here.
    private static let notOurs: Set<String> = [".git", ".build", ".venv", "work", "__pycache__"]

    private static let textEndings: Set<String> = [
        "swift", "c", "h", "py", "sh", "java", "md", "json", "txt", "modulemap",
    ]

    /// Every path below `folder`, from the checkout's top, folders too.
    static func paths(below folder: String) -> [String] {
        let root = top.appending(path: folder)
        var found: [String] = []
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        for name in names.sorted() where !notOurs.contains(name) {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            found.append(path)
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: top.appending(path: path).path, isDirectory: &isFolder),
                isFolder.boolValue
            {
                found += paths(below: path)
            }
        }
        return found
    }

    /// The text files below `folder` with one of the endings; files without an ending (scripts) count as text.
    static func files(below folder: String, endings: Set<String> = textEndings) -> [TextFile] {
        paths(below: folder).compactMap { path in
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let ending = name.contains(".") ? String(name.split(separator: ".").last ?? "") : ""
            guard endings.contains(ending) || (ending.isEmpty && endings == textEndings) else { return nil }
            guard let text = try? String(contentsOf: top.appending(path: path), encoding: .utf8) else { return nil }
            return TextFile(
                path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        }
    }

    static func swiftFiles(below folder: String) -> [TextFile] {
        files(below: folder, endings: ["swift"])
    }
}
