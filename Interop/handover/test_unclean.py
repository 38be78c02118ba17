"""kill -9 between two brokers: who opens the directory next finds all that was acknowledged, and cuts what was torn."""

import dataclasses
import pathlib
import threading
import time
from collections.abc import Callable

from harness.brokers import Broker
from harness.cleaned import await_cleaned
from harness.contents import Record
from harness.dump import check_all
from harness.everything import Everything, check_same, everything
from harness.node import Node
from harness.tools import KafkaTools
from harness.writing import Writer, commit_as_member, commit_as_nobody, create, delete_records

SMALL = {"internal.segment.bytes": "16384", "index.interval.bytes": "1024"}
TOPICS = {
    "plain": SMALL,
    "torn": SMALL,
    "transactions": SMALL,
    "compacted": SMALL | {"cleanup.policy": "compact"},
    "deleted": SMALL,
}
BUSY = "busy"
#: Where logs begin is lost by a kill but for what stands in the checkpoint.
OFTEN = {"log.flush.start.offset.checkpoint.interval.ms": "100"}


class Load(threading.Thread):
    """Writes without an end, so that the broker dies in the middle of it."""

    def __init__(self, broker: Broker):
        super().__init__()
        self.writer = Writer(broker, f"load-on-{broker.name}", "lz4")
        self.is_over = threading.Event()
        self.under_way = threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            if self.writer.send(BUSY, 20) > 200:
                self.under_way.set()
            time.sleep(0.005)  # What is written is read again, and there is enough of it.

    def finish(self) -> list[Record]:
        """What was acknowledged."""
        self.is_over.set()
        self.join()
        return self.writer.acknowledged[BUSY, 0]


def write(broker: Broker) -> None:
    """Some records to each topic, in an open transaction too where there are any, and some offsets."""
    plain = Writer(broker, f"plain-on-{broker.name}", "zstd")
    for topic in TOPICS:
        plain.write(topic, 300)
    commit_as_member(broker, "classic-group", "plain", "classic", 10, broker.name)
    commit_as_member(broker, "consumer-group", "plain", "consumer", 10, broker.name)
    commit_as_nobody(broker, f"nobody-on-{broker.name}", "plain", 10, broker.name)


def write_transactions(broker: Broker) -> Writer:
    within = Writer(broker, "within", transactional_id="ended")
    for is_committed in (True, False):
        within.begin()
        for topic in ("transactions", "compacted"):
            within.write(topic, 100)
        within.commit_offset("in-transactions", "plain", 3 + is_committed)
        within.commit() if is_committed else within.abort()
    left_open = Writer(broker, "left-open", transactional_id="left-open")
    left_open.begin()
    left_open.write("transactions", 10)
    return left_open


def await_start(data_dir: pathlib.Path, row: str) -> None:
    """Waits until the checkpoint says so where a log begins."""
    deadline = time.monotonic() + 60
    while row not in (data_dir / "log-start-offset-checkpoint").read_text().splitlines():
        assert time.monotonic() < deadline, f"{row} is not in the checkpoint"
        time.sleep(0.05)


def kill_under_load(node: Node, broker: Broker) -> tuple[Everything, list[Record]]:
    """kill -9, with what was served of the quiet topics before, and what was acknowledged of the busy one."""
    view = everything(broker)
    load = Load(broker)
    load.start()
    assert load.under_way.wait(120)
    node.kill()
    acknowledged = load.finish()
    tear(node.data_dir / "torn-0")
    return view, acknowledged


def tear(partition: pathlib.Path) -> None:
    """As if the process had died in the middle of an append: the segment ends with half of its first batch."""
    segment = max(partition.glob("*.log"))
    content = segment.read_bytes()
    segment.write_bytes(content + content[: int.from_bytes(content[8:12]) // 2])


def check(broker: Broker, before: Everything, acknowledged: list[Record]) -> None:
    now = everything(broker)
    busy = now.topics.pop(BUSY).partitions[0][2]
    for view in (now, before):
        view.topics.pop(BUSY, None)
        view.uncommitted.pop((BUSY, 0))
        view.batches.pop((BUSY, 0))
        # Cleaning goes on meanwhile: of an aborted transaction whose records are gone nobody is told any more.
        view.batches["compacted", 0] = dataclasses.replace(view.batches["compacted", 0], aborted=frozenset())
    check_same(now, before)
    lost = set(acknowledged) - set(busy)
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged records are lost"
    assert [record[0] for record in busy] == list(range(len(busy)))


def test_a_killed_broker_is_followed_by_the_other(new_node: Callable[..., Node], tools: KafkaTools) -> None:
    node = new_node(OFTEN)
    kafka = node.kafka(Node.CLEAN)
    create(kafka, TOPICS | {BUSY: {"internal.segment.bytes": "1048576"}})
    write(kafka)
    left_open = write_transactions(kafka)
    delete_records(kafka, "deleted", before=123)
    await_start(node.data_dir, "deleted 0 123")
    await_cleaned(node.data_dir, ["compacted"])
    of_kafka, acknowledged = kill_under_load(node, kafka)
    assert of_kafka.batches["transactions", 0].stable_end < of_kafka.batches["transactions", 0].end
    del left_open

    martlet = node.martlet()
    check(martlet, of_kafka, acknowledged)
    write(martlet)
    delete_records(martlet, "deleted", before=234)
    await_start(node.data_dir, "deleted 0 234")
    of_both, acknowledged_again = kill_under_load(node, martlet)

    kafka = node.kafka()
    check(kafka, of_both, acknowledged + acknowledged_again)
    # The transaction that was open when Kafka was killed ends now.
    Writer(kafka, "again", transactional_id="left-open")
    of_all = everything(kafka)
    assert of_all.batches["transactions", 0].stable_end == of_all.batches["transactions", 0].end
    node.stop()
    martlet = node.martlet()
    check_same(everything(martlet), of_all)
    node.stop()
    check_all(tools, node.data_dir, cleaned=["compacted"])
