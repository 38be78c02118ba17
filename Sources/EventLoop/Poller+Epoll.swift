// Linux's poller: epoll, and an eventfd to be woken by. The only file here that knows epoll.

import CPlatform
import Glibc

/// `@unchecked Sendable`: the descriptors and the pointer never change; the memory behind the pointer is the loop
/// thread's alone; `wake` only writes to the eventfd.
final class EpollPoller: Poller, @unchecked Sendable {
    private let epoll: Int32
    private let wakeup: Int32
    private let events: UnsafeMutablePointer<epoll_event>

    /// Also the bound on what one turn handles before timers and tasks have theirs.
    private static let eventsPerWait: Int32 = 128
    /// No slot has it: slot indexes are below UInt32.max.
    private static let wakeupId = UInt64.max

    init() throws(NetworkError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw NetworkError(call: "epoll_create1", subject: "", errno: errno) }
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeup >= 0 else {
            let error = errno
            close(epoll)
            throw NetworkError(call: "eventfd", subject: "", errno: error)
        }
        events = .allocate(capacity: Int(Self.eventsPerWait))
        // Edge-triggered: each write is reported once, and nobody has to read the counter back.
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLET.rawValue
        event.data.u64 = Self.wakeupId
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, wakeup, &event) == 0 else {
            let error = errno
            events.deallocate()
            close(wakeup)
            close(epoll)
            throw NetworkError(call: "epoll_ctl", subject: "eventfd", errno: error)
        }
    }

    deinit {
        close(wakeup)
        close(epoll)
        events.deallocate()
    }

    func watch(_ descriptor: Int32, _ registration: SlotId, from old: PollInterest, to new: PollInterest) -> Bool {
        guard old != new else { return true }
        var event = epoll_event()
        if new.contains(.readable) { event.events |= EPOLLIN.rawValue }
        if new.contains(.writable) { event.events |= EPOLLOUT.rawValue }
        event.data.u64 = registration.rawValue
        let operation = old.isEmpty ? EPOLL_CTL_ADD : new.isEmpty ? EPOLL_CTL_DEL : EPOLL_CTL_MOD
        guard epoll_ctl(epoll, operation, descriptor, &event) == 0 else {
            // ENOSPC is max_user_watches; anything else is a descriptor that is not ours, or not in the poller.
            precondition(errno == ENOMEM || errno == ENOSPC, "epoll_ctl failed with errno \(errno)")
            return false
        }
        return true
    }

    func wait(timeoutMs: Int32) -> Int {
        let count = Int(retryingInterrupted { epoll_wait(epoll, events, Self.eventsPerWait, timeoutMs) })
        precondition(count >= 0, "epoll_wait failed")
        // The wakeup carries no event of its own: take it out by moving the last one to its place.
        for index in 0..<count where events[index].data.u64 == Self.wakeupId {
            events[index] = events[count - 1]
            return count - 1
        }
        return count
    }

    func event(at index: Int) -> PollEvent {
        let event = events[index]
        var readiness: PollReadiness = []
        if event.events & EPOLLIN.rawValue != 0 { readiness.insert(.readable) }
        if event.events & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
        if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { readiness.insert(.broken) }
        return PollEvent(registration: SlotId(rawValue: event.data.u64), readiness: readiness)
    }

    func wake() {
        var one: UInt64 = 1
        let written = retryingInterrupted { write(wakeup, &one, 8) }
        // EAGAIN: 2^64 - 2 wakes and nobody read them. It is woken in any case.
        precondition(written == 8 || errno == EAGAIN, "write to an eventfd failed")
    }
}
