"""DescribeLogDirs: the size of each replica in each log directory."""

from oracle.batches import batch, records
from oracle.conversation import Conversation
from oracle.schema import Body
from oracle.topics import Topics

# Topics and partitions come out of hash maps.
HASHED = ["Results.Topics", "Results.Topics.Partitions"]


def request(*parts: tuple[str, list[int]]) -> Body:
    return {"Topics": [{"Topic": name, "Partitions": partitions} for name, partitions in parts]}


def run(talk: Conversation) -> None:
    topics = Topics(talk)
    topics.make("dld-one", 2)
    topics.make("dld-two")
    for _ in range(3):
        talk.peek("Produce", 13, topics.produce(("dld-one", 0, batch(records("a", "b")))))
    for version in talk.versions():

        def ask(case: str, *parts: tuple[str, list[int]], version: int = version) -> None:
            talk.ask(case, version, request(*parts), any_order=HASHED, chased=True)

        ask("one", ("dld-one", [0]))
        ask("two", ("dld-one", [0, 1]))
        ask("two topics", ("dld-two", [0]), ("dld-one", [0]))
        ask("the same twice", ("dld-one", [0, 0]))
        ask("unknown partition", ("dld-one", [9]))
        ask("negative partition", ("dld-one", [-1]))
        ask("unknown topic", ("dld-unknown", [0]))
        ask("known and unknown", ("dld-one", [0, 9]), ("dld-unknown", [0]))
        ask("no partitions", ("dld-one", []))
        ask("no topics")
