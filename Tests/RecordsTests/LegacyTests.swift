import Bytes
import Testing

@testable import Records

/// Messages of magic 0 and 1: read, refused, written anew.
@Suite struct LegacyTests {
    static let codecs: [CompressionCodec] = [.gzip, .snappy, .lz4]

    static func samples(magic: UInt8) -> [LegacySample] {
        let time: Int64 = magic == 0 ? -1 : 1_400_000_000_000
        let step: Int64 = magic == 0 ? 0 : 1
        return [
            LegacySample(offset: 40, key: "a", value: "one", timestamp: time),
            LegacySample(offset: 41, key: nil, value: "no key", timestamp: time - 5 * step),
            LegacySample(offset: 44, key: "b", value: nil, timestamp: time + 7 * step),
            LegacySample(offset: 45, key: "", value: "", timestamp: time),
            LegacySample(offset: 50, key: "c", value: String(repeating: "x", count: 70_000), timestamp: time),
        ]
    }

    static func batch(_ bytes: [UInt8]) throws -> LegacyBatch { try #require(LegacyBatch(ByteSlice(copying: bytes))) }

    static func read(_ bytes: [UInt8], maxMessageBytes: Int = 1 << 20) throws -> [LegacySample] {
        let batch = try batch(bytes)
        var cursor = try LegacyCursor(batch, maxMessageBytes: maxMessageBytes)
        var found: [LegacySample] = []
        while try cursor.next() {
            found.append(
                LegacySample(
                    offset: cursor.offset, key: cursor.key.map { String(decoding: $0, as: UTF8.self) },
                    value: cursor.value.map { String(decoding: $0, as: UTF8.self) }, timestamp: cursor.timestamp))
        }
        return found
    }

    // MARK: Reading

    @Test func theChecksumIsThatOfZip() {
        var crc = LegacyCrc()
        Array("1234".utf8).withUnsafeBytes { crc.update($0) }
        Array("56789".utf8).withUnsafeBytes { crc.update($0) }
        #expect(crc.value == 0xCBF4_3926)
    }

    @Test(arguments: [0, 1] as [UInt8]) func aMessageIsRead(magic: UInt8) throws {
        for sample in Self.samples(magic: magic) {
            let bytes = LegacyBytes.message(magic: magic, sample)
            let batch = try Self.batch(bytes)
            #expect(batch.isCrcValid && batch.lastOffset == sample.offset && batch.timestamp == sample.timestamp)
            #expect(try Self.read(bytes) == [sample])
            for place in [12, 16, 17, bytes.count - 1] {
                var damaged = bytes
                damaged[place] ^= 1
                #expect(LegacyBatch(ByteSlice(copying: damaged)).map { !$0.isCrcValid } ?? true)
            }
        }
    }

    @Test(arguments: codecs, [0, 1] as [UInt8]) func aWrapperIsRead(codec: CompressionCodec, magic: UInt8) throws {
        let samples = Self.samples(magic: magic)
        #expect(try Self.read(LegacyBytes.wrapper(magic: magic, codec: codec, samples)) == samples)
        let stamped = LegacyBytes.wrapper(magic: 1, codec: codec, samples, stampedMs: 99)
        let batch = try Self.batch(stamped)
        #expect(batch.timestampType == .logAppendTime && batch.isCrcValid)
        #expect(try Self.read(stamped).allSatisfy { $0.timestamp == 99 })
    }

    @Test func messagesOfTheOtherMagicInAWrapperAreReadByTheirOwn() throws {
        let samples = Self.samples(magic: 0)
        // The wrapper's magic says what offsets mean; a message's, whether it has a timestamp.
        let inOne = LegacyBytes.wrapper(
            magic: 1, codec: .gzip, offset: 50, timestamp: 7, isStamped: true,
            inner: samples.flatMap { LegacyBytes.message(magic: 0, $0, minus: 40) })
        #expect(try Self.read(inOne) == samples)
        let stamped = Self.samples(magic: 1)
        let inZero = LegacyBytes.wrapper(
            magic: 0, codec: .gzip, offset: 50, inner: stamped.flatMap { LegacyBytes.message(magic: 1, $0) })
        #expect(try Self.read(inZero) == stamped)
    }

    @Test func theWrongHeaderHashOfMagic0IsPassedOverInLz4() throws {
        for magic in [0, 1] as [UInt8] {
            let samples = Self.samples(magic: magic)
            let bytes = LegacyBytes.wrapper(
                magic: magic, codec: .lz4, offset: 50,
                inner: samples.flatMap { LegacyBytes.message(magic: magic, $0, minus: magic == 1 ? 40 : 0) }
            ) { $0[6] ^= 0x55 }
            if magic == 0 {
                #expect(try Self.read(bytes) == samples)
            } else {
                #expect(throws: RecordFault.self) { try Self.read(bytes) }
            }
        }
    }

    @Test func aLastMessageThatIsCutShortIsNotOne() throws {
        let samples = Self.samples(magic: 0)
        let inner = samples.flatMap { LegacyBytes.message(magic: 0, $0) }
        for cut in [1, 5, 14, 69_000] {
            let bytes = LegacyBytes.wrapper(magic: 0, codec: .gzip, offset: 50, inner: inner.dropLast(cut))
            #expect(try Self.read(bytes) == samples.dropLast())
        }
        // Of magic 1 the last that is whole has the wrapper's offset.
        let relative = samples.flatMap { LegacyBytes.message(magic: 1, $0, minus: 40) }
        let bytes = LegacyBytes.wrapper(magic: 1, codec: .gzip, offset: 50, inner: relative.dropLast(3))
        #expect(try Self.read(bytes).map(\.offset) == [45, 46, 49, 50])
    }

    // MARK: What is none

    @Test func whatIsNoWrapperIsRefused() throws {
        let whole = Self.samples(magic: 1).flatMap { LegacyBytes.message(magic: 1, $0, minus: 40) }
        func wrapped(_ inner: [UInt8], offset: Int64 = 50, magic: UInt8 = 1) -> [UInt8] {
            LegacyBytes.wrapper(magic: magic, codec: .gzip, offset: offset, inner: inner)
        }
        #expect(try Self.read(wrapped(whole)).count == 5)
        var cases: [String: [UInt8]] = [
            "no messages": wrapped([]), "no whole message": wrapped(Array(whole[..<20])),
            "an offset before the last one": wrapped(whole, offset: 9),
            "an offset beyond all": wrapped(
                LegacyBytes.message(magic: 1, offset: .min, key: [1], value: [1]), offset: 1),
            "offsets that go down": wrapped(Array(whole[12...]) + whole),
            "offsets beyond the wrapper's": wrapped(whole, offset: 5, magic: 0),
            "a negative offset": LegacyBytes.message(magic: 0, offset: -1, key: [1], value: [1]),
            "a wrapper within": wrapped(LegacyBytes.wrapper(magic: 1, codec: .gzip, offset: 0, inner: whole)),
            "another magic within": wrapped(LegacyBytes.message(magic: 2, offset: 0, key: [1], value: [1])),
            "no value": LegacyBytes.message(magic: 1, offset: 5, attributes: 1, key: nil, value: nil),
            "no compressed data": LegacyBytes.message(magic: 1, offset: 5, attributes: 2, key: nil, value: []),
            "zstd": LegacyBytes.message(
                magic: 1, offset: 50, attributes: 4, key: nil, value: LegacyBytes.compress(.zstd, whole)),
        ]
        for codec in [5, 6, 7] as [UInt8] {
            cases["codec \(codec)"] = LegacyBytes.message(
                magic: 1, offset: 50, attributes: codec, key: nil, value: whole)
        }
        for size in [Int32.min, -1, 0, 13] {
            cases["a message of \(size) bytes"] = wrapped(LegacyBytes.big(Int64(0)) + LegacyBytes.big(size) + whole)
        }
        for (what, bytes) in cases {
            #expect(throws: RecordFault.self, "\(what)") { try Self.read(bytes) }
        }
        #expect(LegacyBatch(ByteSlice(copying: Array(whole[..<30]))) == nil)
        #expect(LegacyBatch(ByteSlice(copying: LegacyBytes.message(magic: 2, offset: 0, key: nil, value: nil))) == nil)
    }

    @Test func aLengthTakesNoMemoryAndALargeMessageIsRefused() throws {
        let claim = LegacyBytes.big(Int64(0)) + LegacyBytes.big(Int32.max) + [1, 2, 3]
        for magic in [0, 1] as [UInt8] {
            let bytes = LegacyBytes.wrapper(magic: magic, codec: .gzip, offset: 0, inner: claim)
            #expect(throws: RecordFault.self) { try Self.read(bytes) }
            let large = LegacyBytes.message(
                magic: magic, offset: 0, key: nil, value: Array(repeating: 0, count: 50_000))
            let wrapper = LegacyBytes.wrapper(magic: magic, codec: .gzip, offset: 0, inner: large)
            #expect(throws: RecordFault.self) { try Self.read(wrapper, maxMessageBytes: 40_000) }
            #expect(try Self.read(wrapper).count == 1)
        }
    }

    /// Any byte may be wrong behind a right checksum: what is read then is something, or a fault.
    @Test(arguments: [CompressionCodec.none] + codecs) func noByteMakesItTrap(codec: CompressionCodec) throws {
        var read = 0
        for magic in [0, 1] as [UInt8] {
            let samples = Array(Self.samples(magic: magic)[..<4])
            let bytes =
                codec == .none
                ? LegacyBytes.message(magic: magic, samples[0])
                : LegacyBytes.wrapper(magic: magic, codec: codec, samples)
            for place in bytes.indices {
                for flip in [0x01, 0x80, 0xFF] as [UInt8] {
                    var damaged = bytes
                    damaged[place] ^= flip
                    LegacyBytes.seal(&damaged)
                    guard let batch = LegacyBatch(ByteSlice(copying: damaged)) else { continue }
                    _ = try? Self.read(damaged)
                    read += 1
                    let new = try? batch.keeping { _ in true }
                    #expect(new?.isCrcValid ?? true)
                }
            }
            // The bytes in a wrapper too; they are the same in all.
            guard codec == .snappy else { continue }
            let inner = samples.flatMap { LegacyBytes.message(magic: magic, $0, minus: magic == 1 ? 40 : 0) }
            for place in inner.indices {
                for flip in [0x01, 0x80, 0xFF] as [UInt8] {
                    var damaged = inner
                    damaged[place] ^= flip
                    let wrapper = LegacyBytes.wrapper(magic: magic, codec: codec, offset: 45, inner: damaged)
                    let new = try? Self.batch(wrapper).keeping { _ in true }
                    if let new { #expect(new.isCrcValid && new.baseOffset >= 0 && new.lastOffset <= 45) }
                    read += 1
                }
            }
        }
        #expect(read > 150)
    }

    // MARK: Writing anew

    @Test(arguments: [CompressionCodec.none] + codecs, [0, 1] as [UInt8])
    func whatIsKeptIsABatchOfMagic2(codec: CompressionCodec, magic: UInt8) throws {
        let samples = codec == .none ? [Self.samples(magic: magic)[0]] : Self.samples(magic: magic)
        let bytes =
            codec == .none
            ? LegacyBytes.message(magic: magic, samples[0]) : LegacyBytes.wrapper(magic: magic, codec: codec, samples)
        let old = try Self.batch(bytes)
        for kept in [Array(samples.indices), [0], [samples.count - 1], Array(samples.indices.dropFirst().dropLast())] {
            guard let first = kept.first, let last = kept.last else { continue }
            for horizon in [nil, 1_900_000_000_000] as [Int64?] {
                let batch = try old.keeping(deleteHorizonMs: horizon) { kept.contains($0) }
                #expect(batch.isCrcValid && batch.codec == codec && batch.timestampType == .createTime)
                #expect(batch.baseOffset == samples[first].offset && batch.lastOffset == samples[last].offset)
                #expect(batch.baseTimestamp == horizon ?? samples[first].timestamp)
                #expect(batch.deleteHorizonMs == horizon && batch.recordCount == Int32(kept.count))
                #expect(batch.maxTimestamp == kept.map { samples[$0].timestamp }.max())
                #expect(batch.producerId == -1 && batch.producerEpoch == -1 && batch.baseSequence == -1)
                #expect(batch.partitionLeaderEpoch == -1 && !batch.isTransactional && !batch.isControl)
                let records = kept.map { samples[$0] }.map {
                    Record(
                        offset: $0.offset, timestamp: $0.timestamp, key: $0.key.map { Array($0.utf8) },
                        value: $0.value.map { Array($0.utf8) })
                }
                #expect(try batch.records() == records)
            }
        }
    }

    @Test func theBrokersTimestampStaysOne() throws {
        let samples = Self.samples(magic: 1)
        let wrapper = try Self.batch(LegacyBytes.wrapper(magic: 1, codec: .snappy, samples, stampedMs: 5000))
        let message = try Self.batch(
            LegacyBytes.message(magic: 1, offset: 3, attributes: 8, timestamp: 5000, key: [1], value: nil))
        for batch in [try wrapper.keeping { $0 > 1 }, try message.keeping { _ in true }] {
            #expect(batch.timestampType == .logAppendTime && batch.maxTimestamp == 5000 && batch.baseTimestamp == 5000)
            #expect(try batch.records().allSatisfy { $0.timestamp == 5000 })
        }
    }

    @Test func whatABatchCannotHoldIsRefused() throws {
        let far = [
            LegacySample(offset: 0, key: "a", value: "a"), LegacySample(offset: 1 << 31, key: "b", value: "b"),
        ]
        for magic in [0, 1] as [UInt8] {
            let batch = try Self.batch(LegacyBytes.wrapper(magic: magic, codec: .gzip, far))
            #expect(throws: RecordFault.self) { try batch.keeping { _ in true } }
            #expect(try batch.keeping { $0 == 1 }.baseOffset == 1 << 31)
        }
        let early = try Self.batch(LegacyBytes.message(magic: 1, offset: 3, timestamp: -2, key: [1], value: [1]))
        #expect(throws: RecordFault.self) { try early.keeping { _ in true } }
    }

    @Test func withoutMessagesAnEmptyBatchIsLeft() throws {
        let batch = try Self.batch(LegacyBytes.message(magic: 1, offset: 7, timestamp: 5, key: [1], value: [1]))
            .emptied()
        #expect(batch.isCrcValid && batch.recordCount == 0 && batch.baseOffset == 7 && batch.lastOffset == 7)
        #expect(batch.maxTimestamp == 5 && batch.producerId == -1)
    }
}
