"""CreateTopics: names, counts, assignments and settings, right and wrong, one by one and together."""

from oracle.conversation import Conversation

Topic = dict[str, object]


def topic(name: str, partitions: int = 1, replication: int = 1, **more: object) -> Topic:
    return {"Name": name, "NumPartitions": partitions, "ReplicationFactor": replication, **more}


def assigned(name: str, *assignments: tuple[int, list[int]], partitions: int = -1, replication: int = -1) -> Topic:
    placed = [{"PartitionIndex": index, "BrokerIds": brokers} for index, brokers in assignments]
    return topic(name, partitions, replication, Assignments=placed)


def configured(name: str, *settings: tuple[str, str | None]) -> Topic:
    return topic(name, Configs=[{"Name": key, "Value": value} for key, value in settings])


NAMES = {
    "empty": "",
    "a dot": ".",
    "two dots": "..",
    "three dots": "...",
    "a space": "ct bad",
    "a slash": "ct/bad",
    "a colon": "ct:bad",
    "not ASCII": "ct-ü",
    "a NUL": "ct\0",
    "249 letters": "ct-" + "n" * 246,
    "250 letters": "ct-" + "n" * 247,
    "the metadata log's": "__cluster_metadata",
}

COUNTS = {
    "replication factor 2": topic("ct-new", 1, 2),
    "replication factor 0": topic("ct-new", 1, 0),
    "replication factor -1": topic("ct-new", 1, -1),
    "replication factor -2": topic("ct-new", 1, -2),
    "partitions 0": topic("ct-new", 0),
    "partitions -1": topic("ct-new", -1),
    "partitions -2": topic("ct-new", -2),
    "both -1": topic("ct-new", -1, -1),
    "partitions 10,000": topic("ct-new", 10_000),
    "partitions 10,001": topic("ct-new", 10_001),
    "partitions, the most": topic("ct-new", 2**31 - 1),
}

ASSIGNMENTS = {
    "one": assigned("ct-new", (0, [1])),
    "two": assigned("ct-new", (0, [1]), (1, [1])),
    "two, the later first": assigned("ct-new", (1, [1]), (0, [1])),
    "with a number of partitions": assigned("ct-new", (0, [1]), partitions=1),
    "with a replication factor": assigned("ct-new", (0, [1]), replication=1),
    "with both": assigned("ct-new", (0, [1]), partitions=1, replication=1),
    "broker twice": assigned("ct-new", (0, [1, 1])),
    "unknown broker": assigned("ct-new", (0, [2])),
    "known and unknown broker": assigned("ct-new", (0, [1, 2])),
    "negative broker": assigned("ct-new", (0, [-1])),
    "no broker": assigned("ct-new", (0, [])),
    "starting at 1": assigned("ct-new", (1, [1])),
    "with a gap": assigned("ct-new", (0, [1]), (2, [1])),
    "negative partition": assigned("ct-new", (-1, [1])),
    "partition twice": assigned("ct-new", (0, [1]), (0, [1])),
    "different replication factors": assigned("ct-new", (0, [1]), (1, [1, 2])),
}

SETTINGS: dict[str, list[tuple[str, str | None]]] = {
    "a good one": [("retention.ms", "1000")],
    "two good ones": [("cleanup.policy", "compact"), ("segment.bytes", "1048576")],
    "unknown key": [("no.such.setting", "1")],
    "empty key": [("", "1")],
    "not a number": [("retention.ms", "soon")],
    "not a boolean": [("preallocate", "perhaps")],
    "below the least": [("segment.bytes", "1")],
    "more than an int": [("segment.bytes", "3000000000")],
    "negative": [("max.message.bytes", "-1")],
    "bad choice": [("compression.type", "rar")],
    "bad list": [("cleanup.policy", "compact,shred")],
    "empty list": [("cleanup.policy", "")],
    "bad ratio": [("min.cleanable.dirty.ratio", "1.5")],
    "null value": [("retention.ms", None)],
    "empty value": [("retention.ms", "")],
    "key twice": [("retention.ms", "1000"), ("retention.ms", "2000")],
    "null value twice": [("retention.ms", None), ("segment.ms", None)],
    "good and bad": [("retention.ms", "1000"), ("segment.ms", "never")],
    "surrounded by spaces": [("retention.ms", " 1000 ")],
    "a setting of brokers": [("log.retention.ms", "1000")],
    "local retention above retention": [("retention.ms", "1000"), ("local.retention.ms", "2000")],
    "tiered storage, not there": [("remote.storage.enable", "true")],
    "throttled replicas": [("leader.replication.throttled.replicas", "0:1,1:2")],
    "bad throttled replicas": [("leader.replication.throttled.replicas", "zero:1")],
    "gzip level": [("compression.type", "gzip"), ("compression.gzip.level", "9")],
    "bad gzip level": [("compression.gzip.level", "10")],
    "zstd level": [("compression.zstd.level", "-5")],
    "lag the wrong way round": [("min.compaction.lag.ms", "2000"), ("max.compaction.lag.ms", "1000")],
    "message format": [("message.format.version", "2.8")],
    "minimum in-sync replicas 0": [("min.insync.replicas", "0")],
    "minimum in-sync replicas 3": [("min.insync.replicas", "3")],
    "timestamp type": [("message.timestamp.type", "LogAppendTime")],
    "bad timestamp type": [("message.timestamp.type", "logappendtime")],
}


def run(talk: Conversation) -> None:
    talk.create_topic("ct-there", 2)
    talk.create_topic("ct.dots.there", 1)
    for version in talk.versions():
        made(talk, version)
        together(talk, version)

        def only_validate(case: str, *topics: Topic, version: int = version) -> None:
            talk.ask(case, version, {"Topics": list(topics), "validateOnly": True, "timeoutMs": 15000})

        for what, name in NAMES.items():
            only_validate(f"name: {what}", topic(name))
        for what, wanted in COUNTS.items():
            only_validate(f"count: {what}", wanted)
        for what, wanted in ASSIGNMENTS.items():
            only_validate(f"assignment: {what}", wanted)
        for what, settings in SETTINGS.items():
            only_validate(f"setting: {what}", configured("ct-new", *settings))
        only_validate("there already", topic("ct-there"))
        only_validate("there already, and wrong", topic("ct-there", -5, 7))
        only_validate("differs from one there by a dot", topic("ct.dots_there"))
        only_validate("differs from one there by case", topic("CT-there"))
        only_validate("no topics")


def made(talk: Conversation, version: int) -> None:
    """For good: asked again, the topic is there."""
    name = talk.named("ct-made", version)
    plain = {"Topics": [topic(name, 3)], "timeoutMs": 15000}
    talk.ask("made", version, plain)
    talk.ask("made again", version, plain)
    talk.await_topic(name, 3)
    talk.ask("then described", 12, {"Topics": [{"Name": name}]}, api="Metadata") if version == 7 else None
    with_settings = configured(talk.named("ct-settings", version), ("cleanup.policy", "compact"), ("retention.ms", "5000"))
    talk.ask("made with settings", version, {"Topics": [with_settings], "timeoutMs": 15000})
    placed = assigned(talk.named("ct-placed", version), (0, [1]), (1, [1]))
    talk.ask("made with an assignment", version, {"Topics": [placed], "timeoutMs": 15000})
    talk.ask("no time given", version, {"Topics": [topic(talk.named("ct-late", version))], "timeoutMs": 0}, **HASHED)
    talk.ask("negative time given", version, {"Topics": [topic(talk.named("ct-negative", version))], "timeoutMs": -1}, **HASHED)


# The answers of one request come in the order of a hash map of their names.
HASHED = {"any_order": ["Topics"]}


def together(talk: Conversation, version: int) -> None:
    """Several topics in one request are made or refused one by one."""

    def only_validate(case: str, *topics: Topic) -> None:
        talk.ask(case, version, {"Topics": list(topics), "validateOnly": True, "timeoutMs": 15000}, **HASHED)

    only_validate("two good", topic("ct-a"), topic("ct-b", 2))
    only_validate("good and bad", topic("ct-a"), topic("ct bad"), topic("ct-there"), topic("ct-b", 0))
    only_validate("the same twice", topic("ct-a"), topic("ct-a"))
    only_validate("the same twice, another between", topic("ct-a"), topic("ct-b"), topic("ct-a", 2))
    only_validate("the same three times", topic("ct-a"), topic("ct-a"), topic("ct-a"))
    only_validate("two that differ by a dot", topic("ct.pair"), topic("ct_pair"))
    only_validate("two of 6,000 partitions", topic("ct-a", 6000), topic("ct-b", 6000))
