"""Starts a fresh broker of either kind in a temporary folder, and stops it by its process id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from oracle.conversation import Conversation
from oracle.normalise import Place
from oracle.schema import Protocol

HOST = "127.0.0.1"
_CLUSTER_ID = "b3JhY2xlLW9mLWthZmthIQ"
_TEMPLATE = Path(__file__).with_name("broker.properties")
_START_SECONDS = 60


class BrokerFailed(Exception):
    """A broker did not start."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def kafka_home(top: Path) -> Path | None:
    """KAFKA_HOME, else `../shared/kafka` beside the checkout; None where there is neither."""
    for place in (os.environ.get("KAFKA_HOME"), top.parent / "shared" / "kafka"):
        if place and (Path(place) / "bin" / "kafka-server-start.sh").exists():
            return Path(place)
    return None


class Broker(ABC):
    """A broker on a port of its own, with a folder of its own that goes away with it."""

    def __init__(self, protocol: Protocol, overrides: Mapping[str, str], keep: bool = False) -> None:
        self.protocol = protocol
        self.keep = keep
        self.folder = Path(tempfile.mkdtemp(prefix="oracle-"))
        self.data_dir = self.folder / "data"
        self.place = Place(HOST, free_port(), free_port(), str(self.data_dir))
        self.properties = self.folder / "server.properties"
        text = _TEMPLATE.read_text(encoding="utf-8").format(
            port=self.place.port, controller_port=self.place.controller_port, data_dir=self.data_dir
        )
        text += "".join(f"{key}={value}\n" for key, value in overrides.items())
        self.properties.write_text(text, encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What starts it in the foreground."""

    def prepare(self) -> None:
        """What comes before its start."""

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def __enter__(self) -> Broker:
        try:
            self.prepare()
            log = (self.folder / "broker.log").open("wb")
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=self.environment()
            )
            self._await()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            # Its data goes away with it: there is nothing to close cleanly.
            self.process.kill()
            self.process.wait()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _await(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            talk = Conversation(self.protocol, self.place, "Metadata")
            try:
                if talk.peek("Metadata", 12, {"Topics": []}).get("Brokers"):
                    return
            except OSError:
                pass
            finally:
                talk.close()
            time.sleep(0.02)
        log = (self.folder / "broker.log").read_text(encoding="utf-8", errors="replace")
        raise BrokerFailed(f"{self.command()[0]} did not start:\n{log[-3000:]}")


class Kafka(Broker):
    """Apache Kafka, out of `home`."""

    def __init__(self, home: Path, protocol: Protocol, overrides: Mapping[str, str], keep: bool = False) -> None:
        super().__init__(protocol, overrides, keep)
        self.home = home

    def environment(self) -> dict[str, str]:
        # A heap that is small and a compiler that does not try hard: this broker lives for seconds. The second names of
        # the same settings are those of the scripts that a release of Kafka brings.
        quick = "-XX:TieredStopAtLevel=1"
        return {
            **os.environ,
            "KAFKA_HEAP": "-Xmx512m",
            "JAVA_OPTS": quick,
            "KAFKA_HEAP_OPTS": "-Xmx512m",
            "KAFKA_OPTS": quick,
            "LOG_DIR": str(self.folder / "logs"),
        }

    def prepare(self) -> None:
        tool = str(self.home / "bin" / "kafka-storage.sh")
        done = subprocess.run(
            [tool, "format", "--standalone", "-t", _CLUSTER_ID, "-c", str(self.properties)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment(),
            check=False,
        )
        if done.returncode != 0:
            raise BrokerFailed(f"{tool} failed:\n{done.stdout.decode(errors='replace')[-3000:]}")

    def command(self) -> list[str]:
        return [str(self.home / "bin" / "kafka-server-start.sh"), str(self.properties)]


class Martlet(Broker):
    """Martlet, the binary at `program`."""

    def __init__(self, program: Path, protocol: Protocol, overrides: Mapping[str, str], keep: bool = False) -> None:
        super().__init__(protocol, overrides, keep)
        self.program = program

    def command(self) -> list[str]:
        return [
            str(self.program),
            *("--config", str(self.properties)),
            *("--port", str(self.place.port)),
            *("--port-file", str(self.folder / "port")),
            *("--data-dir", str(self.data_dir)),
        ]
