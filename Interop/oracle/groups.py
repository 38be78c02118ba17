"""What the scenarios of group APIs share: requests in the form of their version, and members that the broker names."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from oracle.conversation import Answer, Conversation
from oracle.schema import Body

GROUP = 0
SESSION_MS, REBALANCE_MS = 45_000, 60_000
Protocols = Sequence[tuple[str, bytes]]


def subscription(*topics: str, version: int = 0) -> bytes:
    """A ConsumerProtocolSubscription: version, topics, no user data."""
    names = b"".join(len(t).to_bytes(2, "big") + t.encode() for t in topics)
    return version.to_bytes(2, "big") + len(topics).to_bytes(4, "big") + names + (-1).to_bytes(4, "big", signed=True)


USUAL: Protocols = (("range", subscription("oracle-topic")),)
"""Kafka never answers members whose metadata claims to be longer than it is: its coordinator trips over them."""


def join(
    version: int,
    group: str,
    member: str = "",
    *,
    protocols: Protocols = USUAL,
    kind: str = "consumer",
    instance: str | None = None,
    session_ms: int = SESSION_MS,
    rebalance_ms: int = REBALANCE_MS,
) -> Body:
    body: Body = {"GroupId": group, "SessionTimeoutMs": session_ms, "MemberId": member, "ProtocolType": kind}
    body["Protocols"] = [{"Name": name, "Metadata": metadata} for name, metadata in protocols]
    if version >= 1:
        body["RebalanceTimeoutMs"] = rebalance_ms
    if version >= 5:
        body["GroupInstanceId"] = instance
    if version >= 8:
        body["Reason"] = None
    return body


def sync(
    version: int,
    group: str,
    member: str,
    generation: int,
    assignments: Sequence[tuple[str, bytes]] = (),
    *,
    instance: str | None = None,
    kind: str | None = "consumer",
    protocol: str | None = "range",
) -> Body:
    body: Body = {"GroupId": group, "GenerationId": generation, "MemberId": member}
    body["Assignments"] = [{"MemberId": who, "Assignment": what} for who, what in assignments]
    if version >= 3:
        body["GroupInstanceId"] = instance
    if version >= 5:
        body |= {"ProtocolType": kind, "ProtocolName": protocol}
    return body


def heartbeat(version: int, group: str, member: str, generation: int, instance: str | None = None) -> Body:
    body: Body = {"GroupId": group, "GenerationId": generation, "MemberId": member}
    return {**body, "GroupInstanceId": instance} if version >= 3 else body


def leave(version: int, group: str, *members: tuple[str, str | None]) -> Body:
    """Members by id and instance id; before version 3 the one by its id."""
    if version < 3:
        return {"GroupId": group, "MemberId": members[0][0]}
    reason: Body = {"Reason": None} if version >= 5 else {}
    return {"GroupId": group, "Members": [{"MemberId": m, "GroupInstanceId": i, **reason} for m, i in members]}


def commit(
    version: int,
    group: str,
    topic: str,
    partitions: Sequence[tuple[int, int]] = ((0, 42),),
    *,
    member: str = "",
    generation: int = -1,
    instance: str | None = None,
    metadata: str | None = "",
    topic_id: str | None = None,
) -> Body:
    body: Body = {"GroupId": group, "GenerationIdOrMemberEpoch": generation, "MemberId": member}
    if version >= 7:
        body["GroupInstanceId"] = instance
    if version <= 4:
        body["RetentionTimeMs"] = -1
    epoch: Body = {"CommittedLeaderEpoch": -1} if version >= 6 else {}
    offsets = [{"PartitionIndex": p, "CommittedOffset": o, **epoch, "CommittedMetadata": metadata} for p, o in partitions]
    named: Body = {"TopicId": topic_id} if version >= 10 else {"Name": topic}
    return {**body, "Topics": [{**named, "Partitions": offsets}]}


def fetch(
    version: int,
    group: str,
    topics: Sequence[tuple[str, Sequence[int]]] | None,
    *,
    member: str | None = None,
    epoch: int = -1,
    stable: bool = False,
) -> Body:
    """Topics by name, from version 10 on by id; None asks for all."""
    named = "TopicId" if version >= 10 else "Name"
    asked = None if topics is None else [{named: name, "PartitionIndexes": list(indexes)} for name, indexes in topics]
    body: Body = {"RequireStable": stable} if version >= 7 else {}
    if version < 8:
        return {**body, "GroupId": group, "Topics": asked}
    asks: Body = {"MemberId": member, "MemberEpoch": epoch} if version >= 9 else {}
    return {**body, "Groups": [{"GroupId": group, **asks, "Topics": asked}]}


def await_groups(talk: Conversation, seconds: float = 10) -> None:
    """Waits until groups are coordinated: their topic is there, and every partition of it has been loaded."""
    talk.await_coordinator("g", GROUP)
    names = [f"g{number}" for number in range(20)]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        groups = talk.peek("DescribeGroups", 5, {"Groups": names}).get("Groups", default=[])
        if groups and all(group["ErrorCode"] == 0 for group in groups):
            return
        time.sleep(0.02)


def then(what: Callable[[], object]) -> Callable[[], object]:
    """For `meanwhile`: does it when the broker has surely begun with what was asked before."""

    def later() -> object:
        time.sleep(0.3)
        return what()

    return later


class Member:
    """A member of a classic group, over a connection of the conversation's own, of which nothing is kept."""

    def __init__(self, talk: Conversation, group: str, version: int = 9, instance: str | None = None) -> None:
        self.talk, self.group, self.version, self.instance = talk, group, version, instance
        self.id, self.generation = "", -1

    def join(self, protocols: Protocols = USUAL, kind: str = "consumer", session_ms: int = SESSION_MS) -> Answer:
        """Joins, in two steps where it takes two; waits for the answer."""
        answer = Answer()
        for _ in range(3):
            body = join(
                self.version, self.group, self.id, protocols=protocols, kind=kind, instance=self.instance,
                session_ms=session_ms,
            )
            answer = self.talk.aside("JoinGroup", self.version, body)
            self.id = answer.get("MemberId", default="") or self.id
            if answer.get("ErrorCode") != 79:
                break
        self.generation = answer.get("GenerationId", default=-1)
        return answer

    def sync(self, *assignments: tuple[str, bytes], protocol: str = "range", kind: str = "consumer") -> Answer:
        version = min(self.version, 5)
        body = sync(
            version, self.group, self.id, self.generation, assignments, instance=self.instance, protocol=protocol, kind=kind
        )
        return self.talk.aside("SyncGroup", version, body)

    def stable(self, protocols: Protocols = USUAL, kind: str = "consumer", assignment: bytes = b"assignment") -> "Member":
        """Joins alone and assigns to itself."""
        self.join(protocols, kind)
        self.sync((self.id, assignment), protocol=protocols[0][0], kind=kind)
        return self

    def leave(self) -> None:
        self.talk.aside("LeaveGroup", 5, leave(5, self.group, (self.id, None)))
