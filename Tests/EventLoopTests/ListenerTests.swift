// Binding, and what happens when the system has no descriptors left.

import Bytes
import Glibc
import Testing

@testable import EventLoop

@Suite struct ListenerTests {
    private func bind(host: String, port: UInt16) throws -> SocketAddress {
        let group = try EventLoopGroup(count: 1)
        let server = SocketServer(group: group, configuration: SocketServerConfiguration())
        defer {
            server.shutdown(drainMs: 0)
            group.shutdown()
        }
        return try server.bind(ListenerConfiguration(name: "PLAINTEXT", host: host, port: port)) { _ in
            ScriptedHandler(onFrame: echo) {}
        }.address
    }

    @Test func aTakenPortIsAnErrorThatNamesItAndTheReason() throws {
        let test = try TestServer()
        defer { test.stop() }
        let error = try #require(throws: NetworkError.self) { try bind(host: "127.0.0.1", port: test.port) }
        #expect(error.call == "bind")
        #expect(error.errno == EADDRINUSE)
        #expect(error.subject == "127.0.0.1:\(test.port)")
        #expect(error.description == "bind 127.0.0.1:\(test.port): Address already in use (errno 98)")
    }

    @Test func anAddressOfAnotherHostIsAnError() throws {
        let error = try #require(throws: NetworkError.self) { try bind(host: "192.0.2.1", port: 0) }
        #expect(error.errno == EADDRNOTAVAIL)
    }

    @Test func aNameThatDoesNotResolveIsAnError() throws {
        let error = try #require(throws: NetworkError.self) { try bind(host: "no host has this name", port: 0) }
        #expect(error.call == "getaddrinfo")
        #expect(error.subject.contains("no host has this name"))
        #expect(!error.reason.isEmpty)
    }

    @Test func aPortIsChosenAndSaid() throws {
        #expect(try bind(host: "127.0.0.1", port: 0).port != 0)
        #expect(try bind(host: "localhost", port: 0).ip == IPAddress("127.0.0.1"))
    }

    @Test func aPortCanBeUsedAgainAfterItsListenerClosed() throws {
        let test = try TestServer()
        let port = test.port
        let client = try test.client()
        try client.sendFrame([1])
        _ = try client.receiveFrame()
        test.stop()
        #expect(try bind(host: "127.0.0.1", port: port).port == port)
    }

    @Test func whatConnectsBeforeTheStartIsServedAfterIt() throws {
        let group = try EventLoopGroup(count: 1)
        let server = SocketServer(group: group, configuration: SocketServerConfiguration())
        defer {
            server.shutdown(drainMs: 0)
            group.shutdown()
        }
        let listener = try server.bind(ListenerConfiguration(name: "PLAINTEXT", host: "127.0.0.1", port: 0)) { _ in
            ScriptedHandler(onFrame: echo) {}
        }
        let client = try TestClient(port: listener.address.port)
        try client.sendFrame([1])
        #expect(!client.hasInput(withinMs: 30))
        listener.start()
        #expect(try client.receiveFrame() == [1])
    }

    @Test func withoutDescriptorsAcceptingPausesAndGoesOnLater() async {
        // In a process of its own: the limit is the whole process's.
        await #expect(processExitsWith: .success) {
            let test = try TestServer()
            let client = try test.client()
            try client.sendFrame([1])
            #expect(try client.receiveFrame() == [1])

            var taken: [Int32] = []
            let limit = rlimit(rlim_cur: 64, rlim_max: 64)
            withUnsafePointer(to: limit) { _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), $0) }
            let waiting = try test.client()
            while true {
                let descriptor = dup(0)
                if descriptor < 0 { break }
                taken.append(descriptor)
            }
            // The one that was accepted in between, if any, is served; one more finds no descriptor left.
            guard let last = taken.popLast() else { exit(2) }
            close(last)
            let late = try test.client()
            try late.sendFrame([2])
            guard eventually({ test.events.count == 1 }), case .acceptFailed(_, let error)? = test.events.all.first,
                error.errno == EMFILE
            else { exit(3) }
            let loop = test.group.loops[0]
            let before = onLoop(loop) { threadTimeNs() }
            usleep(300_000)
            guard onLoop(loop, { threadTimeNs() }) - before < 30_000_000 else { exit(4) }
            guard test.events.count == 1 else { exit(5) }
            try client.sendFrame([3])
            guard try client.receiveFrame() == [3] else { exit(6) }
            for descriptor in taken { close(descriptor) }
            guard try late.receiveFrame() == [2] else { exit(7) }
            withExtendedLifetime(waiting) {}
        }
    }
}
