"""The command line: which scenarios are played, and in which order."""

import pytest

from oracle.cli import scenarios


def test_scenarios_are_played_in_one_order_however_they_are_given() -> None:
    assert list(scenarios(["SyncGroup", "DeleteGroups", "JoinGroup", "SyncGroup"])) == ["DeleteGroups", "JoinGroup", "SyncGroup"]


def test_without_names_all_are_played() -> None:
    assert list(scenarios([])) == sorted(scenarios([]))
    assert {"Produce", "Fetch", "JoinGroup"} <= set(scenarios([]))


def test_a_name_that_is_none_is_told() -> None:
    with pytest.raises(SystemExit, match="no scenario Nonsense"):
        scenarios(["Fetch", "Nonsense"])
