"""What one client can make the group coordinator hold: groups by the thousand, members without end, assignments that name
strangers, metadata of any size. Kafka's errors, memory that stays bounded, and everybody else is served.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from oracle.groups import commit, join, leave, subscription, sync
from oracle.wire import Reader

from wire.target import PROTOCOL, TOPIC, Target, read_frame, request
from wire.test_bounds import MEBIBYTE, Growth

UNKNOWN_SERVER_ERROR, GROUP_ID_NOT_FOUND, MEMBER_ID_REQUIRED = -1, 69, 79


def flood(target: Target, api: str, version: int, bodies: Iterable[dict[str, Any]], at_once: int = 100) -> Iterator[dict[str, Any]]:
    """Sends the requests on one connection, many before their answers are read; the answers."""
    with target.connect(timeout=60) as connection:
        waiting: list[bytes] = []
        for body in bodies:
            waiting.append(request(api, version, body))
            if len(waiting) == at_once:
                yield from answers(connection, api, version, waiting)
                waiting = []
        yield from answers(connection, api, version, waiting)


def answers(connection: Any, api: str, version: int, requests: list[bytes]) -> Iterator[dict[str, Any]]:
    connection.sendall(b"".join(requests))
    for _ in requests:
        reader = Reader(read_frame(connection))
        reader.int32()
        if PROTOCOL.response_header_version(api, version) == 1:
            reader.take(1)
        yield PROTOCOL.apis[api][1].decode(version, reader)


def await_groups(target: Target) -> None:
    """The coordinator's topic is made when it is first asked for."""
    deadline = time.monotonic() + 20
    target.ask("FindCoordinator", 4, {"KeyType": 0, "CoordinatorKeys": ["groups"]})
    while any(group["ErrorCode"] for group in target.ask("DescribeGroups", 5, {"Groups": [f"g{n}" for n in range(200)]})["Groups"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def consumer(group: str, member: str, epoch: int, names: list[str] | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"GroupId": group, "MemberId": member, "MemberEpoch": epoch, "RebalanceTimeoutMs": 5000}
    return {**body, "SubscribedTopicNames": names, "TopicPartitions": [] if epoch == 0 else None}


def test_ten_thousand_groups_of_one_client(fresh_target: Target) -> None:
    await_groups(fresh_target)
    growth = Growth(fresh_target)
    third = range(3334)
    joined = flood(fresh_target, "JoinGroup", 3, (join(3, f"classic-{n}") for n in third))
    assert all(answer["ErrorCode"] == 0 for answer in joined)
    beats = flood(fresh_target, "ConsumerGroupHeartbeat", 1, (consumer(f"consumer-{n}", "m", 0, [TOPIC]) for n in third))
    assert all(answer["ErrorCode"] == 0 and answer["MemberEpoch"] == 2 for answer in beats)
    commits = flood(fresh_target, "OffsetCommit", 8, (commit(8, f"simple-{n}", TOPIC) for n in third))
    assert all(answer["Topics"][0]["Partitions"][0]["ErrorCode"] == 0 for answer in commits)
    assert growth.peak < 32 * MEBIBYTE
    listed = fresh_target.ask("ListGroups", 5, {"StatesFilter": [], "TypesFilter": []})["Groups"]
    assert len({group["GroupId"] for group in listed}) == 3 * len(third)
    deleted = fresh_target.ask("DeleteGroups", 2, {"GroupsNames": [f"simple-{n}" for n in third]})["Results"]
    assert len(deleted) == len(third) and all(result["ErrorCode"] == 0 for result in deleted)
    assert len(fresh_target.ask("ListGroups", 5, {"StatesFilter": [], "TypesFilter": []})["Groups"]) == 2 * len(third)


def test_members_without_end_that_never_come_back(fresh_target: Target) -> None:
    """Each is given an id, to join with in a second step that never comes."""
    await_groups(fresh_target)
    growth = Growth(fresh_target)
    given = list(flood(fresh_target, "JoinGroup", 5, (join(5, "pending", session_ms=6000) for _ in range(20_000))))
    assert all(answer["ErrorCode"] == MEMBER_ID_REQUIRED for answer in given)
    assert len({answer["MemberId"] for answer in given}) == len(given)
    assert growth.peak < 32 * MEBIBYTE
    # Who does come back is a member, alone.
    member = given[-1]["MemberId"]
    assert fresh_target.ask("JoinGroup", 5, join(5, "pending", member))["ErrorCode"] == 0
    members = fresh_target.ask("DescribeGroups", 5, {"Groups": ["pending"]})["Groups"][0]["Members"]
    assert [entry["MemberId"] for entry in members] == [member]


def test_a_member_that_floods_replaces_only_what_it_said_before(fresh_target: Target) -> None:
    await_groups(fresh_target)
    classic = fresh_target.ask("JoinGroup", 3, join(3, "flooded"))["MemberId"]
    growth = Growth(fresh_target)
    # Twenty-five MiB of subscriptions, each another one.
    protocols = ([("range", subscription(f"{n}-" + "x" * 25_000))] for n in range(1000))
    generations = [
        answer["GenerationId"]
        for answer in flood(fresh_target, "JoinGroup", 3, (join(3, "flooded", classic, protocols=each) for each in protocols), 20)
    ]
    assert generations == list(range(2, 1002))
    names = ([f"{n}-{m}" + "x" * 200 for m in range(50)] for n in range(500))
    epochs = {
        answer["ErrorCode"]
        for answer in flood(fresh_target, "ConsumerGroupHeartbeat", 1, (consumer("flooded-2", "m", 0, each) for each in names), 20)
    }
    assert epochs == {0}
    assert growth.peak < 24 * MEBIBYTE
    assert fresh_target.end_offset() == 0


def test_an_assignment_that_names_strangers(fresh_target: Target) -> None:
    await_groups(fresh_target)
    member = fresh_target.ask("JoinGroup", 3, join(3, "strangers"))["MemberId"]
    growth = Growth(fresh_target)
    strangers = [(f"stranger-{number}", b"x" * 30) for number in range(100_000)]
    asked = sync(5, "strangers", member, 1, [*strangers, (member, b"mine")])
    answer = fresh_target.ask("SyncGroup", 5, asked)
    assert (answer["ErrorCode"], answer["Assignment"]) == (0, b"mine")
    assert growth.peak < 48 * MEBIBYTE  # The request has five, and its parts are many.
    described = fresh_target.ask("DescribeGroups", 5, {"Groups": ["strangers"]})["Groups"][0]
    assert [(entry["MemberId"], entry["MemberAssignment"]) for entry in described["Members"]] == [(member, b"mine")]
    # None of them is in the log either: a restart reads what is there.
    assert fresh_target.ask("LeaveGroup", 3, leave(3, "strangers", (member, None)))["ErrorCode"] == 0
    assert fresh_target.ask("DeleteGroups", 2, {"GroupsNames": ["strangers"]})["Results"][0]["ErrorCode"] == 0


def test_what_no_batch_can_hold_is_refused_and_not_kept(fresh_target: Target) -> None:
    """The errors are those of Kafka, whose log takes no batch above `max.message.bytes` either."""
    await_groups(fresh_target)
    growth = Growth(fresh_target)
    large = [f"{number:06}" + "x" * 200 for number in range(6000)]
    bodies = (consumer(f"large-{number}", "m", 0, large) for number in range(30))
    assert {answer["ErrorCode"] for answer in flood(fresh_target, "ConsumerGroupHeartbeat", 1, bodies, 1)} == {UNKNOWN_SERVER_ERROR}
    assert fresh_target.ask("ConsumerGroupHeartbeat", 1, consumer("large-0", "m", 1))["ErrorCode"] == GROUP_ID_NOT_FOUND
    bodies = (commit(8, f"many-{number}", TOPIC, [(0, 1)] * 300, metadata="m" * 4096) for number in range(30))
    for answer in flood(fresh_target, "OffsetCommit", 8, bodies, 1):
        errors = [partition["ErrorCode"] for partition in answer["Topics"][0]["Partitions"]]
        assert errors == [UNKNOWN_SERVER_ERROR] * 300
    for number in range(30):
        member = fresh_target.ask("JoinGroup", 3, join(3, f"long-{number}"))["MemberId"]
        assigned = sync(5, f"long-{number}", member, 1, [(member, b"a" * 1_100_000)])
        assert fresh_target.ask("SyncGroup", 5, assigned)["ErrorCode"] == UNKNOWN_SERVER_ERROR
        # It joins anew, and is given less.
        assert fresh_target.ask("JoinGroup", 3, join(3, f"long-{number}", member))["GenerationId"] == 2
        assert fresh_target.ask("SyncGroup", 5, sync(5, f"long-{number}", member, 2, [(member, b"a")]))["ErrorCode"] == 0
    listed = fresh_target.ask("ListGroups", 5, {"StatesFilter": [], "TypesFilter": []})["Groups"]
    assert {group["GroupId"] for group in listed} == {f"long-{number}" for number in range(30)}
    assert growth.peak < 32 * MEBIBYTE
