"""DescribeProducers: the idempotent producers that a partition knows (KIP-664)."""

import time

from oracle.batches import batch, records
from oracle.conversation import Conversation
from oracle.schema import Body
from oracle.topics import Topics

# Producers come out of a hash map.
HASHED = ["Topics.Partitions.ActiveProducers"]


def request(*parts: tuple[str, list[int]]) -> Body:
    return {"Topics": [{"Name": name, "PartitionIndexes": partitions} for name, partitions in parts]}


def run(talk: Conversation) -> None:
    topics = Topics(talk)
    topics.make("dp", 2)

    def ask(case: str, *parts: tuple[str, list[int]]) -> None:
        talk.ask(case, 0, request(*parts), any_order=HASHED, chased=True)

    ask("nobody yet", ("dp", [0]))
    now = int(time.time() * 1000)
    for producer, epoch, sequence, count in ((70, 0, 0, 1), (71, 3, 5, 3), (70, 0, 1, 2)):
        numbers = {"producer_id": producer, "producer_epoch": epoch, "base_sequence": sequence}
        content = batch(records(*["v"] * count), base_timestamp=now, **numbers)
        talk.peek("Produce", 13, topics.produce(("dp", 0, content)))
    ask("two", ("dp", [0]))
    ask("both partitions", ("dp", [0, 1]))
    ask("the later first", ("dp", [1, 0]))
    ask("the same twice", ("dp", [0, 0]))
    ask("unknown partition", ("dp", [9]))
    ask("negative partition", ("dp", [-1]))
    ask("unknown topic", ("dp-unknown", [0]))
    ask("bad topic name", ("dp bad", [0]))
    ask("empty topic name", ("", [0]))
    ask("known and unknown", ("dp-unknown", [0]), ("dp", [0, 9]))
    ask("no partitions", ("dp", []))
    ask("no topics")
