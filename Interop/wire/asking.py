"""One case put to one broker."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from wire.cases import Case
from wire.target import Target, shown

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected.json"


def recorded() -> dict[str, Any]:
    """What Kafka did, by the case's name."""
    return json.loads(EXPECTED.read_text(encoding="utf-8"))


def ask(target: Target, case: Case, quiet_seconds: float, expected: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the broker answered, whether it hung up, and how many records it stored.

    A broker that says nothing for so long waits for more. Where it is known what should come, the wait is short once
    that came.
    """
    before = target.end_offset()
    wanted = None
    if expected is not None and expected["end"] == "waits":
        wanted = len(expected.get("answers", [])) or None
    outcome = target.provoke(case.chunks(target), case.half_close, quiet_seconds, wanted)
    found: dict[str, Any] = {"end": outcome.end}
    if outcome.answers:
        found["answers"] = shown(outcome.answers, case.api, case.version)
    stored = target.end_offset() - before
    if stored:
        found["stored"] = stored
    return found
