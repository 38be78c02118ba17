"""One node whose directories are served by Martlet and by Apache Kafka, one after the other."""

import pathlib
import re

from .brokers import ApacheKafka, Broker, Martlet


class Node:
    """Where the node's directories are, and the broker that serves them now, if one does."""

    #: Nothing is deleted for its age, and nothing cleaned: what is in the directories stays, whatever day it is.
    KEEP = {
        "log.retention.ms": "-1",
        "log.cleaner.enable": "false",
        "offsets.topic.num.partitions": "3",
        "transaction.state.log.num.partitions": "2",
        "transaction.partition.verification.enable": "true",
    }

    #: Logs are looked at all the time, and cleaned when anything in them can be.
    CLEAN = {"log.cleaner.enable": "true", "log.cleaner.backoff.ms": "100", "log.cleaner.min.cleanable.ratio": "0.0001"}

    def __init__(self, folder: pathlib.Path, settings: dict[str, str] | None = None):
        self.folder = folder
        self.settings = self.KEEP | (settings or {})
        self.running: Broker | None = None
        #: The first broker's, and then everyone's: clients find whoever serves.
        self.port = 0

    @property
    def data_dir(self) -> pathlib.Path:
        return self.folder / "data"

    def martlet(self, settings: dict[str, str] | None = None) -> Broker:
        return self._start(Martlet(self.folder, self.settings | (settings or {})))

    def kafka(self, settings: dict[str, str] | None = None) -> Broker:
        # It runs for seconds: compiled lightly it takes two thirds of the time.
        heap = "-Xms128m -Xmx512m -XX:TieredStopAtLevel=1"
        return self._start(ApacheKafka(self.folder, self.settings | (settings or {}), heap=heap))

    def _start(self, broker: Broker) -> Broker:
        assert self.running is None
        self.running = broker
        broker.port = self.port
        broker.start(180)
        self.port = broker.port
        return broker

    def stop(self) -> None:
        """A stop in order: whoever serves next finds directories that say so."""
        assert self.running is not None
        status = self.running.stop()
        assert status in (0, 143)  # A Java program that SIGTERM stops in order ends with 143.
        for path in self.running.log_dirs:
            assert (path / ".kafka_cleanshutdown").exists(), self.output[-2000:]
        self.running = None

    def kill(self) -> None:
        """kill -9."""
        assert self.running is not None
        self.running.kill()
        for path in self.running.log_dirs:
            assert not (path / ".kafka_cleanshutdown").exists()
        self.running = None

    @property
    def output(self) -> str:
        """All that was printed by all who served the node."""
        return (self.folder / "broker.log").read_text(errors="replace")

    def close(self) -> None:
        if self.running is not None:
            self.running.close()


_SAID = re.compile(r"^\[[^\]]*\] (ERROR|FATAL|WARN) (.*) \((\S+)\)$", re.MULTILINE)
_ABOUT_THE_DISK = re.compile(r"corrupt|stray|invalid|truncat|rebuil|recover|unclean|inconsistent|mismatch", re.IGNORECASE)


def no_complaints(output: str) -> None:
    """Kafka's log has no error, and no warning about what it found on disk.

    A slow machine and partitions that are added are errors to it too: those are no complaints about a directory.
    """
    bad = [
        f"{level} {text} ({logger})" for level, text, logger in _SAID.findall(output)
        if (level != "WARN" and not logger.endswith(("EventPerformanceMonitor", "state.change.logger")))
        or _ABOUT_THE_DISK.search(text)
    ]  # fmt: skip
    assert not bad, "\n".join(bad)
