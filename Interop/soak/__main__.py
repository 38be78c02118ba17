"""`make soak`: simulated crashes of the log storage, then real ones of the broker; the report goes to Documentation/SOAK.md.

    python Interop/soak                                10,000 simulated histories, 500 kills
    python Interop/soak --histories 0 --kills 100      100 kills, printed only, as every run that is not a whole one
    python Interop/soak --histories 0 --seed 7         the round of kills with this seed alone
"""

from __future__ import annotations

import argparse
import datetime
import os
import pathlib
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import confluent_kafka  # noqa: E402
from harness import places  # noqa: E402

from soak.kills import Round, Tally  # noqa: E402
from soak.reading import Lost  # noqa: E402

HISTORIES = 10_000
KILLS = 500
KILLS_PER_ROUND = 25
REPORT = places.TOP / "Documentation" / "SOAK.md"
COUNTED = re.compile(
    r"simulated: (\d+) histories, (\d+) crashes, (\d+) cleanings, (\d+) deletions, (\d+) full disks, (\d+) damages"
)


@dataclass
class Simulated:
    histories: int
    crashes: int
    cleanings: int
    deletions: int
    full_disks: int
    damages: int
    seconds: float


def simulate(histories: int) -> Simulated:
    """Runs the simulation by `swift test`; its failing seeds are printed as it prints them."""
    print(f"{histories} simulated histories …", flush=True)
    began = time.monotonic()
    swift = os.environ.get("SWIFT", "swift")
    done = subprocess.run(
        [swift, "test", "--filter", "LogStorageTests.CrashTests"], cwd=places.TOP, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=os.environ | {"MARTLET_SIMULATION_SEEDS": str(histories)},
    )  # fmt: skip
    counts = [tuple(map(int, found)) for found in COUNTED.findall(done.stdout)]
    if done.returncode != 0 or not counts:
        sys.exit(f"The simulation ended with {done.returncode}:\n{done.stdout[-6000:]}")
    return Simulated(*(sum(column) for column in zip(*counts)), time.monotonic() - began)


def kill(seeds: list[int], kills: int) -> tuple[Tally, list[str]]:
    """The rounds of kills, and a line of the report for each."""
    total, lines = Tally(), []
    for seed in seeds:
        began = time.monotonic()
        round_ = Round(seed)
        try:
            tally = round_.run(min(KILLS_PER_ROUND, kills - total.kills))
        except Lost as error:
            sys.exit(f"Round of seed {seed} ({round_.about}): {error}\nAgain: python Interop/soak --histories 0 --seed {seed}")
        total.add(tally)
        line = (
            f"| {seed} | {round_.about} | {tally.kills} | {tally.acknowledged:,} | {tally.cleaned:,} "
            f"| {tally.slowest_restart_ms:.0f} ms | {time.monotonic() - began:.0f} s |"
        )
        lines.append(line)
        print(line, flush=True)
    return total, lines


def said_by(*command: str) -> str:
    return subprocess.run(command, cwd=places.TOP, capture_output=True, text=True, check=True).stdout.strip()


def report(simulated: Simulated, total: Tally, lines: list[str], seconds: float) -> str:
    swift = re.search(r"Swift version (\S+)", said_by(os.environ.get("SWIFT", "swift"), "--version"))
    return f"""# Soak

What `make soak` found the last time all of it ran; the run wrote this page. Every crash, simulated or real, is followed by
a start and by a comparison with what was acknowledged before it.

{datetime.date.today():%d %B %Y}, commit `{said_by("git", "rev-parse", "--short", "HEAD")}`, Swift {swift[1] if swift else "?"}, \
librdkafka {confluent_kafka.libversion()[0]}, Python {platform.python_version()}, \
Linux {platform.release()}, {os.cpu_count()} processors.

| | |
|---|---|
| simulated histories, crashes in them | {simulated.histories:,}, {simulated.crashes:,} |
| cleanings, deleted topics in them | {simulated.cleanings:,}, {simulated.deletions:,} |
| disks that were full, bytes that were changed in them | {simulated.full_disks:,}, {simulated.damages:,} |
| `kill -9` under load | {total.kills:,} |
| records acknowledged while that went on | {total.acknowledged:,} |
| comparisons of an acknowledged record after a start | {total.compared:,} |
| records seen to be cleaned away | {total.cleaned:,} |
| acknowledged records lost, there twice, changed, out of order | 0 |
| cleaned records that came back | 0 |
| from exec to the first answer after a kill: mean, most | {total.restarts_ms / max(1, total.kills):.0f} ms, {total.slowest_restart_ms:.0f} ms |
| it all took | {seconds / 60:.0f} minutes, {simulated.seconds / 60:.0f} of them the simulation |

## Simulated crashes

Seeds 1 to {simulated.histories} of `CrashTests` ([DISK-FORMAT](DISK-FORMAT.md) says what a history is): the process dies or the power
fails at any call to the file system, in a start too; what was not synced is lost, there, or there in part.

## `kill -9`

Each round is a directory of its own: an idempotent producer with `acks=all` on three partitions, another one on two compacted
partitions with few keys and with tombstones, both at work while the broker is killed, started again and compared with
what they were told. Segments roll four times a second and the cleaner looks every 60 ms, so that kills find rolls, swaps and
deletions half-done. At the end of a round all is read again, the broker stops in order, and `martlet check` finds the
directory sound.

| seed | codec, settings | kills | acknowledged | cleaned away | slowest restart | took |
|---|---|---|---|---|---|---|
{chr(10).join(lines)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=HISTORIES)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, help="one round of kills alone")
    arguments = parser.parse_args()
    began = time.monotonic()
    rounds = -(-arguments.kills // KILLS_PER_ROUND)
    seeds = [arguments.seed] if arguments.seed is not None else list(range(1, rounds + 1))
    simulated = simulate(arguments.histories) if arguments.histories else Simulated(0, 0, 0, 0)
    total, lines = kill(seeds, arguments.kills)
    print(f"{total.kills} kills, {total.acknowledged} records acknowledged, none lost, {time.monotonic() - began:.0f} s")
    if arguments.histories >= HISTORIES and total.kills >= KILLS:
        REPORT.write_text(report(simulated, total, lines, time.monotonic() - began))
        print(f"The report is in {REPORT.relative_to(places.TOP)}")


if __name__ == "__main__":
    main()
