"""Changes of configurations, for the scenarios of the two APIs that make them: what is changed, rightly and wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oracle.conversation import Conversation

TOPIC, NODE, LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
THIS = "1"

Change = tuple[str, str | None]

VALUES: dict[str, Sequence[str]] = {
    "cleanup.policy": ("compact", "delete", "compact,delete", "delete,delete", "", "nonsense", "COMPACT", " compact "),
    "compression.type": ("lz4", "ZSTD", "", "none", "uncompressed"),
    "compression.gzip.level": ("1", "-1", "0", "10"),
    "retention.ms": ("1000", "-1", "-2", "", "x", "1.5", " 7 ", "9223372036854775808"),
    "retention.bytes": ("-1", "-2", "9223372036854775807"),
    "segment.bytes": ("1048576", "1048575", "14", "2147483648"),
    "segment.ms": ("1", "0"),
    "min.cleanable.dirty.ratio": ("0.5", "1.1", "-0.1", "1e-1", "NaN"),
    "preallocate": ("true", "TRUE", "yes", ""),
    "message.timestamp.type": ("LogAppendTime", "logappendtime"),
    "max.message.bytes": ("0", "-1"),
    "min.insync.replicas": ("1", "2", "0"),
    "local.retention.ms": ("-2", "5"),
    "remote.storage.enable": ("true", "false"),
    "leader.replication.throttled.replicas": ("0:1", "*", "none", "0:1,", "x:y"),
    "unclean.leader.election.enable": ("true",),
    "min.compaction.lag.ms": ("5", "-1"),
    "no.such.key": ("1",),
    "": ("1",),
    "log.retention.ms": ("1",),
    "message.format.version": ("2.8",),
}
"""Values of topics' settings; the first of each key is a good one, where there is any."""

NODE_VALUES: dict[str, Sequence[str]] = {
    "log.retention.ms": ("3600000", "-3", "x"),
    "log.cleaner.threads": ("2", "0", "1000"),
    "num.io.threads": ("8", "9", "1000", "0"),
    "num.network.threads": ("3",),
    "background.threads": ("11",),
    "message.max.bytes": ("2000000", "-1"),
    "max.connections": ("1000",),
    "node.id": ("1",),
    "log.dirs": ("/tmp/other",),
    "log.roll.hours": ("2",),
    "listeners": ("PLAINTEXT://:1",),
    "ssl.keystore.location": ("/nowhere",),
    "no.such.key": ("1",),
    "log.segment.bytes": ("1048576", "3"),
    "auto.create.topics.enable": ("false",),
}

RESOURCES = {
    "unknown topic": (TOPIC, "no-such-topic", ("retention.ms", "1")),
    "empty topic name": (TOPIC, "", ("retention.ms", "1")),
    "bad topic name": (TOPIC, "a b", ("retention.ms", "1")),
    "unknown broker": (NODE, "2", ("log.retention.ms", "1000")),
    "broker x": (NODE, "x", ("log.retention.ms", "1000")),
    "client metrics": (CLIENT_METRICS, "ac-metrics", ("interval.ms", "1000")),
    "client metrics, bad value": (CLIENT_METRICS, "ac-metrics", ("interval.ms", "1")),
    "client metrics, unknown key": (CLIENT_METRICS, "ac-metrics", ("no.such.key", "1")),
    "client metrics, bad match": (CLIENT_METRICS, "ac-metrics", ("match", "client_id")),
    "client metrics, empty name": (CLIENT_METRICS, "", ("interval.ms", "1000")),
    "group": (GROUP, "ac-group", ("consumer.session.timeout.ms", "50000")),
    "group, bad value": (GROUP, "ac-group", ("consumer.session.timeout.ms", "1")),
    "group, no number": (GROUP, "ac-group", ("consumer.session.timeout.ms", "x")),
    "group, unknown key": (GROUP, "ac-group", ("no.such.key", "1")),
    "group, empty name": (GROUP, "", ("consumer.session.timeout.ms", "50000")),
    "type 0": (0, "x", ("retention.ms", "1")),
    "type 1": (1, "x", ("retention.ms", "1")),
    "type 64": (64, "x", ("retention.ms", "1")),
    "type -1": (-1, "x", ("retention.ms", "1")),
}


def values(of: dict[str, Sequence[str]]) -> Iterator[tuple[str, Change]]:
    """What each is called, and the change."""
    for key, those in of.items():
        for value in those:
            yield f"{key!r} to {value!r}", (key, value)


def settled(talk: Conversation, marker: str) -> None:
    """Waits until brokers see what the controller decided so far: a topic made now comes after it in the metadata log."""
    topic = {"Name": marker, "NumPartitions": 1, "ReplicationFactor": 1}
    talk.peek("CreateTopics", 4, {"Topics": [topic], "timeoutMs": 15000})
    talk.await_topic(marker)


def described(talk: Conversation, case: str, version: int, kind: int, name: str) -> None:
    """Keeps what is now set by hand, with where it is from."""
    settled(talk, f"settled-{version}-{sum(map(ord, case))}-{len(talk.entries)}")
    answer = talk.peek("DescribeConfigs", 4, {"Resources": [{"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": None}]})
    changed = [c["Name"] for c in answer.get("Results", 0, "Configs", default=[]) if c["ConfigSource"] in (1, 2, 3, 7, 8)]
    asked = {"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": sorted(changed) or ["none"]}
    talk.ask(case, version, {"Resources": [asked], "IncludeSynonyms": True}, api="DescribeConfigs")
