"""One case put to one broker."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from wire.cases import Case
from wire.target import Target, shown

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected.json"


def settings() -> dict[str, str]:
    """Records carry timestamps of 2023: retention must not take them away."""
    return {"log.retention.ms": "-1", "offsets.topic.num.partitions": "2", "transaction.state.log.num.partitions": "2"}


def recorded() -> dict[str, Any]:
    """What Kafka did, by the case's name."""
    return json.loads(EXPECTED.read_text(encoding="utf-8"))


def ask(target: Target, case: Case, quiet_seconds: float) -> dict[str, Any]:
    """What the broker answered, whether it hung up, and how many records it stored."""
    before = target.end_offset()
    outcome = target.provoke(case.chunks(target), case.half_close, quiet_seconds)
    found: dict[str, Any] = {"end": outcome.end}
    if outcome.answers:
        found["answers"] = shown(outcome.answers, case.api, case.version)
    stored = target.end_offset() - before
    if stored:
        found["stored"] = stored
    return found
