"""The small programs in C that load a broker: built when they are first wanted, or when their source is newer."""

import functools
import pathlib
import shutil
import subprocess

from samples import TOP

from harness.brokers import BrokerFailed

WORK = TOP / "Benchmarks" / "work"


@functools.cache
def program(name: str) -> pathlib.Path:
    """The program made of `name`.c."""
    sources = [TOP / "Benchmarks" / file for file in (f"{name}.c", "wire.h", "peers.h", "start.h")]
    made = WORK / name
    if not made.exists() or made.stat().st_mtime <= max(source.stat().st_mtime for source in sources):
        compiler = shutil.which("cc") or shutil.which("clang")
        if compiler is None:
            raise SystemExit("The benchmark's clients need a C compiler, cc or clang (one comes with Swift).")
        WORK.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O2", "-D_GNU_SOURCE", "-o", made, sources[0]], check=True)
    return made


def parse(said: str) -> dict[str, float]:
    words = said.split()
    return {name: float(value) for name, value in zip(words[::2], words[1::2], strict=True)}


def run_program(name: str, *arguments: object, timeout_seconds: float = 240) -> dict[str, float]:
    """Runs a program to its end; its result by name."""
    done = subprocess.run(
        [program(name), *map(str, arguments)], capture_output=True, text=True, timeout=timeout_seconds
    )
    if done.returncode != 0:
        raise BrokerFailed(f"{name} {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr}")
    return parse(done.stdout)


def touch_memory() -> float:
    """Has the host give the machine what is free of its memory, but for 2 GB; how many MB that is."""
    facts = dict(line.split(":", 1) for line in pathlib.Path("/proc/meminfo").read_text().splitlines())
    free = int(facts["MemFree"].split()[0]) // 1024 - 2048
    return run_program("touch", free)["megabytes"] if free > 0 else 0
