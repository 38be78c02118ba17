"""The judge itself: histories with one fault each."""

from groups.history import Committed, History, Read

WRITTEN = {(0, 0): 10, (0, 1): 11, (1, 0): 12}


def history(*events: Read | Committed) -> History:
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
