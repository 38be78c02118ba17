"""What the kernel accounts to a process: memory and CPU, out of /proc."""

import os
import pathlib
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def _kilobytes(pid: int, file: str, field: str) -> int:
    for line in pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise ValueError(f"/proc/{pid}/{file} has no {field}")


def resident_bytes(pid: int) -> int:
    """The process's resident set now."""
    return _kilobytes(pid, "smaps_rollup", "Rss") * 1024


def proportional_bytes(pid: int) -> int:
    """The resident set with what is shared divided among those who share it."""
    return _kilobytes(pid, "smaps_rollup", "Pss") * 1024


def peak_resident_bytes(pid: int) -> int:
    """The largest resident set since the process began, or since `reset_peak`."""
    return _kilobytes(pid, "status", "VmHWM") * 1024


def reset_peak(pid: int) -> None:
    """Starts the peak again from what is resident now."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def cpu_seconds(pid: int) -> float:
    """User and system time of all the process's threads, as the kernel counts it."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def cpu_nanoseconds(pid: int) -> int:
    """Time on a core of the threads that the process has now, to the nanosecond; threads that ended are not in it."""
    total = 0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0])
    return total


def is_gone(pid: int) -> bool:
    """Whether the process has ended; one that waits to be reaped has."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def machine_cpu() -> dict[str, float]:
    """Seconds of CPU of the whole machine since boot: all of it, what was idle, what the host took away."""
    values = [int(value) for value in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return {
        "at": time.monotonic(),
        "total": sum(values) / TICKS_PER_SECOND,
        "idle": (values[3] + values[4]) / TICKS_PER_SECOND,
        "steal": values[7] / TICKS_PER_SECOND,
    }
