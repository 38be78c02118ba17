"""Where things are: the checkout, the broker's binary, the Apache Kafka to compare with."""

import functools
import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
MARTLET = pathlib.Path(os.environ.get("MARTLET_BINARY", TOP / ".build" / "release" / "martlet"))

WHY_NO_KAFKA = "Apache Kafka is not at hand: neither KAFKA_HOME nor ../shared/kafka holds one"


@functools.cache
def kafka_home() -> pathlib.Path | None:
    """The folder of the Apache Kafka that tests run against, or nothing."""
    found = subprocess.run([TOP / "Setup" / "kafka-home"], capture_output=True, text=True, check=True).stdout.strip()
    return pathlib.Path(found) if found else None


def in_ci() -> bool:
    """Whether a test that is skipped for want of Kafka counts as failed."""
    return os.environ.get("CI", "") not in ("", "0", "false")
