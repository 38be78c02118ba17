"""Where things are: the checkout, the broker's binary, the Apache Kafka to compare with."""

import functools
import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
MARTLET = pathlib.Path(os.environ.get("MARTLET_BINARY", TOP / ".build" / "release" / "martlet"))
#: Whether the binary is one that `make build` made, and not another that somebody wants tested.
IS_RELEASE = "MARTLET_BINARY" not in os.environ

WHY_NO_KAFKA = "Apache Kafka is not at hand: neither KAFKA_HOME nor ../shared/kafka holds one"


@functools.cache
def kafka_home() -> pathlib.Path | None:
    """The folder of the Apache Kafka that tests run against, or nothing."""
    found = subprocess.run([TOP / "Setup" / "kafka-home"], capture_output=True, text=True, check=True).stdout.strip()
    return pathlib.Path(found) if found else None


WHY_NO_LOG_DIRS = "no log directories of Kafka's are at hand: ../shared/log-dirs holds none"


def kafka_log_dirs() -> pathlib.Path | None:
    """The folder with `one` and `two`, the log directories of one node that Kafka wrote, or nothing."""
    beside_kafka = [home.parent / "log-dirs"] if (home := kafka_home()) else []
    for folder in [TOP.parent / "shared" / "log-dirs", *beside_kafka]:
        if (folder / "one" / "meta.properties").exists():
            return folder
    return None


def in_ci() -> bool:
    """Whether a test that is skipped for want of Kafka counts as failed."""
    return os.environ.get("CI", "") not in ("", "0", "false")


def martlet_environment(variables: dict[str, str] | None = None) -> dict[str, str]:
    """The environment a broker is started with: ours, less what is meant for this harness, and `variables`."""
    ours = {key: value for key, value in os.environ.items() if key != "MARTLET_BINARY"}
    return ours | (variables or {})
