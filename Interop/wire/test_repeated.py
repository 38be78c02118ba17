"""A few bytes of a request ask for all of a group, a partition's producers or a broker's settings: what becomes of a
request that asks for it again and again. What could not be sent takes no memory, and what can be is what it always was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from oracle import batches
from oracle.groups import commit, join, sync

from wire.target import TOPIC, Target, read_frame, request
from wire.test_bounds import MEBIBYTE, Growth
from wire.test_group_bounds import await_groups, consumer

PRODUCERS = 100
FIT_IN_NONE = 20_000
"""So many of each are more than any answer may have: about 20 KB each."""


@dataclass
class Asked:
    """One API that is asked about things, `big` among them."""

    api: str
    version: int
    big: Any
    other: Any
    body: Callable[[list[Any]], dict[str, Any]]
    results: Callable[[dict[str, Any]], list[Any]]
    count: int = FIT_IN_NONE


def offsets_of(group: str) -> dict[str, Any]:
    return {"GroupId": group, "MemberId": None, "MemberEpoch": -1, "Topics": None}


def settings_of(broker: str) -> dict[str, Any]:
    return {"ResourceType": 4, "ResourceName": broker, "ConfigurationKeys": None}


ASKED = [
    Asked("OffsetFetch", 9, offsets_of("big"), offsets_of("none"), lambda items: {"Groups": items}, lambda answer: answer["Groups"]),
    Asked("DescribeGroups", 5, "classic", "none", lambda items: {"Groups": items}, lambda answer: answer["Groups"]),
    Asked("ConsumerGroupDescribe", 1, "consumer", "none", lambda items: {"GroupIds": items}, lambda answer: answer["Groups"]),
    Asked(
        "DescribeProducers", 0, 0, 1, lambda items: {"Topics": [{"Name": TOPIC, "PartitionIndexes": items}]},
        lambda answer: answer["Topics"][0]["Partitions"], count=100_000,
    ),
    Asked(
        "DescribeConfigs", 4, settings_of("1"), settings_of("2"), lambda items: {"Resources": items, "IncludeSynonyms": True},
        lambda answer: answer["Results"],
    ),
]  # fmt: skip


@pytest.fixture
def filled_target(fresh_target: Target) -> Target:
    """A broker with groups that have much to tell, and a partition with producers."""
    target = fresh_target
    await_groups(target)
    partitions = [{"PartitionIndex": 0, "CommittedOffset": 1, "CommittedMetadata": "x" * 4000}]
    topics = [{"Name": f"gone-{number}", "Partitions": partitions} for number in range(5)]
    made = [{"Name": topic["Name"], "NumPartitions": 1, "ReplicationFactor": 1} for topic in topics]
    target.ask("CreateTopics", 7, {"Topics": made, "timeoutMs": 20000})
    target.ask("OffsetCommit", 8, {**commit(8, "big", TOPIC), "Topics": topics})
    member = target.ask("JoinGroup", 3, join(3, "classic", protocols=[("range", b"x" * 20_000)]))["MemberId"]
    target.ask("SyncGroup", 3, sync(3, "classic", member, 1, [(member, b"mine")]))
    target.ask("ConsumerGroupHeartbeat", 1, consumer("consumer", "m", 0, [f"{number}-" + "x" * 200 for number in range(100)]))
    for number in range(PRODUCERS):
        identified = batches.batch(batches.records("v"), producer_id=number, producer_epoch=0, base_sequence=0)
        data = {"TopicData": [{"Name": TOPIC, "PartitionData": [{"Index": 0, "Records": identified}]}]}
        target.ask("Produce", 8, {"TransactionalId": None, "Acks": 1, "TimeoutMs": 1000, **data})
    return target


def test_the_same_thing_asked_for_without_end(filled_target: Target) -> None:
    for asked in ASKED:
        message = request(asked.api, asked.version, asked.body([asked.big] * asked.count))
        growth = Growth(filled_target)
        with filled_target.connect(timeout=60) as attacker:
            attacker.sendall(message)
            assert attacker.recv(1) == b"", f"{asked.api} was answered"
        assert growth.peak < 32 * MEBIBYTE, f"{asked.api} took {growth.peak >> 20} MiB"
        assert filled_target.end_offset() == PRODUCERS


def test_what_is_asked_for_twice_is_answered_twice(filled_target: Target) -> None:
    for asked in ASKED:
        ask = lambda items, asked=asked: asked.results(filled_target.ask(asked.api, asked.version, asked.body(items)))  # noqa: E731
        (big,), (other,) = ask([asked.big]), ask([asked.other])
        assert big != other
        assert len(str(big)) > 3000, f"{asked.api} has little to tell of {asked.big}: {big}"
        assert ask([asked.big, asked.other, asked.big, asked.other, asked.big]) == [big, other, big, other, big]


def test_names_without_settings_of_their_own_share_what_is_told_of_them(fresh_target: Target) -> None:
    groups = [{"ResourceType": 32, "ResourceName": f"none-{number}"} for number in range(30_000)]
    message = request("DescribeConfigs", 4, {"Resources": groups})
    growth = Growth(fresh_target)
    with fresh_target.connect(timeout=60) as attacker:
        attacker.sendall(message)
        answer = read_frame(attacker)
    assert growth.peak < 2 * len(answer) + 8 * MEBIBYTE
