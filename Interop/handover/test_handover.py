"""A data directory goes from Martlet to Apache Kafka and back, and each serves all that the other wrote.

Both run as the same node, on the same directory, one after the other, and stop in order in between.
"""

import pathlib
import re
import shutil
from collections.abc import Callable

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, ConfigEntry, ConfigResource, AlterConfigOpType, NewPartitions

from harness import places
from harness.brokers import ApacheKafka, Broker, Martlet
from harness.contents import contents, read_partition
from harness.dump import check_partition, dump, segment_files
from harness.tools import KafkaTools

#: The coordinators' own topics: Kafka goes on writing to them while it runs.
COORDINATORS = ("__",)

#: Nothing is deleted for its age: what is in the directories stays what it is, whatever day it is.
KEEP = {"log.retention.ms": "-1", "log.cleaner.backoff.ms": "600000"}

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


@pytest.fixture(autouse=True)
def only_for_martlet(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--broker") != "martlet":
        pytest.skip("these tests drive both brokers")


class Node:
    """One node's directories, served by one broker or the other."""

    def __init__(self, folder: pathlib.Path, settings: dict[str, str] | None = None):
        self.folder = folder
        self.settings = KEEP | (settings or {})
        self.running: Broker | None = None

    def martlet(self) -> Broker:
        return self._start(Martlet(self.folder, self.settings))

    def kafka(self) -> Broker:
        return self._start(ApacheKafka(self.folder, self.settings, heap="-Xms128m -Xmx512m"))

    def _start(self, broker: Broker) -> Broker:
        assert self.running is None
        self.running = broker
        return broker.start(180)

    def stop(self) -> None:
        assert self.running is not None
        assert self.running.stop() in (0, 143)  # A Java program that SIGTERM stops in order ends with 143.
        for path in self.running.log_dirs:
            assert (path / ".kafka_cleanshutdown").exists(), self.output[-2000:]
        self.running = None

    @property
    def output(self) -> str:
        return (self.folder / "broker.log").read_text(errors="replace")

    def close(self) -> None:
        if self.running is not None:
            self.running.close()


@pytest.fixture
def new_node(tmp_path: pathlib.Path, tools: KafkaTools):
    made: list[Node] = []

    def make(settings: dict[str, str] | None = None) -> Node:
        made.append(Node(tmp_path, settings))
        return made[-1]

    yield make
    for node in made:
        node.close()


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


def no_complaints(output: str) -> None:
    """Kafka's log has no error, and no warning about what it found on disk.

    A slow machine and partitions that are added are errors to it too: those are no complaints about a directory.
    """
    said = re.findall(r"^\[[^\]]*\] (ERROR|FATAL|WARN) (.*) \((\S+)\)$", output, re.MULTILINE)
    about_the_disk = re.compile(r"corrupt|stray|invalid|truncat|rebuil|recover|unclean|inconsistent|mismatch", re.IGNORECASE)
    bad = [
        f"{level} {text} ({logger})" for level, text, logger in said
        if (level != "WARN" and not logger.endswith(("EventPerformanceMonitor", "state.change.logger")))
        or about_the_disk.search(text)
    ]  # fmt: skip
    assert not bad, "\n".join(bad)


def check_metadata(tools: KafkaTools, data_dir: pathlib.Path, topics: set[str]) -> None:
    """kafka-dump-log.sh and kafka-metadata-shell.sh understand the metadata log and its snapshots, and find the topics."""
    log_dir = data_dir / "__cluster_metadata-0"
    for file in segment_files(log_dir, ".log", ".checkpoint"):
        found = dump(tools, [file], "--cluster-metadata-decoder", "--deep-iteration")
        # Two of the raft layer's records have no offset line of a form that others have; all else must be sound.
        assert found.complaints == [], file
        assert all(record.get("type") for record in found.metadata_records)
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


def test_kafka_serves_what_martlet_wrote(new_node: Callable[..., Node], tools: KafkaTools) -> None:
    node = new_node()
    broker = node.martlet()
    for codec in CODECS:
        tools.create_topic(broker.bootstrap, codec, partitions=2, retention_ms="86400000000", segment_bytes="1048576")
        for partition in (0, 1):
            write(broker, codec, 2000, codec, partition, compression_type=codec)
    tools.create_topic(broker.bootstrap, "gone")
    tools.run("kafka-topics.sh", "--bootstrap-server", broker.bootstrap, "--delete", "--topic", "gone")
    tools.create_topic(broker.bootstrap, "stamped", message_timestamp_type="LogAppendTime", compression_type="zstd")
    write(broker, "stamped", 100, "stamped")
    before = contents(broker)
    assert set(before) == {*CODECS, "stamped"}
    assert before["none"].settings == {"retention.ms": "86400000000", "segment.bytes": "1048576"}
    assert [len(before[codec].partitions[1][2]) for codec in CODECS] == [2000] * 5
    node.stop()
    check_metadata(tools, node.folder / "data", set(before))

    kafka = node.kafka()
    assert contents(kafka, but=COORDINATORS) == before
    # And goes on where Martlet stopped.
    write(kafka, "lz4", 500, "by-kafka", 1, compression_type="lz4")
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.create_partitions([NewPartitions("none", 4)])["none"].result(20)
    change = ConfigResource(ConfigResource.Type.TOPIC, "zstd", incremental_configs=[
        ConfigEntry("retention.ms", "99999999999", incremental_operation=AlterConfigOpType.SET)])  # fmt: skip
    admin.incremental_alter_configs([change])[change].result(20)
    tools.create_topic(kafka.bootstrap, "made-by-kafka", partitions=3)
    write(kafka, "made-by-kafka", 300, "made", 2)
    changed = contents(kafka, but=COORDINATORS)
    assert changed["lz4"].partitions[1][:2] == (0, 2500) and len(changed["none"].partitions) == 4
    node.stop()
    no_complaints(node.output)

    broker = node.martlet()
    assert contents(broker, but=COORDINATORS) == changed
    write(broker, "made-by-kafka", 10, "martlet-again", 2)
    assert read_partition(broker, "made-by-kafka", 2)[1] == 310
    node.stop()
    assert " is set aside " not in node.output, "a topic that Kafka made is unknown"
    for name in ("lz4-1", "made-by-kafka-2", "stamped-0"):
        assert check_partition(tools, node.folder / "data" / name).complaints == []


def test_snapshots_of_the_metadata_go_both_ways(new_node: Callable[..., Node], tools: KafkaTools) -> None:
    """Each writes snapshots all the time, and the other begins with the newest one."""
    node = new_node({"metadata.log.max.record.bytes.between.snapshots": "1000"})
    broker = node.kafka()
    for number in range(3):
        tools.create_topic(broker.bootstrap, f"kafka-{number}", partitions=3, retention_ms=f"{number + 1}000000")
    write(broker, "kafka-0", 100, "first")
    before = contents(broker, but=COORDINATORS)
    node.stop()
    log_dir = node.folder / "data" / "__cluster_metadata-0"
    snapshots = segment_files(log_dir, ".checkpoint")
    assert len(snapshots) > 1, "Kafka wrote a snapshot"

    broker = node.martlet()
    assert contents(broker, but=COORDINATORS) == before
    for number in range(3):
        tools.create_topic(broker.bootstrap, f"martlet-{number}", partitions=2, retention_ms=f"{number + 1}000000")
    write(broker, "martlet-2", 100, "second")
    tools.run("kafka-topics.sh", "--bootstrap-server", broker.bootstrap, "--delete", "--topic", "kafka-2")
    after = contents(broker, but=COORDINATORS)
    assert set(after) == {"kafka-0", "kafka-1", "martlet-0", "martlet-1", "martlet-2"}
    node.stop()
    newer = segment_files(log_dir, ".checkpoint")
    assert newer[-1] not in snapshots, "Martlet wrote a snapshot"
    check_metadata(tools, node.folder / "data", set(after))

    kafka = node.kafka()
    assert contents(kafka, but=COORDINATORS) == after
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
    tools.create_topic(broker.bootstrap, "of-martlet", partitions=4)
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
