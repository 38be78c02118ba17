"""The APIs of classic groups asked about groups of consumers (KIP-848): of one member and of two, empty ones, none any more."""

from __future__ import annotations

from collections.abc import Sequence

from oracle.configs import NODE, settled
from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, commit, fetch, heartbeat, join, leave, subscription, sync
from oracle.scenarios.ConsumerGroupHeartbeat import owned, request
from oracle.scenarios.OffsetDelete import request as deletion

API = "OffsetCommit"
STRANGER = "oracle-00000000-0000-0000-0000-000000000000"
INTERVAL = "group.consumer.assignment.interval.ms"
READ, LATER, OTHER = "lc-read", "lc-later", "lc-other"
ONE, TWO, EMPTY, GONE = "lc-one", "lc-two", "lc-empty", "lc-gone"
EPOCHS = range(-1, 5)
LISTS = ["Topics", "Topics.Partitions", "Groups.Topics", "Groups.Topics.Partitions"]
SUBSCRIBED = (("range", subscription(READ)),)


def run(talk: Conversation) -> None:
    await_groups(talk)
    ids = {READ: talk.create_topic(READ, 4), LATER: talk.create_topic(LATER), OTHER: talk.create_topic(OTHER)}
    # Without an interval between assignments a member has what is free at once.
    setting(talk, "0")
    made(talk)
    for version in talk.versions():
        commits(talk, version, ids)
    for version in talk.versions(api="OffsetFetch"):
        fetches(talk, version, ids)
    for version in talk.versions(api="DescribeGroups"):
        for group in (ONE, TWO, EMPTY, GONE):
            talk.ask(f"described: {group}", version, {"Groups": [group]}, api="DescribeGroups")
    for version in talk.versions(api="JoinGroup"):
        classic_member(talk, version)
    for version in talk.versions(api="DeleteGroups"):
        deleted(talk, version)
    offsets_deleted(talk)
    setting(talk, None)


def setting(talk: Conversation, value: str | None) -> None:
    change = {"Name": INTERVAL, "ConfigOperation": 0 if value else 1, "Value": value}
    body = {"Resources": [{"ResourceType": NODE, "ResourceName": "", "Configs": [change]}]}
    talk.peek("IncrementalAlterConfigs", 1, body)
    settled(talk, f"lc-settled-{value}")


def beat(talk: Conversation, group: str, member: str, epoch: int, **more: object) -> None:
    talk.peek("ConsumerGroupHeartbeat", 1, request(1, group, member, epoch, **more))


def enter(talk: Conversation, group: str, member: str, *topics: str) -> None:
    joining = {"RebalanceTimeoutMs": 60_000, "SubscribedTopicNames": list(topics), "TopicPartitions": []}
    beat(talk, group, member, 0, **joining)


def made(talk: Conversation) -> None:
    """The first group's member got one topic after the other, the second group's members are not done with sharing."""
    enter(talk, ONE, "m", READ)
    beat(talk, ONE, "m", 2, SubscribedTopicNames=[READ, LATER], TopicPartitions=owned(talk, READ, 0, 1, 2, 3))
    enter(talk, TWO, "a", READ)
    enter(talk, TWO, "b", READ)
    beat(talk, TWO, "a", 2)
    enter(talk, EMPTY, "m", READ)
    for topic in (READ, OTHER):
        talk.peek("OffsetCommit", 9, commit(9, EMPTY, topic, [(0, 5)], member="m", generation=2))
    beat(talk, EMPTY, "m", -1)
    enter(talk, GONE, "m", READ)
    beat(talk, GONE, "m", -1)
    talk.peek("DeleteGroups", 2, {"GroupsNames": [GONE]})
    for group in (ONE, TWO, EMPTY):
        describe(talk, f"setup: {group}", group)


def describe(talk: Conversation, case: str, group: str) -> None:
    """Topics come in the order of their ids, members in that of a hash table."""
    lists = ["Groups.Members.Assignment.TopicPartitions", "Groups.Members.TargetAssignment.TopicPartitions", "Groups.Members"]
    talk.ask(case, 1, {"GroupIds": [group]}, api="ConsumerGroupDescribe", any_order=lists)


def commits(talk: Conversation, version: int, ids: dict[str, str]) -> None:
    def ask(case: str, group: str, topic: str = READ, partitions: Sequence[int] = (0,), **more: object) -> None:
        offsets = [(partition, 7) for partition in partitions]
        body = commit(version, group, topic, offsets, topic_id=ids[topic], **more)  # type: ignore[arg-type]
        talk.ask(f"commit to {group}: {case}", version, body)

    for epoch in EPOCHS:
        ask(f"its member, epoch {epoch}", ONE, member="m", generation=epoch)
        ask(f"its member, epoch {epoch}, what it got later", ONE, LATER, member="m", generation=epoch)
        ask(f"the first member, epoch {epoch}", TWO, partitions=(0, 1, 2, 3), member="a", generation=epoch)
        ask(f"the second member, epoch {epoch}", TWO, partitions=(0, 3), member="b", generation=epoch)
    ask("a topic that it does not read", ONE, OTHER, member="m", generation=3)
    ask("a topic that it does not read, an old epoch", ONE, OTHER, member="m", generation=2)
    ask("a partition that is not, an old epoch", ONE, partitions=(0, 9), member="m", generation=2)
    for group in (ONE, TWO, EMPTY, GONE):
        ask("a stranger", group, member=STRANGER, generation=2)
        ask("a stranger without an epoch", group, member=STRANGER)
        ask("nobody, with an epoch", group, generation=2)
        if version >= 7:
            ask("an instance id", group, member="m", generation=3, instance="i")
        if group != GONE:
            ask("nobody", group, OTHER)


def fetches(talk: Conversation, version: int, ids: dict[str, str]) -> None:
    def ask(case: str, group: str, **more: object) -> None:
        topics = [(ids[name] if version >= 10 else name, [0, 1]) for name in (READ, OTHER)]
        talk.ask(f"fetch of {group}: {case}", version, fetch(version, group, topics, **more), api="OffsetFetch")  # type: ignore[arg-type]
        if version >= 2:
            body = fetch(version, group, None, **more)  # type: ignore[arg-type]
            talk.ask(f"fetch of all of {group}: {case}", version, body, api="OffsetFetch", any_order=LISTS)

    for group in (ONE, TWO, EMPTY, GONE):
        ask("nobody", group)
        for who in (STRANGER, "") if version >= 9 else ():
            ask(f"member {who!r}", group, member=who, epoch=2)
    for group, who in ((ONE, "m"), (TWO, "a")) if version >= 9 else ():
        for epoch in EPOCHS:
            ask(f"{who}, epoch {epoch}", group, member=who, epoch=epoch)


def classic_member(talk: Conversation, version: int) -> None:
    """A classic member joins a consumer, which asks the other APIs too."""
    group = talk.named("lc-mixed", version)
    enter(talk, group, "m", READ)

    def joins(case: str, member: str = "", kind: str = "consumer", protocols: Sequence[tuple[str, bytes]] = SUBSCRIBED) -> str:
        body = join(version, group, member, protocols=protocols, kind=kind)
        return str(talk.ask(f"join: {case}", version, body, api="JoinGroup").get("MemberId"))

    joins("another protocol type", kind="connect")
    joins("no protocol type", kind="")
    joins("no protocols", protocols=[])
    joins("metadata that is none", protocols=[("range", b"x")])
    joins("metadata of no topics", protocols=[("range", subscription())])
    joins("a stranger", STRANGER)
    joins("the consumer's id", "m")
    member = joins("a classic member")
    if version >= 4:
        joins("a classic member, by its id", member)
    for what, who, epoch in (
        ("the classic member", member, 3), ("the classic member, an epoch before", member, 2),
        ("the classic member, a later epoch", member, 4), ("the consumer", "m", 2), ("the consumer, no epoch", "m", -1),
        ("a stranger", STRANGER, 3), ("nobody", "", 3),
    ):  # fmt: skip
        if version in talk.versions(api="SyncGroup"):
            talk.ask(f"sync: {what}", version, sync(version, group, who, epoch), api="SyncGroup")
        if version in talk.versions(api="Heartbeat"):
            talk.ask(f"heartbeat: {what}", version, heartbeat(version, group, who, epoch), api="Heartbeat")
    if version in talk.versions(api="LeaveGroup"):
        for what, who in (("a stranger", STRANGER), ("nobody", ""), ("the consumer", "m"), ("the classic member", member)):
            talk.ask(f"leave: {what}", version, leave(version, group, (who, None)), api="LeaveGroup")
            talk.ask(f"leave again: {what}", version, leave(version, group, (who, None)), api="LeaveGroup")
    describe(talk, f"afterwards, JoinGroup v{version}", group)
    left(talk, version)


def left(talk: Conversation, version: int) -> None:
    """No member, and no group any more: nobody to wait for, and a group that a classic member takes over."""
    for group in (EMPTY, GONE):
        if version in talk.versions(api="SyncGroup"):
            talk.ask(f"sync with {group}", version, sync(version, group, "m", 2), api="SyncGroup")
        if version in talk.versions(api="Heartbeat"):
            talk.ask(f"heartbeat to {group}", version, heartbeat(version, group, "m", 2), api="Heartbeat")
        if version in talk.versions(api="LeaveGroup"):
            talk.ask(f"leave {group}", version, leave(version, group, ("m", None)), api="LeaveGroup")
    group = talk.named("lc-taken", version)
    enter(talk, group, "m", READ)
    beat(talk, group, "m", -1)
    talk.ask("join: a stranger to an empty group", version, join(version, group, STRANGER), api="JoinGroup")
    member = Member(talk, group, version).stable(SUBSCRIBED)
    talk.ask(f"taken over, after v{version}", 6, {"Groups": [group]}, api="DescribeGroups")
    member.leave()


def deleted(talk: Conversation, version: int) -> None:
    group = talk.named("lc-delete", version)
    enter(talk, group, "m", READ)
    for name in (ONE, TWO, GONE):
        talk.ask(f"delete {name}", version, {"GroupsNames": [name]}, api="DeleteGroups")
    talk.ask("delete with a member", version, {"GroupsNames": [group]}, api="DeleteGroups")
    beat(talk, group, "m", -1)
    talk.ask("delete without a member", version, {"GroupsNames": [group]}, api="DeleteGroups")
    talk.ask("delete again", version, {"GroupsNames": [group]}, api="DeleteGroups")
    describe(talk, f"deleted, after v{version}", group)


def offsets_deleted(talk: Conversation) -> None:
    for group in (ONE, TWO, EMPTY, GONE):
        for what, topics in {
            "a topic that is read": [(READ, [0])], "another topic": [(OTHER, [0])], "again": [(OTHER, [0])], "no topics": [],
            "all kinds": [("lc-unknown", [0]), (READ, [1]), (OTHER, [0, 9])],
        }.items():  # fmt: skip
            talk.ask(f"offsets of {group}: {what}", 0, deletion(group, *topics), api="OffsetDelete")
        talk.ask(f"offsets of {group}: what is left", 9, fetch(9, group, None), api="OffsetFetch", any_order=LISTS)
