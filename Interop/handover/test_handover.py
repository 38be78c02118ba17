"""Snapshots of the metadata, and several log directories, go from Martlet to Apache Kafka and back.

Both run as the same node, on the same directories, one after the other, and stop in order in between.
"""

import pathlib
import shutil
from collections.abc import Callable

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from harness import places
from harness.brokers import Broker
from harness.contents import contents, read_partition
from harness.dump import dump, segment_files
from harness.node import Node, no_complaints
from harness.tools import KafkaTools
from harness.writing import create

#: The coordinators' own topics: Kafka goes on writing to them while it runs.
COORDINATORS = ("__",)


def write(broker: Broker, topic: str, count: int, word: str, partition: int = 0, **settings: object) -> None:
    options = {key.replace("_", "."): value for key, value in settings.items()}
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 5, "enable.idempotence": True} | options)
    failures: list[object] = []
    for number in range(count):
        producer.produce(
            topic, f"{word}-{number}", key=f"k{number % 7}", partition=partition, headers=[("from", broker.name.encode())],
            on_delivery=lambda error, _: error and failures.append(error),
        )  # fmt: skip
        producer.poll(0)
    assert producer.flush(60) == 0 and not failures


def check_metadata(tools: KafkaTools, data_dir: pathlib.Path, topics: set[str]) -> None:
    """Kafka's tools understand the metadata log and its snapshots, and find the topics."""
    log_dir = data_dir / "__cluster_metadata-0"
    files = segment_files(log_dir, ".log", ".checkpoint")
    found = dump(tools, files, "--cluster-metadata-decoder", "--deep-iteration")
    assert found.complaints == [] and found.text.count("Dumping ") == len(files)
    assert found.metadata_records and all(record.get("type") for record in found.metadata_records)
    # The log from its beginning on has all topics, a snapshot those that were there when it was written.
    assert topics == {name for name in shell(tools, segment_files(log_dir, ".log")[0]) if not name.startswith(COORDINATORS)}
    newest = segment_files(log_dir, ".checkpoint")[-1]
    if not newest.name.startswith("0" * 20):
        assert shell(tools, newest) & topics


def shell(tools: KafkaTools, file: pathlib.Path) -> set[str]:
    """The names of the topics that kafka-metadata-shell.sh finds in a log or a snapshot."""
    found: set[str] = set()
    # The tool may run the command before its reader has published the image, and then lists nothing at all.
    for _ in range(5):
        said = tools.text("kafka-metadata-shell.sh", "--snapshot", str(file), "ls", "/image/topics/byName")
        found = {line.strip() for line in said.splitlines() if line.strip() and not line.startswith("[")}
        if found:
            break
    return found


def configs(tools: KafkaTools, broker: Broker, *arguments: str) -> str:
    return tools.text("kafka-configs.sh", "--bootstrap-server", broker.bootstrap, *arguments)


def test_snapshots_of_the_metadata_go_both_ways(new_node: Callable[..., Node], tools: KafkaTools) -> None:
    """Each writes snapshots all the time, and the other begins with the newest one; users and quotas are in them."""
    node = new_node({"metadata.log.max.record.bytes.between.snapshots": "1000"})
    broker = node.kafka()
    for number in range(3):
        create(broker, {f"kafka-{number}": {"retention.ms": f"{number + 1}000000"}}, partitions=3)
    write(broker, "kafka-0", 100, "first")
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    password = UserScramCredentialUpsertion("alice", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), b"secret")
    admin.alter_user_scram_credentials([password])["alice"].result(20)
    quota = ["--entity-type", "users", "--entity-name", "alice", "--add-config", "producer_byte_rate=424242"]
    configs(tools, broker, "--alter", *quota)
    users = configs(tools, broker, "--describe", "--entity-type", "users")
    assert "SCRAM-SHA-256" in users and "424242" in users
    before = contents(broker, but=COORDINATORS)
    node.stop()
    log_dir = node.folder / "data" / "__cluster_metadata-0"
    snapshots = segment_files(log_dir, ".checkpoint")
    assert len(snapshots) > 1, "Kafka wrote a snapshot"

    broker = node.martlet()
    assert contents(broker, but=COORDINATORS) == before
    for number in range(3):
        create(broker, {f"martlet-{number}": {"retention.ms": f"{number + 1}000000"}}, partitions=2)
    write(broker, "martlet-2", 100, "second")
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.delete_topics(["kafka-2"])["kafka-2"].result(20)
    after = contents(broker, but=COORDINATORS)
    assert set(after) == {"kafka-0", "kafka-1", "martlet-0", "martlet-1", "martlet-2"}
    node.stop()
    newer = segment_files(log_dir, ".checkpoint")
    assert newer[-1] not in snapshots, "Martlet wrote a snapshot"
    check_metadata(tools, node.folder / "data", set(after))

    kafka = node.kafka()
    assert contents(kafka, but=COORDINATORS) == after
    assert configs(tools, kafka, "--describe", "--entity-type", "users") == users
    node.stop()
    no_complaints(node.output)


def test_two_log_dirs_of_kafka_with_transactions_compaction_and_deleted_records(
    new_node: Callable[..., Node], tools: KafkaTools, tmp_path: pathlib.Path
) -> None:
    source = places.kafka_log_dirs()
    if source is None:
        if places.in_ci():
            pytest.fail(places.WHY_NO_LOG_DIRS, pytrace=False)
        pytest.skip(places.WHY_NO_LOG_DIRS)
    for name in ("one", "two"):
        shutil.copytree(source / name, tmp_path / name, copy_function=shutil.copyfile)
        for place in [tmp_path / name, *(tmp_path / name).rglob("*")]:
            place.chmod(0o755 if place.is_dir() else 0o644)
    kept = {
        file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.glob("*/*/*.log")
        if "__cluster_metadata" not in str(file)
    }  # fmt: skip
    node = new_node({"log.dirs": f"{tmp_path / 'one'},{tmp_path / 'two'}"})
    broker = node.martlet()
    before = contents(broker)
    assert {name: len(topic.partitions) for name, topic in before.items()} == {
        "__consumer_offsets": 3, "__share_group_state": 2, "__transaction_state": 3, "newtopic": 1,
        "sapp-KSTREAM-AGGREGATE-STATE-STORE-0000000001-changelog": 1, "t1": 3, "t3": 1, "tc": 1,
    }  # fmt: skip
    # An aborted transaction is there, and not for those who read what is committed.
    everything = read_partition(broker, "t3", 0, "read_uncommitted")[2]
    assert len(everything) > len(before["t3"].partitions[0][2]) > 0
    # Deleted records are gone: partition 0 of t1 begins later.
    assert before["t1"].partitions[0][0] > 0
    node.stop()
    for file, content in kept.items():
        assert (tmp_path / file).read_bytes() == content, f"{file} is not as Kafka left it"

    broker = node.martlet()
    assert contents(broker) == before
    write(broker, "t1", 200, "by-martlet", 1)
    create(broker, {"of-martlet": {}}, partitions=4)
    write(broker, "of-martlet", 50, "new", 3)
    after = contents(broker, but=COORDINATORS)
    node.stop()
    homes = {name: [d for d in ("one", "two") if (tmp_path / d / name).exists()] for name in map("of-martlet-{}".format, range(4))}
    assert sorted(home[0] for home in homes.values()) == ["one", "one", "two", "two"] and all(len(h) == 1 for h in homes.values())

    kafka = node.kafka()
    assert contents(kafka, but=COORDINATORS) == after
    node.stop()
    no_complaints(node.output)
    broker = node.martlet()
    assert contents(broker, but=COORDINATORS) == after
    node.stop()
