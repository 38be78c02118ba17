"""Waiting for a broker's cleaner."""

import pathlib
import time


def cleaned_offset(data_dir: pathlib.Path, topic: str, partition: int = 0) -> int:
    """Up to where the checkpoint says that the log is clean; -1 where it says nothing of it."""
    file = data_dir / "cleaner-offset-checkpoint"
    rows = file.read_text().splitlines()[2:] if file.exists() else []
    return next((int(row.split()[2]) for row in rows if row.startswith(f"{topic} {partition} ")), -1)


def active_segment(data_dir: pathlib.Path, topic: str, partition: int = 0) -> int:
    """Where the last segment begins."""
    return max(int(file.stem) for file in (data_dir / f"{topic}-{partition}").glob("*.log"))


def await_cleaned(
    data_dir: pathlib.Path, topics: list[str], ends: dict[str, int] | None = None, timeout_seconds: float = 120
) -> None:
    """Waits until each topic is clean up to its active segment, or to its end that is given."""
    deadline = time.monotonic() + timeout_seconds
    for topic in topics:
        end = ends[topic] if ends else active_segment(data_dir, topic)
        while (offset := cleaned_offset(data_dir, topic)) != end:
            assert time.monotonic() < deadline, f"{topic} is clean up to {offset}, and not up to {end}"
            time.sleep(0.05)
