"""Prints what was found, by scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oracle.compare import Difference, Listed, brief, ranges
from oracle.conversation import Entry

_MOST = 40
"""Lines for one scenario, unless all are asked for."""


def report(
    kafka: dict[str, list[Entry]],
    found: dict[str, list[Difference]],
    listed: list[Listed],
    everything: bool,
    partial: bool,
) -> list[Difference]:
    """Prints each difference that is not listed; returns them."""
    unlisted_in_all: list[Difference] = []
    for scenario, differences in found.items():
        unlisted = [d for d in differences if not _is_listed(d, listed)]
        unlisted_in_all += unlisted
        known = len(differences) - len(unlisted)
        print(f"{scenario}: {len(kafka[scenario])} answers, {len(unlisted)} differences" + f" and {known} listed" * bool(known))
        _print_grouped(unlisted, everything, "Kafka", "ours ")
    for entry in listed:
        if entry.seen == 0 and not partial:
            print(f"listed but no longer there: {entry.scenario}; {', '.join(entry.cases)}; {', '.join(entry.paths)}")
    return unlisted_in_all


def _is_listed(difference: Difference, listed: list[Listed]) -> bool:
    for entry in listed:
        if entry.covers(difference):
            entry.seen += 1
            return True
    return False


def _print_grouped(differences: Sequence[Difference], everything: bool, left: str, right: str) -> None:
    groups: dict[tuple[str, str, str, str], list[int | None]] = {}
    for d in differences:
        groups.setdefault((d.case, d.path, brief(d.kafka), brief(d.ours)), []).append(d.version)
    shown: list[tuple[Any, ...]] = list(groups.items())
    for (case, path, kafka, ours), versions in shown if everything else shown[:_MOST]:
        span = ranges(versions)
        print(f"  {span + ' ' if span else ''}{case}\n    {path}\n      {left}: {kafka}\n      {right}: {ours}")
    if not everything and len(shown) > _MOST:
        print(f"  … and {len(shown) - _MOST} more; --all prints them")


def report_stale(scenario: str, differences: Sequence[Difference], asked: Sequence[Entry]) -> None:
    """Prints where the recording is no longer what is asked, or what Kafka answers."""
    if not differences and not asked:
        return
    print(f"{scenario}: the recording is out of date; --record --only {scenario} renews it")
    _print_grouped(differences, False, "recorded", "Kafka   ")
    for entry in asked[:10]:
        print(f"  {ranges([entry.version])} {entry.case}: the question has changed since")
