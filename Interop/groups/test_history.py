"""The judge itself: histories with one fault each."""

import pytest

from groups.history import Committed, Dropped, Event, History, Lost, Read, Refused

WRITTEN = {(0, 0): 10, (0, 1): 11, (1, 0): 12}


def history(*events: Event) -> History:
    made = History()
    for event in events:
        made.note(event)
    return made


GOOD = (Read("a", 0, 0, 10), Read("a", 0, 1, 11), Committed("a", 0, 2), Read("b", 1, 0, 12), Committed("b", 1, 1))


def test_a_history_without_fault() -> None:
    assert history(*GOOD).faults(WRITTEN, len(GOOD)) == []


def test_a_record_that_nobody_read() -> None:
    assert history(*GOOD[:3]).faults(WRITTEN) == ["skipped 1 records, the first at (1, 0)"]


def test_a_record_that_is_another() -> None:
    assert len(history(*GOOD[:3], Read("b", 1, 0, 13)).faults(WRITTEN)) == 1


def test_a_record_that_is_read_again_after_its_commit() -> None:
    assert len(history(*GOOD, Read("b", 0, 1, 11)).faults(WRITTEN)) == 1


def test_a_record_that_is_read_twice_before_its_commit() -> None:
    events = (Read("a", 0, 0, 10), Read("b", 0, 0, 10), *GOOD[1:])
    assert history(*events).faults(WRITTEN) == []
    assert len(history(*events).faults(WRITTEN, exactly_once_until=2)) == 1


@pytest.mark.parametrize("word", [Refused("a", 0, 1, "epoch"), Lost("a", 0), Dropped("a")])
def test_a_record_whose_reader_could_not_commit_it(word: Event) -> None:
    events = (Read("a", 0, 0, 10), word, Read("b", 0, 0, 10), *GOOD[1:])
    assert history(*events).faults(WRITTEN, said_until=9) == []
    assert len(history(*events).faults(WRITTEN, exactly_once_until=9)) == 1


@pytest.mark.parametrize(
    "word", [Refused("b", 0, 1, ""), Refused("a", 1, 1, ""), Refused("a", 0, 0, ""), Lost("a", 1), Dropped("b")]
)
def test_a_record_read_twice_whose_reader_said_nothing_of_it(word: Event) -> None:
    events = (Read("a", 0, 0, 10), word, Read("b", 0, 0, 10), *GOOD[1:])
    assert len(history(*events).faults(WRITTEN, said_until=9)) == 1


def test_what_a_reader_said_before_is_no_reason() -> None:
    events = (Refused("a", 0, 1, "epoch"), Read("a", 0, 0, 10), Read("b", 0, 0, 10), *GOOD[1:])
    assert len(history(*events).faults(WRITTEN, said_until=9)) == 1


def test_a_commit_that_was_refused_and_then_acknowledged_counts() -> None:
    events = (*GOOD[:2], Refused("a", 0, 2, "later"), *GOOD[2:], Read("b", 0, 1, 11))
    assert len(history(*events).faults(WRITTEN, said_until=9)) == 1


def test_who_owns_what() -> None:
    made = History()
    made.owns("a", {0, 1})
    made.owns("b", set())
    assert not made.is_shared({"a", "b"}, 2)
    made.owns("b", {1})
    assert not made.is_shared({"a", "b"}, 2)
    made.owns("a", {0})
    assert made.is_shared({"a", "b"}, 2)
    assert not made.is_shared({"a"}, 2)
    made.gone("b")
    assert not made.is_shared({"a"}, 2) and made.is_shared({"a"}, 1)
