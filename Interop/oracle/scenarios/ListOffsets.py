"""ListOffsets: the special timestamps, real ones, leader epochs, isolation levels."""

from oracle import codecs
from oracle.batches import TIME, Record, batch
from oracle.conversation import Conversation
from oracle.schema import Body
from oracle.topics import Topics

# The answers for several partitions come in the order of hash maps.
HASHED = {"any_order": ["Topics", "Topics.Partitions"]}

SPECIAL = {
    "latest": -1,
    "earliest": -2,
    "largest timestamp": -3,
    "earliest local": -4,
    "latest tiered": -5,
    "earliest pending upload": -6,
    "no such": -7,
    "lowest": -(2**63),
}


def request(*parts: tuple[str, int, Body], **more: object) -> Body:
    found: list[Body] = []
    for name, partition, fields in parts:
        if not found or found[-1]["Name"] != name:
            found.append({"Name": name, "Partitions": []})
        found[-1]["Partitions"].append({"PartitionIndex": partition, "Timestamp": -1, **fields})
    return {"ReplicaId": -1, "Topics": found, "TimeoutMs": 15000, **more}


def run(talk: Conversation) -> None:
    topics = Topics(talk)
    topics.make("lo-one", 3)
    topics.make("lo-two")
    topics.make("lo-append-time", 1, {"message.timestamp.type": "LogAppendTime"})
    # Offsets 0-2 at 0, 100 and 50 ms, 3-4 at 300 and 200, 5 at 250; the second partition compressed, the third empty.
    for partition, codec in ((0, codecs.NONE), (1, codecs.LZ4)):
        for times in ((0, 100, 50), (300, 200), (250,)):
            content = batch([Record(b"v", timestamp=TIME + later) for later in times], codec=codec)
            talk.peek("Produce", 13, topics.produce(("lo-one", partition, content)))
    talk.peek("Produce", 13, topics.produce(("lo-append-time", 0, batch([Record(b"v"), Record(b"w")]))))
    talk.peek("Produce", 13, topics.produce(("lo-two", 0, batch([Record(b"v")], base_timestamp=-1))))
    for version in talk.versions():
        by_time(talk, version)
        strangers(talk, version)


def by_time(talk: Conversation, version: int) -> None:
    for partition, kind in ((0, "plain"), (1, "compressed"), (2, "empty")):
        for what, timestamp in SPECIAL.items():
            talk.ask(f"{what}, {kind}", version, request(("lo-one", partition, {"Timestamp": timestamp})))
        for later in (-1, 0, 1, 50, 51, 100, 101, 200, 201, 250, 251, 300, 301):
            asked = request(("lo-one", partition, {"Timestamp": TIME + later}))
            talk.ask(f"time {later}, {kind}", version, asked)
        for timestamp in (0, 2**63 - 1):
            talk.ask(f"timestamp {timestamp}, {kind}", version, request(("lo-one", partition, {"Timestamp": timestamp})))
    for timestamp in (-1, -2, -3, 0, TIME):
        talk.ask(f"LogAppendTime: {timestamp}", version, request(("lo-append-time", 0, {"Timestamp": timestamp})))
        talk.ask(f"without timestamps: {timestamp}", version, request(("lo-two", 0, {"Timestamp": timestamp})))
    for level in (0, 1, 2, -1):
        for timestamp in (-1, -2, TIME):
            asked = request(("lo-one", 0, {"Timestamp": timestamp}), IsolationLevel=level)
            talk.ask(f"isolation level {level}, {timestamp}", version, asked, chased=True)
    for epoch in (0, 1, 100, -1, -2) if version >= 4 else ():
        for timestamp in (-1, -2, TIME):
            asked = request(("lo-one", 0, {"Timestamp": timestamp, "CurrentLeaderEpoch": epoch}))
            talk.ask(f"current leader epoch {epoch}, {timestamp}", version, asked)


def strangers(talk: Conversation, version: int) -> None:
    for replica in (0, 1, 2, -2, -3):
        for timestamp in (-1, TIME):
            talk.ask(f"replica {replica}, {timestamp}", version, request(("lo-one", 0, {"Timestamp": timestamp}), ReplicaId=replica))
    talk.ask("unknown partition", version, request(("lo-one", 3, {})))
    talk.ask("negative partition", version, request(("lo-one", -1, {})))
    talk.ask("unknown topic", version, request(("lo-unknown", 0, {})))
    talk.ask("bad topic name", version, request(("lo bad", 0, {})))
    talk.ask("empty topic name", version, request(("", 0, {})))
    talk.ask("no topics", version, request())
    talk.ask("no partitions", version, {"ReplicaId": -1, "Topics": [{"Name": "lo-one", "Partitions": []}]})
    talk.ask("two partitions", version, request(("lo-one", 1, {}), ("lo-one", 0, {"Timestamp": -2})), **HASHED)
    talk.ask("three topics", version, request(("lo-two", 0, {}), ("lo-unknown", 0, {}), ("lo-one", 0, {})), **HASHED)
    talk.ask("the same partition twice", version, request(("lo-one", 0, {}), ("lo-one", 0, {"Timestamp": -2})), **HASHED)
    talk.ask("the same partition three times", version, request(*[("lo-one", 0, {})] * 3, ("lo-one", 1, {})), **HASHED)
    talk.ask("the same topic twice", version, request(("lo-one", 0, {}), ("lo-two", 0, {}), ("lo-one", 1, {})), **HASHED)
    for timeout in (0, -1) if version >= 10 else ():
        talk.ask(f"timeout {timeout}", version, request(("lo-one", 0, {}), TimeoutMs=timeout))
