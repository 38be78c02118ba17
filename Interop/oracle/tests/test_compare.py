"""The comparison itself: what counts as a difference, which of them are listed, and that nothing is listed without a reason."""

import pathlib

import pytest

from oracle.compare import ABSENT, Difference, compare, load_listed, ranges
from oracle.conversation import Entry


def transcript(*answers: tuple[str, int | None, dict]) -> dict:
    return {(case, version): Entry(case, version, "Fetch", {}, answer) for case, version, answer in answers}


def found(kafka: dict, ours: dict) -> list[tuple[str, object, object]]:
    both = compare("Fetch", transcript(("a", 1, kafka)), transcript(("a", 1, ours)))
    return [(d.path, d.kafka, d.ours) for d in both]


def test_equal_answers_do_not_differ() -> None:
    assert found({"body": {"A": [1, {"B": None}]}}, {"body": {"A": [1, {"B": None}]}}) == []


def test_a_field_is_named_by_its_path() -> None:
    assert found({"body": {"A": [{"B": 1}]}}, {"body": {"A": [{"B": 2}]}}) == [("A.0.B", 1, 2)]


def test_false_is_not_zero() -> None:
    assert found({"body": {"A": False}}, {"body": {"A": 0}}) == [("A", False, 0)]


def test_an_element_more_is_told_with_the_count() -> None:
    assert found({"body": {"A": [1]}}, {"body": {"A": [1, 2]}}) == [("A.(count)", 1, 2), ("A.1", ABSENT, 2)]


def test_an_api_that_is_missing_does_not_move_the_others() -> None:
    kafka = {"body": {"ApiKeys": [{"ApiKey": 1, "MaxVersion": 3}, {"ApiKey": 2, "MaxVersion": 4}]}}
    ours = {"body": {"ApiKeys": [{"ApiKey": 2, "MaxVersion": 5}]}}
    assert found(kafka, ours) == [
        ("ApiKeys.1", {"ApiKey": 1, "MaxVersion": 3}, ABSENT),
        ("ApiKeys.2.MaxVersion", 4, 5),
    ]


def test_a_setting_is_known_by_its_name() -> None:
    kafka = {"body": {"Configs": [{"Name": "a.b", "Value": "1", "ConfigSource": 5}, {"Name": "c", "Value": "1", "ConfigSource": 5}]}}
    ours = {"body": {"Configs": [{"Name": "c", "Value": "2", "ConfigSource": 5}, {"Name": "a.b", "Value": "1", "ConfigSource": 5}]}}
    assert found(kafka, ours) == [("Configs.(order)", ["a.b", "c"], ["c", "a.b"]), ("Configs.c.Value", "1", "2")]


def test_silence_is_a_difference_of_the_whole_answer() -> None:
    assert [path for path, _, _ in found({"nothing": "silent"}, {"body": {}})] == ["(answer)"]


def test_what_only_one_of_them_was_asked_is_a_difference() -> None:
    both = compare("Fetch", transcript(("a", 1, {})), transcript(("b", 1, {})))
    assert [(d.case, d.path) for d in both] == [("a", "(answer)"), ("b", "(answer)")]


def listed(tmp_path: pathlib.Path, text: str) -> list:
    file = tmp_path / "differences.toml"
    file.write_text(text)
    return load_listed(file)


def test_a_listed_difference_covers_its_versions_and_cases_only(tmp_path: pathlib.Path) -> None:
    text = '[[difference]]\nscenario = "Fetch"\ncase = ["a", "b *"]\nversions = "4-6"\npath = "A.*"\nreason = "because"\n'
    (entry,) = listed(tmp_path, text)
    assert entry.covers(Difference("Fetch", "b c", 5, "A.0.B", 1, 2))
    assert not entry.covers(Difference("Fetch", "c", 5, "A.0.B", 1, 2))
    assert not entry.covers(Difference("Fetch", "a", 7, "A.0.B", 1, 2))
    assert not entry.covers(Difference("Fetch", "a", 5, "B", 1, 2))
    assert not entry.covers(Difference("Produce", "a", 5, "A.0", 1, 2))


@pytest.mark.parametrize("line", ['scenario = "Fetch"\npath = "A"', 'path = "A"\nreason = "r"', 'scenario = "F"\nreason = "r"'])
def test_nothing_is_listed_without_scenario_path_and_reason(tmp_path: pathlib.Path, line: str) -> None:
    with pytest.raises(ValueError):
        listed(tmp_path, f"[[difference]]\n{line}\n")


def test_versions_in_a_row_are_shown_as_a_range() -> None:
    assert ranges([3, 1, 2, 5, None]) == "v1-3, v5"
