"""Every part of `make test`: what is built first, then the rest, with one summary at the end.

A part is a command. What it held is read from the JUnit files it writes, or from its last 'N passed, N failed,
N skipped' line; a part with neither counts as one. Its whole output is kept in .build/test-reports/PART.log, and shown
here only when something in it failed. Run one or more parts by name: `make test PARTS="swift interop"`.
"""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree

TOP = pathlib.Path(__file__).resolve().parent.parent
REPORTS = TOP / ".build" / "test-reports"
#: Parts wait more than they compute: for JVMs that start, for time-outs. Two fill two cores.
AT_ONCE = 2
COUNT_LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)


@dataclasses.dataclass
class Part:
    """One part: its name, what it holds in a word or two, its command, and where its JUnit files go, if it writes any."""

    name: str
    about: str
    command: list[str]
    reports: list[pathlib.Path] = dataclasses.field(default_factory=list)
    #: Runs alone, before the others: it takes the machine for itself, or builds what they drive.
    is_first: bool = False


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0
    skips: list[str] = dataclasses.field(default_factory=list)
    #: What did not hold, by name, where the part's reports say it.
    failures: list[str] = dataclasses.field(default_factory=list)
    log: pathlib.Path | None = None

    def add_counts(self, passed: int, failed: int, skipped: int) -> None:
        self.passed += passed
        self.failed += failed
        self.skipped += skipped


def pytest_part(name: str, about: str, *arguments: str, is_first: bool = False) -> Part:
    report = REPORTS / f"{name}.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "--color=no", f"--junitxml={report}", *arguments]
    return Part(name, about, command, [report], is_first)


def all_parts() -> list[Part]:
    swift = os.environ.get("SWIFT", "swift")
    swift_report = REPORTS / "swift.xml"
    return [
        Part("release", "the release build", ["make", "--no-print-directory", "build"], is_first=True),
        Part(
            "swift",
            "Swift tests",
            [swift, "test", "--xunit-output", str(swift_report)],
            # Swift Testing writes beside the file that XCTest was given.
            [REPORTS / "swift-swift-testing.xml"],
            is_first=True,
        ),
        # Thirty members and a JVM of a dozen more, with sessions that end when nothing is heard of a member in time.
        pytest_part(
            "groups", "members of five clients and the broker, restarted in mid-rebalance", "Interop/groups", is_first=True
        ),
        # The long ones before the short ones.
        Part("oracle", "every answer beside Apache Kafka's", [sys.executable, "Interop/oracle"]),
        pytest_part("tools", "Kafka's command-line tools", "Interop/tools"),
        pytest_part("handover", "one directory, served by Martlet and by Kafka in turn", "Interop/handover"),
        pytest_part("disk", "files on disk, and kill -9", "Interop/disk", "Interop/soak"),
        Part("fuzz", "a minute of wrong requests, or FUZZ_SECONDS", [sys.executable, "Interop/fuzz"]),
        pytest_part("wire", "bad input over raw sockets", "Interop/wire"),
        pytest_part("python", "Python clients", "Interop/python"),
        pytest_part("kcat", "kcat both ways", "Interop/kcat"),
        pytest_part("program", "the program: arguments, files, exit codes", "Interop/program"),
        pytest_part("oracle-itself", "the comparison's own tests", "Interop/oracle/tests"),
    ]


def read_junit(files: list[pathlib.Path], outcome: Outcome) -> bool:
    """Adds what the JUnit files counted; false when none of them holds a test."""
    found = False
    for file in files:
        if not file.exists():
            continue
        for suite in ElementTree.parse(file).iter("testsuite"):
            tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            outcome.add_counts(max(tests - failed - skipped, 0), failed, skipped)
            found = found or tests > 0
            for case in suite.iter("testcase"):
                for skip in case.iter("skipped"):
                    outcome.skips.append(f"{case.get('name')}: {skip.get('message', 'no reason given')}")
                for failure in (*case.iter("failure"), *case.iter("error")):
                    message = " ".join(failure.get("message", "no message").split())
                    outcome.failures.append(f"{case.get('classname')} {case.get('name')}: {message[:400]}")
    return found


_speaking = threading.Lock()


def say(text: str) -> None:
    """One part's words stay together, whatever runs beside it."""
    with _speaking:
        print(text, flush=True)


def run(part: Part) -> Outcome:
    for file in part.reports:
        file.unlink(missing_ok=True)
    log = REPORTS / f"{part.name}.log"
    outcome = Outcome(log=log)
    say(f"{part.name}: {part.about} …")
    started = time.monotonic()
    with log.open("wb") as output:
        status = subprocess.run(part.command, cwd=TOP, stdout=output, stderr=subprocess.STDOUT).returncode
    outcome.seconds = time.monotonic() - started

    counted = read_junit(part.reports, outcome)
    if not counted:
        lines = COUNT_LINE.findall(log.read_text(errors="replace"))
        if lines:
            passed, failed, skipped = lines[-1]
            outcome.add_counts(int(passed), int(failed), int(skipped or 0))
            counted = True
    if status != 0 and outcome.failed == 0:
        outcome.failed += 1  # It broke before or after its tests: that is a failure of its own.
    elif not counted and not part.reports:
        outcome.passed += 1  # A command without tests in it, such as the build.
    elif not counted:
        outcome.failed += 1  # A part that should hold tests and ran none.
    lines = []
    if outcome.failed:
        lines.append(f"--- {part.name} failed (exit {status}); the end of {log.relative_to(TOP)}:")
        lines += log.read_text(errors="replace").splitlines()[-120:]
        lines.append(f"--- end of {part.name}")
    lines.append(
        f"{part.name}: {outcome.passed} held, {outcome.failed} did not, {outcome.skipped} left out,"
        f" {outcome.seconds:.0f} s"
    )
    say("\n".join(lines))
    return outcome


def chosen_parts(names: list[str]) -> list[Part]:
    parts = all_parts()
    unknown = sorted(set(names) - {part.name for part in parts})
    if unknown:
        sys.exit(f"No such part: {', '.join(unknown)}. The parts: {', '.join(part.name for part in parts)}")
    return [part for part in parts if not names or part.name in names]


def main() -> int:
    REPORTS.mkdir(parents=True, exist_ok=True)
    parts = chosen_parts(sys.argv[1:])
    started = time.monotonic()
    first = [part for part in parts if part.is_first]
    others = [part for part in parts if not part.is_first]
    outcomes = [(part, run(part)) for part in first]
    # Everything after the release build drives its binary.
    if not any(part.name == "release" and outcome.failed for part, outcome in outcomes):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes += zip(others, pool.map(run, others), strict=True)

    print()
    print(f"{'part':<14}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for part, outcome in outcomes:
        row = f"{part.name:<14}{outcome.passed:>8}{outcome.failed:>8}{outcome.skipped:>9}{outcome.seconds:>9.0f}"
        print(row)
    for part, outcome in outcomes:
        for skip in outcome.skips:
            print(f"skipped in {part.name}: {skip}")
    # Once more where they are found: their parts' own words stand far above.
    for part, outcome in outcomes:
        for failure in outcome.failures:
            print(f"failed in {part.name}: {failure}")
    passed, failed, skipped = (
        sum(getattr(outcome, count) for _, outcome in outcomes) for count in ("passed", "failed", "skipped")
    )
    print(f"All of it took {time.monotonic() - started:.0f} s; the whole output is in .build/test-reports.")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
