// max.connections, max.connections.per.ip, idle connections, and where connections end up.

import Bytes
import Glibc
import Testing

@testable import EventLoop

@Suite struct ConnectionLimitTests {
    @Test func atTheLimitAConnectionWaitsUntilAnotherCloses() throws {
        var configuration = SocketServerConfiguration()
        configuration.connectionLimits.maxConnections = 2
        let test = try TestServer(loops: 2, configuration: configuration)
        defer { test.stop() }
        var first: TestClient? = try test.client()
        let second = try test.client()
        for client in [first, second] {
            try client?.sendFrame([1])
            #expect(try client?.receiveFrame() == [1])
        }
        let third = try test.client()
        try third.sendFrame([3])
        #expect(!third.hasInput(withinMs: 50), "it is neither served nor closed")
        guard case .connectionLimitReached(let name)? = test.events.all.first else {
            Issue.record("not reported: \(test.events.all)")
            return
        }
        #expect(name == "PLAINTEXT")
        withExtendedLifetime(first) {}
        first = nil
        #expect(try third.receiveFrame() == [3])
        #expect(test.server.counters.openConnections == 2)
    }

    @Test func aListenersOwnLimitHoldsUpThatListenerOnly() throws {
        var configuration = SocketServerConfiguration()
        configuration.connectionLimits.maxConnectionsByListener = ["NARROW": 1]
        let test = try TestServer(configuration: configuration)
        defer { test.stop() }
        let narrow = try test.server.bind(ListenerConfiguration(name: "NARROW", host: "127.0.0.1", port: 0)) { _ in
            ScriptedHandler(onFrame: echo) {}
        }
        narrow.start()
        let inside = try TestClient(port: narrow.address.port)
        try inside.sendFrame([1])
        #expect(try inside.receiveFrame() == [1])
        let outside = try TestClient(port: narrow.address.port)
        try outside.sendFrame([2])
        #expect(!outside.hasInput(withinMs: 50))
        let wide = try (0..<3).map { _ in try test.client() }
        for client in wide {
            try client.sendFrame([3])
            #expect(try client.receiveFrame() == [3])
        }
        var limits = configuration.connectionLimits
        limits.maxConnectionsByListener = [:]
        test.server.updateConnectionLimits(limits)
        #expect(try outside.receiveFrame() == [2], "a raised limit lets the waiting one in")
    }

    @Test func aPeerWithTooManyConnectionsHasTheNextOneClosed() throws {
        var configuration = SocketServerConfiguration()
        configuration.connectionLimits.maxConnectionsPerIp = 2
        let test = try TestServer(loops: 2, configuration: configuration)
        defer { test.stop() }
        var clients = try (0..<2).map { _ in try test.client() }
        for client in clients {
            try client.sendFrame([1])
            #expect(try client.receiveFrame() == [1])
        }
        #expect(try test.client().isClosedByServer())
        guard case .tooManyConnections(let ip, let limit)? = test.events.all.first else {
            Issue.record("not reported: \(test.events.all)")
            return
        }
        #expect(ip.description == "127.0.0.1")
        #expect(limit == 2)
        clients.removeFirst()
        #expect(eventually { test.server.counters.openConnections == 1 })
        let next = try test.client()
        try next.sendFrame([4])
        #expect(try next.receiveFrame() == [4])
    }

    @Test func anOverrideForAPeerGoesBeforeTheGeneralLimit() throws {
        var configuration = SocketServerConfiguration()
        configuration.connectionLimits.maxConnectionsPerIp = 0
        configuration.connectionLimits.maxConnectionsPerIpOverrides = [try #require(IPAddress("127.0.0.1")): 1]
        let test = try TestServer(configuration: configuration)
        defer { test.stop() }
        let client = try test.client()
        try client.sendFrame([1])
        #expect(try client.receiveFrame() == [1])
        #expect(try test.client().isClosedByServer())
    }

    @Test func aLoweredLimitClosesTheLeastRecentlyActive() throws {
        let test = try TestServer()
        defer { test.stop() }
        let clients = try (0..<4).map { _ in try test.client() }
        for client in [clients[1], clients[3], clients[0], clients[2]] {
            try client.sendFrame([1])
            #expect(try client.receiveFrame() == [1])
            usleep(3000)
        }
        var limits = ConnectionLimits()
        limits.maxConnections = 2
        test.server.updateConnectionLimits(limits)
        #expect(try clients[1].isClosedByServer())
        #expect(try clients[3].isClosedByServer())
        #expect(!clients[0].hasInput(withinMs: 20))
        #expect(!clients[2].hasInput(withinMs: 20))
    }

    @Test func aProtectedListenerMakesRoomAmongTheOthers() throws {
        var configuration = SocketServerConfiguration()
        configuration.connectionLimits.maxConnections = 2
        let test = try TestServer(configuration: configuration)
        defer { test.stop() }
        let brokers = try test.server.bind(
            ListenerConfiguration(name: "BROKERS", host: "127.0.0.1", port: 0, isProtected: true)
        ) { _ in ScriptedHandler(onFrame: echo) {} }
        brokers.start()
        let clients = try (0..<2).map { _ in try test.client() }
        for client in clients {
            try client.sendFrame([1])
            #expect(try client.receiveFrame() == [1])
            usleep(3000)
        }
        let broker = try TestClient(port: brokers.address.port)
        try broker.sendFrame([2])
        #expect(try broker.receiveFrame() == [2])
        #expect(try clients[0].isClosedByServer())
        #expect(!clients[1].hasInput(withinMs: 20))
    }

    @Test func anIdleConnectionIsClosedAndAnActiveOneStays() throws {
        var configuration = SocketServerConfiguration()
        configuration.connectionsMaxIdleMs = 300
        let test = try TestServer(configuration: configuration)
        defer { test.stop() }
        let idle = try test.client()
        let active = try test.client()
        for _ in 0..<8 {
            try active.sendFrame([1])
            #expect(try active.receiveFrame() == [1])
            usleep(60_000)
        }
        #expect(idle.hasInput(withinMs: 5000))
        #expect(try idle.isClosedByServer())
        #expect(!active.hasInput(withinMs: 0), "closed though it was active")
        #expect(try active.isClosedByServer(), "and closed later, when it had become idle")
        let idleTimes = test.events.all.compactMap { event -> Int64? in
            if case .idleConnectionClosed(_, let idleMs) = event { idleMs } else { nil }
        }
        #expect(idleTimes.count == 2)
        #expect(idleTimes.allSatisfy { $0 >= 300 })
    }

    @Test func aNegativeIdleTimeIsNoLimit() throws {
        var configuration = SocketServerConfiguration()
        configuration.connectionsMaxIdleMs = -1
        let test = try TestServer(configuration: configuration)
        defer { test.stop() }
        let client = try test.client()
        #expect(!client.hasInput(withinMs: 100))
        try client.sendFrame([1])
        #expect(try client.receiveFrame() == [1])
    }

    @Test func connectionsAreSpreadEvenlyOverTheLoops() throws {
        let seen = Collected<Int>()
        let group = try EventLoopGroup(count: 4)
        let server = SocketServer(group: group, configuration: SocketServerConfiguration())
        defer {
            server.shutdown(drainMs: 0)
            group.shutdown()
        }
        let listener = try server.bind(ListenerConfiguration(name: "PLAINTEXT", host: "127.0.0.1", port: 0)) {
            connection in
            seen.append(connection.loop.index)
            return ScriptedHandler(onFrame: echo) {}
        }
        listener.start()
        let clients = try (0..<40).map { _ in try TestClient(port: listener.address.port) }
        #expect(eventually { seen.count == 40 })
        for loop in 0..<4 { #expect(seen.all.filter { $0 == loop }.count == 10) }
        #expect(server.counters.openConnections == clients.count)
    }

    @Test func aHandlerSeesWhoIsThere() throws {
        let seen = Collected<[String]>()
        let test = try TestServer { frame, reply in
            let connection = reply.connection
            seen.append([
                connection.peerAddress.description, connection.localAddress?.description ?? "", connection.listenerName,
            ])
            echo(frame, reply)
        }
        defer { test.stop() }
        let client = try test.client()
        try client.sendFrame([1])
        _ = try client.receiveFrame()
        let own = try #require(SocketAddress(localOf: client.descriptor))
        #expect(seen.all == [[own.description, "127.0.0.1:\(test.port)", "PLAINTEXT"]])
    }

    @Test func aHandlerMayCloseItsConnection() throws {
        let test = try TestServer { _, reply in reply.connection.close() }
        defer { test.stop() }
        let client = try test.client()
        try client.send(TestClient.framed([1]) + TestClient.framed([2]))
        #expect(try client.isClosedByServer())
        #expect(eventually { test.closedCount.count == 1 })
        #expect(test.server.counters.frames == 1)
    }

    @Test func twoThousandConnectionsAreServed() throws {
        let test = try TestServer(loops: 2)
        defer { test.stop() }
        let clients = try (0..<2000).map { _ in try test.client() }
        for (number, client) in clients.enumerated() { try client.sendFrame([UInt8(truncatingIfNeeded: number)]) }
        for (number, client) in clients.enumerated() {
            #expect(try client.receiveFrame() == [UInt8(truncatingIfNeeded: number)])
        }
        #expect(test.server.counters.openConnections == 2000)
        test.stop(drainMs: 1000)
        #expect(test.server.counters.openConnections == 0)
        for client in clients { #expect(try client.isClosedByServer()) }
    }

    @Test func connectionsThatComeAndGoQuicklyGetTheirOwnAnswersOnly() throws {
        // Descriptors and slots are used again all the time: an event that reached the wrong connection would show.
        let test = try TestServer(loops: 2)
        defer { test.stop() }
        for round in 0..<150 {
            let clients = try (0..<8).map { _ in try test.client() }
            for (number, client) in clients.enumerated() { try client.sendFrame([UInt8(round), UInt8(number)]) }
            for (number, client) in clients.enumerated() where (number + round) % 3 != 0 {
                #expect(try client.receiveFrame() == [UInt8(round), UInt8(number)])
            }
        }
        #expect(eventually { test.server.counters.openConnections == 0 })
        #expect(test.closedCount.count == 150 * 8)
    }
}
