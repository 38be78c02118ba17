"""What a measurement yields, and what the machine did meanwhile."""

import dataclasses
import os
import pathlib
import platform
import statistics
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "Interop"))

from harness import proc  # noqa: E402

MARTLET, KAFKA = "martlet", "kafka"


@dataclasses.dataclass(frozen=True)
class Metric:
    """One line of the table: which row it belongs to, what was measured, its unit, and which way is better."""

    row: str
    name: str
    unit: str
    more_is_better: bool = False


@dataclasses.dataclass
class Results:
    """All values so far, by metric and broker, one a round; and what the machine did."""

    values: dict[Metric, dict[str, list[float]]] = dataclasses.field(default_factory=dict)
    loads: list[str] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)

    def add(self, metric: Metric, broker: str, value: float) -> None:
        self.values.setdefault(metric, {}).setdefault(broker, []).append(value)

    def median(self, metric: Metric, broker: str) -> float | None:
        found = self.values.get(metric, {}).get(broker)
        return statistics.median(found) if found else None


class Watch:
    """The machine's load over a stretch of time: how busy it was, what the host took away."""

    def __init__(self) -> None:
        self.before = proc.machine_cpu()

    def text(self) -> str:
        after = proc.machine_cpu()
        total = max(after["total"] - self.before["total"], 0.01)
        idle = (after["idle"] - self.before["idle"]) / total * 100
        steal = (after["steal"] - self.before["steal"]) / total * 100
        return f"load {os.getloadavg()[0]:.1f}, {idle:.0f} % idle, {steal:.1f} % stolen by the host"


def machine() -> str:
    """The machine in one line."""
    model = "an unnamed processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB, Linux {platform.release()}"
