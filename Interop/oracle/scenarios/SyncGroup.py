"""SyncGroup: the leader's assignment, and whoever asks for one in the wrong moment or under the wrong name."""

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, join, sync, then

STRANGER = "oracle-00000000-0000-0000-0000-000000000000"


def run(talk: Conversation) -> None:
    await_groups(talk)
    for version in talk.versions():
        refused(talk, version)
        assigned(talk, version)
        together(talk, version)


def refused(talk: Conversation, version: int) -> None:
    group = talk.named("sg-refused", version)
    talk.ask("no group id", version, sync(version, "", STRANGER, 1))
    talk.ask("no group", version, sync(version, group, STRANGER, 1))
    member = Member(talk, group)
    member.join()
    for what, who, generation in (
        ("a stranger", STRANGER, 1), ("nobody", "", 1), ("an old generation", member.id, 0),
        ("a later generation", member.id, 2), ("no generation", member.id, -1),
    ):
        talk.ask(what, version, sync(version, group, who, generation))
    if version >= 3:
        talk.ask("a static member that is none", version, sync(version, group, member.id, 1, instance="i"))
    if version >= 5:
        for what, kind, protocol in (
            ("another protocol type", "connect", "range"), ("another protocol", "consumer", "sticky"),
            ("no protocol type", None, "range"), ("no protocol", "consumer", None), ("neither", None, None),
        ):
            talk.ask(what, version, sync(version, group, member.id, 1, kind=kind, protocol=protocol))
    member.leave()
    talk.ask("an empty group", version, sync(version, group, member.id, 1))


def assigned(talk: Conversation, version: int) -> None:
    lists = {
        "its own": lambda m: [(m, b"mine")],
        "nothing": lambda m: [],
        "to a stranger": lambda m: [(STRANGER, b"yours")],
        "to both": lambda m: [(m, b"mine"), (STRANGER, b"yours")],
        "twice": lambda m: [(m, b"one"), (m, b"two")],
        "empty": lambda m: [(m, b"")],
        "long": lambda m: [(m, b"a" * 100_000)],
        "too long for a batch": lambda m: [(m, b"a" * 1_100_000)],
    }
    for what, assignments in lists.items():
        member = Member(talk, talk.named(f"sg-{what}", version))
        member.join()
        asked = sync(version, member.group, member.id, member.generation, assignments(member.id))
        talk.ask(f"assigns: {what}", version, asked)
        if what != "too long for a batch":
            talk.ask(f"again: {what}", version, sync(version, member.group, member.id, member.generation))
            talk.ask(f"described: {what}, after v{version}", 5, {"Groups": [member.group]}, api="DescribeGroups")
    static = Member(talk, talk.named("sg-static", version), instance="i")
    static.join()
    old = static.id
    if version >= 3:
        asked = sync(version, static.group, static.id, 1, [(static.id, b"mine")], instance="i")
        talk.ask("a static member", version, asked)
        static.id = ""
        static.join()
        talk.ask("a static member, replaced", version, sync(version, static.group, old, 1, instance="i"))
        talk.ask("a static member, the new one", version, sync(version, static.group, static.id, 1, instance="i"))


def together(talk: Conversation, version: int) -> None:
    """A follower waits for the leader; a member that joins sends all of them back."""
    group = talk.named("sg-together", version)
    first = Member(talk, group).stable()
    second = Member(talk, group, 3)
    other = join(3, group, protocols=[("range", b"2")])
    talk.ask(f"setup: a second one joins, v{version}", 3, other, api="JoinGroup", meanwhile=then(first.join), any_order=["Members"])
    described = talk.peek("DescribeGroups", 5, {"Groups": [group]})
    members = [m["MemberId"] for m in described.get("Groups", 0, "Members", default=[])]
    second.id = next((m for m in members if m != first.id), "")
    second.generation = first.generation
    asked = sync(version, group, second.id, second.generation)
    talk.ask("a follower", version, asked, meanwhile=then(lambda: first.sync((first.id, b"one"), (second.id, b"two"))))
    talk.ask("a follower again", version, asked)
    third = Member(talk, group)
    third.version = 4
    third.id = talk.peek("JoinGroup", 4, join(4, group)).get("MemberId", default="")
    talk.ask("an id was given out meanwhile", version, asked)
