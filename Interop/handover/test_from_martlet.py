"""A directory that Martlet wrote: Kafka serves it, adds to it, transactions too, and Martlet serves all of it."""

from collections.abc import Callable

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions

from harness.brokers import Broker
from harness.cleaned import await_cleaned
from harness.contents import Record
from harness.dump import check_all
from harness.everything import Everything, check_same, describe_groups, everything
from harness.node import Node, no_complaints
from harness.tools import KafkaTools
from harness.writing import Writer, commit_as_member, commit_as_nobody, create, delete_records

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
SMALL = {"internal.segment.bytes": "16384", "index.interval.bytes": "1024"}
COMPACT = SMALL | {"cleanup.policy": "compact", "delete.retention.ms": "1"}
TOPICS = {
    **{codec: SMALL | {"retention.ms": "86400000000"} for codec in CODECS},
    "stamped": {"message.timestamp.type": "LogAppendTime", "compression.type": "zstd"},
    "compacted": COMPACT,
    "compacted-and-deleted": COMPACT | {"cleanup.policy": "compact,delete"},
    "deleted": SMALL,
    "emptied": SMALL,
}
COMPACTED = ["compacted", "compacted-and-deleted"]


def written_by_martlet(broker: Broker) -> dict[str, Writer]:
    create(broker, TOPICS)
    create(broker, {"gone": {}, "divided": {}}, partitions=3)
    writers = {codec: Writer(broker, f"martlet-{codec}", codec) for codec in CODECS}
    for codec, writer in writers.items():
        writer.write(codec, 300, with_null_keys=True)
    for topic in ("stamped", "deleted", "emptied"):
        writers["lz4"].write(topic, 300, with_null_keys=True)
    for topic in COMPACTED:
        writers["zstd"].write(topic, 500)
        writers["none"].write(topic, 500)
    for partition in range(3):
        writers["none"].write("divided", 20 * partition, partition)
        writers["none"].write("gone", 10, partition)
    delete_records(broker, "deleted", before=151)
    delete_records(broker, "emptied", before=300)
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    for done in admin.delete_topics(["gone"]).values():
        done.result(20)
    return writers


def commit_offsets(broker: Broker, note: str, count: int) -> None:
    for protocol in ("classic", "consumer"):
        commit_as_member(broker, f"{protocol}-group", "lz4", protocol, count, note)
        commit_as_member(broker, f"{protocol}-group-of-{broker.name}", "gzip", protocol, count, note)
    commit_as_nobody(broker, "nobody", "none", count, note)


def without_tombstones(records: list[Record]) -> dict[bytes | None, bytes]:
    """The last value of each key that has one."""
    last = {key: value for _, _, key, value, _ in records}
    return {key: value for key, value in last.items() if value is not None}


def check_of_martlet(view: Everything, writers: dict[str, Writer]) -> None:
    """What Martlet serves is what the producers wrote, and of all the kinds that are to be handed over."""
    for codec, writer in writers.items():
        assert view.topics[codec].partitions[0] == (0, 300, writer.acknowledged[codec, 0])
        assert {batch.codec for batch in view.batches[codec, 0].batches} == {CODECS.index(codec)}
        assert view.topics[codec].settings == TOPICS[codec]
    assert "gone" not in view.topics
    assert (view.batches["deleted", 0].start, view.batches["deleted", 0].end) == (151, 300)
    assert (view.batches["emptied", 0].start, view.batches["emptied", 0].end) == (300, 300)
    for topic in COMPACTED:
        written = sorted(writers["zstd"].acknowledged[topic, 0] + writers["none"].acknowledged[topic, 0])
        kept = view.uncommitted[topic, 0]
        assert view.batches[topic, 0].end == 1000 and len(kept) < 400 and set(kept) <= set(written), "it is cleaned"
        # Of each key the last record, except that tombstones are let go of.
        assert without_tombstones(kept) == without_tombstones(written)
    assert {name: group[:2] for name, group in view.groups.items()} == {
        "classic-group": ("CLASSIC", "EMPTY"), "classic-group-of-martlet": ("CLASSIC", "EMPTY"),
        "consumer-group": ("CONSUMER", "EMPTY"), "consumer-group-of-martlet": ("CONSUMER", "EMPTY"),
        "nobody": ("CLASSIC", "EMPTY"),
    }  # fmt: skip


def added_by_kafka(broker: Broker, topics: list[str]) -> None:
    """To each topic records of a committed transaction, an aborted one, and none; partitions and a setting too."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_partitions([NewPartitions("divided", 5)])["divided"].result(20)
    change = ConfigResource(ConfigResource.Type.TOPIC, "zstd", incremental_configs=[
        ConfigEntry("retention.ms", "99999999999", incremental_operation=AlterConfigOpType.SET)])  # fmt: skip
    admin.incremental_alter_configs([change])[change].result(20)
    create(broker, {"of-kafka": SMALL}, partitions=2)
    without = Writer(broker, "kafka", "snappy")
    within = Writer(broker, "kafka-within", "gzip", transactional_id="of-kafka")
    within.begin()
    for topic in [*topics, "of-kafka"]:
        within.write(topic, 30)
    within.commit_offset("in-a-transaction", "none", 5)
    within.commit()
    within.begin()
    for topic in [*topics, "of-kafka"]:
        within.write(topic, 20)
        without.write(topic, 30)
    within.commit_offset("in-a-transaction", "none", 6)
    within.abort()
    without.write("divided", 10, partition=4)
    delete_records(broker, "deleted", before=222)
    commit_offsets(broker, "by-kafka", 5)


def test_what_martlet_wrote_goes_to_kafka_and_back(new_node: Callable[..., Node], tools: KafkaTools) -> None:
    node = new_node()
    martlet = node.martlet(Node.CLEAN)
    writers = written_by_martlet(martlet)
    commit_offsets(martlet, "by-martlet", 10)
    await_cleaned(node.data_dir, COMPACTED)
    of_martlet = everything(martlet)
    check_of_martlet(of_martlet, writers)
    described = describe_groups(tools, martlet)
    node.stop()

    kafka = node.kafka()
    check_same(everything(kafka), of_martlet)
    assert describe_groups(tools, kafka) == described
    added_by_kafka(kafka, list(TOPICS))
    of_both = everything(kafka)
    for topic in TOPICS:
        before, now = of_martlet.batches[topic, 0], of_both.batches[topic, 0]
        assert now.stable_end == now.end == before.end + 30 + 20 + 30 + 2, topic
        assert len(now.aborted) == 1
        readable = of_both.topics[topic].partitions[0][2]
        assert sum(record[0] >= before.end for record in readable) == 30 + 30, topic
    assert len(of_both.topics["divided"].partitions) == 5
    assert of_both.groups["classic-group"][2] == {("lz4", 0): (15, -1, "by-kafka\0", 0)}
    assert of_both.groups["in-a-transaction"][3] == {("none", 0): (5, -1, "in a transaction\0", 0)}
    assert len(of_both.producer_ids - of_martlet.producer_ids) == 2, "producer ids are handed out once"
    node.stop()
    no_complaints(node.output)

    martlet = node.martlet()
    check_same(everything(martlet), of_both)
    again = Writer(martlet, "martlet-again", "zstd")
    again.write("of-kafka", 10, partition=1)
    assert {again.acknowledged["of-kafka", 1][0][0]} == {0}
    node.stop()
    assert " is set aside " not in node.output, "a topic that Kafka made is unknown"
    check_all(tools, node.data_dir, cleaned=COMPACTED)
