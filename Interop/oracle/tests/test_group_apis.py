"""The recordings of group APIs: every version of each has been asked what is right and what is wrong."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from oracle import record
from oracle.cli import SCENARIOS, TOP
from oracle.schema import Protocol

PROTOCOL = Protocol(TOP / "Protocol")
APIS = (
    "OffsetCommit", "OffsetFetch", "OffsetDelete", "JoinGroup", "SyncGroup", "Heartbeat", "LeaveGroup", "DescribeGroups",
    "ListGroups", "DeleteGroups", "ConsumerGroupHeartbeat", "ConsumerGroupDescribe",
)  # fmt: skip
# It knows no error but that of groups that are still being read: filters that name nothing find nothing.
NEVER_WRONG = {"ListGroups"}
WANTED = {
    "UNKNOWN_MEMBER_ID": 25, "ILLEGAL_GENERATION": 22, "INCONSISTENT_GROUP_PROTOCOL": 23, "INVALID_GROUP_ID": 24,
    "INVALID_SESSION_TIMEOUT": 26, "REBALANCE_IN_PROGRESS": 27, "OFFSET_METADATA_TOO_LARGE": 12, "NON_EMPTY_GROUP": 68,
    "GROUP_ID_NOT_FOUND": 69, "MEMBER_ID_REQUIRED": 79, "GROUP_MAX_SIZE_REACHED": 81, "FENCED_INSTANCE_ID": 82,
    "GROUP_SUBSCRIBED_TO_TOPIC": 86, "FENCED_MEMBER_EPOCH": 110, "UNRELEASED_INSTANCE_ID": 111, "UNSUPPORTED_ASSIGNOR": 112,
    "STALE_MEMBER_EPOCH": 113, "INVALID_REGULAR_EXPRESSION": 128, "NOT_COORDINATOR": 16,
}  # fmt: skip


def codes(value: Any) -> Iterator[int]:
    if isinstance(value, list):
        for element in value:
            yield from codes(element)
    elif isinstance(value, dict):
        if "ErrorCode" in value:
            yield value["ErrorCode"]
        for element in value.values():
            yield from codes(element)


@cache
def answered() -> dict[tuple[str, int | None], set[tuple[int, ...]]]:
    """The error codes of each answer, by API and version."""
    found: dict[tuple[str, int | None], set[tuple[int, ...]]] = {}
    for path in SCENARIOS.glob("[A-Z]*.py"):
        for entry in record.load(path.stem, PROTOCOL):
            if entry.api in APIS and "body" in entry.answer:
                found.setdefault((entry.api, entry.version), set()).add(tuple(codes(entry.answer["body"])))
    return found


VERSIONS = [
    (api, version) for api in APIS for valid in (PROTOCOL.apis[api][0].valid,) for version in range(valid.lowest or 0, (valid.highest or 0) + 1)
]


@pytest.mark.parametrize(("api", "version"), VERSIONS)
def test_every_version_was_asked_what_is_right_and_what_is_wrong(api: str, version: int) -> None:
    answers = answered()[(api, version)]
    assert any(any(found) for found in answers) or api in NEVER_WRONG
    assert any(found and not any(found) for found in answers)


@pytest.mark.parametrize("name", WANTED)
def test_every_error_of_groups_was_met(name: str) -> None:
    assert any(WANTED[name] in found for answers in answered().values() for found in answers)
