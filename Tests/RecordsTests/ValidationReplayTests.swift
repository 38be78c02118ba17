// Replays what was sent to the real broker, and compares what comes of it here.

import Bytes
import Testing

@testable import Records

@Suite struct ValidationReplayTests {
    /// What becomes of one partition's records, as the broker puts the steps together.
    static func produce(
        _ records: ByteSlice, version: Int16, rules: AppendRules, nowMs: Int64
    ) -> Result<ValidatedRecords, RecordsRefusal> {
        do throws(RecordsRefusal) {
            _ = try ProduceRecords.firstBatchIsTransactional(records)
            try ProduceRecords.check(records, apiVersion: version)
            return .success(try LogValidator.analyze(records, rules: rules, nowMs: nowMs))
        } catch {
            return .failure(error)
        }
    }

    /// The codes that come from elsewhere: the transaction's state, the request's authorization.
    static let notFromRecords: Set<Int16> = [19, 48, 53]

    @Test func everyCaseEndsAsItDidAtTheRealBroker() throws {
        let file = try ValidationCases.load()
        #expect(file.cases.count > 1400)
        var compared = 0
        for one in file.cases {
            guard let hex = one.records, case .partition(let answer) = one.answer,
                !Self.notFromRecords.contains(answer.errorCode)
            else { continue }
            compared += 1
            let name = "\(one.topic), version \(one.version): \(one.name)"
            let nowMs = try #require(one.nowMs)
            let result = Self.produce(
                ByteSlice(copying: bytes(hex: hex)), version: one.version, rules: try file.rules(of: one.topic),
                nowMs: nowMs)
            switch result {
            case .failure(let refusal):
                Self.compare(refusal, with: answer, name)
            case .success(let validated):
                guard answer.errorCode == 0 else {
                    Issue.record("\(name): taken, where Kafka answers \(answer.errorCode)")
                    continue
                }
                #expect(validated.logAppendTimeMs == answer.logAppendTimeMs, "\(name)")
                let info = validated.assignOffsets(from: answer.baseOffset, leaderEpoch: 0)
                #expect(info.firstOffset == answer.baseOffset, "\(name)")
                let stored = try #require(one.stored)
                try Self.compareStored(validated, with: stored, name)
            }
        }
        #expect(compared > 1400)
    }

    static func compare(_ refusal: RecordsRefusal, with answer: ValidationCases.PartitionAnswer, _ name: String) {
        #expect(refusal.code.rawValue == answer.errorCode, "\(name): \(refusal)")
        if let logStartOffset = answer.logStartOffset {
            #expect(refusal.reportsLogStartOffset == (logStartOffset != -1), "\(name): \(refusal)")
        }
        // Before version 8 an answer has no texts.
        guard let recordErrors = answer.recordErrors else { return }
        #expect(refusal.errorMessage == answer.errorMessage, "\(name)")
        #expect(refusal.recordErrors.map(\.batchIndex) == recordErrors.map(\.batchIndex), "\(name)")
        #expect(refusal.recordErrors.map(\.message) == recordErrors.map { $0.message ?? "" }, "\(name)")
    }

    /// Batches left in place are the same to the byte; those written anew have the same header and hold the same
    /// records (the libraries' versions may compress differently).
    static func compareStored(_ validated: ValidatedRecords, with stored: String, _ name: String) throws {
        var batches = RecordBatches(bytes: ByteSlice(copying: bytes(hex: stored)))
        let expected = try #require(try batches.next(), "\(name)")
        let batch = validated.batch
        #expect(batch.isCrcValid, "\(name)")
        guard validated.wasRebuilt else {
            #expect(batch.bytes == expected.bytes, "\(name)")
            return
        }
        var header = batch.header
        let expectedHeader = expected.header
        header.crc = expectedHeader.crc
        header.batchLength = expectedHeader.batchLength
        #expect(header == expectedHeader, "\(name)")
        #expect(try opened(batch) == opened(expected), "\(name)")
    }

    /// All that a batch's payload expands to.
    static func opened(_ batch: RecordBatch) throws -> [UInt8] {
        let lease = try #require(batch.codec).leaseDecompressor()
        try lease.context.start(batch.payload)
        var all: [UInt8] = []
        while true {
            let chunk = try lease.context.nextChunk()
            if chunk.isEmpty { return all }
            all.append(contentsOf: chunk)
        }
    }

    /// Brief checks decide as others do, or leave the records as they were.
    @Test func whatIsNotDecidedInBriefIsLeftAsItWas() throws {
        let file = try ValidationCases.load()
        var undecided = 0
        for one in file.cases {
            guard let hex = one.records, let nowMs = one.nowMs else { continue }
            let name = "\(one.topic), version \(one.version): \(one.name)"
            let sent = ByteSlice(copying: bytes(hex: hex))
            var rules = try file.rules(of: one.topic)
            let whole = Self.produce(
                ByteSlice(copying: bytes(hex: hex)), version: one.version, rules: rules, nowMs: nowMs)
            rules.effort = .brief
            let brief = Self.produce(sent, version: one.version, rules: rules, nowMs: nowMs)
            if case .failure(let refusal) = brief, refusal.isUnfinished {
                undecided += 1
                #expect(sent.array == bytes(hex: hex), "\(name)")
                continue
            }
            switch (whole, brief) {
            case (.success(let whole), .success(let brief)): #expect(whole.bytes == brief.bytes, "\(name)")
            case (.failure(let whole), .failure(let brief)): #expect(whole == brief, "\(name)")
            default: Issue.record("\(name): \(whole), and in brief \(brief)")
            }
        }
        #expect(undecided > 0)
    }

    @Test func oneBadPartitionSpoilsTheOthersOnlyWhereItDoesInKafka() throws {
        let file = try ValidationCases.load()
        #expect(file.together.count >= 12)
        for one in file.together where one.name != "transactional" {
            let bad = ByteSlice(copying: bytes(hex: one.bad))
            let good = ByteSlice(copying: bytes(hex: one.good))
            let result = Self.produce(
                bad, version: one.version, rules: try file.rules(of: "compacted"), nowMs: good.load(at: 27))
            let goodAnswer = try #require(one.answer.first { $0.topic == "plain" }, "\(one.name)")
            let badAnswer = try #require(one.answer.first { $0.topic == "compacted" }, "\(one.name)")
            if case .failure(let refusal) = result {
                Self.compare(refusal, with: badAnswer, one.name)
                #expect(refusal.failsWholeRequest == (goodAnswer.errorCode != 0), "\(one.name)")
            } else {
                #expect(badAnswer.errorCode == 0, "\(one.name)")
            }
        }
    }
}
