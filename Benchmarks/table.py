"""The table: medians of the rounds beside each other, their ratio, and the figures to reach."""

import dataclasses
from collections.abc import Callable

from samples import KAFKA, MARTLET, Metric, Results


@dataclasses.dataclass(frozen=True)
class Target:
    """A figure to reach, in words, and whether Martlet's value, with Kafka's beside it, reaches it."""

    text: str
    holds: Callable[[float, float], bool]


def at_most(limit: float, unit: str) -> Target:
    return Target(f"≤ {limit:g} {unit}", lambda martlet, _: martlet <= limit)


def of_kafka_at_most(share: float, words: str) -> Target:
    return Target(f"≤ {words} of Kafka's", lambda martlet, kafka: martlet <= share * kafka)


def of_kafka_at_least(factor: float) -> Target:
    return Target(f"≥ {factor:g} × Kafka's", lambda martlet, kafka: martlet >= factor * kafka)


#: By row and metric name.
TARGETS: dict[tuple[str, str], Target] = {
    ("start", "both"): at_most(6, "ms"),
    ("idle", "memory"): at_most(12, "MB"),
    ("idle", "CPU"): Target("0 %", lambda martlet, _: martlet < 0.005),
    ("produce-1k-acks-all-1p", "broker CPU"): of_kafka_at_most(1 / 4, "1/4"),
    ("produce-1k-acks-all-1p", "throughput"): of_kafka_at_least(1.3),
    ("consume-1k-1p", "broker CPU"): of_kafka_at_most(1 / 3, "1/3"),
    ("consume-1k-1p", "throughput"): of_kafka_at_least(1.0),
    ("latency-5000", "p99.9"): of_kafka_at_most(1 / 2, "1/2"),
    ("latency-5000", "max"): of_kafka_at_most(1 / 2, "1/2"),
    ("memory-2gb", "memory after"): at_most(40, "MB"),
    ("partitions-5000", "restart to a Metadata answer with all of them"): at_most(0.5, "s"),
    ("partitions-5000", "memory after the restart"): at_most(60, "MB"),
    ("connections-10000", "memory more"): at_most(60, "MB"),
    ("settle-1000-classic", "first request to everyone's final share"): of_kafka_at_most(1 / 2, "1/2"),
    ("settle-1000-consumer", "first request to everyone's final share"): of_kafka_at_most(1 / 2, "1/2"),
    ("groups-100000", "exec to offsets of every partition's last group"): at_most(1000, "ms"),
    ("groups-100000", "memory with them"): at_most(150, "MB"),
    ("offset-commits", "rate"): of_kafka_at_least(2),
    ("first-record", "JoinGroup to first record"): at_most(150, "ms"),
    ("clean-start-5gb", "exec to a Metadata answer with all partitions"): at_most(100, "ms"),
    ("clean-start-5gb", "bytes read by then"): at_most(5, "MB"),
    ("recovery-2gb", "rate of the difference"): Target("≥ 1.5 GB/s", lambda martlet, _: martlet >= 1.5),
    ("compaction-1k", "records cleaned"): of_kafka_at_least(2),
    ("compaction-1k", "memory at peak"): at_most(64, "MB"),
    ("compaction-100b", "records cleaned"): of_kafka_at_least(2),
    ("compaction-100b", "memory at peak"): at_most(64, "MB"),
    ("latency-while-cleaning", "with to without"): at_most(1.5, "times"),
    ("flush-messages-1", "1 partition, throughput"): of_kafka_at_least(4),
}


def figure(value: float | None) -> str:
    """Three digits or so, in a form that reads easily."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.3f}"


def with_range(results: Results, metric: Metric, broker: str) -> str:
    values = results.values[metric].get(broker, [])
    if not values:
        return "–"
    text = figure(results.median(metric, broker))
    return text if len(values) == 1 else f"{text} ({figure(min(values))}–{figure(max(values))})"


def ratio(martlet: float | None, kafka: float | None, more_is_better: bool) -> str:
    """How many times better Martlet is; below 1 it is worse."""
    if martlet is None or kafka is None:
        return "–"
    better, worse = (martlet, kafka) if more_is_better else (kafka, martlet)
    if worse == 0:
        return "–" if better == 0 else "∞"
    return f"{figure(better / worse)} ×"


def cells(results: Results) -> list[list[str]]:
    rows = []
    for metric in results.values:
        martlet, kafka = results.median(metric, MARTLET), results.median(metric, KAFKA)
        target = TARGETS.get((metric.row, metric.name))
        reached = ""
        if target is not None and martlet is not None:
            reached = "yes" if target.holds(martlet, kafka if kafka is not None else float("nan")) else "no"
        rows.append(
            [
                metric.row,
                f"{metric.name}, {metric.unit}",
                with_range(results, metric, KAFKA),
                with_range(results, metric, MARTLET),
                ratio(martlet, kafka, metric.more_is_better),
                target.text if target else "",
                reached,
            ]
        )
    return rows


HEADINGS = ["row", "what", "Apache Kafka", "Martlet", "better by", "to reach", "reached"]


def markdown(results: Results) -> str:
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    previous = ""
    for row in cells(results):
        shown = [f"`{row[0]}`" if row[0] != previous else "", *row[1:]]
        previous = row[0]
        lines.append("| " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def plain(results: Results) -> str:
    rows = [HEADINGS, *cells(results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
