"""Clients that live through a change of the broker: members stay members, a producer keeps its sequence numbers.

Apache Kafka stops, Martlet takes over at the same address, is killed, and Kafka comes back; the clients see a broker that
was gone for a while.
"""

import time
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Consumer

from harness.brokers import Broker
from harness.node import Node
from harness.offsets import committed
from harness.served import served
from harness.writing import Writer, create

TOPIC = "live"
PARTITIONS = 2
RECORDS = 50


class Member:
    """A lone member of a group, which commits all that it reads."""

    def __init__(self, broker: Broker, group: str, **settings: object):
        self.group = group
        options = {
            "bootstrap.servers": broker.bootstrap, "group.id": group, "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "reconnect.backoff.max.ms": 200, "log_level": 2, "session.timeout.ms": 120_000,
        } | {name.replace("_", "."): value for name, value in settings.items()}  # fmt: skip
        if options.get("group.protocol") == "consumer":
            del options["session.timeout.ms"]
        self.consumer = Consumer(options)
        self.assigned = 0
        self.consumer.subscribe([TOPIC], on_assign=self._count)

    def _count(self, _: Consumer, partitions: list) -> None:
        self.assigned += len(partitions)

    def read(self, count: int) -> list[tuple[int, int, bytes]]:
        """The next records, and no more than those; they are committed."""
        found = []
        deadline = time.monotonic() + 90
        while len(found) < count:
            assert time.monotonic() < deadline, f"{self.group} read {len(found)} of {count} records"
            message = self.consumer.poll(0.2)
            if message is not None and message.error() is None:
                found.append((message.partition(), message.offset(), message.value()))
        self.consumer.commit(asynchronous=False)
        while (message := self.consumer.poll(0.3)) is not None:
            assert message.error() is not None, f"{self.group} reads {message.value()} too"
        return sorted(found)

    def close(self) -> None:
        self.consumer.close()


def write(writer: Writer) -> list[tuple[int, int, bytes]]:
    """Writes to each partition; the records as a member must read them."""
    before = {each: len(records) for each, records in writer.acknowledged.items()}
    for partition in range(PARTITIONS):
        writer.write(TOPIC, RECORDS, partition)
    return sorted(
        (each[1], record[0], record[3])
        for each, records in writer.acknowledged.items() for record in records[before.get(each, 0) :]
    )  # fmt: skip


@pytest.fixture
def members() -> Iterator[list[Member]]:
    made: list[Member] = []
    yield made
    for member in made:
        member.close()


def test_members_and_producers_live_through_a_change_of_the_broker(
    new_node: Callable[..., Node], members: list[Member]
) -> None:
    node = new_node({"group.consumer.session.timeout.ms": "120000", "group.consumer.max.session.timeout.ms": "120000"})
    broker = node.kafka()
    create(broker, {TOPIC: {}}, partitions=PARTITIONS)
    writer = Writer(broker, "live", "lz4")
    members += [
        Member(broker, "classic"),
        Member(broker, "cooperative", partition_assignment_strategy="cooperative-sticky"),
        Member(broker, "static", group_instance_id="one"),
        Member(broker, "consumer", group_protocol="consumer"),
        Member(broker, "static-consumer", group_protocol="consumer", group_instance_id="one"),
    ]
    written = write(writer)
    for member in members:
        assert member.read(len(written)) == written
    ids = [member.consumer.memberid() for member in members]
    assert all(ids) and {member.assigned for member in members} == {PARTITIONS}

    for end, start in ((node.stop, node.martlet), (node.kill, node.kafka)):
        end()
        broker = start()
        written = write(writer)
        for member in members:
            assert member.read(len(written)) == written, f"{member.group} on {broker.name}"
            offsets = {each: offset[0] for each, offset in committed(broker, member.group).items()}
            assert offsets == {each: records[-1][0] + 1 for each, records in writer.acknowledged.items()}
        # Nobody had to join again.
        assert [member.consumer.memberid() for member in members] == ids
        assert {member.assigned for member in members} == {PARTITIONS}
    producers = {batch.producer_id for partition in range(PARTITIONS) for batch in served(broker, TOPIC, partition).batches}
    assert len(producers) == 1, "the producer went on as the one that it was"
