"""All that a node serves, in one value, and what of it is another on the next broker."""

import dataclasses

from confluent_kafka.admin import AdminClient

from .brokers import Broker
from .contents import Partition, Record, Topic, contents, read_all
from .offsets import Committed, groups
from .served import Served, served
from .tools import KafkaTools

#: The coordinators' own topics: a broker goes on writing to them while it runs.
COORDINATORS = ("__",)


@dataclasses.dataclass
class Everything:
    topics: dict[str, Topic]
    #: What a reader of everything finds, aborted and unfinished transactions too.
    uncommitted: dict[Partition, list[Record]]
    batches: dict[Partition, Served]
    coordinators: dict[Partition, Served]
    groups: dict[str, tuple[str, str, Committed, Committed]]

    @property
    def producer_ids(self) -> set[int]:
        return {batch.producer_id for each in self.batches.values() for batch in each.batches} - {-1}


def everything(broker: Broker) -> Everything:
    topics = contents(broker, but=COORDINATORS)
    partitions = [(name, number) for name, topic in topics.items() for number in topic.partitions]
    listed = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=20).topics
    internal = [(name, number) for name in listed if name.startswith(COORDINATORS) for number in listed[name].partitions]
    return Everything(
        topics=topics,
        uncommitted=read_all(broker, partitions, "read_uncommitted"),
        batches={each: served(broker, *each) for each in partitions},
        groups=groups(broker),
        coordinators={each: served(broker, *each) for each in internal},
    )


def describe_groups(tools: KafkaTools, broker: Broker) -> list[str]:
    """What kafka-consumer-groups.sh prints of every group's offsets."""
    options = ["--bootstrap-server", broker.bootstrap, "--describe", "--all-groups", "--offsets"]
    said = tools.text("kafka-consumer-groups.sh", *options)
    return sorted(" ".join(line.split()) for line in said.splitlines() if line.strip())


def check_same(now: Everything, before: Everything) -> None:
    """Everything is as it was; the coordinators' topics may have grown."""
    found = differences(now, before)
    assert not found, "\n".join(found)


def differences(now: Everything, before: Everything) -> list[str]:
    """What is not as it was, a line each."""
    found = []
    if now.topics.keys() != before.topics.keys():
        found.append(f"topics: {sorted(now.topics)}, before {sorted(before.topics)}")
    for name in now.topics.keys() & before.topics.keys():
        ours, theirs = now.topics[name], before.topics[name]
        if (ours.id, ours.settings) != (theirs.id, theirs.settings):
            found.append(f"{name}: {ours.id} {ours.settings}, before {theirs.id} {theirs.settings}")
        if ours.partitions.keys() != theirs.partitions.keys():
            found.append(f"{name}: partitions {sorted(ours.partitions)}, before {sorted(theirs.partitions)}")
    for what, ours, theirs in (
        ("committed records", _committed(now), _committed(before)),
        ("records", now.uncommitted, before.uncommitted),
        ("groups", now.groups, before.groups),
        ("bounds", _bounds(now), _bounds(before)),
        ("times", _times(now), _times(before)),
        ("aborted", _aborted(now), _aborted(before)),
        ("batches", _batches(now), _batches(before)),
    ):
        for key in sorted(ours.keys() | theirs.keys(), key=str):
            found += _difference(f"{what} of {key}", ours.get(key), theirs.get(key))
    for each in sorted(before.coordinators):
        grown = now.coordinators.get(each)
        if grown is None or not grown.begins_with(before.coordinators[each]):
            found.append(f"{each} does not begin as it was")
    return found


def _difference(what: str, ours: object, theirs: object) -> list[str]:
    if ours == theirs:
        return []
    if isinstance(ours, list) and isinstance(theirs, list):
        for place, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            if one != other:
                return [f"{what}: at {place} {one}, before {other}"]
        return [f"{what}: {len(ours)}, before {len(theirs)}"]
    return [f"{what}: {ours}, before {theirs}"]


def _committed(view: Everything) -> dict[Partition, list[Record]]:
    return {(name, number): part[2] for name, topic in view.topics.items() for number, part in topic.partitions.items()}


def _bounds(view: Everything) -> dict[Partition, object]:
    return {each: (part.start, part.stable_end, part.end) for each, part in view.batches.items()}


def _times(view: Everything) -> dict[Partition, object]:
    return {each: list(part.by_time) for each, part in view.batches.items()}


def _aborted(view: Everything) -> dict[Partition, object]:
    return {each: sorted(part.aborted) for each, part in view.batches.items()}


def _batches(view: Everything) -> dict[Partition, object]:
    return {each: list(part.batches) for each, part in view.batches.items()}
