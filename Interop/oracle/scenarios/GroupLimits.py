"""Groups that are full, and a first rebalance that waits for more members: the classic and the new protocol's limits."""

from __future__ import annotations

import time

from oracle.conversation import Answer, Conversation
from oracle.groups import Member, await_groups, join, leave, subscription, sync
from oracle.scenarios.ConsumerGroupHeartbeat import request

API = "JoinGroup"
DELAY_MS = 400
BROKER = {
    "group.max.size": "2", "group.consumer.max.size": "1", "group.initial.rebalance.delay.ms": f"{DELAY_MS}",
    "group.consumer.assignment.interval.ms": "0",
}  # fmt: skip
STRANGER = "oracle-00000000-0000-0000-0000-000000000000"
TOPIC = "gl-topic"
NOTHING = bytes(2) + bytes(4) + b"\xff" * 4
"""A ConsumerProtocolAssignment of no partitions."""
SUBSCRIBED = (("range", subscription(TOPIC)),)


def run(talk: Conversation) -> None:
    await_groups(talk)
    talk.create_topic(TOPIC, 2)
    for version in talk.versions():
        group = talk.named("gl", version)
        first, second = together(talk, version, group)
        full(talk, version, group, first, second)
        of_consumers(talk, version)
    for version in talk.versions(api="ConsumerGroupHeartbeat"):
        consumers(talk, version)


def identified(talk: Conversation, version: int, group: str) -> str:
    """The id of a member to be: from version 4 on the broker gives it out before the member joins."""
    return str(talk.peek("JoinGroup", version, join(version, group)).get("MemberId")) if version >= 4 else ""


def together(talk: Conversation, version: int, group: str) -> tuple[str, str]:
    """Each that comes within the delay begins it anew."""
    ids = [identified(talk, version, group) for _ in range(2)]
    if version >= 4:
        talk.ask("a third is given no id", version, join(version, group))
    second = Answer()

    def another() -> None:
        nonlocal second
        time.sleep(0.1)
        second = talk.aside("JoinGroup", version, join(version, group, ids[1], protocols=SUBSCRIBED))

    first = talk.ask(
        "the first of two", version, join(version, group, ids[0], protocols=SUBSCRIBED), meanwhile=another,
        waits_ms=2 * DELAY_MS, any_order=["Members"],
    )  # fmt: skip
    return str(first.get("MemberId")), str(second.get("MemberId"))


def full(talk: Conversation, version: int, group: str, first: str, second: str) -> None:
    talk.ask("a third", version, join(version, group))
    talk.ask("a stranger", version, join(version, group, STRANGER))
    if version >= 5:
        talk.ask("a third, static", version, join(version, group, instance="i"))
    talk.ask(f"described, after v{version}", 5, {"Groups": [group]}, api="DescribeGroups", any_order=["Groups.Members"])
    talk.ask(f"a consumer, after v{version}", 1, enter(1, group, "new"), api="ConsumerGroupHeartbeat")
    talk.peek("SyncGroup", 5, sync(5, group, first, 1, [(first, b""), (second, b"")]))
    talk.ask(f"a consumer to the stable group, after v{version}", 1, enter(1, group, "new"), api="ConsumerGroupHeartbeat")
    talk.peek("LeaveGroup", 5, leave(5, group, (second, None)))
    talk.peek("LeaveGroup", 5, leave(5, group, (first, None)))
    talk.ask("afterwards", version, join(version, group, STRANGER))


def enter(version: int, group: str, member: str, **more: object) -> dict[str, object]:
    joining = {"RebalanceTimeoutMs": 60_000, "SubscribedTopicNames": [TOPIC], "TopicPartitions": []}
    return request(version, group, member, 0, **{**joining, **more})


def of_consumers(talk: Conversation, version: int) -> None:
    """A classic member that comes to a full group of consumers."""
    group = talk.named("gl-consumers", version)
    talk.peek("ConsumerGroupHeartbeat", 1, enter(1, group, "a", InstanceId="i"))
    member = talk.ask("to a consumer", version, join(version, group, protocols=SUBSCRIBED)).get("MemberId")
    if version >= 4:
        talk.ask("to a consumer, by its id", version, join(version, group, member or "", protocols=SUBSCRIBED))
    if version >= 5:
        talk.ask("to a consumer, static", version, join(version, group, protocols=SUBSCRIBED, instance="j"))


def consumers(talk: Conversation, version: int) -> None:
    group = talk.named("gl-new", version)

    def ask(case: str, member: str, epoch: int = 0, **more: object) -> None:
        body = request(version, group, member, epoch, **more) if epoch else enter(version, group, member, **more)
        talk.ask(f"consumers: {case}", version, body, api="ConsumerGroupHeartbeat", any_order=["Assignment.TopicPartitions"])

    ask("the first", "a", InstanceId="i")
    ask("a second", "b")
    ask("a second, static", "b", InstanceId="j")
    ask("the first again", "a", InstanceId="i")
    ask("the first leaves for a while", "a", -2, InstanceId="i")
    ask("a second meanwhile", "b")
    ask("the first comes back as another", "c", InstanceId="i")
    ask("it leaves", "c", -1, InstanceId="i")
    ask("a second after it", "b")
    for what, instance in (("to", None), ("for", "i")):
        one = Member(talk, talk.named(f"gl-{what}-classic", version), instance="i").stable(SUBSCRIBED, assignment=NOTHING)
        body = enter(version, one.group, "new", InstanceId=instance)
        talk.ask(f"consumers: {what} one classic member", version, body, api="ConsumerGroupHeartbeat")
