// The small structures that loops and connections are made of, each against a plain model.

import Testing

@testable import EventLoop

@Suite struct StructureTests {
    @Test func aRingGivesBackWhatWentInInOrder() {
        var ring = Ring<Int>()
        var model: [Int] = []
        var random = SeededGenerator(seed: 7)
        for number in 0..<5000 {
            if model.isEmpty || Bool.random(using: &random) {
                ring.append(number)
                model.append(number)
            } else {
                let (first, expected) = (ring.removeFirst(), model.removeFirst())
                #expect(first == expected)
            }
            #expect(ring.count == model.count)
            #expect(ring.first == model.first)
        }
        #expect((0..<ring.count).map { ring[$0] } == model)
    }

    @Test func anIdDoesNotFindTheNextElementOfItsSlot() {
        var table = SlotTable<String>()
        let first = table.insert("first")
        let removed = table.remove(first)
        #expect(removed == "first")
        let second = table.insert("second")
        #expect(second.index == first.index)
        #expect(table[first] == nil)
        let removedAgain = table.remove(first)
        #expect(removedAgain == nil)
        #expect(table[second] == "second")
        #expect(table.count == 1)
    }

    @Test func anIdKeepsItsValueThroughThePoller() {
        let id = SlotId(index: 123_456, generation: .max)
        let again = SlotId(rawValue: id.rawValue)
        #expect(again.index == 123_456)
        #expect(again.generation == .max)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func connectionsAreKeptInTheOrderOfTheirLastActivity(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var list = LeastRecentlyActive()
        var model: [(slot: Int, ms: Int64)] = []
        for step in 0..<3000 {
            let now = Int64(step)
            let slot = Int.random(in: 0..<40, using: &random)
            let place = model.firstIndex { $0.slot == slot }
            if let place {
                model.remove(at: place)
                if Int.random(in: 0..<4, using: &random) == 0 {
                    list.remove(slot)
                } else {
                    list.touch(slot, nowMs: now)
                    model.append((slot, now))
                }
            } else {
                list.insert(slot, nowMs: now)
                model.append((slot, now))
            }
            #expect(list.oldest?.slot == model.first?.slot)
            #expect(list.oldest?.lastActiveMs == model.first?.ms)
            #expect(list.count == model.count)
        }
        #expect(list.slots == model.map(\.slot))
    }

    @Test func addressesAreReadAndWritten() throws {
        #expect(IPAddress("127.0.0.1")?.description == "127.0.0.1")
        #expect(IPAddress("255.0.17.1")?.description == "255.0.17.1")
        #expect(IPAddress("::1")?.description == "::1")
        #expect(IPAddress("2001:db8::a:1")?.description == "2001:db8::a:1")
        #expect(IPAddress("::ffff:10.0.0.7") == IPAddress("10.0.0.7"), "one host, one address")
        #expect(IPAddress("localhost") == nil)
        #expect(IPAddress("") == nil)
        #expect(SocketAddress(ip: try #require(IPAddress("::1")), port: 9092).description == "[::1]:9092")
    }
}
