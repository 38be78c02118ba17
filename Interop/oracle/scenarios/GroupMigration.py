"""Groups with members of both protocols: a classic group that a consumer joins, and what is left when it has gone (KIP-848).

The consumer group's assignment is computed at most once an interval (KIP-1263), which does not end here.
"""

from oracle.conversation import Answer, Conversation
from oracle.scenarios.ConsumerGroupHeartbeat import await_coordinator
from oracle.schema import Body

API = "JoinGroup"
BROKER = {"group.consumer.assignment.interval.ms": "15000"}
TOPIC = "gm-topic"
PARTITIONS = 4


def text(value: str) -> bytes:
    return len(value).to_bytes(2, "big") + value.encode()


def numbers(*values: int) -> bytes:
    return len(values).to_bytes(4, "big") + b"".join(value.to_bytes(4, "big") for value in values)


def subscription(*owned: int) -> bytes:
    """A ConsumerProtocolSubscription of version 1: topics, no user data, what the member has."""
    has = (1).to_bytes(4, "big") + text(TOPIC) + numbers(*owned) if owned else bytes(4)
    return b"\0\1" + (1).to_bytes(4, "big") + text(TOPIC) + b"\xff" * 4 + has


def assignment(*partitions: int) -> bytes:
    return b"\0\1" + (1).to_bytes(4, "big") + text(TOPIC) + numbers(*partitions) + b"\xff" * 4


def join(version: int, group: str, member: str, *owned: int, protocol: str = "range", metadata: bytes | None = None) -> Body:
    body: Body = {"GroupId": group, "SessionTimeoutMs": 30000, "MemberId": member, "ProtocolType": "consumer"}
    body["Protocols"] = [{"Name": protocol, "Metadata": subscription(*owned) if metadata is None else metadata}]
    if version >= 1:
        body["RebalanceTimeoutMs"] = 60000
    if version >= 5:
        body["GroupInstanceId"] = None
    if version >= 8:
        body["Reason"] = None
    return body


def sync(group: str, member: str, generation: int, *mine: int, protocol: str = "range", kind: str = "consumer") -> Body:
    given = [{"MemberId": member, "Assignment": assignment(*mine)}] if mine else []
    body: Body = {"GroupId": group, "GenerationId": generation, "MemberId": member, "GroupInstanceId": None}
    return {**body, "ProtocolType": kind, "ProtocolName": protocol, "Assignments": given}


def beat(group: str, member: str, generation: int) -> Body:
    return {"GroupId": group, "GenerationId": generation, "MemberId": member, "GroupInstanceId": None}


def new(group: str, member: str, epoch: int, **more: object) -> Body:
    return {"GroupId": group, "MemberId": member, "MemberEpoch": epoch, **more}


def run(talk: Conversation) -> None:
    await_coordinator(talk)
    talk.create_topic(TOPIC, PARTITIONS)
    for version in talk.versions():
        migrate(talk, version, talk.named("gm", version))


def migrate(talk: Conversation, version: int, group: str) -> None:
    def ask(case: str, api: str, body: Body) -> Answer:
        at = {"JoinGroup": version, "SyncGroup": 5, "Heartbeat": 4, "LeaveGroup": 5, "ConsumerGroupHeartbeat": 1}[api]
        if api == "JoinGroup":
            return talk.ask(case, version, body)
        return talk.ask(f"{case}, after JoinGroup v{version}", at, body, api=api)

    # A stable classic group of one member that has everything.
    member = str(talk.peek("JoinGroup", 3, join(3, group, "")).get("MemberId"))
    talk.peek("SyncGroup", 5, sync(group, member, 1, 0, 1, 2, 3))
    joining = {"RebalanceTimeoutMs": 5000, "SubscribedTopicNames": [TOPIC], "TopicPartitions": []}
    ask("a consumer joins", "ConsumerGroupHeartbeat", new(group, "new", 0, **joining))
    ask("the classic member is told", "Heartbeat", beat(group, member, 1))
    ask("the classic member joins", "JoinGroup", join(version, group, member, 0, 1, 2, 3))
    ask("it gets what it keeps", "SyncGroup", sync(group, member, 1))
    ask("it is to join again", "Heartbeat", beat(group, member, 1))
    ask("the classic member has given up", "JoinGroup", join(version, group, member, 0, 1))
    ask("it is where the group is", "SyncGroup", sync(group, member, 2))
    ask("it stays", "Heartbeat", beat(group, member, 2))
    ask("an old generation", "Heartbeat", beat(group, member, 1))
    ask("an old generation", "SyncGroup", sync(group, member, 1))
    ask("another protocol", "SyncGroup", sync(group, member, 2, protocol="other"))
    ask("another protocol type", "SyncGroup", sync(group, member, 2, kind="other"))
    ask("a consumer's heartbeat of the other kind", "Heartbeat", beat(group, "new", 2))
    ask("a stranger", "Heartbeat", beat(group, "stranger", 2))
    ask("a protocol that not all know", "JoinGroup", join(version, group, "stranger", protocol="other"))
    ask("no subscription", "JoinGroup", join(version, group, "stranger", metadata=b"x"))
    second = str(ask("a second classic member", "JoinGroup", join(version, group, "")).get("MemberId"))
    if version >= 4:
        ask("a second classic member, with its id", "JoinGroup", join(version, group, second))
    ask("the second, within the interval", "SyncGroup", sync(group, second, 2))
    ask("the first, within the interval", "Heartbeat", beat(group, member, 2))
    leaving = [{"MemberId": who, "GroupInstanceId": None, "Reason": None} for who in (second, second, "stranger")]
    ask("the second leaves, and a stranger", "LeaveGroup", {"GroupId": group, "Members": leaving})
    ask("the consumer leaves", "ConsumerGroupHeartbeat", new(group, "new", -1))
    ask("the group is classic again", "Heartbeat", beat(group, member, 2))
    talk.peek("LeaveGroup", 5, {"GroupId": group, "Members": [{"MemberId": member, "GroupInstanceId": None, "Reason": None}]})
