"""OffsetCommit: by members, by nobody's members and by strangers; topics and partitions that are not there; metadata."""

import time

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, commit, fetch, join
from oracle.topics import UNKNOWN_ID

STRANGER = "oracle-00000000-0000-0000-0000-000000000000"
TOPIC = "oc-topic"


def run(talk: Conversation) -> None:
    await_groups(talk)
    topic_id = talk.create_topic(TOPIC, 3)
    for version in talk.versions():
        simple(talk, version, topic_id)
        members(talk, version, topic_id)
        several(talk, version, topic_id)


def simple(talk: Conversation, version: int, topic_id: str) -> None:
    group = talk.named("oc-simple", version)

    def ask(case: str, to: str = group, **more: object) -> None:
        talk.ask(case, version, commit(version, to, TOPIC, topic_id=topic_id, **more))  # type: ignore[arg-type]

    ask("a generation, no group", generation=1, member=STRANGER)
    ask("a member, no group", member=STRANGER)
    if version >= 7:
        ask("an instance, no group", instance="i")
    ask("nobody's member")
    ask("nobody's member again", metadata="some metadata")
    ask("null metadata", metadata=None)
    ask("the empty group", to="")
    ask("4096 letters", metadata="m" * 4096)
    ask("4097 letters", metadata="m" * 4097)
    ask("4096 letters of two bytes", metadata="ü" * 4096)
    ask("a member of a simple group", member=STRANGER)
    ask("a generation of a simple group", generation=0, member=STRANGER)
    ask("a generation and nobody", generation=0)
    for offset in (0, -1, -2, 2**63 - 1, -(2**63)):
        ask(f"offset {offset}", partitions=[(0, offset)])
        talk.ask(f"fetched {offset}, after v{version}", 9, fetch(9, group, [(TOPIC, [0])]), api="OffsetFetch") if version == 9 else None
    long = f"oc-{'l' * 20_000}"
    ask("too much for a batch", to=long, partitions=[(0, 1)] * 60)
    ask("a long name", to=long)
    ask("partition 3 of 3", partitions=[(3, 1)])
    ask("partition -1", partitions=[(-1, 1)])
    ask("one that is and one that is not", partitions=[(1, 1), (7, 1), (2, 2)])
    ask("the same twice", partitions=[(1, 1), (1, 2)])
    ask("no partitions", partitions=[])
    talk.ask(f"everything fetched, after v{version}", 8, fetch(8, group, None), api="OffsetFetch", any_order=["Groups.Topics.Partitions"])


def members(talk: Conversation, version: int, topic_id: str) -> None:
    group = talk.named("oc-members", version)

    def ask(case: str, **more: object) -> None:
        talk.ask(case, version, commit(version, group, TOPIC, topic_id=topic_id, **more))  # type: ignore[arg-type]

    member = Member(talk, group)
    member.join()
    ask("before the assignment", member=member.id, generation=1)
    ask("nobody, before the assignment")
    member.sync((member.id, b""))
    ask("a member", member=member.id, generation=1)
    ask("an old generation", member=member.id, generation=0)
    ask("a later generation", member=member.id, generation=2)
    ask("no generation", member=member.id)
    ask("a stranger", member=STRANGER, generation=1)
    ask("nobody of a group with members")
    ask("nobody, with a generation", generation=1)
    if version >= 7:
        ask("an unknown instance", member=member.id, generation=1, instance="i")
    pending = talk.peek("JoinGroup", 4, join(4, group)).get("MemberId", default="")
    ask("an id that was given out", member=pending, generation=1)
    member.leave()
    # The group waits for the id that was given out, for no time at all.
    time.sleep(0.2)
    ask("after it left", member=member.id, generation=1)
    ask("nobody, after it left")
    if version >= 7:
        static = Member(talk, talk.named("oc-static", version), instance="i").stable()
        group = static.group
        old = static.id
        ask("static", member=old, generation=1, instance="i")
        ask("static, without a member id", generation=1, instance="i")
        static.id = ""
        static.join()
        ask("static, replaced", member=old, generation=1, instance="i")
        ask("static, the new one", member=static.id, generation=1, instance="i")


def several(talk: Conversation, version: int, topic_id: str) -> None:
    group = talk.named("oc-several", version)
    body = commit(version, group, TOPIC, [(0, 1), (9, 1)], topic_id=topic_id)
    unknown = commit(version, group, "oc-unknown", [(1, 1), (0, 1)], topic_id=UNKNOWN_ID)
    talk.ask("an unknown topic", version, unknown)
    talk.ask("an unknown topic, a generation", version, {**unknown, "GenerationIdOrMemberEpoch": 4, "MemberId": STRANGER})
    talk.ask("no topics", version, {**body, "Topics": []})
    talk.ask("no topics, a generation", version, {**body, "Topics": [], "GenerationIdOrMemberEpoch": 4, "MemberId": STRANGER})
    both = unknown["Topics"] + body["Topics"]
    talk.ask("both topics", version, {**body, "Topics": both})
    talk.ask("both topics, the other way round", version, {**body, "Topics": both[::-1]})
    talk.ask("a topic twice", version, {**body, "Topics": body["Topics"] * 2})
    talk.ask("both topics, a generation", version, {**body, "Topics": both, "GenerationIdOrMemberEpoch": 4, "MemberId": STRANGER})
    if version >= 10:
        zero = commit(version, group, TOPIC, topic_id="AAAAAAAAAAAAAAAAAAAAAA")
        talk.ask("a zero topic id", version, zero)
    if version <= 4:
        for retention_ms in (0, 1, 86_400_000, -2):
            talk.ask(f"kept for {retention_ms} ms", version, {**body, "RetentionTimeMs": retention_ms})
    talk.ask("trailing bytes", version, body, trailing=b"more", chased=True)
