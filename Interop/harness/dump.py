"""What kafka-dump-log.sh makes of a partition's files: its complaints, and the records it reads."""

import concurrent.futures
import dataclasses
import json
import pathlib
import re
from collections.abc import Iterable

from .tools import KafkaTools

#: The lines of a dump with nothing wrong in it. The tool's exit status is 0 whatever it finds, so the lines are the proof.
SOUND = re.compile(
    r"Dumping |Log starting offset: |Snapshot end offset: |baseOffset: .* isvalid: true$|\| offset: "
    r"|version: 0 producerId: |.* passed sanity check\.$|offset: \d+ position: \d+$|timestamp: -?\d+ offset: -?\d+$|producerId: "
)

#: A decoder prints its own failures in the place of the key.
NOT_DECODED = re.compile(r"^\| offset: .* (Unknown record type|Error at) .*, skipping\.")


@dataclasses.dataclass
class Dump:
    """The tool's whole output, and what in it is no sound line."""

    text: str

    @property
    def complaints(self) -> list[str]:
        # Of a segment that does not begin at offset 0 the tool always says that its first offset follows on -1.
        text = re.sub(r"^Non-consecutive offsets in .*\n  -1 is followed by \d+\n(?!  )", "", self.text, flags=re.MULTILINE)
        return [line for line in text.splitlines() if line and (not SOUND.match(line) or NOT_DECODED.search(line))]

    def of_cleaned(self, topics: Iterable[str]) -> "Dump":
        """The dump without what the tool says of every directory whose topics were cleaned, Kafka's own too.

        Offsets are missing; and the largest timestamp of a segment may be that of a batch of which no record is left.
        """
        place = rf".*/({'|'.join(re.escape(topic) + '-0' for topic in topics)})/.*"
        gaps = rf"^Non-consecutive offsets in {place}\n(  .*\n)*"
        emptied = rf"^Found timestamp mismatch in :{place}\n(  Index timestamp: \d+, log timestamp: -1\n)+"
        return Dump(re.sub(emptied, "", re.sub(gaps, "", self.text, flags=re.MULTILINE), flags=re.MULTILINE))

    @property
    def offsets(self) -> list[int]:
        """The offsets of the records, in file order."""
        return [int(found) for found in re.findall(r"^\| offset: (\d+) ", self.text, re.MULTILINE)]

    @property
    def payloads(self) -> list[str]:
        return [line.partition(" payload: ")[2] for line in self.text.splitlines() if line.startswith("| offset:")]

    @property
    def metadata_records(self) -> list[dict]:
        """The records of __cluster_metadata, as the tool prints them."""
        return [json.loads(payload) for payload in self.payloads if payload.startswith("{")]


#: An argument may have 128 KiB.
FILES_A_CALL = 500


def dump(tools: KafkaTools, files: list[pathlib.Path], *options: str) -> Dump:
    text = ""
    for start in range(0, len(files), FILES_A_CALL):
        names = ",".join(map(str, files[start : start + FILES_A_CALL]))
        done = tools.run("kafka-dump-log.sh", "--files", names, *options)
        text += done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    return Dump(text)


def segment_files(partition: pathlib.Path, *endings: str) -> list[pathlib.Path]:
    """A partition's files with one of the endings, in order of their base offsets."""
    return sorted(file for file in partition.iterdir() if file.suffix in endings)


def check_partition(tools: KafkaTools, partition: pathlib.Path) -> Dump:
    """Deep iteration over every segment, and a check of every index against its segment; one call for each kind."""
    logs = segment_files(partition, ".log")
    assert logs, f"{partition} has no segment"
    deep = dump(tools, logs, "--deep-iteration", "--print-data-log")
    indexes = [file for file in segment_files(partition, ".index", ".timeindex") if file.stat().st_size > 0]
    text = deep.text
    if indexes:
        text += dump(tools, indexes, "--index-sanity-check").text
        text += dump(tools, indexes, "--deep-iteration", "--verify-index-only").text
    snapshots = segment_files(partition, ".snapshot")
    if snapshots:
        text += dump(tools, snapshots).text
    return Dump(text)


def dump_all(tools: KafkaTools, data_dir: pathlib.Path) -> dict[str, Dump]:
    """What the tool makes of every file of a log directory that it can read, each by its decoder."""
    partitions = sorted(path for path in data_dir.iterdir() if re.search(r"-\d+$", path.name))

    def files(prefix: str, *endings: str) -> list[pathlib.Path]:
        found = [partition for partition in partitions if partition.name.startswith(prefix)]
        return [file for partition in found for file in segment_files(partition, *endings)]

    plain = [
        file for partition in partitions if not partition.name.startswith("__") for file in segment_files(partition, ".log")
    ]
    indexes = [file for file in files("", ".index", ".timeindex") if file.stat().st_size > 0]
    calls = {
        "records": (plain, ["--deep-iteration", "--print-data-log"]),
        "indexes": (indexes, ["--index-sanity-check"]),
        "index entries": (indexes, ["--deep-iteration", "--verify-index-only"]),
        "snapshots and aborted transactions": (files("", ".snapshot", ".txnindex"), []),
        "offsets": (files("__consumer_offsets-", ".log"), ["--offsets-decoder", "--deep-iteration"]),
        "transactions": (files("__transaction_state-", ".log"), ["--transaction-log-decoder", "--deep-iteration"]),
        "metadata": (
            files("__cluster_metadata-", ".log", ".checkpoint"), ["--cluster-metadata-decoder", "--deep-iteration"]
        ),
    }  # fmt: skip
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = {name: pool.submit(dump, tools, read, *options) for name, (read, options) in calls.items() if read}
        return {name: each.result() for name, each in running.items()}


def check_all(tools: KafkaTools, data_dir: pathlib.Path, cleaned: list[str]) -> None:
    """The tool has no complaint about any file; of the topics that were cleaned it says what it always does."""
    found = dump_all(tools, data_dir)
    assert {"records", "indexes", "snapshots and aborted transactions", "offsets", "transactions", "metadata"} <= set(found)
    for what, each in found.items():
        assert each.of_cleaned(cleaned).complaints == [], what
