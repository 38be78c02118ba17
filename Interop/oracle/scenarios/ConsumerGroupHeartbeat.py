"""ConsumerGroupHeartbeat: requests that are none, and members from joining to leaving (KIP-848).

A group's assignment is computed at most once an interval (KIP-1263): what comes after it is waited for. The interval is
longer than the default, so that what comes within it does on a busy machine too.
"""

import time

from oracle.conversation import Answer, Conversation
from oracle.schema import Body

INTERVAL = 2.0
BROKER = {"group.consumer.assignment.interval.ms": "2000"}
# Topics in the order of their ids, which the broker chose.
ANY = ["Assignment.TopicPartitions"]
JOIN: Body = {"MemberEpoch": 0, "RebalanceTimeoutMs": 5000, "SubscribedTopicNames": ["chb-one"], "TopicPartitions": []}


# Where the libraries of the two brokers, RE2J and RE2, do not agree by themselves.
BAD_REGEXES = (
    ("open", "("), ("a bad range", "[z-a]"), ("nothing to repeat", "*"), ("look-ahead", "(?=x)"), ("any byte", r"chb-\C*"),
    ("two groups of one name", "(?<n>a)(?P<n>b)"), ("a name that is not ASCII", "(?P<é>a)"), ("look-behind", "(?<=a)b"),
    ("a backreference", r"(a)\1"), ("a repetition too many", "a{1001}"), ("Java's end of input", r"a\Z"),
)  # fmt: skip
GOOD_REGEXES = (
    ("a name without P", "(?<n>chb)-one"), ("a needless escape", r"chb\-\é|chb-one"), ("a class of what a group has", "[(?<n>chb]+-one"),
    ("a quotation", r"\Q(?<n>\E|chb-two"), ("without regard to case", "(?i)CHB-ONE"), ("many repetitions", "(a{1000}){1000}"),
)  # fmt: skip


def request(version: int, group: str, member: str, epoch: int, **more: object) -> Body:
    body: Body = {"GroupId": group, "MemberId": member, "MemberEpoch": epoch, **more}
    if version < 1:
        body.pop("SubscribedTopicRegex", None)
    return body


def run(talk: Conversation) -> None:
    await_coordinator(talk)
    talk.create_topic("chb-one", 4)
    talk.create_topic("chb-two", 2)
    for version in talk.versions():
        refused(talk, version)
        alone(talk, version)
        together(talk, version)
        subscriptions(talk, version)
        static(talk, version)
        lost(talk, version)
        if version >= 1:
            regexes(talk, version)


def await_coordinator(talk: Conversation) -> None:
    """Waits until groups are coordinated: a stranger's heartbeat is refused for the group's sake."""
    for _ in range(200):
        talk.peek("FindCoordinator", 4, {"KeyType": 0, "CoordinatorKeys": ["chb"]})
        refused = [talk.peek("ConsumerGroupHeartbeat", 0, request(0, f"chb-{n}", "m", 1)).get("ErrorCode") for n in range(9)]
        if set(refused) <= {35, 69}:
            return
        time.sleep(0.1)


def join(version: int, group: str, member: str, **more: object) -> Body:
    return request(version, group, member, 0, **{**JOIN, **more})


def beat(talk: Conversation, case: str, version: int, group: str, member: str, epoch: int, **more: object) -> Answer:
    return talk.ask(case, version, request(version, group, member, epoch, **more), any_order=ANY)


def owned(talk: Conversation, topic: str, *partitions: int) -> list[Body]:
    found = talk.peek("Metadata", 12, {"Topics": [{"Name": topic}], "AllowAutoTopicCreation": False})
    return [{"TopicId": found.get("Topics", 0, "TopicId"), "Partitions": list(partitions)}]


def refused(talk: Conversation, version: int) -> None:
    group = talk.named("chb-refused", version)
    for case, body in (
        ("no member id", join(version, group, "") if version >= 1 else request(version, group, "", 1)),
        ("a blank member id", join(version, group, " ") if version >= 1 else request(version, group, " ", 1)),
        ("no group id", join(version, "", "m")),
        ("a blank group id", join(version, " ", "m")),
        ("an empty instance id", join(version, group, "m", InstanceId="")),
        ("an empty rack", join(version, group, "m", RackId=" ")),
        ("no rebalance timeout", join(version, group, "m", RebalanceTimeoutMs=-1)),
        ("no list of partitions", join(version, group, "m", TopicPartitions=None)),
        ("partitions when joining", join(version, group, "m", TopicPartitions=owned(talk, "chb-one", 0))),
        ("no subscription", join(version, group, "m", SubscribedTopicNames=None)),
        ("leaving for a while without an instance id", request(version, group, "m", -2)),
        ("an epoch below all", request(version, group, "m", -3)),
        ("leaving without a member id", request(version, group, "", -1)),
        ("an assignor that there is not", join(version, group, "m", ServerAssignor="sticky")),
        ("an empty assignor", join(version, group, "m", ServerAssignor="")),
        ("no such group", request(version, group, "m", 1)),
        ("leaving no such group", request(version, group, "m", -1)),
        ("leaving no such group for a while", request(version, group, "m", -2, InstanceId="i")),
    ):
        talk.ask(case, version, body)
    if version >= 1:
        for what, regex in BAD_REGEXES:
            asked = join(version, group, "m", SubscribedTopicNames=None, SubscribedTopicRegex=regex)
            talk.ask(f"a bad regular expression: {what}", version, asked)


def alone(talk: Conversation, version: int) -> None:
    group = talk.named("chb-alone", version)
    talk.ask("the first member", version, join(version, group, "m"), any_order=ANY)
    beat(talk, "it stays", version, group, "m", 2)
    beat(talk, "it says all again", version, group, "m", 2, **{**JOIN, "MemberEpoch": 2})
    beat(talk, "it joins again", version, group, "m", 0, **JOIN)
    beat(talk, "an epoch too high", version, group, "m", 3)
    beat(talk, "an epoch too low", version, group, "m", 1)
    beat(talk, "a stranger", version, group, "x", 2)
    beat(talk, "a stranger leaves", version, group, "x", -1)
    beat(talk, "an instance id that it does not have", version, group, "m", 2, InstanceId="i")
    beat(talk, "it leaves", version, group, "m", -1)
    beat(talk, "it leaves again", version, group, "m", -1)
    beat(talk, "it stays after it left", version, group, "m", 2)
    classic = talk.named("chb-classic", version)
    body = {"GroupId": classic, "SessionTimeoutMs": 45000, "RebalanceTimeoutMs": 60000, "MemberId": "", "ProtocolType": "other"}
    talk.peek("JoinGroup", 3, {**body, "Protocols": [{"Name": "p", "Metadata": b""}]})
    talk.ask("a classic group of another protocol type", version, join(version, classic, "m"))
    beat(talk, "no member of a classic group", version, classic, "m", 1)
    beat(talk, "leaving a classic group", version, classic, "m", -1)


def together(talk: Conversation, version: int) -> None:
    group = talk.named("chb-together", version)
    talk.ask("two: the first", version, join(version, group, "a"), any_order=ANY)
    talk.ask("two: the second", version, join(version, group, "b"), any_order=ANY)
    beat(talk, "two: the second within the interval", version, group, "b", 2)
    time.sleep(INTERVAL + 0.1)
    beat(talk, "two: the second after the interval", version, group, "b", 2)
    kept = beat(talk, "two: the first is to give up", version, group, "a", 2).get("Assignment", "TopicPartitions", default=[])
    beat(talk, "two: the second waits", version, group, "b", 3)
    beat(talk, "two: the first says nothing", version, group, "a", 2)
    beat(talk, "two: the first still has all", version, group, "a", 2, TopicPartitions=owned(talk, "chb-one", 0, 1, 2, 3))
    beat(talk, "two: the first has given up", version, group, "a", 2, TopicPartitions=kept)
    beat(talk, "two: the second gets the rest", version, group, "b", 3)
    beat(talk, "two: settled", version, group, "b", 3)
    beat(talk, "two: the first leaves", version, group, "a", -1)
    beat(talk, "two: the second is alone within the interval", version, group, "b", 3)
    time.sleep(INTERVAL + 0.1)
    beat(talk, "two: the second is alone", version, group, "b", 3)
    ranged = talk.named("chb-range", version)
    both = {"SubscribedTopicNames": ["chb-one", "chb-two"], "ServerAssignor": "range"}
    talk.ask("range: the first", version, join(version, ranged, "a", **both), any_order=ANY)
    talk.ask("range: the second", version, join(version, ranged, "b", **both), any_order=ANY)
    time.sleep(INTERVAL + 0.1)
    beat(talk, "range: the first gives up", version, ranged, "a", 2)


def subscriptions(talk: Conversation, version: int) -> None:
    group = talk.named("chb-changes", version)
    talk.ask("no topics", version, join(version, group, "m", SubscribedTopicNames=[]), any_order=ANY)
    beat(talk, "topics that there are not", version, group, "m", 1, SubscribedTopicNames=["chb-none", "chb none"])
    time.sleep(INTERVAL + 0.1)
    beat(talk, "and one that there is", version, group, "m", 2, SubscribedTopicNames=["chb-none", "chb-two", "chb-two"])
    beat(talk, "another one within the interval", version, group, "m", 3, SubscribedTopicNames=["chb-one"])
    beat(talk, "what it has now", version, group, "m", 3, TopicPartitions=[])
    time.sleep(INTERVAL + 0.1)
    beat(talk, "another one after the interval", version, group, "m", 3)


def static(talk: Conversation, version: int) -> None:
    group = talk.named("chb-static", version)
    talk.ask("static", version, join(version, group, "a", InstanceId="i"), any_order=ANY)
    talk.ask("static, the same instance id", version, join(version, group, "b", InstanceId="i"), any_order=ANY)
    talk.ask("static, the same member joins again", version, join(version, group, "a", InstanceId="i"), any_order=ANY)
    beat(talk, "static, another member's heartbeat", version, group, "b", 2, InstanceId="i")
    beat(talk, "static, an unknown instance id", version, group, "a", 2, InstanceId="j")
    beat(talk, "static, without its instance id", version, group, "a", 2)
    beat(talk, "static, another leaves for it", version, group, "b", -2, InstanceId="i")
    beat(talk, "static, it leaves for a while", version, group, "a", -2, InstanceId="i")
    beat(talk, "static, a heartbeat while it is away", version, group, "a", 2, InstanceId="i")
    talk.ask("static, back under another id", version, join(version, group, "b", InstanceId="i"), any_order=ANY)
    beat(talk, "static, the one before", version, group, "a", 2, InstanceId="i")
    beat(talk, "static, it leaves for good", version, group, "b", -1, InstanceId="i")


def lost(talk: Conversation, version: int) -> None:
    """The answer with a new epoch may be lost: the member comes with the one before."""
    group = talk.named("chb-lost", version)
    talk.ask("lost: joining", version, join(version, group, "m"), any_order=ANY)
    time.sleep(INTERVAL + 0.1)
    beat(talk, "lost: a new epoch", version, group, "m", 2, SubscribedTopicNames=["chb-one", "chb-two"])
    beat(talk, "lost: the epoch before, saying nothing", version, group, "m", 2)
    beat(talk, "lost: the epoch before, with too much", version, group, "m", 2, TopicPartitions=owned(talk, "chb-one", 9))
    beat(talk, "lost: the epoch before, with part of it", version, group, "m", 2, TopicPartitions=owned(talk, "chb-one", 0))


def regexes(talk: Conversation, version: int) -> None:
    group = talk.named("chb-regex", version)
    asked = join(version, group, "m", SubscribedTopicNames=None, SubscribedTopicRegex="chb-(one|two)")
    talk.ask("regex: joining", version, asked, any_order=ANY)
    time.sleep(INTERVAL + 0.1)
    beat(talk, "regex: resolved", version, group, "m", 1)
    beat(talk, "regex: another one within ten seconds", version, group, "m", 2, SubscribedTopicRegex="chb-o.*")
    beat(talk, "regex: none", version, group, "m", 2, SubscribedTopicRegex="")
    talk.ask("regex: empty from the start", version, join(version, group + "-2", "m", SubscribedTopicNames=None, SubscribedTopicRegex=""), any_order=ANY)
    for what, regex in GOOD_REGEXES:
        named = f"{group}-{what.replace(' ', '-')}"
        asked = join(version, named, "m", SubscribedTopicNames=None, SubscribedTopicRegex=regex)
        talk.ask(f"regex: {what}", version, asked, any_order=ANY)
    time.sleep(INTERVAL + 0.1)
    for what, _ in GOOD_REGEXES:
        beat(talk, f"regex: {what}, resolved", version, f"{group}-{what.replace(' ', '-')}", "m", 1)
    not_resolved(talk, version)


def not_resolved(talk: Conversation, version: int) -> None:
    """What the others are subscribed to is not for one whose own regular expression has not been resolved yet."""
    group = talk.named("chb-regex-due", version)
    alone = {"SubscribedTopicNames": None, "SubscribedTopicRegex": "chb-one"}
    talk.ask("regex due: joining", version, join(version, group, "a", **alone), any_order=ANY)
    time.sleep(INTERVAL + 0.1)
    beat(talk, "regex due: resolved", version, group, "a", 1)
    talk.ask("regex due: another one", version, join(version, group, "b", SubscribedTopicNames=[]), any_order=ANY)
    beat(talk, "regex due: which leaves", version, group, "b", -1)
    time.sleep(INTERVAL + 0.1)
    asked = join(version, group, "c", SubscribedTopicNames=None, SubscribedTopicRegex="nothing")
    talk.ask("regex due: one that matches nothing", version, asked, any_order=ANY)
    beat(talk, "regex due: the first", version, group, "a", 2)
