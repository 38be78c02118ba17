"""DeleteRecords: the start of a log moved up to an offset, or to the end (KIP-107)."""

from oracle.batches import batch, records
from oracle.conversation import Conversation
from oracle.schema import Body
from oracle.topics import Topics

# The answer's topics and partitions come out of a hash map.
HASHED = ["Topics", "Topics.Partitions"]


def request(*parts: tuple[str, int, int]) -> Body:
    found: list[Body] = []
    for name, partition, offset in parts:
        if not found or found[-1]["Name"] != name:
            found.append({"Name": name, "Partitions": []})
        found[-1]["Partitions"].append({"PartitionIndex": partition, "Offset": offset})
    return {"Topics": found, "TimeoutMs": 15000}


def run(talk: Conversation) -> None:
    topics = Topics(talk)
    topics.make("dr-compacted", 1, {"cleanup.policy": "compact"})
    topics.make("dr-both", 1, {"cleanup.policy": "compact,delete"})
    for version in talk.versions():
        name = topics.make(talk.named("dr", version), 2)
        for content in (batch(records("a", "b", "c")), batch(records("d", "e")), batch(records("f"))):
            talk.peek("Produce", 13, topics.produce((name, 0, content), (name, 1, content)))

        def ask(case: str, *parts: tuple[str, int, int], version: int = version) -> None:
            talk.ask(case, version, request(*parts), any_order=HASHED, chased=True)

        for number, offset in enumerate((0, 1, 1, 0, 3, 7, -2, 2**63 - 1, 5), 1):
            what = f"{number}: up to {offset}"
            ask(what, (name, 0, offset))
            start(topics, f"{what}: start, after version {version}", name)
        ask("up to the end", (name, 1, -1))
        ask("up to the end, again", (name, 1, -1))
        ask("two partitions", (name, 0, 6), (name, 1, 6))
        ask("unknown partition", (name, 2, 0))
        ask("negative partition", (name, -1, 0))
        ask("unknown topic", ("dr-unknown", 0, 0))
        ask("bad topic name", ("dr bad", 0, 0))
        ask("empty topic name", ("", 0, 0))
        ask("no topics")
        ask("known and unknown", (name, 0, 6), ("dr-unknown", 0, 0))
        ask("the same partition twice", (name, 0, 6), (name, 0, 6))
        ask("a compacted topic", ("dr-compacted", 0, 0))
        ask("a topic that is compacted and deleted", ("dr-both", 0, 0))
        ask("the metadata log", ("__cluster_metadata", 0, 0))
        for timeout in (0, -1):
            body = {**request((name, 0, 6)), "TimeoutMs": timeout}
            talk.ask(f"timeout {timeout}", version, body, any_order=HASHED)


def start(topics: Topics, case: str, name: str) -> None:
    talk = topics.talk
    ends = {"ReplicaId": -1, "Topics": [{"Name": name, "Partitions": [{"PartitionIndex": 0, "Timestamp": -2}]}]}
    talk.ask(case, 7, ends, api="ListOffsets")
    for offset in (0, 4):
        body = {"MaxBytes": 1 << 20, "Topics": topics.fetched((name, 0, {"FetchOffset": offset}))}
        talk.ask(f"{case}, fetched from {offset}", 12, body, api="Fetch")
