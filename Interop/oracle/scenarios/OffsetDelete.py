"""OffsetDelete: offsets of topics that nobody reads, and of topics that somebody does."""

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, commit, fetch, subscription
from oracle.schema import Body


def request(group: str, *topics: tuple[str, list[int]]) -> Body:
    return {
        "GroupId": group,
        "Topics": [{"Name": name, "Partitions": [{"PartitionIndex": p} for p in indexes]} for name, indexes in topics],
    }


def run(talk: Conversation) -> None:
    await_groups(talk)
    # Every scenario's nameless group is the same one.
    talk.peek("DeleteGroups", 2, {"GroupsNames": [""]})
    talk.create_topic("od-read", 2)
    talk.create_topic("od-other", 2)
    reading = Member(talk, "od-reading").stable([("range", subscription("od-read"))])
    unreadable = Member(talk, "od-unreadable").stable([("range", b"none")])
    other = Member(talk, "od-connect").stable(kind="connect", protocols=[("v1", b"")])
    joining = Member(talk, "od-joining")
    joining.join([("range", subscription("od-read"))])
    left = Member(talk, "od-left").stable([("range", subscription("od-read"))])
    for topic in ("od-read", "od-other"):
        for member in (reading, unreadable, other, left):
            body = commit(9, member.group, topic, [(0, 1), (1, 2)], member=member.id, generation=1)
            talk.peek("OffsetCommit", 9, body)
        talk.peek("OffsetCommit", 9, commit(9, "od-simple", topic, [(0, 1), (1, 2)]))
    left.leave()
    # Of long names few make more than a batch may hold.
    talk.create_topic("od-many", 80)
    long = "od-" + "l" * 15_000
    for start in (0, 40):
        talk.peek("OffsetCommit", 9, commit(9, long, "od-many", [(partition, 1) for partition in range(start, start + 40)]))
    for version in talk.versions():
        talk.ask("too much for a batch", version, request(long, ("od-many", list(range(80)))))
        talk.ask("not too much for a batch", version, request(long, ("od-many", list(range(60)))))
        order = ["Groups.Topics.Partitions"]
        talk.ask(f"what is left of it, after v{version}", 9, fetch(9, long, None), api="OffsetFetch", any_order=order)
        for group in ("", "od-none", "od-reading", "od-unreadable", "od-connect", "od-joining", "od-left", "od-simple"):
            talk.ask(f"{group!r}, a topic that is read", version, request(group, ("od-read", [0])))
            talk.ask(f"{group!r}, another topic", version, request(group, ("od-other", [0])))
            talk.ask(f"{group!r}, again", version, request(group, ("od-other", [0])))
            talk.ask(f"{group!r}, no topics", version, request(group))
            talk.ask(f"{group!r}, an unknown topic", version, request(group, ("od-unknown", [0, 1])))
            talk.ask(f"{group!r}, unknown partitions", version, request(group, ("od-other", [2, 1, -1])))
            talk.ask(f"{group!r}, all kinds", version, request(group, ("od-unknown", [0]), ("od-read", [1]), ("od-other", [1])))
            order = ["Groups.Topics", "Groups.Topics.Partitions"]
            talk.ask(f"{group!r}, what is left, after v{version}", 9, fetch(9, group, None), api="OffsetFetch", any_order=order)
