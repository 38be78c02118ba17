"""DescribeGroups: classic groups in their states, groups that are not there, several at once."""

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, commit, join, subscription


def run(talk: Conversation) -> None:
    await_groups(talk)
    talk.create_topic("dg-topic")
    member = Member(talk, "dg-stable", instance="i").stable([("range", subscription("dg-topic")), ("sticky", b"s")])
    Member(talk, "dg-other").stable(kind="connect", protocols=[("v1", b"")])
    Member(talk, "dg-joined").join()
    Member(talk, "dg-left").stable().leave()
    talk.peek("JoinGroup", 9, join(9, "dg-pending"))
    talk.peek("OffsetCommit", 9, commit(9, "dg-simple", "dg-topic"))
    talk.peek("OffsetCommit", 9, commit(9, "", "dg-topic"))
    assert member.id
    names = ["dg-stable", "dg-other", "dg-joined", "dg-left", "dg-pending", "dg-simple", "", "dg-none"]
    for version in talk.versions():
        for name in names:
            talk.ask(f"group {name!r}", version, {"Groups": [name]})
        talk.ask("all of them", version, {"Groups": names}, any_order=["Groups"])
        talk.ask("none", version, {"Groups": []})
        talk.ask("the empty name among others", version, {"Groups": ["dg-left", "", "dg-left"]}, any_order=["Groups"])
        talk.ask("twice the same", version, {"Groups": ["dg-left", "dg-left"]})
        if version >= 3:
            for name in ("dg-stable", "dg-none"):
                asked = {"Groups": [name], "IncludeAuthorizedOperations": True}
                talk.ask(f"operations on {name}", version, asked)
        talk.ask("trailing bytes", version, {"Groups": ["dg-left"]}, trailing=b"more", chased=True)
