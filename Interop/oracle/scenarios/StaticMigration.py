"""Static members in groups that go from one protocol to the other: replaced within a protocol and across, fenced, removed."""

from oracle.conversation import Answer, Conversation
from oracle.groups import leave
from oracle.scenarios.ConsumerGroupHeartbeat import await_coordinator
from oracle.scenarios.GroupMigration import BROKER as BROKER  # noqa: PLC0414: the same broker serves both
from oracle.scenarios.GroupMigration import TOPIC as OTHER_TOPIC
from oracle.scenarios.GroupMigration import assignment, join, new, sync
from oracle.schema import Body

API = "JoinGroup"
ANY = ["Assignment.TopicPartitions"]
PARTITIONS = 4
JOINING: Body = {"RebalanceTimeoutMs": 5000, "SubscribedTopicNames": [OTHER_TOPIC], "TopicPartitions": []}
AT = {"SyncGroup": 5, "Heartbeat": 4, "LeaveGroup": 5, "ConsumerGroupHeartbeat": 1, "OffsetCommit": 9, "OffsetFetch": 9}


def run(talk: Conversation) -> None:
    await_coordinator(talk)
    if not any(topic["ErrorCode"] == 0 for topic in named_topics(talk)):
        talk.create_topic(OTHER_TOPIC, PARTITIONS)
    for version in talk.versions(first=5):
        beside_a_consumer(talk, version, talk.named("sm", version))
        one_after_the_other(talk, version, talk.named("sm-up", version))
        back_again(talk, version, talk.named("sm-down", version))


def named_topics(talk: Conversation) -> list[Body]:
    asked = {"Topics": [{"Name": OTHER_TOPIC}], "AllowAutoTopicCreation": False}
    return talk.peek("Metadata", 12, asked).get("Topics", default=[])


class Asking:
    """Asks under cases that name the group, since one version of JoinGroup stands for several."""

    def __init__(self, talk: Conversation, version: int, group: str, about: str) -> None:
        self.talk, self.version, self.group, self.about = talk, version, group, about

    def ask(self, case: str, api: str, body: Body) -> Answer:
        case = f"{self.about}: {case}"
        if api == "JoinGroup":
            return self.talk.ask(case, self.version, body)
        order = ANY if api == "ConsumerGroupHeartbeat" else []
        return self.talk.ask(f"{case}, after JoinGroup v{self.version}", AT[api], body, api=api, any_order=order)

    def join(self, case: str, member: str, instance: str | None, *owned: int) -> str:
        body = {**join(self.version, self.group, member, *owned), "GroupInstanceId": instance}
        return str(self.ask(case, "JoinGroup", body).get("MemberId"))

    def sync(self, case: str, member: str, instance: str | None, generation: int) -> None:
        self.ask(case, "SyncGroup", {**sync(self.group, member, generation), "GroupInstanceId": instance})

    def beat(self, case: str, member: str, instance: str | None, generation: int) -> None:
        body = {"GroupId": self.group, "GenerationId": generation, "MemberId": member, "GroupInstanceId": instance}
        self.ask(case, "Heartbeat", body)

    def consumer(self, case: str, member: str, instance: str | None, epoch: int, **more: object) -> None:
        self.ask(case, "ConsumerGroupHeartbeat", new(self.group, member, epoch, InstanceId=instance, **more))

    def commit(self, case: str, member: str, instance: str | None, epoch: int) -> None:
        offsets = [{"PartitionIndex": 0, "CommittedOffset": 1, "CommittedLeaderEpoch": -1, "CommittedMetadata": ""}]
        body: Body = {"GroupId": self.group, "GenerationIdOrMemberEpoch": epoch, "MemberId": member}
        self.ask(
            case, "OffsetCommit",
            {**body, "GroupInstanceId": instance, "Topics": [{"Name": OTHER_TOPIC, "Partitions": offsets}]},
        )  # fmt: skip

    def classic_group(self, instance: str) -> str:
        """Makes a stable classic group of one static member that has everything."""
        body = {**join(self.version, self.group, ""), "GroupInstanceId": instance}
        member = str(self.talk.peek("JoinGroup", self.version, body).get("MemberId"))
        given = {"MemberId": member, "Assignment": assignment(0, 1, 2, 3)}
        body = {**sync(self.group, member, 1), "GroupInstanceId": instance, "Assignments": [given]}
        self.talk.peek("SyncGroup", 5, body)
        return member


def beside_a_consumer(talk: Conversation, version: int, group: str) -> None:
    """A classic static member, and a consumer that joins its group; each is replaced by its like."""
    group_of = Asking(talk, version, group, "beside")
    member = group_of.classic_group("i")
    group_of.consumer("a static consumer joins", "new", "j", 0, **JOINING)
    group_of.beat("the classic member is told", member, "i", 1)
    group_of.beat("the classic member is told, without its instance id", member, None, 1)
    group_of.beat("a stranger with its instance id", "stranger", "i", 1)
    group_of.join("the classic member joins", member, "i", 0, 1, 2, 3)
    group_of.sync("the classic member syncs", member, "i", 1)
    group_of.join("the classic member has given up", member, "i", 0, 1)
    group_of.sync("it is where the group is", member, "i", 2)
    group_of.commit("it commits", member, "i", 2)
    group_of.commit("it commits under another instance id", member, "j", 2)
    group_of.commit("it commits without its instance id", member, None, 2)
    again = group_of.join("it comes again without its id", "", "i")
    group_of.beat("the one before is fenced", member, "i", 2)
    group_of.sync("the one before is fenced when it syncs", member, "i", 2)
    group_of.commit("the one before is fenced when it commits", member, "i", 2)
    group_of.join("the one before is fenced when it joins", member, "i")
    group_of.sync("the one that came again syncs", again, "i", 2)
    group_of.beat("the one that came again stays", again, "i", 2)
    group_of.consumer("a consumer takes a classic member's instance id", "taker", "i", 0, **JOINING)
    group_of.consumer("the consumer leaves for a while", "new", "j", -2)
    group_of.consumer("the consumer comes again", "newer", "j", 0, **JOINING)
    group_of.consumer("the consumer before is fenced", "new", "j", 2)
    group_of.join("a classic member takes a consumer's instance id", "", "j")
    talk.ask(f"beside: the classic member leaves by its instance id, after JoinGroup v{version}", 5, leave(5, group, ("", "i")), api="LeaveGroup")
    group_of.beat("it has left", again, "i", 2)
    talk.ask(f"beside: the other leaves by its instance id, after JoinGroup v{version}", 5, leave(5, group, ("", "j")), api="LeaveGroup")
    group_of.consumer("the consumer was removed", "newer", "j", 2)


def one_after_the_other(talk: Conversation, version: int, group: str) -> None:
    """The way up: a classic static member ends without leaving, and comes again as a consumer."""
    group_of = Asking(talk, version, group, "up")
    member = group_of.classic_group("i")
    group_of.consumer("a consumer with the instance id of the only classic member", "new", "i", 0, **JOINING)
    group_of.consumer("it stays", "new", "i", 2)
    group_of.beat("the classic member after it", member, "i", 1)
    group_of.join("the classic member joins after it", member, "i", 0, 1, 2, 3)
    talk.ask(f"up: the classic member leaves, after JoinGroup v{version}", 5, leave(5, group, (member, "i")), api="LeaveGroup")
    group_of.consumer("the consumer once more", "new", "i", 0, **JOINING)
    group_of.consumer("the consumer leaves for good", "new", "i", -1)


def back_again(talk: Conversation, version: int, group: str) -> None:
    """The way down: a static consumer leaves for a while, and comes again as a classic member."""
    group_of = Asking(talk, version, group, "down")
    group_of.consumer("a static consumer joins", "new", "i", 0, **JOINING)
    group_of.join("a classic member with its instance id", "", "i")
    group_of.consumer("the consumer leaves for a while", "new", "i", -2)
    back = group_of.join("it comes again as a classic member", "", "i")
    group_of.sync("it syncs", back, "i", 2)
    group_of.beat("it stays", back, "i", 2)
    group_of.consumer("the consumer it was", "new", "i", 2)
    talk.ask(f"down: it leaves, after JoinGroup v{version}", 5, leave(5, group, (back, "i")), api="LeaveGroup")
