// What a shard wants done: records to append, answers that leave when they are in the log, timers.

import KafkaWire

/// The outcome of an entry point of `GroupShard`.
///
/// Records are appended as one batch. When they are in the log they are applied, and only then are the answers sent and
/// the timers changed. When they could not be written nothing is applied, the timers stay, and the requests are
/// answered with the log's error. `GroupShard.carryOut` is where this is done.
public struct GroupActions {
    public var records: [GroupRecord] = []
    public var replies: [(token: RequestToken, reply: GroupReply)] = []
    public var timers: [GroupTimerChange] = []
    /// Called once the records are in the log and applied, or were refused with an error; it changes what is not in
    /// records and may want more.
    public var afterWriting: ((ErrorCode) -> GroupActions)?

    public init() {}

    /// An answer and nothing else.
    public static func reply(_ token: RequestToken, _ reply: GroupReply) -> GroupActions {
        var actions = GroupActions()
        actions.reply(token, reply)
        return actions
    }

    public mutating func reply(_ token: RequestToken, _ reply: GroupReply) {
        replies.append((token, reply))
    }

    public mutating func setTimer(_ timer: GroupTimer, afterMs: Int64) {
        timers.append(.set(timer, afterMs: afterMs))
    }

    public mutating func cancelTimer(_ timer: GroupTimer) {
        timers.append(.cancel(timer))
    }

    /// Adds what `others` wants, after what is wanted already. Neither may have something to do after writing but one.
    public mutating func add(_ others: GroupActions) {
        records += others.records
        replies += others.replies
        timers += others.timers
        guard let theirs = others.afterWriting else { return }
        guard let ours = afterWriting else {
            afterWriting = theirs
            return
        }
        afterWriting = { error in
            var actions = ours(error)
            actions.add(theirs(error))
            return actions
        }
    }
}

/// What a shard needs around it: a log, a way back to the clients, a clock that rings.
public protocol GroupSurroundings {
    /// Appends the records as one batch. They are in the log when this returns `.none`.
    mutating func append(_ records: [GroupRecord]) -> ErrorCode
    mutating func send(_ reply: GroupReply, to token: RequestToken)
    /// Answers a request whose records could not be written.
    mutating func fail(_ token: RequestToken, with error: ErrorCode)
    mutating func change(_ timer: GroupTimerChange)
}

extension GroupShard {
    /// Does what an entry point wants done, in the order that keeps the promise: log, state, answers.
    public func carryOut(_ actions: GroupActions, in surroundings: inout some GroupSurroundings) {
        var next: GroupActions? = actions
        while let current = next {
            var error = ErrorCode.none
            if !current.records.isEmpty {
                error = surroundings.append(current.records)
                if error == .none {
                    for record in current.records { apply(record) }
                }
            }
            for (token, reply) in current.replies {
                if error == .none {
                    surroundings.send(reply, to: token)
                } else {
                    surroundings.fail(token, with: error)
                }
            }
            if error == .none {
                for timer in current.timers { surroundings.change(timer) }
            }
            next = current.afterWriting?(error)
        }
    }
}
