"""JoinGroup: the ways into a classic group and the ways it is refused; static members, protocols, several members."""

from oracle.conversation import Conversation
from oracle.groups import Member, USUAL, await_groups, heartbeat, join, subscription, sync, then
from oracle.schema import Body

ANY_ORDER = ["Members"]
STRANGER = "oracle-00000000-0000-0000-0000-000000000000"


def run(talk: Conversation) -> None:
    await_groups(talk)
    for version in talk.versions():
        refused(talk, version)
        alone(talk, version)
        protocols(talk, version)
        together(talk, version)
        if version >= 4:
            pending(talk, version)
        if version >= 5:
            static(talk, version)
            absent(talk, version)


def refused(talk: Conversation, version: int) -> None:
    group = talk.named("jg-refused", version)
    talk.ask("no group id", version, join(version, ""))
    talk.ask("no group id, a member", version, join(version, "", STRANGER))
    for session_ms in (-1, 0, 5_999, 1_800_001, 2**31 - 1):
        talk.ask(f"session timeout {session_ms}", version, join(version, group, session_ms=session_ms))
    talk.ask("a stranger to no group", version, join(version, group, STRANGER))
    talk.ask("no protocol type", version, join(version, group, kind=""))
    talk.ask("no protocols", version, join(version, group, protocols=[]))
    talk.ask(f"described afterwards, after v{version}", 6, {"Groups": [group]}, api="DescribeGroups")


def alone(talk: Conversation, version: int) -> None:
    group = talk.named("jg-alone", version)
    first = talk.ask("first", version, join(version, group, protocols=[("range", subscription("a"))]), client_id="jg client")
    member = first.get("MemberId")
    if version >= 4:
        first = talk.ask("first, by its id", version, join(version, group, member), client_id="jg client")
    talk.ask(f"described while it joins, after v{version}", 5, {"Groups": [group]}, api="DescribeGroups")
    talk.ask("the leader again, before it syncs", version, join(version, group, member))
    talk.ask("the leader, changed, before it syncs", version, join(version, group, member, protocols=[("range", b"other")]))
    talk.ask("a stranger", version, join(version, group, STRANGER))
    talk.ask("another protocol type", version, join(version, group, kind="connect"))
    talk.ask("another protocol", version, join(version, group, protocols=[("roundrobin", b"")]))
    talk.ask("no protocols in a group", version, join(version, group, protocols=[]))
    talk.ask("the leader with another protocol type", version, join(version, group, member, kind="connect"))


def protocols(talk: Conversation, version: int) -> None:
    lists = {
        "two": (("roundrobin", b"one"), ("range", b"two")),
        "an empty name": (("", b"one"),),
        "a long name": (("p" * 300, b"one"),),
        "long metadata": (("range", subscription("a")[:-4] + (100_000).to_bytes(4, "big") + b"m" * 100_000),),
    }
    for what, given in lists.items():
        member = Member(talk, talk.named(f"jg-protocols {what}", version))
        group = member.group
        if version >= 4:
            member.id = talk.peek("JoinGroup", version, join(version, group, protocols=given)).get("MemberId")
        for kind in ("consumer", "any kind") if what == "two" else ("consumer",):
            talk.ask(f"protocols: {what}, {kind}", version, join(version, group, member.id, protocols=given, kind=kind))


def together(talk: Conversation, version: int) -> None:
    group = talk.named("jg-together", version)
    first = Member(talk, group).stable(protocols=[("range", b"1"), ("sticky", b"1"), ("roundrobin", b"1")])
    second = join(version, group, protocols=[("roundrobin", b"2"), ("sticky", b"2")])
    member = ""
    if version >= 4:
        member = talk.ask("a second one", version, second).get("MemberId")
    joins = join(version, group, member, protocols=[("roundrobin", b"2"), ("sticky", b"2")])
    talk.ask("both", version, joins, meanwhile=then(lambda: first.join([("sticky", b"1"), ("roundrobin", b"1")])))
    talk.ask(f"described: both have joined, after v{version}", 5, {"Groups": [group]}, api="DescribeGroups", any_order=["Groups.Members"])


def pending(talk: Conversation, version: int) -> None:
    group = talk.named("jg-pending", version)
    member = talk.ask("an id and no more", version, join(version, group)).get("MemberId")
    talk.ask(f"a group with an id given out, after v{version}", 6, {"Groups": [group]}, api="DescribeGroups")
    if version >= 5:
        talk.ask("the id with an instance id", version, join(version, group, member, instance="instance"), chased=True)
    talk.ask("the id with other protocols", version, join(version, group, member, protocols=[("other", b"")], kind="other"))


def static(talk: Conversation, version: int) -> None:
    group = talk.named("jg-static", version)
    for instance in ("", "i" * 300, "ü"):
        body = join(version, talk.named(f"jg-instance {instance[:2]}", version), instance=instance)
        talk.ask(f"instance id {instance[:2]!r}", version, body)
    old = talk.ask("static, first", version, join(version, group, instance="one")).get("MemberId")
    talk.ask("static, comes back in mid-join", version, join(version, group, instance="one"))
    member = Member(talk, group, instance="one").stable()
    talk.ask("static, the old member id", version, join(version, group, old, instance="one"))
    talk.ask("static, an unknown instance with a member id", version, join(version, group, member.id, instance="two"))
    talk.ask("static, comes back", version, join(version, group, instance="one"))
    talk.ask(f"static, described, after v{version}", 5, {"Groups": [group]}, api="DescribeGroups")
    talk.ask("static, comes back otherwise", version, join(version, group, instance="one", protocols=[("range", b"x"), ("q", b"")]))
    back = talk.ask("static, comes back once more", version, join(version, group, instance="one", protocols=USUAL)).get("MemberId")
    talk.ask("static, without its instance id", version, join(version, group, back))


def absent(talk: Conversation, version: int) -> None:
    """A static member that has no time to join is away, and in the end alone: the group waits for it."""
    group = talk.named("jg-absent", version)

    def joining(member: str) -> Body:
        return join(version, group, member, instance="i", rebalance_ms=0)

    first = Member(talk, group).stable()
    away = talk.ask("no time to join", version, joining(""), meanwhile=then(first.join), any_order=["Members"]).get("MemberId", default="")
    first.sync((first.id, b""), (away, b""))
    talk.peek("SyncGroup", 5, sync(5, group, away, 2, instance="i"))
    first.leave()
    talk.ask(f"described: only who is away is left, after v{version}", 5, {"Groups": [group]}, api="DescribeGroups")
    talk.ask(f"who was away is told, after v{version}", 4, heartbeat(4, group, away, 2, "i"), api="Heartbeat")
    talk.ask("who was away is back", version, joining(away))
