"""The stock command-line tools against one broker: topics, console producer and consumer, offsets."""

import hashlib

import pytest

from harness.brokers import Broker
from harness.tools import KafkaTools

LINES = 100_000


def offsets(tools: KafkaTools, broker: Broker, topic: str, time: str = "latest") -> dict[int, int]:
    """What kafka-get-offsets.sh says, by partition."""
    said = tools.text("kafka-get-offsets.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic, "--time", time)
    rows = [line.split(":") for line in said.split()]
    assert all(row[0] == topic for row in rows)
    return {int(row[1]): int(row[2]) for row in rows}


def consume(tools: KafkaTools, broker: Broker, topic: str, partition: int, count: int, *options: str) -> bytes:
    done = tools.run(
        "kafka-console-consumer.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic,
        "--partition", str(partition), "--offset", "earliest", "--max-messages", str(count),
        "--timeout-ms", "20000", *options,
    )  # fmt: skip
    assert f"Processed a total of {count} messages".encode() in done.stderr
    return done.stdout


def test_a_topic_is_created_listed_described_and_deleted(martlet: Broker, tools: KafkaTools, topic: str) -> None:
    at = ["--bootstrap-server", martlet.bootstrap]
    said = tools.text(
        "kafka-topics.sh", *at, "--create", "--topic", topic, "--partitions", "3", "--config", "retention.ms=123456"
    )
    assert f"Created topic {topic}." in said
    assert topic in tools.text("kafka-topics.sh", *at, "--list").split()

    described = tools.text("kafka-topics.sh", *at, "--describe", "--topic", topic).splitlines()
    assert f"Topic: {topic}\t" in described[0]
    assert "PartitionCount: 3" in described[0] and "ReplicationFactor: 1" in described[0]
    assert "retention.ms=123456" in described[0]
    partitions = [line.split("\t") for line in described[1:]]
    assert [row[2].strip() for row in partitions] == ["Partition: 0", "Partition: 1", "Partition: 2"]
    leaders = {row[3].strip() for row in partitions}
    assert len(leaders) == 1 and leaders.pop().removeprefix("Leader: ").isdigit()

    again = tools.run("kafka-topics.sh", *at, "--create", "--topic", topic, check=False)
    assert again.returncode != 0 and b"already exists" in again.stdout + again.stderr

    tools.run("kafka-topics.sh", *at, "--delete", "--topic", topic)
    assert topic not in tools.text("kafka-topics.sh", *at, "--list").split()


def test_partitions_are_added_to_a_topic(martlet: Broker, tools: KafkaTools, topic: str) -> None:
    tools.create_topic(martlet.bootstrap, topic, partitions=1)
    tools.run("kafka-topics.sh", "--bootstrap-server", martlet.bootstrap, "--alter", "--topic", topic, "--partitions", "4")
    assert offsets(tools, martlet, topic) == {0: 0, 1: 0, 2: 0, 3: 0}


def test_a_file_of_100000_lines_comes_back_identical(martlet: Broker, tools: KafkaTools, topic: str) -> None:
    lines = [f"{number:06d} {hashlib.sha256(str(number).encode()).hexdigest()} line" for number in range(LINES)]
    text = ("\n".join(lines) + "\n").encode()
    tools.create_topic(martlet.bootstrap, topic, partitions=1)
    tools.run("kafka-console-producer.sh", "--bootstrap-server", martlet.bootstrap, "--topic", topic, input=text)
    assert offsets(tools, martlet, topic) == {0: LINES}
    assert consume(tools, martlet, topic, 0, LINES) == text


def test_lines_spread_over_partitions_come_back_once_each(martlet: Broker, tools: KafkaTools, topic: str) -> None:
    tools.create_topic(martlet.bootstrap, topic, partitions=3)
    keyed = "".join(f"key-{number % 97}:value-{number}\n" for number in range(30_000)).encode()
    tools.run(
        "kafka-console-producer.sh", "--bootstrap-server", martlet.bootstrap, "--topic", topic,
        "--reader-property", "parse.key=true", "--reader-property", "key.separator=:", input=keyed,
    )  # fmt: skip
    ends = offsets(tools, martlet, topic)
    assert sum(ends.values()) == 30_000
    by_partition = [
        consume(tools, martlet, topic, partition, end, "--formatter-property", "print.key=true",
                "--formatter-property", "key.separator=:").splitlines()
        for partition, end in ends.items()
        if end
    ]  # fmt: skip
    sent = keyed.splitlines()
    assert sorted(line for lines in by_partition for line in lines) == sorted(sent)
    # A key lives in one partition, and its values keep their order there.
    for lines in by_partition:
        keys = {line.split(b":")[0] for line in lines}
        assert lines == [line for line in sent if line.split(b":")[0] in keys]


def test_offsets_by_every_special_time(martlet: Broker, tools: KafkaTools, topic: str) -> None:
    tools.create_topic(martlet.bootstrap, topic, partitions=1)
    tools.run(
        "kafka-console-producer.sh", "--bootstrap-server", martlet.bootstrap, "--topic", topic,
        input=b"one\ntwo\nthree\n",
    )  # fmt: skip
    assert offsets(tools, martlet, topic, "earliest") == {0: 0}
    assert offsets(tools, martlet, topic, "latest") == {0: 3}
    assert offsets(tools, martlet, topic, "earliest-local") == {0: 0}
    assert offsets(tools, martlet, topic, "0") == {0: 0}
    newest = offsets(tools, martlet, topic, "max-timestamp")
    assert set(newest) == {0} and 0 <= newest[0] <= 2


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_the_console_producers_codecs_are_readable(martlet: Broker, tools: KafkaTools, topic: str, codec: str) -> None:
    text = "".join(f"{codec} {number}\n" for number in range(5000)).encode()
    tools.run(
        "kafka-console-producer.sh", "--bootstrap-server", martlet.bootstrap, "--topic", topic,
        "--compression-codec", codec, input=text,
    )  # fmt: skip
    assert consume(tools, martlet, topic, 0, 5000) == text


def test_the_broker_says_which_versions_it_serves(martlet: Broker, tools: KafkaTools) -> None:
    said = tools.text("kafka-broker-api-versions.sh", "--bootstrap-server", martlet.bootstrap)
    assert martlet.bootstrap in said
    for api in ("Produce(0): ", "Fetch(1): ", "ListOffsets(2): ", "Metadata(3): ", "ApiVersions(18): "):
        assert api in said
    assert "UNSUPPORTED" not in said.split("Produce(0): ")[1].split("\n")[0]
