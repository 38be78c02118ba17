"""DescribeQuorum: the controllers of the metadata log, which here is the one node alone (KIP-595)."""

from oracle.conversation import Conversation
from oracle.schema import Body

LOG = "__cluster_metadata"


def request(*parts: tuple[str, list[int]]) -> Body:
    return {"Topics": [{"TopicName": name, "Partitions": [{"PartitionIndex": p} for p in partitions]} for name, partitions in parts]}


def run(talk: Conversation) -> None:
    for version in talk.versions():

        def ask(case: str, *parts: tuple[str, list[int]], version: int = version) -> None:
            talk.ask(case, version, request(*parts), chased=True)

        ask("the metadata log", (LOG, [0]))
        ask("another partition", (LOG, [1]))
        ask("two partitions", (LOG, [0, 1]))
        ask("another topic", ("no-such-topic", [0]))
        ask("two topics", (LOG, [0]), ("no-such-topic", [0]))
        ask("no partitions", (LOG, []))
        ask("no topics")
