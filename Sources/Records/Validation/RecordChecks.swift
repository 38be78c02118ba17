// What holds for a single record, compressed or not, and the list of those for which it does not.

/// Checks keys and timestamps, and collects the records at fault. Kafka: `LogValidator.validateRecord`.
struct RecordChecks {
    private let rules: AppendRules
    private let batchTimestampType: TimestampType
    private let nowMs: Int64
    /// Whether records are read without their keys and values: Kafka names them differently then.
    private let isPartial: Bool

    var hasErrors: Bool { errorCount > 0 }

    /// How many records were at fault; `errors` lists no more than the limit.
    private var errorCount = 0
    private var errors: [RecordError] = []
    private var hasTimestampError = false
    /// The largest timestamp of a record without fault.
    private(set) var maxTimestamp: Int64 = -1

    init(rules: AppendRules, batch: RecordBatch, nowMs: Int64, isPartial: Bool) {
        self.rules = rules
        self.nowMs = nowMs
        batchTimestampType = batch.timestampType
        self.isPartial = isPartial
    }

    /// Checks the record at `index` of its batch. Its offset is the batch's base offset, 0 of a client, and its delta.
    @inline(__always)
    mutating func check(index: Int32, offset: Int64, timestamp: Int64, keyLength: Int32, valueLength: Int32) {
        if rules.isCompacted && keyLength < 0 {
            return addMissingKey(index)
        }
        if rules.timestampType == .createTime && timestamp != -1 {
            let age = nowMs &- timestamp
            if age > rules.timestampBeforeMaxMs || 0 &- age > rules.timestampAfterMaxMs {
                return addTimestampOutOfRange(index, offset: offset, timestamp: timestamp)
            }
        } else if batchTimestampType == .logAppendTime {
            return addTimestampType(
                index, offset: offset, timestamp: timestamp, keyLength: keyLength, valueLength: valueLength)
        }
        if timestamp > maxTimestamp { maxTimestamp = timestamp }
    }

    private mutating func addTimestampOutOfRange(_ index: Int32, offset: Int64, timestamp: Int64) {
        hasTimestampError = true
        guard countFault() else { return }
        let earliest = nowMs &- rules.timestampBeforeMaxMs
        let latest = nowMs &+ rules.timestampAfterMaxMs
        let message =
            "Timestamp \(timestamp) of message with offset \(offset) is out of range. "
            + "The timestamp should be within [\(earliest), \(latest)]"
        errors.append(RecordError(batchIndex: index, message: message))
    }

    private mutating func addTimestampType(
        _ index: Int32, offset: Int64, timestamp: Int64, keyLength: Int32, valueLength: Int32
    ) {
        hasTimestampError = true
        guard countFault() else { return }
        let name = isPartial ? "PartialDefaultRecord" : "DefaultRecord"
        // Of a whole record, null has 0 bytes; of a partial one, the length as it was read.
        let (keyBytes, valueBytes) = isPartial ? (keyLength, valueLength) : (max(keyLength, 0), max(valueLength, 0))
        let message =
            "Invalid timestamp type in message \(name)(offset=\(offset), timestamp=\(timestamp), "
            + "key=\(keyBytes) bytes, value=\(valueBytes) bytes). "
            + "Producer should not set timestamp type to LogAppendTime."
        errors.append(RecordError(batchIndex: index, message: message))
    }

    /// Counts one more fault; whether there is room to say what it is.
    private mutating func countFault() -> Bool {
        errorCount += 1
        return errors.count < RecordsRefusal.recordErrorLimit
    }

    private mutating func addMissingKey(_ index: Int32) {
        guard countFault() else { return }
        let message =
            "Compacted topic cannot accept message without key in topic partition "
            + "\(rules.topic)-\(rules.partition)"
        errors.append(RecordError(batchIndex: index, message: message))
    }

    /// Refuses when any record was at fault. Kafka: `LogValidator.processRecordErrors`.
    func finish() throws(RecordsRefusal) {
        guard errorCount > 0 else { return }
        var refusal: RecordsRefusal
        if hasTimestampError {
            refusal = .inAppend(.invalidTimestamp, "\(errorCount) records at fault")
            refusal.errorMessage = "One or more records have been rejected due to invalid timestamp"
        } else {
            refusal = .inAppend(.invalidRecord, "\(errorCount) records at fault")
            let first = errors.prefix(3).map { "RecordError(batchIndex=\($0.batchIndex), message='\($0.message)')" }
            refusal.errorMessage =
                "One or more records have been rejected due to \(errorCount) record errors in total, "
                + "and only showing the first three errors at most: [\(first.joined(separator: ", "))]"
        }
        refusal.recordErrors = errors
        throw refusal
    }
}
