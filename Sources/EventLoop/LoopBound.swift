// Loop confinement as a type: a value that travels anywhere and opens on one thread only.

/// Carries what is not `Sendable` through closures that must be, back to the loop it belongs to.
///
/// `@unchecked Sendable`: the value is only reached on the loop's thread, which each access checks.
@frozen public struct LoopBound<Value>: @unchecked Sendable {
    @usableFromInline let bound: Value
    public let loop: EventLoop

    /// On the loop only.
    @inlinable public init(_ value: Value, loop: EventLoop) {
        loop.preconditionOnLoop()
        bound = value
        self.loop = loop
    }

    /// On the loop only.
    @inlinable public var value: Value {
        loop.preconditionOnLoop()
        return bound
    }
}
