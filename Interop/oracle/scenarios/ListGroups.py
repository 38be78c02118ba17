"""ListGroups: everything, by state and by type. A broker of its own: the list has all groups that there are.

It is also the only one that nobody has asked for a coordinator: what all APIs of groups answer before.
"""

from oracle.configs import GROUP, settled
from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, commit, fetch, heartbeat, join, leave, sync
from oracle.scenarios.ConsumerGroupHeartbeat import request
from oracle.scenarios.OffsetDelete import request as deletion
from oracle.schema import Body

ALONE = True
BROKER = {"group.consumer.assignment.interval.ms": "15000"}
"""It does not end here: whoever joins a member is assigned nothing yet."""
STATES = (
    ["Stable"], ["stable"], [" STABLE "], ["Empty", "Dead"], ["CompletingRebalance"], ["PreparingRebalance"], ["Assigning"],
    ["reconciling"], ["nothing"], [""], ["Stable", "nothing"],
)  # fmt: skip
TYPES = (
    ["classic"], ["Classic"], ["consumer"], ["share"], ["streams"], ["unknown"], ["nothing"], [""], [" classic "],
    ["classic", "consumer"],
)  # fmt: skip


def before(talk: Conversation) -> None:
    def asks(api: str, version: int) -> Body:
        match api:
            case "JoinGroup":
                return join(version, "ls")
            case "SyncGroup":
                return sync(version, "ls", "m", 1)
            case "Heartbeat":
                return heartbeat(version, "ls", "m", 1)
            case "LeaveGroup":
                return leave(version, "ls", ("m", None))
            case "DescribeGroups":
                return {"Groups": ["ls", "ls-2"]}
            case "ConsumerGroupDescribe":
                return {"GroupIds": ["ls", "ls-2"]}
            case "DeleteGroups":
                return {"GroupsNames": ["ls", "ls-2"]}
            case "OffsetCommit":
                return commit(version, "ls", "ls-topic", topic_id=topic_id)
            case "OffsetFetch":
                return fetch(version, "ls", [(topic_id if version >= 10 else "ls-topic", [0])])
            case "OffsetDelete":
                return deletion("ls", ("ls-topic", [0]))
            case _:
                return joins("ls", "m")

    topic_id = talk.create_topic("ls-topic", 2)
    for api in (
        "JoinGroup", "SyncGroup", "Heartbeat", "LeaveGroup", "DescribeGroups", "ConsumerGroupDescribe", "DeleteGroups", "OffsetCommit",
        "OffsetFetch", "OffsetDelete", "ConsumerGroupHeartbeat",
    ):  # fmt: skip
        for version in talk.versions(api=api):
            talk.ask(f"before there is a coordinator: {api}", version, asks(api, version), api=api, any_order=["Groups", "Results"])


def joins(group: str, member: str) -> Body:
    joining = {"RebalanceTimeoutMs": 60_000, "SubscribedTopicNames": ["ls-topic"], "TopicPartitions": []}
    return request(0, group, member, 0, **joining)


def consumers(talk: Conversation) -> None:
    """Groups of the consumer protocol, in all their states."""
    change = {"Name": "consumer.assignment.interval.ms", "ConfigOperation": 0, "Value": "0"}
    resource = {"ResourceType": GROUP, "ResourceName": "ls-reconciling", "Configs": [change]}
    talk.peek("IncrementalAlterConfigs", 1, {"Resources": [resource]})
    settled(talk, "ls-settled")
    for group, members in {"ls-one": "a", "ls-assigning": "ab", "ls-reconciling": "ab", "ls-empty": "a"}.items():
        for member in members:
            talk.peek("ConsumerGroupHeartbeat", 1, joins(group, member))
    talk.peek("ConsumerGroupHeartbeat", 1, request(1, "ls-empty", "a", -1))


def run(talk: Conversation) -> None:
    for version in talk.versions():
        talk.ask("before there are groups", version, {})
    before(talk)
    await_groups(talk)
    for version in talk.versions():
        talk.ask("no groups", version, {})
    Member(talk, "ls-stable").stable()
    Member(talk, "ls-other").stable(kind="connect", protocols=[("v1", b"")])
    Member(talk, "ls-joined").join()
    Member(talk, "ls-left").stable().leave()
    talk.peek("JoinGroup", 9, join(9, "ls-pending"))
    talk.peek("OffsetCommit", 9, commit(9, "ls-simple", "ls-topic"))
    talk.peek("OffsetCommit", 9, commit(9, "", "ls-topic"))
    consumers(talk)
    for version in talk.versions():
        talk.ask("all", version, {}, any_order=["Groups"])
        if version >= 4:
            for states in STATES:
                talk.ask(f"states {states}", version, {"StatesFilter": states}, any_order=["Groups"])
        if version >= 5:
            for types in TYPES:
                talk.ask(f"types {types}", version, {"TypesFilter": types}, any_order=["Groups"])
            talk.ask("state and type", version, {"StatesFilter": ["Empty"], "TypesFilter": ["classic"]}, any_order=["Groups"])
            talk.ask("state and another type", version, {"StatesFilter": ["Empty"], "TypesFilter": ["consumer"]}, any_order=["Groups"])
