"""ConsumerGroupDescribe: consumer groups in every state, groups of other kinds, groups that there are not (KIP-848)."""

import time

from oracle.conversation import Conversation
from oracle.scenarios.ConsumerGroupHeartbeat import BROKER, INTERVAL, await_coordinator, join, request
from oracle.schema import Body

__all__ = ["BROKER", "run"]
# Topics in the order of their ids, members in that of a hash table, groups in that of their partitions.
ANY = [
    "Groups.Members.Assignment.TopicPartitions",
    "Groups.Members.TargetAssignment.TopicPartitions",
    "Groups.Members",
    "Groups",
]


def run(talk: Conversation) -> None:
    await_coordinator(talk)
    talk.create_topic("cgd-one", 4)
    talk.create_topic("cgd-two", 2)
    # Of one topic: how two are shared out depends on their ids.
    topics = {"SubscribedTopicNames": ["cgd-one"]}

    def beat(body: Body) -> None:
        talk.peek("ConsumerGroupHeartbeat", 1, body)

    def describe(case: str, *groups: str, any_order: list[str] = ANY, **more: object) -> None:
        for version in talk.versions():
            talk.ask(case, version, {"GroupIds": list(groups), "IncludeAuthorizedOperations": False, **more}, any_order=any_order)

    describe("no groups")
    describe("no such group", "cgd-none")
    describe("an empty name", "")
    describe("twice the same", "cgd-none", "cgd-none")
    # Those without a name come first.
    describe("empty names among others", "cgd-none", "", "cgd-none", "", any_order=[])
    beat(join(1, "cgd", "a", **topics, RackId="r", InstanceId="i"))
    describe("one member", "cgd")
    describe("with operations", "cgd", IncludeAuthorizedOperations=True)
    describe("with operations, no such group", "cgd-none", IncludeAuthorizedOperations=True)
    beat(join(1, "cgd", "b", **topics))
    describe("a second within the interval", "cgd")
    time.sleep(INTERVAL + 0.1)
    beat(request(1, "cgd", "b", 2))
    describe("a second that waits", "cgd")
    beat(request(1, "cgd", "a", 2, InstanceId="i"))
    describe("a first that is to give up", "cgd")
    beat(request(1, "cgd", "a", 2, InstanceId="i", TopicPartitions=[]))
    describe("a first that gave up", "cgd")
    beat(request(1, "cgd", "a", -2, InstanceId="i"))
    describe("one that left for a while", "cgd")
    beat(request(1, "cgd", "b", -1))
    describe("one that left", "cgd")
    beat(join(1, "cgd", "c", SubscribedTopicNames=["cgd-none"], ServerAssignor="range"))
    describe("a topic that there is not, and an assignor", "cgd")
    beat(request(1, "cgd", "c", -1))
    beat(request(1, "cgd", "a", -1, InstanceId="i"))
    describe("empty", "cgd")
    beat(join(1, "cgd-regex", "m", SubscribedTopicNames=None, SubscribedTopicRegex="cgd-(one|two)"))
    # The topics are looked at after the answer.
    time.sleep(0.5)
    describe("by a regular expression", "cgd-regex")
    time.sleep(INTERVAL - 0.4)
    beat(request(1, "cgd-regex", "m", 1))
    describe("by a regular expression, resolved", "cgd-regex")
    for member in "ab":
        beat(join(1, "cgd-shared", member, SubscribedTopicNames=None, SubscribedTopicRegex="cgd-one"))
        time.sleep(INTERVAL + 0.1)
    beat(request(1, "cgd-shared", "a", 1))
    describe("a shared regular expression", "cgd-shared")
    beat(request(1, "cgd-shared", "b", 3, SubscribedTopicRegex=""))
    describe("a regular expression that one gave up", "cgd-shared")
    classic = {"GroupId": "cgd-classic", "SessionTimeoutMs": 45000, "RebalanceTimeoutMs": 60000, "MemberId": ""}
    talk.peek("JoinGroup", 3, {**classic, "ProtocolType": "other", "Protocols": [{"Name": "p", "Metadata": b""}]})
    describe("a classic group", "cgd-classic")
    describe("several", "cgd-regex", "cgd-none", "cgd")
