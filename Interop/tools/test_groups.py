"""kafka-consumer-groups.sh and kafka-groups.sh: what they print, on Martlet and on Kafka, after the same steps.

Two groups are alive meanwhile, one of each protocol. After each step that changes offsets they are asked for, too.
"""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from harness.brokers import ApacheKafka, Broker
from harness.offsets import committed
from harness.tools import KafkaTools

#: The broker makes up the ids of classic members, consumers their own: base64 of a UUID.
MEMBER = re.compile(r"console-consumer-[0-9a-f-]{36}|(?<=\s)[\w-]{22}(?=\s)")
#: When the tool logged a line.
LOG_TIME = re.compile(r"^\[[0-9-]+ [0-9:,]+\] ")
GROUPS = "kafka-consumer-groups.sh"

STEPS: list[tuple[str, list[str]]] = [
    (GROUPS, ["--list"]),
    (GROUPS, ["--list", "--state"]),
    (GROUPS, ["--list", "--type"]),
    (GROUPS, ["--list", "--state", "Empty", "--type", "classic"]),
    (GROUPS, ["--describe", "--group", "left"]),
    (GROUPS, ["--describe", "--group", "left", "--state", "--verbose"]),
    (GROUPS, ["--describe", "--group", "left", "--members", "--verbose"]),
    (GROUPS, ["--describe", "--group", "left", "--offsets", "--verbose"]),
    (GROUPS, ["--describe", "--group", "none"]),
    (GROUPS, ["--describe", "--all-groups", "--state"]),
    (GROUPS, ["--describe", "--all-groups", "--members", "--timeout", "60000"]),
    (GROUPS, ["--describe", "--group", "live"]),
    (GROUPS, ["--describe", "--group", "live", "--members", "--verbose"]),
    (GROUPS, ["--describe", "--group", "live", "--state"]),
    (GROUPS, ["--describe", "--group", "new"]),
    (GROUPS, ["--describe", "--group", "new", "--members", "--verbose"]),
    (GROUPS, ["--describe", "--group", "new", "--state", "--verbose"]),
    (GROUPS, ["--describe", "--group", "new", "--offsets", "--verbose"]),
    (GROUPS, ["--delete", "--group", "live", "--group", "new"]),
    (GROUPS, ["--delete-offsets", "--group", "new", "--topic", "groups"]),
    (GROUPS, ["--delete-offsets", "--group", "live", "--topic", "groups"]),
    (GROUPS, ["--reset-offsets", "--group", "live", "--topic", "groups", "--to-earliest", "--execute"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--topic", "groups", "--to-earliest", "--dry-run"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--topic", "groups:0", "--to-offset", "2", "--execute"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--topic", "groups:0", "--shift-by", "1", "--execute"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--topic", "groups", "--to-latest", "--execute", "--export"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--topic", "groups", "--to-current", "--execute"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--topic", "groups", "--shift-by", "-3", "--execute"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--topic", "groups", "--to-earliest", "--execute"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--all-topics", "--to-datetime", "2020-01-01T00:00:00.000", "--execute"]),
    (GROUPS, ["--reset-offsets", "--group", "made", "--topic", "groups", "--by-duration", "PT1H", "--execute"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--from-file", "{plan}", "--execute"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--group", "made", "--topic", "groups", "--shift-by", "-1", "--dry-run"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--topic", "groups:0", "--to-offset", "99", "--dry-run"]),
    (GROUPS, ["--reset-offsets", "--group", "left", "--topic", "nothing", "--to-earliest", "--dry-run"]),
    (GROUPS, ["--reset-offsets", "--all-groups", "--all-topics", "--to-earliest", "--dry-run"]),
    (GROUPS, ["--describe", "--group", "made"]),
    (GROUPS, ["--describe", "--all-groups", "--offsets", "--command-config", "{settings}"]),
    (GROUPS, ["--delete-offsets", "--group", "made", "--topic", "groups:0"]),
    (GROUPS, ["--delete-offsets", "--group", "made", "--topic", "nothing"]),
    (GROUPS, ["--delete-offsets", "--group", "none", "--topic", "groups"]),
    (GROUPS, ["--validate-regex", "gr.*"]),
    (GROUPS, ["--validate-regex", "gr(*"]),
    ("kafka-groups.sh", ["--list"]),
    ("kafka-groups.sh", ["--list", "--group-type", "classic"]),
    ("kafka-groups.sh", ["--list", "--consumer"]),
    ("kafka-groups.sh", ["--list", "--share"]),
    ("kafka-groups.sh", ["--list", "--streams"]),
    ("kafka-groups.sh", ["--list", "--protocol", "consumer"]),
    (GROUPS, ["--delete", "--group", "made", "--group", "none"]),
    (GROUPS, ["--delete", "--all-groups"]),
    (GROUPS, ["--list"]),
]
#: Files that the steps name.
FILES = {"plan": '"groups",0,3\n', "settings": "client.id=tool\n"}


def printed(tools: KafkaTools, broker: Broker) -> list[str]:
    """What the tools print, step by step; a member reads in the background from a moment on."""
    at = ["--bootstrap-server", broker.bootstrap]
    tools.create_topic(broker.bootstrap, "groups", 1)
    lines = b"".join(b"%d\n" % number for number in range(10))
    tools.run("kafka-console-producer.sh", *at, "--topic", "groups", "--command-property", "linger.ms=0", input=lines, check=False)
    consume = ["kafka-console-consumer.sh", *at, "--topic", "groups", "--group"]
    read = tools.text(*consume, "left", "--from-beginning", "--max-messages", "10", "--timeout-ms", "120000")
    assert sorted(read.split()) == sorted(str(number) for number in range(10))
    quickly = ["--command-property", "auto.commit.interval.ms=100"]
    consumer = ["--command-property", "group.protocol=consumer"]
    with running(tools, *consume, "live", *quickly) as live, running(tools, *consume, "new", *quickly, *consumer) as new:
        for group, process in (("live", live), ("new", new)):
            await_commit(broker, group, process)
        return [step(tools, at, script, arguments, broker) for script, arguments in STEPS]


@contextmanager
def running(tools: KafkaTools, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(tools.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def await_commit(broker: Broker, group: str, member: subprocess.Popen[bytes]) -> None:
    """Waits until the member stands at the end: what the tools print of it stays so."""
    deadline = time.monotonic() + 120
    while committed(broker, group).get(("groups", 0), (-1,))[0] != 10:
        assert member.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)


def step(tools: KafkaTools, at: list[str], script: str, arguments: list[str], broker: Broker) -> str:
    files = {name: broker.directory / name for name in FILES}
    for name, text in FILES.items():
        files[name].write_text(text)
    named = [str(files[argument[1:-1]]) if argument[0] == "{" else argument for argument in arguments]
    done = tools.run(script, *at, *named, check=False)
    said = MEMBER.sub("<member>", (done.stdout + done.stderr).decode()).replace(str(broker.port), "<port>")
    rows = [sorted_states(" ".join(LOG_TIME.sub("", line).split())) for line in said.splitlines()]
    # Groups are listed in no order.
    rows = sorted(row for row in rows if not row.startswith("\tat ") and row)
    if "offsets" in arguments[0]:
        rows += [f"{group}: {sorted(committed(broker, group).items())}" for group in ("left", "made", "live", "new")]
    return "\n".join([" ".join([script, *arguments, f"-> {done.returncode}"]), *rows])


def sorted_states(row: str) -> str:
    """The tool names the states that it knows in an order that changes from run to run."""
    head, mark, states = row.partition("states are: ")
    return head + mark + ", ".join(sorted(states.split(", ")))


def test_the_tools_print_the_same_on_both(
    fresh_martlet: Broker, new_kafka: Callable[..., ApacheKafka], tools: KafkaTools
) -> None:
    kafka = new_kafka().start(timeout_seconds=180)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda broker: printed(tools, broker), (fresh_martlet, kafka)))
    for ours, theirs in zip(*answers, strict=True):
        assert ours == theirs
