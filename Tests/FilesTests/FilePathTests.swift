import Files
import Testing

@Suite struct FilePathTests {
    @Test(arguments: [
        ("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("a", "."), ("a/b/", "a"), ("/a//b", "/a/"),
    ])
    func theParentIsWhatThePathIsIn(path: String, parent: String) {
        #expect(FilePath.parent(of: path) == parent)
    }

    @Test func partsAreJoinedByOneSlash() {
        #expect(FilePath.join("/a", "b") == "/a/b")
        #expect(FilePath.join("/", "b") == "/b")
        #expect(FilePath.name(of: "/a/b/") == "b")
    }
}
