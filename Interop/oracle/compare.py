"""Finds where two sets of answers differ, and which of that is meant to be so."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from oracle.conversation import Entry
from oracle.schema import Versions

ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    scenario: str
    case: str
    version: int | None
    path: str
    """Names and indexes with dots: Topics.0.ErrorCode. "(answer)" where the one answered and the other did not."""
    kafka: Any
    ours: Any


@dataclass
class Listed:
    """A difference that is meant to be."""

    scenario: str
    cases: tuple[str, ...]
    versions: Versions | None
    paths: tuple[str, ...]
    reason: str
    seen: int = 0

    def covers(self, difference: Difference) -> bool:
        return (
            fnmatchcase(difference.scenario, self.scenario)
            and any(fnmatchcase(difference.case, case) for case in self.cases)
            and (self.versions is None or (difference.version is not None and difference.version in self.versions))
            and any(fnmatchcase(difference.path, path) for path in self.paths)
        )


def load_listed(path: Path) -> list[Listed]:
    """The list of differences that are meant to be; every one must say why."""
    found = []
    for number, facts in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).get("difference", []), 1):
        strangers = set(facts) - {"scenario", "case", "versions", "path", "reason"}
        if strangers or not facts.get("reason") or not facts.get("scenario") or not facts.get("path"):
            raise ValueError(f"{path.name}, difference {number}: scenario, path and reason are needed {strangers or ''}")
        versions = Versions.parse(facts["versions"]) if "versions" in facts else None
        found.append(
            Listed(
                facts["scenario"],
                _several(facts.get("case", "*")),
                versions,
                _several(facts["path"]),
                " ".join(facts["reason"].split()),
            )
        )
    return found


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


Transcript = Mapping[tuple[str, int | None], Entry]


def by_key(entries: Sequence[Entry]) -> dict[tuple[str, int | None], Entry]:
    return {entry.key: entry for entry in entries}


def compare(scenario: str, kafka: Transcript, ours: Transcript) -> list[Difference]:
    """All differences of one scenario's answers, in the order of Kafka's."""
    found = []
    for key in [*kafka, *(key for key in ours if key not in kafka)]:
        case, version = key
        if key not in kafka:
            found.append(Difference(scenario, case, version, "(answer)", ABSENT, ours[key].answer))
        elif key not in ours:
            found.append(Difference(scenario, case, version, "(answer)", kafka[key].answer, ABSENT))
        else:
            found += [
                Difference(scenario, case, version, path, theirs, own)
                for path, theirs, own in differ(kafka[key].answer, ours[key].answer)
            ]
    return found


def differ(kafka: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Where two kept answers differ: path, Kafka's value, ours."""
    if set(kafka) & {"body", "nothing", "undecodable"} != set(ours) & {"body", "nothing", "undecodable"}:
        yield "(answer)", kafka, ours
        return
    for path, theirs, own in _walk("", kafka, ours):
        yield path.removeprefix("body."), theirs, own


def _walk(path: str, kafka: Any, ours: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(kafka, dict) and isinstance(ours, dict):
        for name in [*kafka, *(name for name in ours if name not in kafka)]:
            yield from _walk(f"{path}{name}.", kafka.get(name, ABSENT), ours.get(name, ABSENT))
    elif isinstance(kafka, list) and isinstance(ours, list) and _is_keyed(kafka) and _is_keyed(ours):
        yield from _walk_keyed(path, kafka, ours)
    elif isinstance(kafka, list) and isinstance(ours, list):
        if len(kafka) != len(ours):
            yield f"{path}(count)", len(kafka), len(ours)
        for index, (theirs, own) in enumerate(zip(kafka, ours)):
            yield from _walk(f"{path}{index}.", theirs, own)
        for index in range(min(len(kafka), len(ours)), max(len(kafka), len(ours))):
            theirs = kafka[index] if index < len(kafka) else ABSENT
            yield f"{path}{index}", theirs, ours[index] if index < len(ours) else ABSENT
    elif kafka != ours or type(kafka) is not type(ours):
        yield path.removesuffix("."), kafka, ours


def _key(value: Any) -> Any:
    """What an element is known by where its place says little: an API by its key, a setting by its name."""
    if not isinstance(value, dict):
        return None
    return value.get("ApiKey", value.get("Name") if "ConfigSource" in value else None)


def _is_keyed(values: list[Any]) -> bool:
    keys = [_key(value) for value in values]
    return bool(keys) and None not in keys and len(set(keys)) == len(keys)


def _walk_keyed(path: str, kafka: list[Any], ours: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """By keys rather than by places, so that an element that is not there does not move the others."""
    theirs = {_key(value): value for value in kafka}
    own = {_key(value): value for value in ours}
    if [key for key in theirs if key in own] != [key for key in own if key in theirs]:
        yield f"{path}(order)", list(theirs), list(own)
    for key in [*theirs, *(key for key in own if key not in theirs)]:
        if key in theirs and key in own:
            yield from _walk(f"{path}{key}.", theirs[key], own[key])
        else:
            yield f"{path}{key}", theirs.get(key, ABSENT), own.get(key, ABSENT)


def ranges(versions: Sequence[int | None]) -> str:
    """`v0-3, v5`; nothing where there is no version."""
    numbers = sorted({v for v in versions if v is not None})
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"v{a}" if a == b else f"v{a}-{b}" for a, b in spans)


def brief(value: Any, limit: int = 200) -> str:
    text = value if value is ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
