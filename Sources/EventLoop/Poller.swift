// What a loop asks of the operating system: which descriptors are ready, and being woken. One file a system implements
// it.

/// What a registered descriptor is watched for.
struct PollInterest: OptionSet, Equatable {
    let rawValue: UInt8

    static let readable = PollInterest(rawValue: 1)
    static let writable = PollInterest(rawValue: 2)
}

/// What a descriptor is ready for.
struct PollReadiness: OptionSet, Equatable {
    let rawValue: UInt8

    static let readable = PollReadiness(rawValue: 1)
    static let writable = PollReadiness(rawValue: 2)
    /// The peer is gone, or the socket is in error. The system reports it whatever the interest is.
    static let broken = PollReadiness(rawValue: 4)
}

/// A descriptor became ready. The id is the one it was registered under; it may be of a registration that ended since.
struct PollEvent {
    let registration: SlotId
    let readiness: PollReadiness
}

/// A level-triggered poller: a descriptor is reported at each wait for as long as it is ready.
///
/// All methods belong to the loop's own thread, but for `wake`.
protocol Poller: AnyObject, Sendable {
    init() throws(NetworkError)

    /// Changes what `descriptor` is watched for; an empty interest takes it out of the poller, so that not even its
    /// breaking is reported. False when the system has no memory for one more watch: the descriptor is then not
    /// watched, and is best closed.
    func watch(_ descriptor: Int32, _ registration: SlotId, from old: PollInterest, to new: PollInterest) -> Bool

    /// Waits until something is ready, `wake` is called or the time is over; -1 waits for ever. Returns how many events
    /// there are; they stay until the next wait. A wake is no event.
    func wait(timeoutMs: Int32) -> Int

    func event(at index: Int) -> PollEvent

    /// Ends the present wait, or the next one. From any thread.
    func wake()
}

#if os(Linux)
    typealias SystemPoller = EpollPoller
#endif
