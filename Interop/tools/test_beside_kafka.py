"""The stock administration tools against Martlet and against Apache Kafka: what they print is the same.

Every command runs on both brokers, in order; what each broker makes up (ids, ports, directories, clocks, sizes of the
disk, offsets of the metadata log) is replaced before comparing.
"""

import json
import pathlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.brokers import ApacheKafka, Broker, Martlet
from harness.tools import KafkaTools

TOPICS, CONFIGS, OFFSETS = "kafka-topics.sh", "kafka-configs.sh", "kafka-get-offsets.sh"

#: (what, script, arguments). {file} is a file with DELETED in it.
STEPS: list[tuple[str, str, list[str]]] = [
    ("create", TOPICS, ["--create", "--topic", "one", "--partitions", "3", "--config", "retention.ms=123456"]),
    ("create again", TOPICS, ["--create", "--topic", "one"]),
    ("create with a wrong setting", TOPICS, ["--create", "--topic", "two", "--config", "retention.ms=x"]),
    ("create with two replicas", TOPICS, ["--create", "--topic", "two", "--replication-factor", "2"]),
    ("list topics", TOPICS, ["--list"]),
    ("describe a topic", TOPICS, ["--describe", "--topic", "one"]),
    ("add partitions", TOPICS, ["--alter", "--topic", "one", "--partitions", "4"]),
    ("take partitions away", TOPICS, ["--alter", "--topic", "one", "--partitions", "2"]),
    ("set a topic's setting", CONFIGS, ["--alter", "--topic", "one", "--add-config", "max.message.bytes=5000"]),
    ("set an unknown setting", CONFIGS, ["--alter", "--topic", "one", "--add-config", "no.such.key=1"]),
    ("take back a setting", CONFIGS, ["--alter", "--topic", "one", "--delete-config", "retention.ms"]),
    ("describe a topic's settings", CONFIGS, ["--describe", "--topic", "one"]),
    ("describe all of a topic's settings", CONFIGS, ["--describe", "--all", "--topic", "one"]),
    ("set the broker's setting", CONFIGS, ["--alter", "--broker", "1", "--add-config", "log.retention.ms=7000000"]),
    ("set a fixed setting", CONFIGS, ["--alter", "--broker", "1", "--add-config", "log.dirs=/nowhere"]),
    ("set all brokers' setting", CONFIGS, ["--alter", "--broker-defaults", "--add-config", "message.max.bytes=2000000"]),
    ("describe the broker's settings", CONFIGS, ["--describe", "--broker", "1"]),
    ("describe all brokers' settings", CONFIGS, ["--describe", "--broker-defaults"]),
    ("latest offsets", OFFSETS, ["--topic", "one"]),
    ("earliest offsets", OFFSETS, ["--topic", "one", "--time", "earliest"]),
    ("delete records", "kafka-delete-records.sh", ["--offset-json-file", "{file}"]),
    ("earliest offsets, records deleted", OFFSETS, ["--topic", "one", "--time", "earliest"]),
    ("log directories", "kafka-log-dirs.sh", ["--describe", "--topic-list", "one"]),
    ("producers", "kafka-transactions.sh", ["describe-producers", "--topic", "one", "--partition", "0"]),
    ("reassignments", "kafka-reassign-partitions.sh", ["--list"]),
    ("the cluster's id", "kafka-cluster.sh", ["cluster-id"]),
    ("the quorum's status", "kafka-metadata-quorum.sh", ["describe", "--status"]),
    ("the quorum's replicas", "kafka-metadata-quorum.sh", ["describe", "--replication"]),
    ("features", "kafka-features.sh", ["describe"]),
    ("delete", TOPICS, ["--delete", "--topic", "one"]),
    ("delete again", TOPICS, ["--delete", "--topic", "one"]),
]

DELETED = {"version": 1, "partitions": [{"topic": "one", "partition": 0, "offset": 2}]}

#: Scripts that take the address under another name than --bootstrap-server, before the sub-command or after it.
BEFORE = {"kafka-metadata-quorum.sh", "kafka-transactions.sh", "kafka-features.sh"}


def told(script: str, broker: Broker, arguments: list[str]) -> list[str]:
    address = ["--bootstrap-server", broker.bootstrap]
    return [*address, *arguments] if script in BEFORE else [*arguments, *address]


def plain(text: str, broker: Broker) -> str:
    """What a tool printed, without what each broker makes up."""
    text = text.replace(str(broker.data_dir), "<data>").replace(broker.bootstrap, "<address>")
    text = re.sub(r"(?:127\.0\.0\.1|localhost):\d+", "<endpoint>", text)
    text = re.sub(r"\b[A-Za-z0-9_-]{22}\b(?=[\s,\"}\]]|$)", "<id>", text)
    text = re.sub(r"\[\d{4}-\d\d-\d\d [\d:,]+\]", "<time>", text)
    text = re.sub(r"\b1[0-9]{12}\b", "<now>", text)
    text = re.sub(r'("(?:total|usable)Bytes"):\d+', r"\1:0", text)
    text = re.sub(r"(HighWatermark:|LeaderEpoch:|Epoch:|MaxFollowerLag(?:TimeMs)?:)\s+-?\d+", r"\1 <n>", text)
    text = re.sub(r"^(\d+\s+<id>\s+)\d+", r"\1<n>", text, flags=re.MULTILINE)
    # Columns are as wide as their widest value; the order of settings is that of a hash map.
    return "\n".join(sorted(re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines() if line.strip()))


Printed = dict[str, tuple[int, str]]


def run_all(broker: Broker, tools: KafkaTools, file: pathlib.Path) -> Printed:
    found: Printed = {}
    for what, script, arguments in STEPS:
        if what == "latest offsets":
            lines = b"".join(b"%d\n" % number for number in range(10))
            tools.run(
                "kafka-console-producer.sh", "--bootstrap-server", broker.bootstrap, "--topic", "one",
                "--producer-property", "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner",
                "--producer-property", "enable.idempotence=false", "--producer-property", "batch.size=0", input=lines,
            )  # fmt: skip
        done = tools.run(script, *told(script, broker, [a.format(file=file) for a in arguments]), check=False)
        said = (done.stdout + done.stderr).decode(errors="replace")
        found[what] = (done.returncode, plain(said, broker))
    return found


@pytest.fixture(scope="module")
def printed(tools: KafkaTools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Printed, Printed]]:
    """What was printed on Kafka, and on Martlet."""
    file = tmp_path_factory.mktemp("tools") / "offsets.json"
    file.write_text(json.dumps(DELETED))
    settings = {"node.id": "1"}
    with ApacheKafka(settings=settings) as kafka, Martlet(settings=settings) as martlet:
        kafka.start()
        martlet.start()
        with ThreadPoolExecutor(2) as pool:
            work: Callable[[Broker], Printed] = lambda broker: run_all(broker, tools, file)  # noqa: E731
            theirs, ours = pool.map(work, (kafka, martlet))
        yield theirs, ours


@pytest.mark.parametrize("what", [what for what, _, _ in STEPS])
def test_a_tool_prints_what_it_prints_on_kafka(printed: tuple[Printed, Printed], what: str) -> None:
    theirs, ours = printed
    assert ours[what] == theirs[what]


def test_the_versions_of_every_api_served_are_kafkas(tools: KafkaTools, kafka: Broker, martlet: Broker) -> None:
    def versions(broker: Broker) -> dict[str, str]:
        text = tools.text("kafka-broker-api-versions.sh", "--bootstrap-server", broker.bootstrap)
        return dict(re.findall(r"^\t(\w+\(\d+\)): ([^\[,]+?) *(?:\[|,|$)", text, re.MULTILINE))

    theirs, ours = versions(kafka), versions(martlet)
    served = {api: said for api, said in ours.items() if said != "UNSUPPORTED"}
    assert len(served) >= 30
    assert served == {api: theirs.get(api) for api in served}
