"""`make bench`: Martlet and Apache Kafka side by side in one run, interleaved, with the machine's load noted.

    bench.py [--quick] [--rounds N] [--only martlet|kafka] [--write] [ROW…]       bench.py list

Rows on fresh brokers come first; then both brokers are started once, warmed up, and the other rows are measured on them
in turn, the one that goes first changing from round to round; the other one stands still (SIGSTOP) meanwhile. A whole
run is written to Benchmarks/RESULTS.md; a run of some rows, or a quick one, is printed only unless it is told to
`--write`.
"""

import argparse
import datetime
import pathlib
import resource
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import rows_disk  # noqa: E402
import rows_groups  # noqa: E402
import rows_load  # noqa: E402
import rows_rest  # noqa: E402
import table  # noqa: E402
from brokers import alone, create_topics, discard, fresh, remove_topic  # noqa: E402
from programs import WORK, program, run_program, touch_memory  # noqa: E402
from samples import KAFKA, MARTLET, TOP, Results, Watch, machine  # noqa: E402

from harness import places  # noqa: E402
from harness.brokers import Broker  # noqa: E402

RESULTS = TOP / "Benchmarks" / "RESULTS.md"


def all_rows() -> list:
    # What is small first: nothing of the large rows is in the page cache, or waits to be written, then.
    return [*rows_rest.rows(), *rows_groups.rows(), *rows_disk.rows(), *rows_load.rows()]


def say(text: str) -> None:
    print(text, flush=True)


def order(names: list[str], round_number: int) -> list[str]:
    return names if round_number % 2 == 0 else names[::-1]


def attempt(measure, row, name: str, results: Results) -> None:
    """Measures one row of one broker; what fails is said, and the rows after it are measured all the same."""
    try:
        measure()
    except Exception as error:
        results.failures.append(f"{row.name}, {name}: {error}")
        say(f"failed: {results.failures[-1]}")


def measure_fresh(rows: list, names: list[str], rounds: int, quick: bool, results: Results) -> None:
    for round_number in range(rounds):
        for row in rows:
            watch = Watch()
            for name in order(names, round_number):
                attempt(lambda: row.measure_fresh(name, results, quick), row, name, results)
            results.loads.append(f"round {round_number + 1}, {row.name}: {watch.text()}")
            say(results.loads[-1])


def warm_up(brokers: list[Broker], quick: bool) -> None:
    """Lets Kafka's compiler see each path once before anything counts; Martlet gets the same."""
    for broker in brokers:
        for codec in ("none", "lz4"):
            topic = f"warm-up-{codec}"
            create_topics(broker, {topic: 8})
            load = rows_load.Load(1024, 8, codec)
            rows_load.produce(broker, topic, load, load.count(quick) // 2, "all")
            stored = sum(rows_load.data_bytes(broker.data_dir / f"{topic}-{number}") for number in range(8))
            run_program("client", "fetch", broker.port, topic, 8, 50 << 20, stored)
            remove_topic(broker, topic)


def measure_shared(rows: list, names: list[str], rounds: int, quick: bool, results: Results) -> None:
    brokers: list[Broker] = []
    try:
        for name in names:
            brokers.append(fresh(name, "shared"))
            brokers[-1].start()
        say("warming both brokers up")
        warm_up(brokers, quick)
        for round_number in range(rounds):
            for row in rows:
                watch = Watch()
                for broker in order(brokers, round_number):
                    with alone(broker, brokers):
                        attempt(lambda: row.measure(broker, results, quick), row, broker.name, results)
                results.loads.append(f"round {round_number + 1}, {row.name}: {watch.text()}")
                say(results.loads[-1])
    finally:
        for broker in brokers:
            discard(broker)


def report(results: Results, rounds: int, began: datetime.datetime) -> str:
    ended = datetime.datetime.now(datetime.UTC)
    minutes = (ended - began).total_seconds() / 60
    lines = [
        "# Martlet beside Apache Kafka 4.3.1",
        "",
        "Written by `make bench`. Both brokers ran in one run on one machine, in turn, with the defaults of each (Kafka's"
        " heap is its start script's 1 GB), the other one standing still; a JVM client shared the cores with the broker"
        " that it drove."
        f" {'One round' if rounds == 1 else f'{rounds} rounds'}: medians, with the least and the largest in brackets"
        " where a figure was taken more than once. `better by` is how many times less Martlet takes, or more it gives."
        " A GB is 10⁹ bytes of record values; CPU is user and system time as the kernel counts it; memory is the resident"
        " set.",
        "",
        f"{began:%Y-%m-%d %H:%M} UTC, {minutes:.0f} minutes, on {machine()}.",
        "",
        table.markdown(results),
        "## The machine meanwhile",
        "",
        *(f"- {load}" for load in results.loads),
        *(f"- failed: {failure}" for failure in results.failures),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", help="rows to measure; none: all of them; `list` names them")
    parser.add_argument("--quick", action="store_true", help="one round of smaller loads")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--write", action="store_true", help="write RESULTS.md though not every row was measured")
    parser.add_argument("--only", choices=[MARTLET, KAFKA], help="one of the brokers alone")
    arguments = parser.parse_args()

    rows = all_rows()
    if arguments.rows == ["list"]:
        say("\n".join(row.name for row in rows))
        return 0
    unknown = set(arguments.rows) - {row.name for row in rows}
    if unknown:
        say(f"No such row: {', '.join(sorted(unknown))}. `make bench ROW=list` names them all.")
        return 64
    if places.kafka_home() is None:
        say(f"{places.WHY_NO_KAFKA}; the benchmark compares with it.")
        return 69
    chosen = [row for row in rows if not arguments.rows or row.name in arguments.rows]
    rounds = arguments.rounds or (1 if arguments.quick else 3)
    names = [arguments.only] if arguments.only else [KAFKA, MARTLET]

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    program("client")
    say(f"touched {touch_memory():,.0f} MB of memory, so that nobody waits for the host to give it")
    began = datetime.datetime.now(datetime.UTC)
    results = Results()
    try:
        fresh_rows = [row for row in chosen if row.fresh_brokers]
        shared_rows = [row for row in chosen if not row.fresh_brokers]
        if fresh_rows:
            measure_fresh(fresh_rows, names, rounds, arguments.quick, results)
        if shared_rows:
            measure_shared(shared_rows, names, rounds, arguments.quick, results)
    finally:
        if results.values:
            say("\n" + table.plain(results))
        for leftover in WORK.glob("*-*"):
            shutil.rmtree(leftover, ignore_errors=True)
    if arguments.write or not (arguments.rows or arguments.quick or arguments.only):
        RESULTS.write_text(report(results, rounds, began))
        say(f"\nWritten to {RESULTS.relative_to(TOP)}.")
    return 1 if results.failures else 0


if __name__ == "__main__":
    sys.exit(main())
