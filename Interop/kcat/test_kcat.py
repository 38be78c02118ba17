"""kcat both ways: what it produces it reads back, with every codec, keys, headers, by offset and by time."""

import json
import shutil
import subprocess

import pytest

from harness.brokers import Broker

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


@pytest.fixture(autouse=True)
def kcat_is_there() -> None:
    if shutil.which("kcat") is None:
        pytest.skip("kcat is not installed")


def kcat(broker: Broker, *arguments: str, input: bytes = b"") -> bytes:
    done = subprocess.run(
        ["kcat", "-b", broker.bootstrap, *arguments], input=input, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def lines(count: int, word: str) -> bytes:
    return "".join(f"{word} {number} {'x' * (number % 50)}\n" for number in range(count)).encode()


@pytest.mark.parametrize("codec", CODECS)
def test_what_kcat_produced_it_reads_back(martlet: Broker, topic: str, codec: str) -> None:
    text = lines(20_000, codec)
    kcat(martlet, "-P", "-t", topic, "-p", "0", "-z", codec, "-X", "acks=all", input=text)
    assert kcat(martlet, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q") == text


@pytest.mark.parametrize("codec", CODECS)
def test_an_idempotent_kcat_reads_back_what_it_wrote(martlet: Broker, topic: str, codec: str) -> None:
    text = lines(3000, codec)
    kcat(martlet, "-P", "-t", topic, "-p", "0", "-z", codec, "-X", "enable.idempotence=true", input=text)
    assert kcat(martlet, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q") == text


@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_every_kind_of_acknowledgement(martlet: Broker, topic: str, acks: str) -> None:
    text = lines(2000, f"acks-{acks}")
    kcat(martlet, "-P", "-t", topic, "-p", "0", "-X", f"acks={acks}", input=text)
    assert kcat(martlet, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-c", "2000", "-q") == text


def test_keys_headers_and_timestamps_are_kept(martlet: Broker, topic: str) -> None:
    kcat(martlet, "-P", "-t", topic, "-p", "0", "-K", ":", "-H", "colour=green", "-H", "empty=", input=b"k1:v1\nk2:v2\n")
    read = kcat(martlet, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-J")
    records = [json.loads(line) for line in read.splitlines()]
    assert [(record["key"], record["payload"], record["offset"]) for record in records] == [("k1", "v1", 0), ("k2", "v2", 1)]
    assert all(record["headers"][:2] == ["colour", "green"] for record in records)
    assert all(record["ts"] > 1_600_000_000_000 for record in records)


def test_reading_from_an_offset_inside_a_batch(martlet: Broker, topic: str) -> None:
    kcat(martlet, "-P", "-t", topic, "-p", "0", "-X", "linger.ms=200", input=lines(1000, "inside"))
    read = kcat(martlet, "-C", "-t", topic, "-p", "0", "-o", "777", "-e", "-q", "-f", "%o\n")
    assert read.split() == [str(offset).encode() for offset in range(777, 1000)]
    tail = kcat(martlet, "-C", "-t", topic, "-p", "0", "-o", "-5", "-e", "-q", "-f", "%o\n")
    assert tail.split() == [str(offset).encode() for offset in range(995, 1000)]


def test_a_list_of_brokers_and_topics(martlet: Broker, topic: str) -> None:
    kcat(martlet, "-P", "-t", topic, "-p", "0", input=b"one\n")
    listing = json.loads(kcat(martlet, "-L", "-J"))
    assert [broker["name"] for broker in listing["brokers"]] == [martlet.bootstrap]
    mine = next(entry for entry in listing["topics"] if entry["topic"] == topic)
    assert mine["partitions"][0]["leader"] == listing["brokers"][0]["id"]


def test_offsets_are_found_by_time(martlet: Broker, topic: str) -> None:
    kcat(martlet, "-P", "-t", topic, "-p", "0", input=b"one\ntwo\n")
    times = kcat(martlet, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-f", "%T\n").split()
    found = kcat(martlet, "-Q", "-t", f"{topic}:0:{int(times[0])}").decode()
    assert found.split() == [topic, "[0]", "offset", "0"]
