"""Compaction: of the same segments Martlet's cleaner leaves what Apache Kafka's leaves, batch for batch.

Kafka writes a directory, cleans most of it and writes more; logs of old formats are put beside. A copy of it goes to each
broker, and both clean it again.
"""

import pathlib
import shutil
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from harness import old_logs, places
from harness.brokers import Broker
from harness.cleaned import await_cleaned, cleaned_offset
from harness.contents import Partition, Record, read_all
from harness.dump import dump, segment_files
from harness.node import Node
from harness.offsets import groups
from harness.served import Batch, Served, served
from harness.tools import KafkaTools
from harness.writing import Writer, commit_as_member, commit_as_nobody, create, delete_records

COMPACT = {"cleanup.policy": "compact", "internal.segment.bytes": "16384", "index.interval.bytes": "1024"}
SOON = COMPACT | {"delete.retention.ms": "1"}
LATER = COMPACT | {"delete.retention.ms": "864000000"}
#: What is cleaned three times before the copies are made: tombstones and markers have a delete horizon by then.
OFTEN = {
    "tombstones-gone": SOON,
    "tombstones-stay": LATER,
    "markers-gone": SOON,
    "markers-stay": LATER,
    "stamped": SOON | {"message.timestamp.type": "LogAppendTime"},
    "deleted-from": SOON | {"cleanup.policy": "compact,delete", "retention.ms": "-1"},
}
#: What is cleaned for the first time.
ONCE = {"none": LATER, "gzip": LATER, "snappy": LATER, "lz4": LATER, "zstd": LATER, "markers": LATER, "open": LATER}
TOPICS = OFTEN | ONCE
OFFSETS = "__consumer_offsets"
OF_OFFSETS = {"offsets.topic.num.partitions": "1", "offsets.topic.segment.bytes": "1048576"}
#: So many transactions are written at a time.
MARKERS = 7
WITH_TRANSACTIONS = {"markers-gone", "markers-stay", "markers", "open"}


class Writers:
    """One writer of each kind, which go on from topic to topic."""

    def __init__(self, broker: Broker):
        self.plain = {codec: Writer(broker, codec, codec) for codec in ("none", "gzip", "snappy", "lz4", "zstd")}
        self.one = Writer(broker, "one", transactional_id="one")
        self.other = Writer(broker, "other", "lz4", transactional_id="other")
        # Its records have the largest timestamps of all.
        self.late = Writer(broker, "late")
        self.late.first_time += 1_800_000

    def write(self, topic: str) -> None:
        plain = self.plain.get(topic, self.plain["none"])
        plain.write(topic, 130, keys=40)
        if topic in WITH_TRANSACTIONS:
            # Two transactions at a time: one is committed, the other is not.
            for _ in range(3):
                self.one.begin()
                self.other.begin()
                self.one.write(topic, 25, keys=40)
                self.other.write(topic, 25, keys=40)
                plain.write(topic, 15, keys=40)
                self.one.write(topic, 10, keys=40)
                self.one.commit()
                self.other.abort()
            # A transaction whose records all are replaced, and one that nothing replaces.
            self.one.begin()
            self.one.write(topic, 5, keys=1)
            self.one.commit()
        if topic == "tombstones-stay":
            self.late.write(topic, 5, keys=2)
        plain.write(topic, 130, keys=40)


def commit_offsets(broker: Broker, group: str, times: int) -> None:
    """Commits with the longest metadata that may be, so that few commits fill a segment; and one that is taken back."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "enable.auto.commit": False})
    for number in range(times):
        offsets = [TopicPartition(topic, 0, number, metadata=f"{number}-{'x' * 4000}") for topic in TOPICS]
        consumer.commit(offsets=offsets, asynchronous=False)
    consumer.close()
    commit_as_nobody(broker, f"{group}-gone", "none", 1, "gone")
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.delete_consumer_groups([f"{group}-gone"])[f"{group}-gone"].result(20)


def set_dirty_ratio(broker: Broker, topics: Iterable[str], ratio: str) -> None:
    changes = [
        ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[
            ConfigEntry("min.cleanable.dirty.ratio", ratio, incremental_operation=AlterConfigOpType.SET)
        ]) for topic in topics
    ]  # fmt: skip
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    for done in admin.incremental_alter_configs(changes).values():
        done.result(20)


def write_directory(node: Node) -> tuple[dict[str, Served], dict[str, object], dict[str, int]]:
    """What Kafka serves of each topic, the groups, and up to where the topics are clean."""
    broker = node.kafka(Node.CLEAN)
    create(broker, OFTEN)
    writers = Writers(broker)
    # A marker goes in the third cleaning: the records of its transaction go first, then its time begins.
    for _ in range(3):
        for topic in OFTEN:
            writers.write(topic)
        await_cleaned(node.data_dir, list(OFTEN))
    delete_records(broker, "deleted-from", before=321)
    # From here on nothing is cleaned: no more of a log can be dirty than all of it.
    commit_as_member(broker, "consumer", "stamped", "consumer", 10, "first")
    set_dirty_ratio(broker, [*OFTEN, OFFSETS], "1.0")
    once = ONCE | dict.fromkeys(old_logs.OLD, COMPACT | old_logs.SETTINGS)
    create(broker, {topic: settings | {"min.cleanable.dirty.ratio": "1.0"} for topic, settings in once.items()})
    clean = {topic: cleaned_offset(node.data_dir, topic) for topic in [*TOPICS, OFFSETS]}
    for topic in TOPICS:
        writers.write(topic)
    left_open = Writer(broker, "left-open", transactional_id="left-open")
    left_open.begin()
    left_open.write("open", 1)
    writers.plain["none"].write("open", 300, keys=40)
    commit_as_member(broker, "consumer", "stamped", "consumer", 10, "second")
    commit_as_member(broker, "classic", "stamped", "classic", 10, "second")
    for group in ("one", "other"):
        commit_offsets(broker, group, 18)
    before = {topic: served(broker, topic) for topic in [*TOPICS, OFFSETS]}
    committed = groups(broker)
    node.stop()
    assert clean == {topic: cleaned_offset(node.data_dir, topic) for topic in [*TOPICS, OFFSETS]}
    old_logs.put(node.data_dir)
    return before, committed, clean


def end_of_cleaning(data_dir: pathlib.Path, topic: str, stable_end: int) -> int:
    """Where the segment begins that must stay as it is: the active one, or the one with a transaction that is open."""
    bases = sorted(int(file.stem) for file in (data_dir / f"{topic}-0").glob("*.log"))
    return max(base for base in bases if base <= stable_end)


def clean(broker: Broker, ends: dict[str, int]) -> tuple[dict[str, Served], dict[Partition, list[Record]]]:
    set_dirty_ratio(broker, ends, "0")
    await_cleaned(broker.data_dir, list(ends), ends)
    left = {topic: served(broker, topic) for topic in ends}
    return left, read_all(broker, [(topic, 0) for topic in TOPICS], "read_uncommitted")


def comparable(batch: Batch, is_as_written: bool) -> Batch:
    """The batch without what the cleaner's clock and its compressor put into it.

    A delete horizon stands in the place of the first timestamp, and the records' timestamps are told from there.
    """
    if is_as_written:
        return batch
    if batch.has_delete_horizon:
        batch = batch._replace(base_timestamp=0, crc=0, length=0)
    return batch._replace(crc=0, length=0) if batch.codec else batch


def test_both_cleaners_leave_the_same(new_node: Callable[..., Node], tools: KafkaTools, tmp_path: pathlib.Path) -> None:
    of_kafka = new_node(OF_OFFSETS, tmp_path / "kafka")
    before, committed, clean_before = write_directory(of_kafka)
    of_martlet = new_node(OF_OFFSETS, tmp_path / "martlet")
    shutil.copytree(of_kafka.data_dir, of_martlet.data_dir)
    check(of_martlet)
    ends = {topic: end_of_cleaning(of_kafka.data_dir, topic, part.stable_end) for topic, part in before.items()}
    with_old = ends | dict.fromkeys(old_logs.OLD, old_logs.END)

    with ThreadPoolExecutor(2) as pool:
        cleaned = pool.submit(lambda: clean(of_kafka.kafka(Node.CLEAN), with_old))
        ours, our_records = pool.submit(lambda: clean(of_martlet.martlet(Node.CLEAN), with_old)).result()
        theirs, their_records = cleaned.result()
    for topic in with_old:
        original = set(before[topic].batches) if topic in before else set()
        mine = [comparable(batch, batch in original) for batch in ours[topic].batches]
        right = [comparable(batch, batch in original) for batch in theirs[topic].batches]
        assert mine == right, topic
        bounds = [(part.start, part.stable_end, part.end, part.aborted) for part in (ours[topic], theirs[topic])]
        assert bounds[0] == bounds[1], topic
    for partition, records in their_records.items():
        assert our_records[partition] == records, partition
    check_that_all_kinds_are_there(before, ours, our_records, ends, clean_before)
    of_martlet.stop()
    for topic in old_logs.OLD:
        indexes = old_logs.rebuilt_indexes(of_martlet.data_dir, topic)
        assert indexes == old_logs.rebuilt_indexes(of_kafka.data_dir, topic) and len(indexes) == 8, topic
    # The groups are loaded from what the cleaner left.
    assert groups(of_martlet.martlet()) == committed
    of_martlet.stop()
    of_kafka.stop()
    for topic in with_old:
        assert segments(of_martlet, topic) == segments(of_kafka, topic), topic
    check_old(of_martlet, of_kafka, tools)
    check(of_martlet)


def check(node: Node) -> None:
    """`martlet check` finds nothing damaged."""
    done = subprocess.run([places.MARTLET, "check", node.data_dir], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def check_old(of_martlet: Node, of_kafka: Node, tools: KafkaTools) -> None:
    """Record for record, and by Kafka's own tool."""
    left = {topic: old_logs.left(of_martlet.data_dir, topic) for topic in old_logs.OLD}
    for topic, batches in left.items():
        assert batches == old_logs.left(of_kafka.data_dir, topic), topic
    old_logs.check_that_all_kinds_are_there(left)
    files = [file for topic in old_logs.OLD for file in segment_files(of_martlet.data_dir / f"{topic}-0", ".log")]
    found = dump(tools, files, "--deep-iteration", "--print-data-log")
    assert found.of_cleaned(old_logs.OLD).complaints == [] and found.offsets


def segments(node: Node, topic: str) -> list[tuple[str, bytes]]:
    """Where the segments begin, each with the last entry of its time index: the largest timestamp and its offset."""
    indexes = sorted((node.data_dir / f"{topic}-0").glob("*.timeindex"))
    return [(index.name, index.read_bytes()[-12:]) for index in indexes]


def check_that_all_kinds_are_there(
    before: dict[str, Served], left: dict[str, Served], records: dict[Partition, list[Record]], ends: dict[str, int],
    clean: dict[str, int],
) -> None:
    """The comparison was of something: records went, tombstones and markers went or stayed, empty batches were left."""

    def cleaned(topic: str, parts: dict[str, Served]) -> list[Batch]:
        return [batch for batch in parts[topic].batches if batch.last_offset < ends[topic]]

    for topic in ends:
        kept, had = (sum(batch.records for batch in cleaned(topic, parts)) for parts in (left, before))
        assert kept < had / 2, f"{kept} of {had} records of {topic} are left"
    for offset, _, _, value, _ in records["tombstones-gone", 0]:
        assert value is not None or offset >= clean["tombstones-gone"]
    assert any(batch.has_delete_horizon for batch in left["tombstones-stay"].batches)
    markers = {topic: sum(batch.is_control for batch in left[topic].batches) for topic in WITH_TRANSACTIONS}
    assert markers["markers-gone"] < markers["markers-stay"] == 4 * MARKERS
    latest = max(left["tombstones-stay"].batches, key=lambda batch: batch.max_timestamp)
    assert latest.records == 0, "a producer's last batch stays, and its timestamp, without records"
    assert ends["open"] <= before["open"].stable_end < before["open"].end
    assert left["deleted-from"].start == 321
