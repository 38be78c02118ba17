"""The files of a log directory, read by kafka-dump-log.sh: segments, indexes, snapshots, the metadata log."""

import pathlib
import re
import shutil
from collections.abc import Callable

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from harness.brokers import Broker
from harness.dump import check_partition, dump, segment_files
from harness.tools import KafkaTools, ToolFailed

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
RECORDS = 4000


def create(broker: Broker, topic: str, **configs: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    settings = {key.replace("_", "."): value for key, value in configs.items()}
    admin.create_topics([NewTopic(topic, 1, 1, config=settings)])[topic].result(30)


def write(broker: Broker, topic: str, codec: str, records: int = RECORDS) -> None:
    """Records of 500 bytes or so, in batches of 16 KiB or less, by an idempotent producer."""
    producer = Producer(
        {"bootstrap.servers": broker.bootstrap, "enable.idempotence": True, "compression.type": codec, "linger.ms": 2,
         "batch.size": 16384}
    )  # fmt: skip
    failures: list[object] = []
    for number in range(records):
        value = f"{codec}-{number}-{'abcdefghij' * 45}{number * 7919}".encode()
        producer.produce(topic, value, partition=0, on_delivery=lambda error, _: error and failures.append(error))
        producer.poll(0)
    assert producer.flush(60) == 0 and not failures


@pytest.fixture(scope="module")
def written(pytestconfig: pytest.Config, tools: KafkaTools, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The data directory of a broker that was written to with every codec, over several segments, and stopped by SIGTERM."""
    from conftest import broker_type

    with broker_type(pytestconfig)(tmp_path_factory.mktemp("written")) as broker:
        broker.start()
        for codec in CODECS:
            tools.create_topic(broker.bootstrap, codec, segment_bytes="1048576", index_interval_bytes="1024")
            write(broker, codec, codec)
        broker.stop()
        return broker.data_dir


@pytest.mark.parametrize("codec", CODECS)
def test_the_dump_tool_finds_nothing_wrong(written: pathlib.Path, tools: KafkaTools, codec: str) -> None:
    partition = written / f"{codec}-0"
    found = check_partition(tools, partition)
    assert found.complaints == []
    assert found.offsets == list(range(RECORDS))
    assert found.payloads[17].startswith(f"{codec}-17-")
    assert f"compresscodec: {codec}" in found.text
    if codec == "none":
        assert len(segment_files(partition, ".log")) >= 2
        assert any(file.stat().st_size >= 80 for file in segment_files(partition, ".index")), "an index of 10 entries"


def test_a_topics_compression_type_is_what_lies_on_disk(new_martlet: Callable[..., Broker], tools: KafkaTools) -> None:
    broker = new_martlet().start()
    wanted = {"uncompressed": "none", "gzip": "gzip", "snappy": "snappy", "lz4": "lz4", "zstd": "zstd", "producer": "lz4"}
    for kind in wanted:
        create(broker, kind, compression_type=kind)
        write(broker, kind, "gzip" if kind == "lz4" else "lz4", 300)
    broker.stop()
    found = dump(tools, [broker.data_dir / f"{kind}-0" / f"{0:020}.log" for kind in wanted], "--deep-iteration")
    assert found.complaints == []
    for kind, part in zip(wanted, found.text.split("Dumping ")[1:], strict=True):
        assert set(re.findall(r"compresscodec: (\w+)", part)) == {wanted[kind]}, kind
        assert len(re.findall(r"^\| offset: ", part, re.MULTILINE)) == 300


def test_the_check_itself_finds_a_flipped_byte_and_a_strange_index(
    written: pathlib.Path, tools: KafkaTools, tmp_path: pathlib.Path
) -> None:
    flipped = tmp_path / "none-0"
    shutil.copytree(written / "none-0", flipped)
    log = flipped / "00000000000000000000.log"
    raw = bytearray(log.read_bytes())
    raw[5000] ^= 1
    log.write_bytes(raw)
    assert any("isvalid: false" in line for line in check_partition(tools, flipped).complaints)

    strange = tmp_path / "none-1"
    shutil.copytree(written / "none-0", strange)
    index = strange / "00000000000000000000.index"
    raw = bytearray(index.read_bytes())
    raw[-9] ^= 1  # The last entry but one: its position.
    index.write_bytes(raw)
    with pytest.raises(ToolFailed):
        check_partition(tools, strange)


def test_the_metadata_log_is_readable(written: pathlib.Path, tools: KafkaTools) -> None:
    files = segment_files(written / "__cluster_metadata-0", ".log")
    found = dump(tools, files, "--cluster-metadata-decoder", "--deep-iteration")
    assert found.complaints == []
    records = found.metadata_records
    topics = [record["data"]["name"] for record in records if record["type"] == "TOPIC_RECORD"]
    assert sorted(topics) == sorted(CODECS)
    kinds = {record["type"] for record in records}
    assert {"PARTITION_RECORD", "CONFIG_RECORD", "REGISTER_BROKER_RECORD", "FEATURE_LEVEL_RECORD"} <= kinds


def test_a_clean_stop_leaves_its_mark_and_its_checkpoints(written: pathlib.Path) -> None:
    assert '"brokerEpoch"' in (written / ".kafka_cleanshutdown").read_text()
    for name in ("recovery-point-offset-checkpoint", "replication-offset-checkpoint"):
        rows = (written / name).read_text().splitlines()
        assert rows[0] == "0" and int(rows[1]) == len(rows) - 2
        assert {f"{codec} 0 {RECORDS}" for codec in CODECS} <= set(rows[2:]), name
    meta = dict(
        line.split("=", 1) for line in (written / "meta.properties").read_text().splitlines() if not line.startswith("#")
    )
    assert meta["version"] == "1" and meta["node.id"] and len(meta["cluster.id"]) == 22


def test_a_restart_keeps_topics_configs_and_offsets(
    new_martlet: Callable[..., Broker], tools: KafkaTools, topic: str
) -> None:
    broker = new_martlet().start()
    tools.create_topic(broker.bootstrap, topic, partitions=2, retention_ms="4242424242")
    write(broker, topic, "lz4", 100)
    described = tools.text("kafka-topics.sh", "--bootstrap-server", broker.bootstrap, "--describe", "--topic", topic)
    broker.stop()
    broker.start()
    again = tools.text("kafka-topics.sh", "--bootstrap-server", broker.bootstrap, "--describe", "--topic", topic)
    assert sorted(again.split()) == sorted(described.split())
    assert "retention.ms=4242424242" in again
    ends = tools.text("kafka-get-offsets.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic).split()
    assert ends == [f"{topic}:0:100", f"{topic}:1:0"]
    write(broker, topic, "none", 10)
    ends = tools.text("kafka-get-offsets.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic).split()
    assert ends == [f"{topic}:0:110", f"{topic}:1:0"]
