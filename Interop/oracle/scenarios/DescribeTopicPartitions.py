"""DescribeTopicPartitions: sorted by name, in pages, with a cursor to go on from (KIP-966)."""

from oracle.conversation import Conversation

OWN = "dtp-"


def run(talk: Conversation) -> None:
    talk.create_topic("dtp-a", 2)
    talk.create_topic("dtp-b", 3)
    talk.create_topic("dtp-c", 1)
    for version in talk.versions():
        by_name(talk, version)
        pages(talk, version)
        cursors(talk, version)


def ask(talk: Conversation, version: int, case: str, names: list[str], **more: object) -> None:
    talk.ask(case, version, {"Topics": [{"Name": name} for name in names], **more}, chased=True)


def by_name(talk: Conversation, version: int) -> None:
    ask(talk, version, "one", ["dtp-a"])
    ask(talk, version, "two, the later first", ["dtp-b", "dtp-a"])
    ask(talk, version, "one twice", ["dtp-a", "dtp-a"])
    ask(talk, version, "unknown", ["dtp-unknown"])
    ask(talk, version, "known and unknown", ["dtp-c", "dtp-aa", "dtp-a"])
    ask(talk, version, "bad name", ["dtp bad"])
    ask(talk, version, "empty name", [""])
    ask(talk, version, "250 letters", [OWN + "n" * 246])
    # Other scenarios have topics too, and all of them are asked for by an empty list: kept is the part that is ours.
    talk.ask("all", version, {"Topics": []}, only_topics=OWN)


def pages(talk: Conversation, version: int) -> None:
    for limit in (1, 2, 3, 4, 5, 6, 7, 2000, 2001, 0, -1):
        ask(talk, version, f"limit {limit}", ["dtp-a", "dtp-b", "dtp-c"], ResponsePartitionLimit=limit)
    ask(talk, version, "limit 1, unknown first", ["dtp-0", "dtp-a", "dtp-b"], ResponsePartitionLimit=1)


def cursors(talk: Conversation, version: int) -> None:
    places = {
        "at the first": ("dtp-a", 0),
        "at a topic's second partition": ("dtp-a", 1),
        "past a topic's end": ("dtp-a", 2),
        "at the second topic": ("dtp-b", 0),
        "at the last": ("dtp-c", 0),
        "past the last": ("dtp-c", 1),
        "between two topics": ("dtp-aa", 0),
        "between two topics, partition 5": ("dtp-aa", 5),
        "before all": ("a", 0),
        "after all": ("z", 0),
        "negative partition": ("dtp-b", -1),
        "empty topic": ("", 0),
    }
    for what, (topic, partition) in places.items():
        cursor = {"TopicName": topic, "PartitionIndex": partition}
        ask(talk, version, f"cursor {what}", ["dtp-a", "dtp-b", "dtp-c"], Cursor=cursor)
        ask(talk, version, f"cursor {what}, limit 2", ["dtp-a", "dtp-b", "dtp-c"], Cursor=cursor, ResponsePartitionLimit=2)
    cursor = {"TopicName": "dtp-b", "PartitionIndex": 1}
    talk.ask("all, from a cursor", version, {"Topics": [], "Cursor": cursor}, only_topics=OWN)
