"""The program as a person or a script meets it: banner, files, exit codes, clear lines, and what the binary needs."""

import pathlib
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from harness import frames, places, proc
from harness.brokers import Martlet, free_port

USAGE, UNAVAILABLE, CANNOT_CREATE, IN_USE, CONFIGURATION, NO_INPUT = 64, 69, 73, 75, 78, 66


@pytest.fixture(autouse=True)
def only_for_martlet(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--broker") != "martlet":
        pytest.skip("these are tests of Martlet's own program")
    if not places.MARTLET.exists():
        pytest.fail(f"{places.MARTLET} is not there: run `make build` first", pytrace=False)


def run(*arguments: object, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end; for what does not serve."""
    return subprocess.run(
        [places.MARTLET, *map(str, arguments)], capture_output=True, text=True, timeout=20,
        env=places.martlet_environment(environment),
    )  # fmt: skip


class Served:
    """A program that was started with exactly these arguments, and a port file beside them."""

    def __init__(self, folder: pathlib.Path, *arguments: object, environment: dict[str, str] | None = None):
        self.port_file = folder / f"port-{time.monotonic_ns()}"
        self.out, self.err = folder / "out", folder / "err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [places.MARTLET, "--port-file", self.port_file, *map(str, arguments)], stdout=out, stderr=err,
                env=places.martlet_environment(environment),
            )  # fmt: skip
        deadline = time.monotonic() + 20
        while not (self.port_file.exists() and self.port_file.read_text().strip()):
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.err.read_text()}"
            assert time.monotonic() < deadline, "no port file within 20 s"
            time.sleep(0.01)
        self.port = int(self.port_file.read_text())

    def answers(self) -> bool:
        with frames.Connection(self.port) as connection:
            return len(connection.ask(frames.API_VERSIONS, 0, b"")) > 4

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(20)

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def await_true(condition: Callable[[], bool], what: str, timeout_seconds: float = 10) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {timeout_seconds} s"
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    yield tmp_path


def test_the_binary_needs_nothing_of_the_toolchain() -> None:
    if not places.IS_RELEASE:
        pytest.skip("MARTLET_BINARY names a binary that `make build` did not make")
    needed = subprocess.run(["ldd", places.MARTLET], capture_output=True, text=True, check=True).stdout
    assert "libc.so" in needed
    assert not re.search(r"swift|Foundation|dispatch|BlocksRuntime|not found", needed, re.IGNORECASE), needed


def test_port_0_is_printed_and_written_to_the_port_file(folder: pathlib.Path) -> None:
    with Served(folder, "--port", 0, "--data-dir", folder / "data") as served:
        assert served.port != 9092 and served.answers()
        await_true(lambda: served.out.read_text().endswith("-L\n"), "the banner")
        banner = served.out.read_text()
        assert f"127.0.0.1:{served.port}" in banner
        assert str(folder / "data") in banner
        assert f"bootstrap.servers=127.0.0.1:{served.port}" in banner
        assert "durability" in banner
        assert len(banner.splitlines()) <= 10
        assert served.stop() == 0


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_by_signal_is_clean(folder: pathlib.Path, with_signal: int) -> None:
    with Served(folder, "--port", 0, "--data-dir", folder / "data") as served:
        assert served.stop(with_signal) == 0
    assert (folder / "data" / ".kafka_cleanshutdown").exists()
    with Served(folder, "--port", 0, "--data-dir", folder / "data") as served:
        # The mark is taken away by the next start, so that a crash is noticed.
        assert served.answers() and not (folder / "data" / ".kafka_cleanshutdown").exists()
        assert served.stop() == 0


def test_a_stop_leaves_the_checkpoints_and_a_metadata_log_that_ends_in_order(folder: pathlib.Path) -> None:
    with Served(folder, "--port", 0, "--data-dir", folder / "data") as served, frames.Connection(served.port) as connection:
        connection.ask(frames.METADATA, 4, frames.array([frames.string("kept")]) + b"\1")
        await_true((folder / "data" / "kept-0").exists, "a topic made because it was asked for")
        assert served.stop() == 0
    for name in ("recovery-point-offset-checkpoint", "replication-offset-checkpoint"):
        assert (folder / "data" / name).read_text() == "0\n1\nkept 0 0\n"
    assert (folder / "data" / "__cluster_metadata-0" / "quorum-state").exists()
    assert not (folder / "data" / ".lock").exists()


def test_an_idle_broker_uses_no_processor(folder: pathlib.Path) -> None:
    with Served(folder, "--port", 0, "--ephemeral") as served, frames.Connection(served.port) as connection:
        assert connection.ask(frames.API_VERSIONS, 0, b"")
        time.sleep(1)  # What follows a start: the format is made durable, the controller's first commit.
        before = proc.cpu_nanoseconds(served.process.pid)
        time.sleep(2)
        assert proc.cpu_nanoseconds(served.process.pid) - before < 2_000_000, "a broker that nobody asks anything worked"
        assert served.stop() == 0


def test_an_idle_connection_does_not_hold_up_a_stop(folder: pathlib.Path) -> None:
    with Served(folder, "--port", 0, "--ephemeral") as served, frames.Connection(served.port) as connection:
        assert connection.ask(frames.API_VERSIONS, 0, b"")
        started = time.monotonic()
        assert served.stop() == 0
        assert time.monotonic() - started < 5


def test_a_taken_port_is_one_clear_line(folder: pathlib.Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("--port", port, "--data-dir", folder / "data")
    assert done.returncode == UNAVAILABLE
    assert len(done.stderr.splitlines()) == 1 and str(port) in done.stderr, done.stderr


def test_a_directory_in_use_is_one_clear_line(folder: pathlib.Path) -> None:
    with Served(folder, "--port", 0, "--data-dir", folder / "data") as served:
        done = run("--port", 0, "--data-dir", folder / "data")
        assert done.returncode == IN_USE
        assert len(done.stderr.splitlines()) == 1 and str(folder / "data") in done.stderr, done.stderr
        assert served.answers()


def test_ephemeral_leaves_nothing(folder: pathlib.Path) -> None:
    temporary = folder / "tmp"
    temporary.mkdir()
    with Served(folder, "--port", 0, "--ephemeral", environment={"TMPDIR": str(temporary)}) as served:
        assert served.answers()
        assert len(list(temporary.iterdir())) == 1
        assert served.stop() == 0
    assert list(temporary.iterdir()) == []


def test_an_unknown_key_is_a_warning_with_the_nearest_known_one(folder: pathlib.Path) -> None:
    (folder / "server.properties").write_text(f"log.retention.mss=1\nlog.dirs={folder}/data\n")
    with Served(folder, "--port", 0, "--config", folder / "server.properties") as served:
        assert served.answers()
        said = served.err.read_text()
        assert "log.retention.mss" in said and re.search(r"log\.retention\.ms\b", said)
        # A new directory is formatted beside serving: before anything is acknowledged, not before anything is answered.
        await_true((folder / "data" / "meta.properties").exists, "a formatted directory")
        assert served.stop() == 0


def test_a_bad_value_says_what_is_allowed(folder: pathlib.Path) -> None:
    done = run("--port", 0, "--data-dir", folder / "data", "--override", "compression.type=brotli")
    assert done.returncode == CONFIGURATION
    assert "compression.type" in done.stderr and "brotli" in done.stderr and "zstd" in done.stderr
    assert not (folder / "data").exists()


def test_environment_and_override_set_keys(folder: pathlib.Path) -> None:
    variables = {"KAFKA_NUM_PARTITIONS": "3", "MARTLET_DATA_DIR": str(folder / "data")}
    with Served(folder, "--port", 0, environment=variables) as served:
        with frames.Connection(served.port) as connection:
            connection.ask(frames.METADATA, 4, frames.array([frames.string("made-by-asking")]) + b"\1")
            await_true((folder / "data" / "made-by-asking-2").exists, "a topic made because it was asked for")
        assert not (folder / "data" / "made-by-asking-3").exists()
        assert served.stop() == 0


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--prot", "9092"], USAGE, "--port"),
        (["--port"], USAGE, "--port"),
        (["--port", "65536"], USAGE, "65535"),
        (["--port", "many"], USAGE, "many"),
        (["--override", "nothing"], USAGE, "nothing"),
        (["--config", "/nowhere/server.properties"], NO_INPUT, "/nowhere/server.properties"),
        (["--port", "0", "--data-dir", "/proc/nowhere"], CANNOT_CREATE, "/proc/nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(arguments: list[str], status: int, says: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (status, ""), done
    assert says in done.stderr and len(done.stderr.splitlines()) <= 3


def test_help_and_version() -> None:
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    for option in ("--port", "--port-file", "--data-dir", "--ephemeral", "--config", "--override", "--version"):
        assert option in done.stdout
    done = run("--version")
    assert done.returncode == 0 and re.search(r"\d+\.\d+\.\d+", done.stdout) and "4.3.1" in done.stdout


def test_log_lines_go_to_standard_error_and_the_banner_to_standard_output(folder: pathlib.Path) -> None:
    with Served(folder, "--port", 0, "--ephemeral", "--log-level", "debug") as served:
        assert served.answers()
        assert served.stop() == 0
        assert "listening" in served.out.read_text()
        levels = {line for line in served.err.read_text().splitlines() if not re.search(r"\b(DEBUG|INFO|WARN|ERROR)\b", line)}
        assert not levels, f"lines without a level: {levels}"


def test_two_brokers_run_beside_each_other(folder: pathlib.Path) -> None:
    with Martlet(folder / "one") as one, Martlet(folder / "two") as two:
        one.start()
        two.start()
        assert one.port != two.port
        assert one.stop() == 0 and two.stop() == 0


def test_the_port_it_was_given_is_the_one_it_serves(folder: pathlib.Path) -> None:
    port = free_port()
    with Served(folder, f"--port={port}", "--ephemeral") as served:
        assert served.port == port and served.answers()
