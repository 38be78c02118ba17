"""The two brokers as the oracle starts them: alike in every setting, fresh, quick to come and quick to go."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Mapping

from harness import brokers, places
from oracle.conversation import Conversation
from oracle.normalise import Place
from oracle.schema import Protocol

BrokerFailed = brokers.BrokerFailed
HOST = "127.0.0.1"
START_SECONDS = 240
"""On a machine that has much else to do Kafka takes its time."""
_CLUSTER_ID = "b3JhY2xlLW9mLWthZmthIQ"

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    # Records carry timestamps of 2023, so that answers do not depend on the day: retention must not take them away.
    "log.retention.ms": "-1",
    # One node; and few partitions of the internal topics, so that the first one to ask for a coordinator waits less.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "2",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "2",
    "group.initial.rebalance.delay.ms": "0",
}


def kafka_home() -> pathlib.Path | None:
    return places.kafka_home()


class FreshBroker(brokers.Broker):
    """A broker with these settings, in a folder and on ports of its own, that is gone after its `with`."""

    def __init__(self, protocol: Protocol, overrides: Mapping[str, str], keep: bool = False) -> None:
        super().__init__(settings={**SETTINGS, **overrides})
        self.protocol = protocol
        self.port = brokers.free_port()
        self.controller_port = brokers.free_port()
        self.properties = self.directory / "server.properties"
        listeners = {
            "controller.quorum.bootstrap.servers": f"{HOST}:{self.controller_port}",
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port}",
            "log.dirs": str(self.data_dir),
        }
        lines = [f"{key}={value}\n" for key, value in {**listeners, **self.settings}.items()]
        self.properties.write_text("".join(lines), encoding="utf-8")
        if keep:
            self._owns_directory = False
            print(f"{self.name}: {self.directory}")

    @property
    def place(self) -> Place:
        return Place(HOST, self.port, self.controller_port, str(self.data_dir))

    def is_serving(self) -> bool:
        """Whether it knows itself as a broker: Kafka accepts connections a little before that."""
        talk = Conversation(self.protocol, self.place, "Metadata")
        try:
            return bool(talk.peek("Metadata", 12, {"Topics": []}).get("Brokers"))
        except OSError:
            return False
        finally:
            talk.close()

    def __enter__(self) -> FreshBroker:
        try:
            self.start(START_SECONDS)
        except BaseException:
            self.close()
            raise
        return self

    def restart(self, kill: bool) -> None:
        """Stops it, or kills it, and starts it again on its data, settings and ports."""
        if kill:
            self.kill()
        else:
            self.stop()
        self.start(START_SECONDS)

    def close(self) -> None:
        # Its data goes away with it: there is nothing to close cleanly.
        self.kill()
        super().close()


class Kafka(FreshBroker):
    """Apache Kafka, formatted and started."""

    name = "kafka"

    def launch(self) -> None:
        home = kafka_home()
        if home is None:
            raise BrokerFailed(places.WHY_NO_KAFKA)
        # It lives for seconds: a compiler that tries hard would not earn back its time, nor a large heap. The first two
        # names are those of the runner beside bare jars, the others those of a released Kafka's scripts.
        quick, heap = "-XX:TieredStopAtLevel=1", "-Xmx512m"
        environment = {
            **os.environ,
            **{"JAVA_OPTS": quick, "KAFKA_HEAP": heap},
            **{"KAFKA_OPTS": quick, "KAFKA_HEAP_OPTS": heap, "LOG_DIR": str(self.directory / "logs")},
        }
        if not (self.data_dir / "meta.properties").exists():
            self._format(home, environment)
        self.spawn([str(home / "bin" / "kafka-server-start.sh"), str(self.properties)], environment)

    def _format(self, home: pathlib.Path, environment: dict[str, str]) -> None:
        storage = str(home / "bin" / "kafka-storage.sh")
        command = [storage, "format", "--standalone", "-t", _CLUSTER_ID, "-c", str(self.properties)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            raise BrokerFailed(f"kafka-storage.sh format ended with {done.returncode}:\n{done.stdout}{done.stderr}")


class Martlet(FreshBroker):
    """Martlet, the binary at `program`."""

    name = "martlet"

    def __init__(
        self, program: pathlib.Path, protocol: Protocol, overrides: Mapping[str, str], keep: bool = False
    ) -> None:
        super().__init__(protocol, overrides, keep)
        self.program = program

    def launch(self) -> None:
        self.spawn([str(self.program), "--config", str(self.properties)])
