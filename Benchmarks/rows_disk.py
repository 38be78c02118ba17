"""Rows about the disk: starting with much data, recovering, compacting, deleting while others produce, syncing.

The records come from one small process (producer.c), the same for both brokers.
"""

import os
import pathlib
import subprocess
import threading
import time

from brokers import data_bytes, discard, fresh, start_timed
from programs import program, run_program
from samples import Metric, Results

from harness import proc
from harness.brokers import Broker, BrokerFailed

GB, MB = 1e9, 1e6
TOPIC = "bench-disk"


def create(broker: Broker, topic: str, partitions: int, **configs: object) -> None:
    """Creates a topic, a record in each partition at least; `segment_bytes=1` stands for segment.bytes=1."""
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    settings = {key.replace("_", "."): str(value) for key, value in configs.items()}
    admin.create_topics([NewTopic(topic, partitions, 1, config=settings)])[topic].result(60)
    # Kafka's broker leads the partitions a moment after its controller has answered.
    deadline = time.monotonic() + 60
    while True:
        try:
            run_program("producer", broker.port, topic, partitions, 1, 1, partitions, 1, 1, 1, 0)
            return
        except BrokerFailed:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def alter(broker: Broker, topic: str, **configs: object) -> None:
    from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    entries = [
        ConfigEntry(key.replace("_", "."), str(value), incremental_operation=AlterConfigOpType.SET)
        for key, value in configs.items()
    ]
    for future in admin.incremental_alter_configs(
        [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)]
    ).values():
        future.result(60)


def produce(broker: Broker, topic: str, partitions: int, batches: int, records: int, size: int, keys: int = 0) -> dict:
    """As fast as the broker takes it, over four connections with eight batches on their way each."""
    return run_program("producer", broker.port, topic, partitions, 4, 8, batches, records, size, keys, 0)


class CleanStartRow:
    """A start after a clean stop with 1,000 partitions and 5 GB in them, and what it reads."""

    fresh_brokers = True
    name = "clean-start-5gb"
    PARTITIONS, SIZE, RECORDS = 1000, 10_400, 100  # batches of 1 MB

    def __init__(self) -> None:
        self.time = Metric(self.name, "exec to a Metadata answer with all partitions", "ms")
        self.read = Metric(self.name, "bytes read by then", "MB")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        try:
            broker.start()
            create(broker, TOPIC, self.PARTITIONS)
            each = 1 if quick else 5
            produce(broker, TOPIC, self.PARTITIONS, self.PARTITIONS * each, self.RECORDS, self.SIZE)
            broker.stop(300)
            for _ in range(1 if quick else 3):
                started = start_timed(broker, self.PARTITIONS)
                # Once it serves it reads no data either, unless somebody asks.
                time.sleep(1)
                results.add(self.read, name, characters_read(started.pid) / MB)
                results.add(self.time, name, started.metadata_ms)
                started.stop(300)
        finally:
            discard(broker)


def characters_read(pid: int) -> int:
    """Bytes that the process got from read calls, from the page cache or the disk."""
    for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("rchar:"):
            return int(line.split()[1])
    raise ValueError(f"/proc/{pid}/io has no rchar")


class RecoveryRow:
    """A partition of 2 GB whose every byte is to be checked, as after a crash: how much longer the start takes."""

    fresh_brokers = True
    name = "recovery-2gb"

    def __init__(self) -> None:
        self.clean = Metric(self.name, "start after a clean stop", "ms")
        self.unclean = Metric(self.name, "start with all of the log to be checked", "ms")
        self.rate = Metric(self.name, "rate of the difference", "GB/s", more_is_better=True)

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        try:
            broker.start()
            create(broker, TOPIC, 1)
            # Batches of 16 KiB, as a producer makes them that waits for nothing.
            produce(broker, TOPIC, 1, 24_000 if quick else 122_000, 16, 1024)
            broker.stop(300)
            stored = data_bytes(broker.data_dir / f"{TOPIC}-0")
            for _ in range(1 if quick else 3):
                started = start_timed(broker, 1)
                started.stop(300)
                clean_ms = started.metadata_ms
                # What a crash leaves: no mark of a clean stop, and no word of what was synced.
                (broker.data_dir / ".kafka_cleanshutdown").unlink()
                (broker.data_dir / "recovery-point-offset-checkpoint").unlink()
                started = start_timed(broker, 1)
                started.stop(300)
                results.add(self.clean, name, clean_ms)
                results.add(self.unclean, name, started.metadata_ms)
                results.add(self.rate, name, stored / GB / ((started.metadata_ms - clean_ms) / 1000))
        finally:
            discard(broker)


class CompactionRow:
    """One cleaning of a log that was never cleaned, each key in it ten times, from the change of its policy on.

    Both brokers look for dirty logs every 10 ms, and clean with one thread.
    """

    fresh_brokers = True
    SETTINGS = {"log.cleaner.backoff.ms": "10"}

    def __init__(self, size: int):
        self.size = size
        self.name = f"compaction-{'1k' if size == 1024 else '100b'}"
        self.rate = Metric(self.name, "records cleaned", "thousand/s", more_is_better=True)
        self.cpu = Metric(self.name, "broker CPU", "s")
        self.peak = Metric(self.name, "memory at peak", "MB")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        broker.settings |= self.SETTINGS
        try:
            broker.start()
            records = (1_000_000 if self.size == 1024 else 5_000_000) // (5 if quick else 1)
            each = 16_000 // self.size
            # The first topic is a warm-up for Kafka's compiler.
            for topic, count in (("warm-up", records // 4), (TOPIC, records)):
                create(
                    broker, topic, 1, cleanup_policy="delete", segment_bytes=256 << 20, min_cleanable_dirty_ratio=0.01
                )
                produce(broker, topic, 1, count // each, each, self.size, count // 10)
                # The last segment is not cleaned: a few records begin one that holds nothing else.
                alter(broker, topic, segment_ms=1)
                time.sleep(0.1)
                produce(broker, topic, 1, 1, 1, self.size, 1)
                proc.reset_peak(broker.pid)
                before, began = proc.cpu_seconds(broker.pid), time.monotonic()
                alter(broker, topic, cleanup_policy="compact")
                self.await_cleaned(broker, topic, count // each * each)
                took = time.monotonic() - began
            results.add(self.rate, name, records / took / 1000)
            results.add(self.cpu, name, proc.cpu_seconds(broker.pid) - before)
            results.add(self.peak, name, proc.peak_resident_bytes(broker.pid) / MB)
        finally:
            discard(broker)

    @staticmethod
    def await_cleaned(broker: Broker, topic: str, end: int) -> None:
        """Waits until the checkpoint of the cleaner says that everything before `end` is clean."""
        checkpoint = broker.data_dir / "cleaner-offset-checkpoint"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            for line in checkpoint.read_text().splitlines() if checkpoint.exists() else []:
                fields = line.split()
                if len(fields) == 3 and fields[:2] == [topic, "0"] and int(fields[2]) >= end:
                    return
            time.sleep(0.01)
        raise BrokerFailed(f"{broker.name} did not clean {topic} within 120 s")


class CleaningLatencyRow:
    """2,000 records of 1 KiB a second while others fill two topics: with these compacted and deleted from, and without.

    The others write 20 MB a second to each, in segments of 8 MiB. Compaction goes over 20,000 keys again and again;
    deletion keeps 32 MiB, and removes the files a second later.
    """

    fresh_brokers = True
    name = "latency-while-cleaning"
    SETTINGS = {"log.cleaner.backoff.ms": "100", "log.retention.check.interval.ms": "500"}
    SEGMENTS = {"segment_bytes": 8 << 20, "file_delete_delay_ms": 1000}
    RATE = 2000

    def __init__(self) -> None:
        self.without = Metric(self.name, "p99 without", "ms")
        self.during = Metric(self.name, "p99 with", "ms")
        self.ratio = Metric(self.name, "with to without", "times")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        broker.settings |= self.SETTINGS
        try:
            broker.start()
            create(broker, TOPIC, 1)
            create(broker, "kept-1", 1, **self.SEGMENTS)
            create(broker, "kept-2", 1, **self.SEGMENTS)
            create(broker, "compacted", 1, cleanup_policy="compact", min_cleanable_dirty_ratio=0.01, **self.SEGMENTS)
            create(broker, "deleted", 1, retention_bytes=32 << 20, **self.SEGMENTS)
            self.p99(broker, "kept-1", "kept-2", 5)
            seconds = 5 if quick else 10
            without = self.p99(broker, "kept-1", "kept-2", seconds)
            during = self.p99(broker, "compacted", "deleted", seconds)
            results.add(self.without, name, without)
            results.add(self.during, name, during)
            results.add(self.ratio, name, during / without)
        finally:
            discard(broker)

    def p99(self, broker: Broker, keyed: str, other: str, seconds: int) -> float:
        """The measured producer's, after the others have run for a second."""
        rate = 1250  # batches of 16 records a second: 20 MB
        others = []
        for topic, keys in ((keyed, 20_000), (other, 0)):
            arguments = [broker.port, topic, 1, 1, 64, rate * (seconds + 2), 16, 1024, keys, rate]
            others.append(subprocess.Popen([program("producer"), *map(str, arguments)], stdout=subprocess.DEVNULL))
        time.sleep(1)
        found = run_program("producer", broker.port, TOPIC, 1, 1, 64, self.RATE * seconds, 1, 1024, 0, self.RATE)
        for process in others:
            if process.wait(60) != 0:
                raise BrokerFailed(f"{broker.name} did not take what the others wrote")
        return found["p99_ms"]


class ColdReadRow:
    """A producer's latency while somebody reads an old segment end to end, from memory and then from the disk.

    Its file is dropped from the page cache before every time it is read through.
    """

    fresh_brokers = True
    name = "cold-read-latency"
    RATE = 2000

    def __init__(self) -> None:
        self.warm = Metric(self.name, "p99 while it is read from memory", "ms")
        self.cold = Metric(self.name, "p99 while it is read from the disk", "ms")
        self.read = Metric(self.name, "bytes read from the disk meanwhile", "MB", more_is_better=True)

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        try:
            broker.start()
            create(broker, TOPIC, 1)
            create(broker, "old", 1)
            # One segment, in batches of 128 KiB.
            produce(broker, "old", 1, 2000 if quick else 7000, 128, 1024)
            seconds = 5 if quick else 10
            self.p99(broker, seconds, is_cold=False)
            results.add(self.warm, name, self.p99(broker, seconds, is_cold=False))
            before = disk_read(broker.pid)
            results.add(self.cold, name, self.p99(broker, seconds, is_cold=True))
            results.add(self.read, name, (disk_read(broker.pid) - before) / MB)
        finally:
            discard(broker)

    def p99(self, broker: Broker, seconds: int, is_cold: bool) -> float:
        """The measured producer's, after the reader has run for a second."""
        is_over = threading.Event()
        reader = threading.Thread(target=self.read_old, args=(broker, is_cold, is_over))
        reader.start()
        try:
            time.sleep(1)
            found = run_program("producer", broker.port, TOPIC, 1, 1, 64, self.RATE * seconds, 1, 1024, 0, self.RATE)
        finally:
            is_over.set()
            reader.join()
        return found["p99_ms"]

    @staticmethod
    def read_old(broker: Broker, is_cold: bool, is_over: threading.Event) -> None:
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer(
            {"bootstrap.servers": broker.bootstrap, "group.id": "reader", "enable.auto.commit": False, "log_level": 0}
        )
        start = TopicPartition("old", 0, 0)
        end = consumer.get_watermark_offsets(start, timeout=30)[1]
        while not is_over.is_set():
            if is_cold:
                drop_from_memory(broker.data_dir / "old-0")
            consumer.assign([start])
            at = 0
            while at < end and not is_over.is_set():
                records = consumer.consume(5000, 1)
                at = records[-1].offset() + 1 if records else at
        consumer.close()


def drop_from_memory(partition: pathlib.Path) -> None:
    for path in partition.glob("*.log"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def disk_read(pid: int) -> int:
    """Bytes that the process had the disk read."""
    for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("read_bytes:"):
            return int(line.split()[1])
    raise ValueError(f"/proc/{pid}/io has no read_bytes")


class SyncRow:
    """Eight producers, a record of 1 KiB each time, five requests each on their way; on the disk before the answer."""

    fresh_brokers = True
    name = "flush-messages-1"

    def __init__(self) -> None:
        self.rates = {
            1: Metric(self.name, "1 partition, throughput", "records/s", more_is_better=True),
            8: Metric(self.name, "8 partitions, throughput", "records/s", more_is_better=True),
        }
        self.p99 = Metric(self.name, "1 partition, p99", "ms")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        try:
            broker.start()
            for partitions, rate in self.rates.items():
                topic = f"{TOPIC}-of-{partitions}"
                create(broker, topic, partitions, flush_messages=1)
                self.produce(broker, topic, partitions, 400)
                # As many as take the broker some seconds.
                count = int(self.produce(broker, topic, partitions, 400)["rate"] * (1 if quick else 5))
                found = self.produce(broker, topic, partitions, max(count, 400))
                results.add(rate, name, found["rate"])
                if partitions == 1:
                    results.add(self.p99, name, found["p99_ms"])
        finally:
            discard(broker)

    @staticmethod
    def produce(broker: Broker, topic: str, partitions: int, count: int) -> dict[str, float]:
        found = run_program("producer", broker.port, topic, partitions, 8, 5, count, 1, 1024, 0, 0)
        return found | {"rate": found["records"] / (found["ms"] / 1000)}


def rows() -> list:
    return [
        CleanStartRow(), RecoveryRow(), CompactionRow(1024), CompactionRow(100), CleaningLatencyRow(),
        ColdReadRow(), SyncRow(),
    ]  # fmt: skip
