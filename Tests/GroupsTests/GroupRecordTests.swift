// The records of `__consumer_offsets`: bytes as Kafka writes them, and back.

import Bytes
import KafkaMessages
import Testing

@testable import Groups

@Suite struct GroupRecordTests {
    @Test func anOffsetIsWrittenAtTheVersionsThatKafkaWrites() throws {
        var key = OffsetCommitKey()
        key.group = "g"
        key.topic = "t"
        key.partition = 3
        var value = OffsetCommitValue()
        value.offset = 42
        value.commitTimestamp = 1_000
        let bytes = GroupRecord.offsetCommit(key, value).encoded()
        #expect(bytes.key.array == [0, 1, 0, 1, 0x67, 0, 1, 0x74, 0, 0, 0, 3])
        #expect(bytes.value?.array.prefix(10) == [0, 4, 0, 0, 0, 0, 0, 0, 0, 42])
        #expect(try GroupRecord(key: bytes.key, value: bytes.value) == .offsetCommit(key, value))
    }

    @Test func aTombstoneHasAKeyAlone() throws {
        var key = GroupMetadataKey()
        key.group = "gone"
        let bytes = GroupRecord.groupMetadata(key, nil).encoded()
        #expect(bytes.value == nil)
        #expect(try GroupRecord(key: bytes.key, value: nil) == .groupMetadata(key, nil))
    }

    @Test func aShareGroupsRecordIsKeptAsItIs() throws {
        let key = ByteSlice(copying: [0, 11, 0, 1, 0x73])
        let value = ByteSlice(copying: [0, 0, 0, 0, 0, 9, 0])
        let record = try #require(try GroupRecord(key: key, value: value))
        #expect(record.groupId == "s")
        #expect(record.encoded().key == key)
        #expect(record.encoded().value == value)
    }

    @Test func aKeyTypeOfALaterReleaseIsSkipped() throws {
        #expect(try GroupRecord(key: ByteSlice(copying: [0, 99, 1, 2, 3]), value: nil) == nil)
    }

    @Test func bytesThatAreNoRecordAreRefused() {
        #expect(throws: (any Error).self) { try GroupRecord(key: ByteSlice(copying: [0]), value: nil) }
        #expect(throws: (any Error).self) {
            try GroupRecord(key: ByteSlice(copying: [0, 1, 0x7F, 0xFF, 0x67]), value: nil)
        }
    }
}
