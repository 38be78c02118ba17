// Swift text in the making.

/// Lines with indentation.
struct SourceText {
    private(set) var text = ""
    private var depth = 0

    mutating func line(_ content: String) {
        if !content.isEmpty { text += String(repeating: "    ", count: depth) + content }
        text += "\n"
    }

    /// `head {`, what `body` writes, `}` and `tail`.
    mutating func block(_ head: String, tail: String = "", _ body: (inout SourceText) -> Void) {
        line(head + " {")
        depth += 1
        body(&self)
        depth -= 1
        line("}" + tail)
    }
}
