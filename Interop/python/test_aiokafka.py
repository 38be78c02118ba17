"""aiokafka by partition: every codec, idempotent, waiting for records, seeking."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from harness.brokers import Broker

CODECS = [None, "gzip", "snappy", "lz4", "zstd"]


async def read_from_start(broker: Broker, topic: str, count: int) -> list:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        where = TopicPartition(topic, 0)
        consumer.assign([where])
        await consumer.seek_to_beginning(where)
        return [await asyncio.wait_for(consumer.getone(), 20) for _ in range(count)]
    finally:
        await consumer.stop()


@pytest.mark.parametrize("idempotent", [False, True], ids=["plain", "idempotent"])
@pytest.mark.parametrize("codec", CODECS, ids=[codec or "none" for codec in CODECS])
def test_records_come_back_in_order(martlet: Broker, topic: str, codec: str | None, idempotent: bool) -> None:
    async def both_ways() -> None:
        sent = [f"{codec}-{number}".encode() * 3 for number in range(2000)]
        producer = AIOKafkaProducer(
            bootstrap_servers=martlet.bootstrap, compression_type=codec, enable_idempotence=idempotent, acks="all",
            linger_ms=5,
        )  # fmt: skip
        await producer.start()
        try:
            answers = [await producer.send(topic, value, partition=0) for value in sent]
            offsets = [(await answer).offset for answer in answers]
        finally:
            await producer.stop()
        assert offsets == list(range(2000))
        assert [record.value for record in await read_from_start(martlet, topic, 2000)] == sent

    asyncio.run(both_ways())


def test_a_consumer_that_waits_gets_what_arrives_later(martlet: Broker, topic: str) -> None:
    async def wait_then_send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=martlet.bootstrap)
        await producer.start()
        await producer.send_and_wait(topic, b"first", partition=0)
        consumer = AIOKafkaConsumer(bootstrap_servers=martlet.bootstrap, enable_auto_commit=False, fetch_max_wait_ms=5000)
        await consumer.start()
        try:
            where = TopicPartition(topic, 0)
            consumer.assign([where])
            await consumer.seek_to_beginning(where)
            assert (await asyncio.wait_for(consumer.getone(), 10)).value == b"first"
            waiting = asyncio.create_task(consumer.getone())
            await asyncio.sleep(1)
            assert not waiting.done()
            await producer.send_and_wait(topic, b"second", partition=0)
            assert (await asyncio.wait_for(waiting, 3)).value == b"second"
        finally:
            await consumer.stop()
            await producer.stop()

    asyncio.run(wait_then_send())
