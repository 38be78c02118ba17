"""OffsetForLeaderEpoch: where the records of a leader epoch end, and who may ask (KIP-101, KIP-320)."""

from oracle.batches import batch, records
from oracle.conversation import Conversation
from oracle.schema import Body
from oracle.topics import Topics

EPOCHS = (-(2**31), -2, -1, 0, 1, 100, 2**31 - 1)

# The answers come grouped by topic out of a hash map where there is more than one topic.
HASHED = {"any_order": ["Topics"]}


def request(*parts: tuple[str, int, Body], **more: object) -> Body:
    found: list[Body] = []
    for name, partition, fields in parts:
        if not found or found[-1]["Topic"] != name:
            found.append({"Topic": name, "Partitions": []})
        found[-1]["Partitions"].append({"Partition": partition, "LeaderEpoch": 0, **fields})
    return {"Topics": found, **more}


def run(talk: Conversation) -> None:
    topics = Topics(talk)
    topics.make("ole-one", 2)
    topics.make("ole-two")
    for content in (batch(records("a", "b", "c")), batch(records("d"))):
        talk.peek("Produce", 13, topics.produce(("ole-one", 0, content)))
    for version in talk.versions():
        for epoch in EPOCHS:
            for current in EPOCHS:
                body = request(("ole-one", 0, {"LeaderEpoch": epoch, "CurrentLeaderEpoch": current}))
                talk.ask(f"epoch {epoch} asked under {current}", version, body)
            talk.ask(f"epoch {epoch}, empty partition", version, request(("ole-one", 1, {"LeaderEpoch": epoch})))
        for replica in (-3, -2, -1, 0, 1, 2) if version >= 3 else ():
            talk.ask(f"replica {replica}", version, request(("ole-one", 0, {}), ReplicaId=replica))
        strangers(talk, version)


def strangers(talk: Conversation, version: int) -> None:
    talk.ask("unknown partition", version, request(("ole-one", 2, {})))
    talk.ask("negative partition", version, request(("ole-one", -1, {})))
    talk.ask("unknown topic", version, request(("ole-unknown", 0, {})))
    talk.ask("unknown topic, of an epoch", version, request(("ole-unknown", 0, {"CurrentLeaderEpoch": 7})))
    talk.ask("bad topic name", version, request(("ole bad", 0, {})))
    talk.ask("empty topic name", version, request(("", 0, {})))
    talk.ask("no topics", version, request())
    talk.ask("no partitions", version, {"Topics": [{"Topic": "ole-one", "Partitions": []}]})
    talk.ask("two partitions", version, request(("ole-one", 1, {}), ("ole-one", 0, {})))
    talk.ask("two topics", version, request(("ole-two", 0, {}), ("ole-one", 0, {})), **HASHED)
    talk.ask("known and unknown", version, request(("ole-unknown", 0, {}), ("ole-one", 0, {}), ("ole-one", 9, {})), **HASHED)
    talk.ask("the same partition twice", version, request(("ole-one", 0, {}), ("ole-one", 0, {"LeaderEpoch": 9})))
    twice = request(("ole-one", 0, {}), ("ole-two", 0, {}), ("ole-one", 1, {}))
    talk.ask("the same topic twice", version, twice, chased=True, **HASHED)
    if version >= 4:
        talk.ask("unknown tagged field", version, request(("ole-one", 0, {}), _tags={7: b"seven"}))
