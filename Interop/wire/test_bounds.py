"""What an attacker can make a broker hold: memory and descriptors stay bounded, and everybody else is served."""

import os
import select
import socket
import struct
import time
from collections.abc import Callable

import pytest
from harness import proc
from harness.brokers import Broker
from oracle import batches, codecs
from oracle.batches import batch
from oracle.wire import Reader, Writer

from wire.cases import FRAME_LIMIT, bomb, request, slow_bomb, with_batch
from wire.target import PROTOCOL, TOPIC, Target, frame, header, read_frame

MEBIBYTE = 1 << 20


class Growth:
    """The most memory that the process took beyond what it had at the start."""

    def __init__(self, target: Target) -> None:
        self.pid = target.pid
        proc.reset_peak(self.pid)
        self.before = proc.resident_bytes(self.pid)

    @property
    def peak(self) -> int:
        return proc.peak_resident_bytes(self.pid) - self.before


def descriptors(target: Target) -> int:
    return len(os.listdir(f"/proc/{target.pid}/fd"))


def eventually(condition, seconds: float = 20) -> bool:  # noqa: ANN001
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("kind", ["gzip", "lz4", "zstd"])
def test_a_bomb_swells_nowhere(fresh_target: Target, kind: str) -> None:
    payload = bomb(kind, 2)
    growth = Growth(fresh_target)
    for _ in range(3):
        with fresh_target.connect() as attacker:
            attacker.sendall(payload)
            read_frame(attacker)
    assert growth.peak < 24 * MEBIBYTE
    assert fresh_target.end_offset() == 0


@pytest.mark.parametrize("kind", ["forty million records", "a value of half a billion bytes"])
def test_who_sends_a_bomb_waits_alone(fresh_target: Target, kind: str) -> None:
    """Connections of every loop are served while it is opened, and the sender's next request after it."""
    payload = slow_bomb(kind)
    following = request("ApiVersions", 0, {})
    others = [fresh_target.connect() for _ in range(8)]
    longest = 0.0
    with fresh_target.connect() as attacker:
        started = time.monotonic()
        attacker.sendall(payload + following)
        attacker.setblocking(False)
        while not readable(attacker):
            for other in others:
                asked = time.monotonic()
                fresh_target.ask("ApiVersions", 0, {}, on=other)
                longest = max(longest, time.monotonic() - asked)
        took = time.monotonic() - started
        attacker.setblocking(True)
        assert len(read_frame(attacker)) > 4
        assert len(read_frame(attacker)) > 100, "the answer to what came after it"
    for other in others:
        other.close()
    assert took > 0.3, "it was no work at all: the test shows nothing"
    assert longest < took / 2, f"somebody else waited {longest:.2f} s of {took:.2f} s"


def test_an_honest_batch_is_not_checked_after_the_bombs(fresh_target: Target) -> None:
    """It opens to more than a loop has time for, as they do, and comes when all threads are busy with them."""
    bomb_sent = slow_bomb("zeros")
    content = batch(batches.records(*[b"x" * 1_000_000] * 12), codec=codecs.GZIP)
    honest = with_batch(content)
    attackers = [fresh_target.connect(timeout=120) for _ in range(6)]
    for attacker in attackers:
        attacker.sendall(bomb_sent)
    with fresh_target.connect(timeout=120) as producer:
        producer.sendall(honest)
        # Of one record each, in the same partition: its offsets tell the order.
        opened_before = fresh_target.end_offset()
        reader = Reader(read_frame(producer)[5:])
        offset = PROTOCOL.apis["Produce"][1].decode(9, reader)["Responses"][0]["PartitionResponses"][0]["BaseOffset"]
    assert 0 <= offset <= opened_before + 2, f"{offset - opened_before} of the bombs were first"
    for attacker in attackers:
        read_frame(attacker)
        attacker.close()
    assert fresh_target.end_offset() == 6 + 12


def test_a_stop_does_not_wait_for_bombs(new_martlet: Callable[..., Broker]) -> None:
    """Those that are not open soon are cut: no answer, nothing stored. Two threads take long for five gigabytes."""
    broker = new_martlet().start()
    target = Target(broker.port, broker.pid)
    payload = slow_bomb("zeros")
    attackers = [target.connect(timeout=120) for _ in range(12)]
    for attacker in attackers:
        attacker.sendall(payload)
    time.sleep(0.3)
    asked = time.monotonic()
    assert broker.stop() == 0
    took = time.monotonic() - asked
    answered = sum(1 for attacker in attackers if attacker.recv(1))
    assert answered < len(attackers), "all were open in time: the test shows nothing"
    assert took < 6
    target.close()
    broker.start()
    assert Target(broker.port, broker.pid).end_offset() == answered


def readable(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], 0)[0])


def test_the_claim_of_a_large_frame_takes_no_memory(fresh_target: Target) -> None:
    growth = Growth(fresh_target)
    attackers = [fresh_target.connect() for _ in range(300)]
    for attacker in attackers:
        attacker.sendall(struct.pack(">i", FRAME_LIMIT) + b"x" * 1000)
    assert fresh_target.end_offset() == 0
    assert growth.peak < 24 * MEBIBYTE
    for attacker in attackers:
        attacker.close()


def test_an_array_of_many_small_things_is_refused_or_fits(fresh_target: Target) -> None:
    """Forty million topics of two bytes each: what they would become is many times as large."""
    message, _ = PROTOCOL.apis["Metadata"]
    count = 40_000_000
    names = Writer()
    names.unsigned_varint(count + 1)
    names.raw(b"\x01\0" * count)  # An empty name, no tags.
    growth = Growth(fresh_target)
    body = header(message.api_key or 0, 9, 7) + names.bytes() + b"\0\0\0\0"
    with fresh_target.connect(timeout=60) as attacker:
        try:
            attacker.sendall(frame(body))
            attacker.recv(1)
        except OSError:
            pass
    assert fresh_target.end_offset() == 0
    assert growth.peak < 4 * len(body)


def test_who_does_not_read_is_not_answered_without_end(fresh_target: Target) -> None:
    growth = Growth(fresh_target)
    with fresh_target.connect() as attacker:
        attacker.settimeout(1)
        body = {"Resources": [{"ResourceType": 4, "ResourceName": "1"}] * 20, "IncludeSynonyms": True}
        asked = request("DescribeConfigs", 4, body)
        try:
            for _ in range(200_000):
                attacker.sendall(asked)
        except TimeoutError:
            pass
        else:
            pytest.fail("the broker took two hundred thousand requests, and nobody read an answer")
        assert fresh_target.end_offset() == 0
        assert growth.peak < 24 * MEBIBYTE


def test_an_answer_beyond_all_size_is_not_given(fresh_target: Target) -> None:
    """The broker's settings, asked for so often in one request that no size prefix could say how large the answer is."""
    body = {"Resources": [{"ResourceType": 4, "ResourceName": "1"}] * 100_000, "IncludeSynonyms": True}
    growth = Growth(fresh_target)
    with fresh_target.connect(timeout=60) as attacker:
        attacker.sendall(request("DescribeConfigs", 4, body))
        assert attacker.recv(1) == b""
    assert growth.peak < 48 * MEBIBYTE
    assert fresh_target.end_offset() == 0


def test_nothing_is_left_of_those_who_were_refused(fresh_target: Target) -> None:
    def refused(data: bytes) -> None:
        with fresh_target.connect() as attacker:
            attacker.sendall(data)
            attacker.shutdown(socket.SHUT_WR)
            while attacker.recv(65536):
                pass

    wrong = [b"GET / HTTP/1.1\r\n\r\n", struct.pack(">i", -1), frame(header(9999, 0, 7)), frame(header(3, 1, 7) + b"\x7f")]
    for data in wrong * 25:
        refused(data)
    growth = Growth(fresh_target)
    before = descriptors(fresh_target)
    for data in wrong * 250:
        refused(data)
    assert eventually(lambda: descriptors(fresh_target) <= before)
    assert growth.peak < 8 * MEBIBYTE


def test_nothing_is_left_of_those_who_went_away_waiting(fresh_target: Target) -> None:
    """A fetch may ask to wait for weeks; its connection's end is the end of it."""

    def wait_and_go(count: int) -> None:
        part = {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1 << 20}
        body = {"MaxWaitMs": 2**31 - 1, "MinBytes": 1, "MaxBytes": 1 << 20, "Topics": [{"Topic": TOPIC, "Partitions": [part]}]}
        for _ in range(count):
            with fresh_target.connect() as waiter:
                waiter.sendall(b"".join(request("Fetch", 11, body, number) for number in range(50)))
                # The answer to this one comes only after the others: none of it does.
                waiter.sendall(request("ApiVersions", 0, {}, 99))

    wait_and_go(20)
    assert fresh_target.end_offset() == 0
    growth = Growth(fresh_target)
    before = descriptors(fresh_target)
    wait_and_go(200)
    assert eventually(lambda: descriptors(fresh_target) <= before)
    assert fresh_target.end_offset() == 0
    assert growth.peak < 8 * MEBIBYTE


def test_partitions_without_number_are_answered_in_time(fresh_target: Target) -> None:
    """Eight times as many partitions take about eight times as long, by the broker's processor time."""

    def spent(count: int) -> float:
        partitions = [{"PartitionIndex": index, "Offset": 0} for index in range(1, count + 1)]
        message = request("DeleteRecords", 1, {"Topics": [{"Name": TOPIC, "Partitions": partitions}], "TimeoutMs": 1000})
        before = proc.cpu_nanoseconds(fresh_target.pid)
        with fresh_target.connect(timeout=60) as attacker:
            attacker.sendall(message)
            assert len(read_frame(attacker)) > count * 14
        return (proc.cpu_nanoseconds(fresh_target.pid) - before) / 1e9

    few = spent(10_000)
    assert spent(80_000) < 24 * max(few, 0.01)
