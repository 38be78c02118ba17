"""What kafka-dump-log.sh makes of a partition's files: its complaints, and the records it reads."""

import dataclasses
import json
import pathlib
import re

from .tools import KafkaTools

#: The lines of a dump with nothing wrong in it. The tool's exit status is 0 whatever it finds, so the lines are the proof.
SOUND = re.compile(
    r"Dumping |Log starting offset: |Snapshot end offset: |baseOffset: .* isvalid: true$|\| offset: "
    r"|.* passed sanity check\.$|offset: \d+ position: \d+$|timestamp: -?\d+ offset: -?\d+$|producerId: "
)


@dataclasses.dataclass
class Dump:
    """The tool's whole output, and what in it is no sound line."""

    text: str

    @property
    def complaints(self) -> list[str]:
        # Of a segment that does not begin at offset 0 the tool always says that its first offset follows on -1.
        text = re.sub(r"^Non-consecutive offsets in .*\n  -1 is followed by \d+\n(?!  )", "", self.text, flags=re.MULTILINE)
        return [line for line in text.splitlines() if line and not SOUND.match(line)]

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


def dump(tools: KafkaTools, files: list[pathlib.Path], *options: str) -> Dump:
    done = tools.run("kafka-dump-log.sh", "--files", ",".join(map(str, files)), *options)
    return Dump(done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace"))


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
