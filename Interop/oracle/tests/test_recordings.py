"""The recordings: what is saved is what is loaded, and what is in the repository covers every version of every API."""

import pathlib

import pytest

from oracle import record
from oracle.cli import SCENARIOS, TOP
from oracle.conversation import Entry
from oracle.schema import Protocol

PROTOCOL = Protocol(TOP / "Protocol")
NAMES = sorted(path.stem for path in SCENARIOS.glob("[A-Z]*.py"))
# Not stable in 4.3: no broker serves it.
UNSTABLE = {("InitProducerId", 6)}


def test_what_is_saved_is_loaded(tmp_path: pathlib.Path) -> None:
    def answer(version: int, code: int) -> dict:
        body = {"ThrottleTimeMs": 0, "ErrorCode": code, "ProducerId": 7, "ProducerEpoch": 0}
        if version >= 6:
            body |= {"OngoingTxnProducerId": -1, "OngoingTxnProducerEpoch": -1}
        return {"body": body}

    entries = [Entry("a", version, "InitProducerId", {"x": 1}, answer(version, version // 4)) for version in range(7)]
    entries += [Entry("b", None, "InitProducerId", "raw", {"nothing": "closed"})]
    record.save("InitProducerId", entries, PROTOCOL, tmp_path)
    assert sorted(record.load("InitProducerId", PROTOCOL, tmp_path), key=str) == sorted(entries, key=str)
    assert len((tmp_path / "InitProducerId.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_is_recorded(name: str) -> None:
    assert record.load(name, PROTOCOL)


@pytest.mark.parametrize("name", [name for name in NAMES if name in PROTOCOL.apis])
def test_every_version_is_asked_for_and_decoded(name: str) -> None:
    entries = [entry for entry in record.load(name, PROTOCOL) if entry.api == name]
    valid = PROTOCOL.apis[name][0].valid
    answered = {entry.version for entry in entries if "body" in entry.answer}
    wanted = {version for version in range(valid.lowest, valid.highest + 1) if (name, version) not in UNSTABLE}
    assert wanted <= answered
    assert not [entry.case for entry in entries if "undecodable" in entry.answer and entry.version in wanted]


def test_there_are_a_thousand_answers_and_more() -> None:
    assert sum(len(record.load(name, PROTOCOL)) for name in NAMES) >= 1000
