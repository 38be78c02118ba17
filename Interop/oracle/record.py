"""The recordings of what Apache Kafka answered: `recordings/<Scenario>.jsonl`, one case a line.

Versions that follow each other share a line where they were asked alike and where the answer of each is the answer of
the last but for the fields that it does not have. A long answer that an earlier line already has is given as that line's
case and version. So a file reads as a table of what is answered, and of what changed from version to version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oracle.conversation import Entry
from oracle.schema import Body, Protocol, Struct, Versions

FOLDER = Path(__file__).with_name("recordings")
_LONG = 500
"""Characters; a shorter answer is written again rather than referred to."""


def save(scenario: str, entries: Sequence[Entry], protocol: Protocol, folder: Path = FOLDER) -> None:
    cases: dict[str, list[Entry]] = {}
    for entry in entries:
        cases.setdefault(entry.case, []).append(entry)
    lines = []
    seen: dict[str, list[Any]] = {}
    for case, asked in cases.items():
        for span in reversed(list(_spans(asked, protocol))):
            first, last = span[0].version, span[-1].version
            facts: dict[str, Any] = {"case": case}
            if last is not None:
                facts["versions"] = str(last) if first == last else f"{first}-{last}"
            if span[0].api != scenario:
                facts["api"] = span[0].api
            facts["request"] = span[0].request
            answer = _json(span[-1].answer)
            if answer in seen:
                facts["answerOf"] = seen[answer]
            else:
                facts["answer"] = span[-1].answer
                if len(answer) > _LONG:
                    seen[answer] = [case, last]
            lines.append(_json(facts))
    folder.mkdir(exist_ok=True)
    (folder / f"{scenario}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _spans(asked: Sequence[Entry], protocol: Protocol) -> Iterator[list[Entry]]:
    """Entries of one case that share a line, oldest version first."""
    span: list[Entry] = []
    for entry in sorted(asked, key=lambda e: -1 if e.version is None else e.version, reverse=True):
        if span and not _share(entry, span[-1], span[0], protocol):
            yield span[::-1]
            span = []
        span.append(entry)
    if span:
        yield span[::-1]


def _share(entry: Entry, above: Entry, newest: Entry, protocol: Protocol) -> bool:
    if entry.version is None or above.version != entry.version + 1:
        return False
    if (entry.api, entry.request) != (newest.api, newest.request):
        return False
    # As text: an object's order counts, so that what is loaded is what was saved.
    return _json(project(entry.api, entry.version, newest.answer, protocol)) == _json(entry.answer)


def project(api: str, version: int, answer: Body, protocol: Protocol) -> Body:
    """The answer without the fields that this version does not have."""
    if "body" not in answer or api not in protocol.apis:
        return answer
    return {**answer, "body": _project(protocol.apis[api][1].struct, version, answer["body"])}


def _project(struct: Struct, version: int, body: Body) -> Body:
    kept: Body = {}
    fields = {field.name: field for field in struct.fields if version in field.versions}
    for name, value in body.items():
        if name == "_tags":
            kept[name] = value
        elif name in fields:
            nested = fields[name].struct
            if nested is not None and isinstance(value, list):
                value = [_project(nested, version, element) for element in value]
            elif nested is not None and value is not None:
                value = _project(nested, version, value)
            kept[name] = value
    return kept


def load(scenario: str, protocol: Protocol, folder: Path = FOLDER) -> list[Entry]:
    """The recording of a scenario; empty where there is none."""
    path = folder / f"{scenario}.jsonl"
    entries: list[Entry] = []
    answers: dict[tuple[str, int | None], Body] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        facts = json.loads(line)
        span: list[int | None] = [None]
        if "versions" in facts:
            versions = Versions.parse(facts["versions"])
            assert versions.lowest is not None and versions.highest is not None
            span = list(range(versions.lowest, versions.highest + 1))
        answer = answers[tuple(facts["answerOf"])] if "answerOf" in facts else facts["answer"]
        answers[(facts["case"], span[-1])] = answer
        api = facts.get("api", scenario)
        for version in span:
            own = answer if version in (None, span[-1]) else project(api, version, answer, protocol)
            entries.append(Entry(facts["case"], version, api, facts["request"], own))
    return entries


def as_recorded(entry: Entry) -> Entry:
    """The entry as it would come back from a recording (JSON has no tuples and no integer keys)."""
    plain = json.loads(json.dumps([entry.request, entry.answer]))
    return Entry(entry.case, entry.version, entry.api, plain[0], plain[1])
