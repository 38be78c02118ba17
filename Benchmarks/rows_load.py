"""Rows with records in them: produce and fetch, latency at a steady rate, memory after much went through."""

import dataclasses
import itertools
import re

from brokers import create_topics, data_bytes, discard, fresh, remove_topic, tools
from programs import run_program
from samples import Metric, Results

from harness import proc
from harness.brokers import Broker

GB = 1e9
MB = 1e6

_topics = itertools.count(1)

#: Topics that were filled and not yet read by every row that wants them: by broker and load.
_filled: dict[tuple[str, "Load"], str] = {}


@dataclasses.dataclass(frozen=True)
class Load:
    """One kind of record: how large, how many in a full run, on how many partitions, compressed how."""

    size: int
    partitions: int
    codec: str

    @property
    def label(self) -> str:
        size = {100: "100b", 1024: "1k"}[self.size]
        return f"{size}-{self.partitions}p" + ("" if self.codec == "none" else f"-{self.codec}")

    def count(self, quick: bool) -> int:
        # Of large records a GB: in the first quarter of it the client's compiler takes as much as the client.
        full = {100: 1_500_000, 1024: 1_000_000}[self.size]
        return full // 2 if quick else full


def produce(broker: Broker, topic: str, load: Load, count: int, acks: str, *extra: str) -> str:
    """kafka-producer-perf-test.sh to its end; its last line."""
    properties = [f"acks={acks}", f"compression.type={load.codec}"]
    said = tools().text(
        "kafka-producer-perf-test.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic, "--num-records", str(count),
        "--record-size", str(load.size), "--throughput", "-1", *extra, "--command-property", *properties,
        timeout_seconds=600,
    )  # fmt: skip
    last = said.strip().splitlines()[-1]
    if not last.startswith(f"{count} records sent"):
        raise RuntimeError(f"the perf tool did not send {count} records: {last}")
    return last


def filled_topic(broker: Broker, load: Load, quick: bool) -> str:
    """The topic that the row before filled with this load; filled now where that row was not asked for."""
    if (broker.name, load) not in _filled:
        topic = f"bench-{next(_topics)}"
        create_topics(broker, {topic: load.partitions})
        produce(broker, topic, load, load.count(quick), "all")
        _filled[broker.name, load] = topic
    return _filled[broker.name, load]


def remove_filled(broker: Broker, load: Load) -> None:
    """Removes the load's topic, before the next load fills one."""
    topic = _filled.pop((broker.name, load), None)
    if topic is not None:
        remove_topic(broker, topic)


class ThroughputRow:
    """MB of values a second, and the broker's CPU for a GB of them."""

    fresh_brokers = False

    def __init__(self, name: str, load: Load):
        self.name, self.load = name, load
        self.throughput = Metric(name, "throughput", "MB/s", more_is_better=True)
        self.cpu = Metric(name, "broker CPU", "s/GB")

    def add(self, broker: Broker, results: Results, megabytes_a_second: float, cpu_seconds: float, count: int) -> None:
        results.add(self.throughput, broker.name, megabytes_a_second)
        results.add(self.cpu, broker.name, cpu_seconds / (count * self.load.size / GB))


class ProduceRow(ThroughputRow):
    """The stock perf tool's throughput. What it wrote with acks=all stays for the rows that read the same load."""

    def __init__(self, load: Load, acks: str):
        size, _, rest = load.label.partition("-")
        super().__init__(f"produce-{size}-acks-{acks}-{rest}", load)
        self.acks = acks

    def measure(self, broker: Broker, results: Results, quick: bool) -> None:
        topic = f"bench-{next(_topics)}"
        create_topics(broker, {topic: self.load.partitions})
        count = self.load.count(quick)
        before = proc.cpu_seconds(broker.pid)
        last = produce(broker, topic, self.load, count, self.acks)
        spent = proc.cpu_seconds(broker.pid) - before
        rate = float(re.search(r"([\d.]+) records/sec", last).group(1))
        self.add(broker, results, rate * self.load.size / MB, spent, count)
        if self.acks == "all":
            remove_filled(broker, self.load)
            _filled[broker.name, self.load] = topic
        else:
            remove_topic(broker, topic)


class LargeBatchRow(ThroughputRow):
    """Batches of 900 KiB by the benchmark's own client: what is left where neither requests nor the client are in the way."""

    RECORDS, BATCHES = 900, 2000

    def __init__(self) -> None:
        super().__init__("produce-1k-large-batches", Load(1024, 1, "none"))

    def measure(self, broker: Broker, results: Results, quick: bool) -> None:
        topic = f"bench-{next(_topics)}"
        create_topics(broker, {topic: 1})
        batches = self.BATCHES // 2 if quick else self.BATCHES
        before = proc.cpu_seconds(broker.pid)
        # One connection, three requests under way.
        found = run_program("producer", broker.port, topic, 1, 1, 3, batches, self.RECORDS, self.load.size, 0, 0)
        spent = proc.cpu_seconds(broker.pid) - before
        count = batches * self.RECORDS
        self.add(broker, results, count * self.load.size / MB / (found["ms"] / 1000), spent, count)
        remove_topic(broker, topic)


class FetchRow(ThroughputRow):
    """A topic read from its start by the benchmark's own client, which keeps the broker busy and does nothing else."""

    #: How often the topic is read: one pass is too short to be measured by the kernel's clock ticks.
    PASSES = 4

    def __init__(self, load: Load):
        super().__init__(f"fetch-{load.label}", load)

    def measure(self, broker: Broker, results: Results, quick: bool) -> None:
        topic = filled_topic(broker, self.load, quick)
        # The client's end: the bytes that lie in the topic's segments.
        stored = sum(
            data_bytes(broker.data_dir / f"{topic}-{partition}") for partition in range(self.load.partitions)
        )
        before = proc.cpu_seconds(broker.pid)
        passes = [
            run_program("client", "fetch", broker.port, topic, self.load.partitions, 50 << 20, stored) for _ in range(self.PASSES)
        ]
        spent = proc.cpu_seconds(broker.pid) - before
        seconds = sum(result["ms"] for result in passes) / 1000
        count = self.load.count(quick) * self.PASSES
        self.add(broker, results, count * self.load.size / MB / seconds, spent, count)


class ConsumeRow(ThroughputRow):
    """The same topic by kafka-consumer-perf-test.sh, which reads in a group. The last row of its load."""

    def __init__(self, load: Load):
        super().__init__(f"consume-{load.label}", load)

    def measure(self, broker: Broker, results: Results, quick: bool) -> None:
        topic = filled_topic(broker, self.load, quick)
        count = self.load.count(quick)
        before = proc.cpu_seconds(broker.pid)
        said = tools().text(
            "kafka-consumer-perf-test.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic,
            "--num-records", str(count), "--group", f"group-of-{topic}", "--hide-header", "--timeout", "60000",
            timeout_seconds=600,
        )  # fmt: skip
        spent = proc.cpu_seconds(broker.pid) - before
        # start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s
        fields = [field.strip() for field in said.strip().splitlines()[-1].split(",")]
        self.add(broker, results, float(fields[9]) * self.load.size / MB, spent, count)
        remove_filled(broker, self.load)


class LatencyRow:
    """5,000 records a second of 1 KiB, linger 0, acks all: what the perf tool says of the time to each acknowledgement."""

    fresh_brokers = False
    name = "latency-5000"
    SECONDS, WARM_SECONDS, RATE = 20, 10, 5000

    def __init__(self) -> None:
        self.metrics = {
            key: Metric(self.name, name, "ms")
            for key, name in (("avg", "mean"), ("p99", "p99"), ("p999", "p99.9"), ("max", "max"))
        }

    def measure(self, broker: Broker, results: Results, quick: bool) -> None:
        topic = f"bench-{next(_topics)}"
        create_topics(broker, {topic: 1})
        seconds = self.SECONDS // 2 if quick else self.SECONDS
        warm = self.WARM_SECONDS // 2 if quick else self.WARM_SECONDS
        count = (seconds + warm) * self.RATE
        said = tools().text(
            "kafka-producer-perf-test.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic, "--num-records",
            str(count), "--record-size", "1024", "--throughput", str(self.RATE), "--warmup-records",
            str(warm * self.RATE), "--command-property", "acks=all", "linger.ms=0",
            timeout_seconds=600,
        )  # fmt: skip
        # The last line is of the steady state, after the warm-up of the tool's own JVM.
        last = said.strip().splitlines()[-1]
        assert "steady state" in last, last
        found = re.search(
            r"([\d.]+) ms avg latency, ([\d.]+) ms max latency.* ([\d.]+) ms 99th, ([\d.]+) ms 99\.9th", last
        )
        assert found is not None, last
        for key, value in zip(("avg", "max", "p99", "p999"), found.groups(), strict=True):
            results.add(self.metrics[key], broker.name, float(value))
        remove_topic(broker, topic)


class MemoryRow:
    """The broker's memory after 2 GB went in and out again."""

    fresh_brokers = True
    name = "memory-2gb"

    def __init__(self) -> None:
        self.after = Metric(self.name, "memory after", "MB")
        self.peak = Metric(self.name, "memory at peak", "MB")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        try:
            broker.start()
            create_topics(broker, {"bench": 1})
            count = 400_000 if quick else 2_000_000
            load = Load(1024, 1, "none")
            produce(broker, "bench", load, count, "all")
            run_program("client", "fetch", broker.port, "bench", 1, 50 << 20, data_bytes(broker.data_dir / "bench-0"))
            results.add(self.after, name, proc.resident_bytes(broker.pid) / MB)
            results.add(self.peak, name, proc.peak_resident_bytes(broker.pid) / MB)
        finally:
            discard(broker)


def rows() -> list:
    """The rows of one load stand together: what one wrote, the others read."""
    loads = [Load(size, partitions, codec) for size in (100, 1024) for partitions in (1, 8) for codec in ("none", "lz4")]
    of_loads = [
        row
        for load in loads
        for row in (ProduceRow(load, "1"), ProduceRow(load, "all"), FetchRow(load), ConsumeRow(load))
    ]
    return [*of_loads, LargeBatchRow(), LatencyRow(), MemoryRow()]
