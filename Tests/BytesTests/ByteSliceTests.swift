import Bytes
import Testing

@Suite struct ByteSliceTests {
    @Test func slicesShareStorageAndKeepRelativeOffsets() {
        let whole = ByteSlice(copying: [UInt8](0..<16))
        let part = whole.slice(from: 4, count: 8)
        #expect(part[0] == 4)
        #expect(part.load(at: 0, as: Int32.self) == 0x0405_0607)
        part.store(Int16(-1), at: 2)
        #expect(whole[6] == 0xFF && whole[7] == 0xFF)
        #expect(part.suffix(from: 6).array == [10, 11])
    }

    @Test func detachedCopyIsIndependent() {
        let whole = ByteSlice(copying: [1, 2, 3])
        let copy = whole.slice(from: 1, count: 2).detached()
        whole.store(UInt8(9), at: 1)
        #expect(copy.array == [2, 3])
    }
}
