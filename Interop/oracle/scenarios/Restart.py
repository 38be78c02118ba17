"""What a broker still knows after a clean stop and after a kill: records, leader epochs, the last batches of each producer.

KIP-98 has the state of idempotent producers kept with the log: in a snapshot after a clean stop, else read off the batches.
"""

import time

from oracle import codecs
from oracle.batches import TIME, Record, batch, records
from oracle.conversation import Conversation
from oracle.schema import Body
from oracle.topics import Topics

API = "Produce"
ALONE = True

# A producer id that the scenario made up: brokers take any.
PRODUCER = 7_000_000
NOW = int(time.time() * 1000)
"""A producer whose last batch is older than producer.id.expiration.ms is forgotten: at the latest when it is read back."""

ROUNDS = ("before", "after a stop", "after a kill", "after another stop")


def run(talk: Conversation) -> None:
    topics = Topics(talk)
    talk.await_producer_ids()
    names = {version: topics.make(talk.named("r-state", version), 2) for version in talk.versions()}
    topics.make("r-compacted", 1, {"cleanup.policy": "compact", "compression.type": "gzip"})
    topics.make("r-idle", 2)
    for number, when in enumerate(ROUNDS):
        if number:
            talk.restart(kill="kill" in when)
            for name in [*names.values(), "r-compacted", "r-idle"]:
                talk.await_topic(name)
        for version, name in names.items():
            produced(topics, when, number, version, name)
        after(topics, when, names[13])
        idle(topics, when, number)
        configuration(talk, when, number)


def numbered(
    sequence: int, count: int = 1, epoch: int = 0, producer: int = PRODUCER, codec: int = codecs.NONE, timestamp: int = NOW
) -> bytes:
    values = records(*[f"{sequence + number}" for number in range(count)])
    numbers = {"producer_id": producer, "producer_epoch": epoch, "base_sequence": sequence}
    return batch(values, codec=codec, base_timestamp=timestamp, **numbers)


def produced(topics: Topics, when: str, number: int, version: int, name: str) -> None:
    """Seven batches a round go on where the last round ended; what went before is asked for again first."""

    def ask(case: str, partition: int, content: bytes, acks: int = -1) -> None:
        body = topics.produce((name, partition, content), acks=acks)
        topics.talk.ask(f"{when}: {case}", version, body)

    start = number * 8
    if number:
        ask("a gap", 0, numbered(start + 1))
        ask("the last again", 0, numbered(start - 2, 2))
        for back in (2, 5, 6, 7):
            ask(f"the last but {back - 1} again", 0, numbered(start - 1 - back))
        ask("half of the last again", 0, numbered(start - 1))
        ask("an older epoch", 1, numbered(start, epoch=number - 1))
        ask("a newer epoch in mid-sequence", 1, numbered(start, epoch=number + 1))
    for sequence in range(start, start + 6):
        ask(f"{sequence - start} on", 0, numbered(sequence))
    ask("6 and 7 on", 0, numbered(start + 6, 2, codec=codecs.LZ4))
    ask("6 and 7 on again", 0, numbered(start + 6, 2, codec=codecs.LZ4))
    old = {"producer": PRODUCER + 100, "timestamp": TIME}
    ask("a producer of 2023, a gap", 1, numbered(start, **old))
    ask("a producer of 2023, the same again", 1, numbered(start, **old))
    ask("the next epoch", 1, numbered(0, epoch=number))
    ask("a producer of this round", 1, numbered(0, producer=PRODUCER + 1 + number))
    ask("a producer of the round before, its next", 1, numbered(1, producer=PRODUCER + number))
    ask("a producer of the round before, its first again", 1, numbered(0, producer=PRODUCER + number), acks=1)


def after(topics: Topics, when: str, name: str) -> None:
    """What can be read: the records, where each leader epoch ends, and new producer ids."""
    talk = topics.talk
    compacted = batch([Record(b"v", key=b"k"), Record(None, key=b"l")])
    talk.ask(f"{when}: to a compacted topic", 13, topics.produce(("r-compacted", 0, compacted)))
    for topic, partition in ((name, 0), (name, 1), ("r-compacted", 0)):
        fields = {"FetchOffset": 0, "CurrentLeaderEpoch": -1}
        body: Body = {"MaxWaitMs": 100, "MaxBytes": 1 << 20, "Topics": topics.fetched((topic, partition, fields))}
        stored = f"{topic}, {partition}"
        talk.ask(f"{when}: stored in {stored}", 18, body, api="Fetch")
        for timestamp in (-1, -2, -3):
            asked = [{"PartitionIndex": partition, "Timestamp": timestamp}]
            ends = {"ReplicaId": -1, "Topics": [{"Name": topic, "Partitions": asked}]}
            talk.ask(f"{when}: offset for {timestamp} in {stored}", 7, ends, api="ListOffsets")
        for epoch in range(6):
            asked = [{"Partition": partition, "LeaderEpoch": epoch}]
            ends = {"Topics": [{"Topic": topic, "Partitions": asked}]}
            talk.ask(f"{when}: end of epoch {epoch} in {stored}", 4, ends, api="OffsetForLeaderEpoch")
    talk.await_producer_ids()
    talk.ask(f"{when}: a producer id", 5, {"TransactionalId": None}, api="InitProducerId")
    known = {"Topics": [{"Name": "r-compacted"}], "AllowAutoTopicCreation": False}
    talk.ask(f"{when}: metadata", 12, known, api="Metadata")


def idle(topics: Topics, when: str, number: int) -> None:
    """Partitions that nobody writes to for a round, or ever: the epochs that they are led in meanwhile."""
    if number in (0, len(ROUNDS) - 1):
        topics.talk.peek("Produce", 13, topics.produce(("r-idle", 0, batch(records("v")))))
    for partition in (0, 1):
        for epoch in range(2 * len(ROUNDS)):
            asked = [{"Partition": partition, "LeaderEpoch": epoch}]
            ends = {"Topics": [{"Topic": "r-idle", "Partitions": asked}]}
            topics.talk.ask(f"{when}: end of epoch {epoch} in r-idle, {partition}", 4, ends, api="OffsetForLeaderEpoch")
        asked = [{"PartitionIndex": partition, "Timestamp": -1}]
        ends = {"ReplicaId": -1, "Topics": [{"Name": "r-idle", "Partitions": asked}]}
        topics.talk.ask(f"{when}: the end of r-idle, {partition}", 7, ends, api="ListOffsets")


def configuration(talk: Conversation, when: str, number: int) -> None:
    """Topics made, changed and deleted in one round are so in the next."""
    asked = {"ResourceType": 2, "ResourceName": "r-compacted", "ConfigurationKeys": ["cleanup.policy", "compression.type"]}
    talk.ask(f"{when}: configuration", 4, {"Resources": [asked], "IncludeSynonyms": True}, api="DescribeConfigs")
    talk.create_topic(f"r-round-{number}", number + 1)
    everything = [{"Name": f"r-round-{which}"} for which in range(len(ROUNDS))]
    talk.ask(f"{when}: the rounds' topics", 12, {"Topics": everything, "AllowAutoTopicCreation": False}, api="Metadata")
    gone = {"Topics": [{"Name": f"r-round-{number - 1}"}], "TimeoutMs": 15000}
    talk.ask(f"{when}: the last round's topic deleted", 6, gone, api="DeleteTopics")
