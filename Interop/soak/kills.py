"""One broker, killed and started again on the same directory while producers write to it."""

import random
import subprocess
import time
from dataclasses import dataclass

from confluent_kafka.admin import AdminClient, NewTopic

from harness import places
from harness.brokers import Martlet
from soak.load import Load
from soak.reading import CompactedTopic, Lost, PlainTopic, Reader

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


@dataclass
class Tally:
    """What a number of kills came to."""

    kills: int = 0
    acknowledged: int = 0
    compared: int = 0
    cleaned: int = 0
    restarts_ms: float = 0
    slowest_restart_ms: float = 0

    def add(self, other: "Tally") -> None:
        self.kills += other.kills
        self.acknowledged += other.acknowledged
        self.compared += other.compared
        self.cleaned += other.cleaned
        self.restarts_ms += other.restarts_ms
        self.slowest_restart_ms = max(self.slowest_restart_ms, other.slowest_restart_ms)


class Round:
    """A directory, its topics and their producers; `seed` chooses codec, settings and the moments of the kills."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)
        self.codec = self.chance.choice(CODECS)
        # Checkpoints, cleanings and deletions come often, so that a kill finds the broker in the middle of them.
        self.settings = {
            "log.cleaner.backoff.ms": "60",
            "log.flush.offset.checkpoint.interval.ms": str(self.chance.choice([150, 1000, 60_000])),
            "log.flush.start.offset.checkpoint.interval.ms": "200",
            "replica.high.watermark.checkpoint.interval.ms": "200",
            "log.initial.task.delay.ms": "50",
            "log.retention.check.interval.ms": "100",
        }
        #: With a sync before each answer, in one round of four.
        self.flushes = self.chance.random() < 0.25

    @property
    def about(self) -> str:
        syncs = ", flush.messages=1" if self.flushes else ""
        return f"{self.codec}, recovery point every {self.settings['log.flush.offset.checkpoint.interval.ms']} ms{syncs}"

    def run(self, kills: int) -> Tally:
        """Kills the broker so often, and compares after each start; `Lost` when something is not as it has to be."""
        with Martlet(settings=self.settings) as broker:
            if self.chance.random() < 0.3:
                broker.settings["log.dirs"] = f"{broker.directory}/one,{broker.directory}/two"
            broker.start()
            self._create_topics(broker)
            plain = Load(broker.bootstrap, "plain", 3, is_keyed=False, codec=self.codec, per_second=2400)
            keyed = Load(broker.bootstrap, "compacted", 2, is_keyed=True, codec=self.codec, per_second=1600)
            readers = [Reader(broker.bootstrap, load.topic) for load in (plain, keyed)]
            topics = PlainTopic(readers[0], plain.acknowledged), CompactedTopic(readers[1], keyed.acknowledged)
            for load in (plain, keyed):
                load.start()
            tally = Tally()
            try:
                for _ in range(kills):
                    self._kill(broker, [plain, keyed], tally)
                    tally.compared += sum(topic.verify() for topic in topics)
                    self._complain_of(plain, keyed)
            finally:
                for load in (plain, keyed):
                    load.finish()
            self._complain_of(plain, keyed)
            tally.compared += topics[0].verify(from_start=True) + topics[1].verify()
            tally.acknowledged = plain.acknowledged.count + keyed.acknowledged.count
            tally.cleaned = topics[1].cleaned
            for reader in readers:
                reader.close()
            self._stop_and_check(broker)
            return tally

    def _create_topics(self, broker: Martlet) -> None:
        often = {"segment.ms": "250", "file.delete.delay.ms": "100"} | ({"flush.messages": "1"} if self.flushes else {})
        compacted = often | {
            "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "300",
        }  # fmt: skip
        admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        topics = [NewTopic("plain", 3, 1, config=often), NewTopic("compacted", 2, 1, config=compacted)]
        for made in admin.create_topics(topics).values():
            made.result(30)

    def _kill(self, broker: Martlet, loads: list[Load], tally: Tally) -> None:
        before = [load.acknowledged.count for load in loads]
        deadline = time.monotonic() + 30
        while any(load.acknowledged.count == count for load, count in zip(loads, before)):
            if time.monotonic() > deadline:
                raise Lost(f"nothing was acknowledged for 30 s:\n{broker.output[-3000:]}")
            time.sleep(0.005)
        time.sleep(self.chance.uniform(0.05, 0.45))
        broker.kill()
        began = time.monotonic()
        broker.start()
        restart_ms = (time.monotonic() - began) * 1000
        tally.kills += 1
        tally.restarts_ms += restart_ms
        tally.slowest_restart_ms = max(tally.slowest_restart_ms, restart_ms)

    @staticmethod
    def _complain_of(*loads: Load) -> None:
        for load in loads:
            if load.acknowledged.failures:
                raise Lost(f"{load.topic}: {load.acknowledged.failures[0]}")

    @staticmethod
    def _stop_and_check(broker: Martlet) -> None:
        """Stopped in order at last, the directory is sound."""
        status = broker.stop()
        if status != 0:
            raise Lost(f"the broker ended with {status}:\n{broker.output[-3000:]}")
        for directory in broker.log_dirs:
            checked = subprocess.run([places.MARTLET, "check", directory], capture_output=True, text=True, timeout=120)
            if checked.returncode != 0:
                raise Lost(f"martlet check ended with {checked.returncode}:\n{checked.stdout}{checked.stderr}")
