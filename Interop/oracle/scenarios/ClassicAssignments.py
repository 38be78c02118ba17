"""Classic groups whose assignments are no assignments, or odd ones, when a member of the new protocol joins them (KIP-848)."""

from __future__ import annotations

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, heartbeat, join, subscription, then
from oracle.scenarios.ConsumerGroupHeartbeat import request

API = "ConsumerGroupHeartbeat"
TOPIC, OTHER = "ca-topic", "ca-other"
SUBSCRIBED = (("range", subscription(TOPIC)),)


def i16(value: int) -> bytes:
    return value.to_bytes(2, "big", signed=True)


def i32(value: int) -> bytes:
    return value.to_bytes(4, "big", signed=True)


def named(name: str) -> bytes:
    return i16(len(name)) + name.encode()


def parts(*partitions: int) -> bytes:
    return i32(len(partitions)) + b"".join(i32(partition) for partition in partitions)


NULL = i32(-1)
OURS = named(TOPIC)
BOTH = i32(1) + OURS + parts(0, 1)

# ConsumerProtocolAssignment: version | [topic | [partition]] | user data
REFUSED = {
    "one byte": b"\0",
    "only a version": i16(0),
    "version -1": i16(-1) + BOTH + NULL,
    "topics: half a count": i16(0) + b"\0\0",
    "topics: a count alone": i16(0) + i32(1),
    "topics: -1": i16(0) + NULL + NULL,
    "topics: -2": i16(0) + i32(-2) + NULL,
    "topics: more than bytes": i16(0) + i32(2**31 - 1) + NULL,
    "topics: one too few": i16(0) + i32(2) + OURS + parts(0) + NULL,
    "name: half a length": i16(0) + i32(1) + b"\0",
    "name: longer than the rest": i16(0) + i32(1) + i16(100) + b"abc",
    "name: null": i16(0) + i32(1) + i16(-1) + parts(0) + NULL,
    "partitions: none": i16(0) + i32(1) + OURS,
    "partitions: null": i16(0) + i32(1) + OURS + NULL + NULL,
    "partitions: more than bytes": i16(0) + i32(1) + OURS + i32(1000) + i32(0),
    "partitions: one too few": i16(0) + i32(1) + OURS + i32(2) + i32(0),
    "partitions: one and a half": i16(0) + i32(1) + OURS + i32(2) + i32(0) + b"\0",
    "partitions: not there": i16(0) + i32(1) + OURS + parts(7, -1, 2**31 - 1) + NULL,
    "user data: none": i16(0) + BOTH,
    "user data: half a length": i16(0) + BOTH + b"\0\0",
    "user data: longer than the rest": i16(0) + BOTH + i32(9) + b"x",
    "user data: 2 GiB": i16(0) + BOTH + i32(2**31 - 1),
    "user data: one byte": i16(0) + BOTH + i32(1) + b"x",
    "text": b"assignment",
    "ones": b"\xff" * 20,
}
TAKEN = {
    "version 0": i16(0) + BOTH + NULL,
    "version 3": i16(3) + BOTH + NULL,
    "version 4": i16(4) + BOTH + NULL,
    "version 32767": i16(32767) + BOTH + NULL,
    "user data: empty": i16(0) + BOTH + i32(0),
    "user data: -2": i16(0) + BOTH + i32(-2),
    "more behind it": i16(0) + BOTH + NULL + b"zz",
    "the topic twice": i16(0) + i32(2) + OURS + parts(0) + OURS + parts(1) + NULL,
}
# The group has these partitions free, and nobody can say which of two members would get which: the new one reads another topic.
EMPTY = {
    "nothing": b"",
    "zeros": bytes(20),
    "name: empty": i16(0) + i32(1) + named("") + parts(0) + NULL,
    "name: no UTF-8": i16(0) + i32(1) + i16(2) + b"\xff\xfe" + parts(0) + NULL,
    "partitions: empty": i16(0) + i32(1) + OURS + parts() + NULL,
    "an unknown topic": i16(0) + i32(1) + named("ca-unknown") + parts(0) + NULL,
}


def run(talk: Conversation) -> None:
    await_groups(talk)
    talk.create_topic(TOPIC, 2)
    talk.create_topic(OTHER)
    for version in talk.versions():
        for what, assignment in REFUSED.items():
            enter(talk, version, what, assignment, TOPIC)
        for what, assignment in TAKEN.items():
            enter(talk, version, what, assignment, TOPIC)
        for what, assignment in EMPTY.items():
            enter(talk, version, what, assignment, OTHER)
        meanwhile(talk, version)


def joining(version: int, group: str, topic: str) -> dict[str, object]:
    return request(version, group, "new", 0, RebalanceTimeoutMs=60_000, SubscribedTopicNames=[topic], TopicPartitions=[])


def enter(talk: Conversation, version: int, what: str, assignment: bytes, topic: str) -> None:
    group = talk.named(f"ca-{what}", version)
    member = Member(talk, group).stable(SUBSCRIBED, assignment=assignment)
    talk.ask(what, version, joining(version, group, topic))
    talk.ask(f"{what}: the classic member, after v{version}", 4, heartbeat(4, group, member.id, 1), api="Heartbeat")


def meanwhile(talk: Conversation, version: int) -> None:
    """A refusal while another classic member waits for the group's rebalance."""
    group = talk.named("ca-meanwhile", version)
    first = Member(talk, group).stable(SUBSCRIBED, assignment=REFUSED["text"])
    second = talk.peek("JoinGroup", 9, join(9, group, protocols=SUBSCRIBED)).get("MemberId", default="")

    def refused() -> None:
        talk.aside(API, version, joining(version, group, TOPIC))
        first.leave()

    body = join(9, group, second, protocols=SUBSCRIBED)
    case = f"a classic member joins meanwhile, before v{version}"
    talk.ask(case, 9, body, api="JoinGroup", meanwhile=then(refused), any_order=["Members"])
