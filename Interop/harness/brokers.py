"""A broker as a process of its own: Martlet, or the real Apache Kafka, started, killed and started again on one directory.

Both listen on 127.0.0.1 alone, on a port of their own. `start()` returns once the broker answers ApiVersions.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import frames, places


class BrokerFailed(Exception):
    """The broker's process ended, or never answered; what it printed is in the message."""


def free_port() -> int:
    """A port that nothing listens on now, below the range that the kernel hands out: no client takes it meanwhile."""
    for port in range(20000 + os.getpid() % 5000, 32000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if _reserve(port):
            return port
    raise BrokerFailed("no port is free")


def _reserve(port: int) -> bool:
    """Keeps the port for this process: a broker takes it long after it was found free, and other tests look too."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0martlet-interop-port-{port}")
    except OSError:
        mark.close()
        return False
    _handed_out.append(mark)
    return True


#: Names without a file, which go with the process.
_handed_out: list[socket.socket] = []


class Broker:
    """What Martlet and Apache Kafka have in common here."""

    name = "broker"

    def __init__(self, directory: pathlib.Path | None = None, settings: dict[str, str] | None = None):
        """`directory` is made when it is not there, and removed at the end when none was given."""
        self._owns_directory = directory is None
        self.directory = directory or pathlib.Path(tempfile.mkdtemp(prefix=f"{self.name}-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.settings = dict(settings or {})
        self.data_dir = self.directory / "data"
        self.log_file = self.directory / "broker.log"
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log_dirs(self) -> list[pathlib.Path]:
        """Where the partitions are: `data_dir`, or what the setting `log.dirs` names."""
        return [pathlib.Path(path) for path in self.settings.get("log.dirs", str(self.data_dir)).split(",")]

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} is not running"
        return self.process.pid

    @property
    def output(self) -> str:
        """All that the broker printed so far, standard error too."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def command(self) -> list[str]:
        """The command line that serves; the port is chosen and the directory formatted by now, where Kafka wants that."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return places.martlet_environment()

    def launch(self) -> None:
        """Starts the process, without waiting for it to serve."""
        self.spawn(self.command(), self.environment())

    def spawn(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        assert self.process is None, f"{self.name} runs already"
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment,
                start_new_session=True,
            )  # fmt: skip

    def start(self, timeout_seconds: float = 60) -> "Broker":
        self.launch()
        self.await_serving(timeout_seconds)
        return self

    def await_serving(self, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise BrokerFailed(f"{self.name} ended with {self.process.returncode}:\n{self.output[-4000:]}")
            if self.is_serving():
                return
            time.sleep(0.02)
        raise BrokerFailed(f"{self.name} did not serve within {timeout_seconds} s:\n{self.output[-4000:]}")

    def is_serving(self) -> bool:
        """Whether the broker answers ApiVersions on a fresh connection."""
        try:
            with frames.Connection(self.port, timeout_seconds=5) as connection:
                return len(connection.ask(frames.API_VERSIONS, 0, b"")) > 4
        except OSError:
            return False

    def stop(self, timeout_seconds: float = 60) -> int:
        """Asks for a clean stop and waits for it; the exit status, 0 for a clean one."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise BrokerFailed(f"{self.name} did not stop within {timeout_seconds} s") from error
        self.process = None
        return status

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """Ends the process however it can be ended, and removes the directory when it was made here."""
        try:
            if self.process is not None and self.process.poll() is None:
                self.stop()
        finally:
            self.kill()
            if self._owns_directory:
                shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> "Broker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Martlet(Broker):
    """`.build/release/martlet` on a port that it keeps over restarts: `port`, else one that is free."""

    name = "martlet"

    def command(self) -> list[str]:
        # Not port 0: what the kernel hands out, it may hand to a client while the broker is down between two runs.
        self.port = self.port or free_port()
        command = [str(places.MARTLET), "--port", str(self.port)]
        if "log.dirs" not in self.settings:
            command += ["--data-dir", str(self.data_dir)]
        for key, value in self.settings.items():
            command += ["--override", f"{key}={value}"]
        return command


class ApacheKafka(Broker):
    """The real broker, its own KRaft controller inside it, formatted on its first start."""

    name = "kafka"

    #: What a single node of Kafka needs set by hand; `settings` go over these.
    SINGLE_NODE = {
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
    }

    def __init__(
        self,
        directory: pathlib.Path | None = None,
        settings: dict[str, str] | None = None,
        heap: str = "-Xms256m -Xmx1g",
    ):
        super().__init__(directory, settings)
        home = places.kafka_home()
        assert home is not None, places.WHY_NO_KAFKA
        self.home = home
        self.heap = heap
        self.controller_port = 0

    def command(self) -> list[str]:
        self.configure()
        if not (self.log_dirs[0] / "meta.properties").exists():
            self.format()
        return [str(self.home / "bin" / "kafka-server-start.sh"), str(self.properties)]

    @property
    def properties(self) -> pathlib.Path:
        return self.directory / "server.properties"

    def environment(self) -> dict[str, str]:
        # KAFKA_HEAP is read by the runner beside bare jars, KAFKA_HEAP_OPTS and LOG_DIR by a released Kafka's scripts.
        return os.environ | {"KAFKA_HEAP": self.heap, "KAFKA_HEAP_OPTS": self.heap, "LOG_DIR": str(self.directory / "logs")}

    def stop(self, timeout_seconds: float = 330) -> int:
        """As any broker's. Kafka gives its controlled shutdown five minutes, and stops in order even when its controller
        never agrees: it gets that time, and when it takes longer than usual its output says what its threads wait for."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(min(30, timeout_seconds))
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)  # a Java program's word for a list of its threads
        return super().stop(timeout_seconds)

    def configure(self) -> None:
        """Writes server.properties; the ports are chosen the first time."""
        self.port = self.port or free_port()
        self.controller_port = self.controller_port or free_port()
        listeners = f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}"
        lines = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self.controller_port}",
            "listeners": listeners,
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.data_dir),
        }
        lines |= self.SINGLE_NODE | self.settings
        self.properties.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))

    def format(self) -> None:
        """`kafka-storage.sh format --standalone`, with a cluster id of its own choosing."""
        storage = str(self.home / "bin" / "kafka-storage.sh")
        chosen = subprocess.run([storage, "random-uuid"], capture_output=True, text=True, check=True)
        command = [storage, "format", "--standalone", "-t", chosen.stdout.split()[-1], "-c", str(self.properties)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment())
        if done.returncode != 0:
            raise BrokerFailed(f"kafka-storage.sh format ended with {done.returncode}:\n{done.stdout}{done.stderr}")
