"""Kafka's own command-line tools, run out of the Kafka that is at hand."""

import dataclasses
import os
import pathlib
import subprocess


class ToolFailed(Exception):
    """A tool ended with an exit status that is not 0; what it printed is in the message."""


@dataclasses.dataclass
class KafkaTools:
    """`tools.run("kafka-topics.sh", "--list", …)` against any bootstrap address."""

    home: pathlib.Path

    def command(self, script: str, *arguments: str) -> list[str]:
        return [str(self.home / "bin" / script), *map(str, arguments)]

    def environment(self) -> dict[str, str]:
        return os.environ | {"LOG_DIR": "/dev/null"}

    def run(
        self,
        script: str,
        *arguments: str,
        input: bytes | None = None,
        timeout_seconds: float = 120,
        check: bool = True,
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs a tool to its end. Its standard input is `input`, or empty."""
        done = subprocess.run(
            self.command(script, *arguments),
            input=input if input is not None else b"",
            capture_output=True,
            timeout=timeout_seconds,
            env=self.environment(),
        )
        if check and done.returncode != 0:
            said = (done.stdout[-2000:] + done.stderr[-4000:]).decode(errors="replace")
            raise ToolFailed(f"{script} {' '.join(map(str, arguments))} ended with {done.returncode}:\n{said}")
        return done

    def text(self, script: str, *arguments: str, **options) -> str:
        """What a tool printed to standard output."""
        return self.run(script, *arguments, **options).stdout.decode()

    def create_topic(self, bootstrap: str, topic: str, partitions: int = 1, **configs: str) -> None:
        settings = [part for key, value in configs.items() for part in ("--config", f"{key.replace('_', '.')}={value}")]
        self.run(
            "kafka-topics.sh", "--bootstrap-server", bootstrap, "--create", "--topic", topic,
            "--partitions", str(partitions), "--replication-factor", "1", *settings,
        )  # fmt: skip
