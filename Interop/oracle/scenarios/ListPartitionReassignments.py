"""ListPartitionReassignments: none is ever under way on one node; `kafka-topics.sh --describe` asks all the same (KIP-455)."""

from oracle.conversation import Conversation


def run(talk: Conversation) -> None:
    talk.create_topic("lpr", 2)

    def ask(case: str, *parts: tuple[str, list[int]], everything: bool = False) -> None:
        topics = None if everything else [{"Name": name, "PartitionIndexes": partitions} for name, partitions in parts]
        talk.ask(case, 0, {"TimeoutMs": 15000, "Topics": topics}, chased=True)

    ask("all", everything=True)
    ask("one", ("lpr", [0]))
    ask("two", ("lpr", [0, 1]))
    ask("unknown partition", ("lpr", [9]))
    ask("unknown topic", ("lpr-unknown", [0]))
    ask("bad topic name", ("lpr bad", [0]))
    ask("no partitions", ("lpr", []))
    ask("none")
