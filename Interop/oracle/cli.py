"""The command line: `python3 Interop/oracle --help`."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

from harness import places
from oracle import record
from oracle.brokers import BrokerFailed, FreshBroker, Kafka, Martlet, kafka_home
from oracle.compare import Difference, by_key, compare, load_listed
from oracle.conversation import Conversation, Entry, ScenarioFault
from oracle.report import report, report_stale
from oracle.schema import Protocol

TOP = Path(__file__).resolve().parents[2]
SCENARIOS = Path(__file__).with_name("scenarios")
LISTED = Path(__file__).with_name("differences.toml")

Starter = Callable[[dict[str, str]], FreshBroker]
Transcripts = dict[str, list[Entry]]


def scenarios(only: Sequence[str]) -> dict[str, ModuleType]:
    """The modules of those that are wanted, of all where none is; always in the order of their names, in which they were
    recorded: those that share a broker see what the ones before them left."""
    names = sorted(path.stem for path in SCENARIOS.glob("[A-Z]*.py"))
    for name in only:
        if name not in names:
            raise SystemExit(f"oracle: no scenario {name}; there are {', '.join(names)}")
    return {name: importlib.import_module(f"oracle.scenarios.{name}") for name in names if not only or name in only}


def play(modules: dict[str, ModuleType], protocol: Protocol, start: Starter, strict: bool, progress: bool = False) -> Transcripts:
    """Runs the scenarios on fresh brokers: one for all that need no settings of their own, one more for each that does
    (its BROKER has settings), or that wants to be alone (its ALONE is true).

    Strict: a scenario that stops is an error. Else what stopped it is kept as one more answer, to be compared.
    """
    groups: dict[tuple[str, str], dict[str, ModuleType]] = {}
    for name, module in modules.items():
        settings = json.dumps(getattr(module, "BROKER", {}), sort_keys=True)
        groups.setdefault((settings, name if getattr(module, "ALONE", False) else ""), {})[name] = module
    result: Transcripts = {}
    for (settings, _), members in groups.items():
        with start(json.loads(settings)) as broker:
            for name, module in members.items():
                started = time.monotonic()
                result[name] = _play_one(name, module, protocol, broker, strict)
                if progress:
                    print(f"{name}: {len(result[name])} answers, {time.monotonic() - started:.1f} s", flush=True)
    return result


def _play_one(name: str, module: ModuleType, protocol: Protocol, broker: FreshBroker, strict: bool) -> list[Entry]:
    talk = Conversation(protocol, broker.place, getattr(module, "API", name), broker.restart)
    try:
        module.run(talk)
    except ScenarioFault:
        raise
    except Exception as fault:  # noqa: BLE001: whatever an unforeseen answer led to
        if strict:
            raise
        talk.entries.append(Entry("(scenario stopped)", None, talk.api, {}, {"nothing": repr(fault)}))
    finally:
        talk.close()
    return [record.as_recorded(entry) for entry in talk.entries]


def check_recordings(protocol: Protocol, live: Transcripts) -> int:
    """Says where Kafka no longer answers as recorded; returns in how many places.

    Where Martlet differs on purpose the recording is not what it is held to: some of those answers are Kafka's own chance.
    """
    stale = 0
    listed = load_listed(LISTED)
    for name, entries in live.items():
        recorded, current = by_key(record.load(name, protocol)), by_key(entries)
        found = [d for d in compare(name, recorded, current) if not any(entry.covers(d) for entry in listed)]
        asked = [key for key in current if key in recorded and recorded[key].request != current[key].request]
        stale += len(found) + len(asked)
        report_stale(name, found, [current[key] for key in asked])
    return stale


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 Interop/oracle",
        description="Asks Apache Kafka and Martlet the same questions and says where the answers differ. "
        "Exit status: 0 no difference that is not listed, 1 some, 2 could not compare.",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--live", action="store_true", help="against a fresh Kafka; also checks the recordings")
    mode.add_argument("--recorded", action="store_true", help="against the recordings; needs no Java")
    mode.add_argument("--record", action="store_true", help="renew the recordings from a fresh Kafka")
    mode.add_argument("--verify", action="store_true", help="only check that Kafka still answers as recorded")
    mode.add_argument("--show", metavar="SCENARIO", help="print a recording for reading; --case narrows it")
    mode.add_argument("--list", action="store_true", help="the scenarios and how many answers each has")
    parser.add_argument("--case", default="", help="with --show: the cases whose names hold this")
    parser.add_argument("--only", metavar="A,B", default="", help="only these scenarios")
    parser.add_argument("--martlet", type=Path, default=TOP / ".build" / "release" / "martlet", metavar="PATH")
    parser.add_argument("--protocol", type=Path, default=TOP / "Protocol", metavar="DIR", help="the message schemas")
    parser.add_argument("--all", action="store_true", help="print every difference, however many")
    parser.add_argument("--keep", action="store_true", help="keep the brokers' temporary folders")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    options = arguments(argv)
    only = [name for name in options.only.split(",") if name]
    try:
        if options.show:
            return show(Protocol(options.protocol), options.show, options.case)
        modules = scenarios(only)
        if options.list:
            return list_scenarios(Protocol(options.protocol), modules)
        return run(options, modules)
    except (BrokerFailed, ScenarioFault, FileNotFoundError) as fault:
        print(f"oracle: {fault}", file=sys.stderr)
        return 2


def run(options: argparse.Namespace, modules: dict[str, ModuleType]) -> int:
    started = time.monotonic()
    protocol = Protocol(options.protocol)
    home = kafka_home()
    needs_kafka = options.live or options.record or options.verify
    if needs_kafka and home is None:
        raise BrokerFailed("no Apache Kafka: set KAFKA_HOME, or run with --recorded")
    if home is None and not options.recorded and places.in_ci():
        raise BrokerFailed(f"{places.WHY_NO_KAFKA}, and in CI nothing is skipped for that")
    live = needs_kafka or (home is not None and not options.recorded)

    def start_kafka(overrides: dict[str, str]) -> FreshBroker:
        return Kafka(protocol, overrides, options.keep)

    def start_martlet(overrides: dict[str, str]) -> FreshBroker:
        if not options.martlet.exists():
            raise BrokerFailed(f"no Martlet at {options.martlet}: make build, or --martlet PATH")
        return Martlet(options.martlet, protocol, overrides, options.keep)

    if options.record or options.verify:
        answers = play(modules, protocol, start_kafka, strict=True, progress=True)
        return renew(protocol, answers) if options.record else verify(protocol, answers, started)
    with ThreadPoolExecutor(2) as pool:
        ours = pool.submit(play, modules, protocol, start_martlet, False)
        if live:
            kafka = pool.submit(play, modules, protocol, start_kafka, True).result()
        else:
            kafka = {name: record.load(name, protocol) for name in modules}
        found = {name: compare(name, by_key(kafka[name]), by_key(entries)) for name, entries in ours.result().items()}
    stale = check_recordings(protocol, kafka) if live else 0
    return conclude(kafka, found, stale, options.all, partial=bool(options.only), started=started, live=live)


def conclude(
    kafka: Transcripts, found: dict[str, list[Difference]], stale: int, everything: bool, partial: bool, started: float, live: bool
) -> int:
    """Prints it all; the last line counts answers, as tests are counted."""
    listed = load_listed(LISTED)
    unlisted = report(kafka, found, listed, everything, partial)
    answers = sum(len(entries) for entries in kafka.values())
    total = sum(len(differences) for differences in found.values())
    print(
        f"{answers} answers, {total} differences, {total - len(unlisted)} of them by the {len(listed)} that are listed, "
        f"{len(unlisted)} not; {stale} recorded answers out of date; {time.monotonic() - started:.0f} s"
    )
    if not live:
        print(f"skipped: asking Apache Kafka itself ({places.WHY_NO_KAFKA if kafka_home() is None else 'by wish'})")
    wrong = len({(d.scenario, d.case, d.version) for d in unlisted}) + stale
    print(f"{max(0, answers - wrong)} passed, {wrong} failed, {0 if live else 1} skipped")
    return 1 if wrong else 0


def renew(protocol: Protocol, answers: Transcripts) -> int:
    for name, entries in answers.items():
        record.save(name, entries, protocol)
    return 0


def verify(protocol: Protocol, answers: Transcripts, started: float) -> int:
    stale = check_recordings(protocol, answers)
    count = sum(len(entries) for entries in answers.values())
    print(f"{count} answers of Kafka's, {stale} not as recorded; {time.monotonic() - started:.0f} s")
    return 1 if stale else 0


def show(protocol: Protocol, name: str, case: str) -> int:
    for entry in record.load(name, protocol):
        if case in entry.case:
            version = "" if entry.version is None else f" v{entry.version}"
            print(f"## {entry.api}{version}: {entry.case}")
            print("asked   ", json.dumps(entry.request, ensure_ascii=False))
            print("answered", json.dumps(entry.answer, ensure_ascii=False, indent=2), "\n")
    return 0


def list_scenarios(protocol: Protocol, modules: dict[str, ModuleType]) -> int:
    total = 0
    for name, module in modules.items():
        count = len(record.load(name, protocol))
        total += count
        first = (module.__doc__ or "").strip().splitlines()[0]
        print(f"{count:6} {name:24} {first}")
    print(f"{total:6} answers")
    return 0
