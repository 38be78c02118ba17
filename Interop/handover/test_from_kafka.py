"""A directory that Kafka wrote: Martlet serves it and adds to it, Kafka serves all of it, and Martlet again."""

from collections.abc import Callable

from harness.brokers import Broker
from harness.cleaned import await_cleaned
from harness.dump import check_all
from harness.everything import Everything, check_same, describe_groups, everything
from harness.node import Node, no_complaints
from harness.served import served
from harness.tools import KafkaTools
from harness.writing import Writer, commit_as_member, commit_as_nobody, create, delete_records

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
SMALL = {"internal.segment.bytes": "16384", "index.interval.bytes": "1024"}
COMPACT = SMALL | {"cleanup.policy": "compact", "delete.retention.ms": "1"}
TOPICS = {
    **{codec: SMALL for codec in CODECS},
    "stamped": {"message.timestamp.type": "LogAppendTime", "compression.type": "zstd"},
    "transactions": SMALL,
    "compacted": COMPACT,
    "compacted-and-deleted": COMPACT | {"cleanup.policy": "compact,delete", "retention.ms": "86400000000"},
    "deleted": SMALL,
    "emptied": SMALL,
}
COMPACTED = ["compacted", "compacted-and-deleted"]
GROUP = "in-transactions"


def written_by_kafka(broker: Broker) -> Writer:
    """Writes to every topic, in and out of transactions, and gives the writer that is left in the middle of one."""
    create(broker, TOPICS)
    for codec in CODECS:
        writer = Writer(broker, f"kafka-{codec}", codec)
        writer.write(codec, 300, with_null_keys=True)
    for topic in ("stamped", "deleted", "emptied"):
        writer.write(topic, 300, with_null_keys=True)
    delete_records(broker, "deleted", before=151)
    delete_records(broker, "emptied", before=300)

    within = Writer(broker, "within", "zstd", transactional_id="ended")
    open_one = Writer(broker, "open", transactional_id="left-open")
    without = Writer(broker, "without", "snappy")
    within.begin()
    within.write("transactions", 100)
    without.write("transactions", 50)
    within.commit_offset(GROUP, "transactions", 7)
    within.commit()
    for topic in COMPACTED:
        without.write(topic, 400)
        within.begin()
        within.write(topic, 100)
        within.commit()
        within.begin()
        within.write(topic, 100)
        within.abort()
        without.write(topic, 400)
    within.begin()
    within.write("transactions", 100)
    without.write("transactions", 50)
    within.commit_offset(GROUP, "transactions", 9)
    within.abort()
    open_one.begin()
    open_one.write("transactions", 20)
    open_one.commit_offset(GROUP, "transactions", 11)
    # Ended after the other began, and not readable before that has ended too.
    within.begin()
    within.write("transactions", 30)
    within.commit()
    return open_one


def commit_offsets(broker: Broker, note: str, count: int) -> None:
    for protocol in ("classic", "consumer"):
        commit_as_member(broker, f"{protocol}-group", "lz4", protocol, count, note)
        commit_as_member(broker, f"{protocol}-group-of-{broker.name}", "gzip", protocol, count, note)
    commit_as_nobody(broker, "nobody", "none", count, note)


def check_of_kafka(view: Everything) -> None:
    """What Kafka wrote is of all the kinds that are to be handed over."""
    transactions = view.batches["transactions", 0]
    assert transactions.start == 0 and transactions.stable_end < transactions.end and len(transactions.aborted) == 1
    assert {batch.is_control for batch in transactions.batches} == {True, False}
    readable = view.topics["transactions"].partitions[0][2]
    assert len(readable) == 200 and len(view.uncommitted["transactions", 0]) == 350
    assert (view.batches["deleted", 0].start, view.batches["deleted", 0].end) == (151, 300)
    assert (view.batches["emptied", 0].start, view.batches["emptied", 0].end) == (300, 300)
    for number, codec in enumerate(CODECS):
        assert {batch.codec for batch in view.batches[codec, 0].batches} == {number}
    for topic in COMPACTED:
        assert view.batches[topic, 0].end > 1000 and len(view.uncommitted[topic, 0]) < 500, "it is cleaned"
    assert view.groups[GROUP][2:] == (
        {("transactions", 0): (7, -1, "in a transaction\0", 0)}, {("transactions", 0): (-1, -1, "", 88)}
    )  # fmt: skip
    assert {name: group[0] for name, group in view.groups.items()} == {
        GROUP: "CLASSIC", "classic-group": "CLASSIC", "classic-group-of-kafka": "CLASSIC", "consumer-group": "CONSUMER",
        "consumer-group-of-kafka": "CONSUMER", "nobody": "CLASSIC",
    }  # fmt: skip


def added_by_martlet(broker: Broker) -> None:
    create(broker, {"of-martlet": SMALL}, partitions=2)
    for codec in CODECS:
        writer = Writer(broker, f"martlet-{codec}", codec)
        writer.write(codec, 80)
    for topic in [*TOPICS.keys() - set(CODECS), "of-martlet"]:
        writer.write(topic, 80)
    delete_records(broker, "deleted", before=222)
    commit_offsets(broker, "by-martlet", 5)


def test_what_kafka_wrote_goes_to_martlet_and_back(new_node: Callable[..., Node], tools: KafkaTools) -> None:
    node = new_node()
    kafka = node.kafka(Node.CLEAN)
    open_one = written_by_kafka(kafka)
    commit_offsets(kafka, "by-kafka", 10)
    await_cleaned(node.data_dir, COMPACTED)
    of_kafka = everything(kafka)
    check_of_kafka(of_kafka)
    described = describe_groups(tools, kafka)
    del open_one
    node.stop()

    martlet = node.martlet()
    check_same(everything(martlet), of_kafka)
    assert describe_groups(tools, martlet) == described
    added_by_martlet(martlet)
    of_both = everything(martlet)
    for each, before in of_kafka.batches.items():
        now = of_both.batches[each]
        assert now.end == before.end + 80, each
        assert now.batches[: len(before.batches)] == before.batches or each == ("deleted", 0)
    assert of_both.batches["transactions", 0].stable_end == of_kafka.batches["transactions", 0].stable_end
    assert of_both.batches["deleted", 0].start == 222
    assert of_both.groups["classic-group"][2] == {("lz4", 0): (15, -1, "by-martlet\0", 0)}
    new_ids = of_both.producer_ids - of_kafka.producer_ids
    assert len(new_ids) == len(CODECS), "producer ids are handed out once"
    node.stop()

    kafka = node.kafka()
    check_same(everything(kafka), of_both)
    # The transaction that was left open is still known, and ends now.
    Writer(kafka, "again", transactional_id="left-open")
    transactions = served(kafka, "transactions")
    assert transactions.stable_end == transactions.end == of_both.batches["transactions", 0].end + 1
    of_all = everything(kafka)
    assert len(of_all.topics["transactions"].partitions[0][2]) == 200 + 30 + 80
    assert of_all.groups[GROUP][3] == {("transactions", 0): (7, -1, "in a transaction\0", 0)}
    node.stop()
    no_complaints(node.output)

    martlet = node.martlet()
    check_same(everything(martlet), of_all)
    node.stop()
    check_all(tools, node.data_dir, cleaned=COMPACTED)
