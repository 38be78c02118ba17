"""DescribeConfigs: topics, this broker, all brokers, groups and client metrics; which keys, which sources, which documentation."""

from oracle.conversation import Conversation
from oracle.schema import Body

TOPIC, NODE, LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
THIS = "1"

SETTINGS = {
    "cleanup.policy": "compact",
    "compression.type": "zstd",
    "max.message.bytes": "12345",
    "retention.ms": "-1",
    "min.cleanable.dirty.ratio": "0.25",
    "preallocate": "true",
    "leader.replication.throttled.replicas": "0:1,1:1",
}


def resource(kind: int, name: str, keys: list[str] | None = None) -> Body:
    return {"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": keys}


def request(*resources: Body, synonyms: bool = False, **more: object) -> Body:
    return {"Resources": list(resources), "IncludeSynonyms": synonyms, **more}


def run(talk: Conversation) -> None:
    talk.create_topic("dc-plain", 1)
    talk.create_topic("dc-set", 1, SETTINGS)
    for version in talk.versions():
        topics(talk, version)
        brokers(talk, version)
        others(talk, version)
        together(talk, version)
        if version >= 3:
            documented(talk, version)


def topics(talk: Conversation, version: int) -> None:
    for name in ("dc-plain", "dc-set"):
        for synonyms in (False, True):
            with_them = " with synonyms" if synonyms else ""
            talk.ask(f"topic {name}, all{with_them}", version, request(resource(TOPIC, name), synonyms=synonyms))
            for key in ("cleanup.policy", "retention.ms", "segment.bytes", "message.timestamp.type"):
                body = request(resource(TOPIC, name, [key]), synonyms=synonyms)
                talk.ask(f"topic {name}, {key}{with_them}", version, body)
    talk.ask("topic, no keys", version, request(resource(TOPIC, "dc-set", [])))
    talk.ask("topic, three keys", version, request(resource(TOPIC, "dc-set", ["retention.ms", "index.interval.bytes", "cleanup.policy"])))
    talk.ask("topic, a key twice", version, request(resource(TOPIC, "dc-set", ["retention.ms", "retention.ms"])))
    talk.ask("topic, an unknown key", version, request(resource(TOPIC, "dc-set", ["no.such.key"])))
    talk.ask("topic, an unknown key and a known one", version, request(resource(TOPIC, "dc-set", ["no.such.key", "retention.ms"])))
    talk.ask("topic, an empty key", version, request(resource(TOPIC, "dc-set", [""])))
    talk.ask("topic, a broker's key", version, request(resource(TOPIC, "dc-set", ["log.retention.ms"])))
    talk.ask("unknown topic", version, request(resource(TOPIC, "dc-unknown")))
    for what, name in {"empty": "", "a dot": ".", "a space": "dc bad", "250 letters": "d" * 250}.items():
        talk.ask(f"bad topic name: {what}", version, request(resource(TOPIC, name)), chased=True)


def brokers(talk: Conversation, version: int) -> None:
    for synonyms in (False, True):
        with_them = " with synonyms" if synonyms else ""
        talk.ask(f"this broker, all{with_them}", version, request(resource(NODE, THIS), synonyms=synonyms))
        talk.ask(f"all brokers{with_them}", version, request(resource(NODE, ""), synonyms=synonyms))
        for key in ("log.retention.ms", "log.retention.hours", "num.io.threads", "node.id", "log.dirs", "listeners", "ssl.keystore.password"):
            talk.ask(f"this broker, {key}{with_them}", version, request(resource(NODE, THIS, [key]), synonyms=synonyms))
    talk.ask("this broker, no keys", version, request(resource(NODE, THIS, [])))
    talk.ask("this broker, an unknown key", version, request(resource(NODE, THIS, ["no.such.key"])))
    talk.ask("this broker, a topic's key", version, request(resource(NODE, THIS, ["retention.ms"])))
    talk.ask("all brokers, a key", version, request(resource(NODE, "", ["log.retention.ms"])))
    for name in ("2", "0", "-1", "x", "1 ", "01", "+1", "99999999999"):
        talk.ask(f"broker {name!r}", version, request(resource(NODE, name, ["node.id"])), chased=True)


def others(talk: Conversation, version: int) -> None:
    for name in ("2", "", "x"):
        talk.ask(f"loggers of {name!r}", version, request(resource(LOGGER, name, [])), chased=True)
    talk.ask("loggers of this broker, an unknown one", version, request(resource(LOGGER, THIS, ["no.such.logger"])))
    for name in ("dc-metrics", ""):
        talk.ask(f"client metrics {name!r}", version, request(resource(CLIENT_METRICS, name)), chased=True)
        talk.ask(f"client metrics {name!r}, a key", version, request(resource(CLIENT_METRICS, name, ["interval.ms"])), chased=True)
    for name in ("dc-group", "", "dc group"):
        for synonyms in (False, True):
            body = request(resource(GROUP, name), synonyms=synonyms)
            talk.ask(f"group {name!r}{' with synonyms' if synonyms else ''}", version, body, chased=True)
    body = request(resource(GROUP, "dc-group", ["consumer.session.timeout.ms"]), synonyms=True)
    talk.ask("group, a key", version, body)
    for kind in (0, 1, 3, 64, 127, -1):
        talk.ask(f"type {kind}", version, request(resource(kind, "dc-plain")), chased=True)


def together(talk: Conversation, version: int) -> None:
    key = ["retention.ms"]
    # The answers of one request come in the order in which it names the resources, wherever it names them once.
    two = (resource(TOPIC, "dc-set", key), resource(TOPIC, "dc-plain", key))
    talk.ask("two topics", version, request(*two))
    talk.ask("the same topic twice", version, request(two[0], two[0]))
    talk.ask("a topic and this broker", version, request(two[0], resource(NODE, THIS, ["log.retention.ms"])))
    talk.ask("known and unknown", version, request(resource(TOPIC, "dc-unknown", key), two[0], resource(NODE, "7", [])))
    talk.ask("none", version, request())
    talk.ask("one with an unknown type", version, request(two[0], resource(99, "x")), chased=True)
    if version >= 4:
        talk.ask("unknown tagged field", version, request(two[0], _tags={7: b"seven"}))


def documented(talk: Conversation, version: int) -> None:
    for what, asked in {
        "topic": resource(TOPIC, "dc-set"),
        "this broker": resource(NODE, THIS),
        "group": resource(GROUP, "dc-group"),
        "client metrics": resource(CLIENT_METRICS, "dc-metrics"),
    }.items():
        talk.ask(f"documented: {what}", version, request(asked, IncludeDocumentation=True))
