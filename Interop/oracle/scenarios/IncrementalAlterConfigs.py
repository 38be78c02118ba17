"""IncrementalAlterConfigs: set, delete, append and subtract, for topics, brokers, groups and client metrics (KIP-339)."""

from oracle.configs import CLIENT_METRICS, GROUP, LOGGER, NODE, NODE_VALUES, RESOURCES, THIS, TOPIC, VALUES, described, values
from oracle.conversation import Conversation
from oracle.schema import Body

ALONE = True
"""It changes the broker's own settings."""

SET, DELETE, APPEND, SUBTRACT = 0, 1, 2, 3

Change = tuple[str, int, str | None]


def resource(kind: int, name: str, *changes: Change) -> Body:
    return {
        "ResourceType": kind,
        "ResourceName": name,
        "Configs": [{"Name": key, "ConfigOperation": operation, "Value": value} for key, operation, value in changes],
    }


def run(talk: Conversation) -> None:
    for version in talk.versions():
        name = talk.named("iac", version)
        talk.create_topic(name)

        def ask(case: str, *resources: Body, validate: bool = False, version: int = version) -> None:
            talk.ask(case, version, {"Resources": list(resources), "ValidateOnly": validate}, chased=True)

        for validate in (True, False):
            only = "validate: " if validate else ""
            for what, (key, value) in values(VALUES):
                ask(f"{only}{what}", resource(TOPIC, name, (key, SET, value)), validate=validate)
            operations(ask, only, name, validate)
        described(talk, f"topic, in the end of {version}", 4, TOPIC, name)
        together(ask, name)
        for what, (kind, whose, (key, value)) in RESOURCES.items():
            ask(what, resource(kind, whose, (key, SET, value)))
        brokers(ask)
        for what, kind, whose in (("group", GROUP, "ac-group"), ("client metrics", CLIENT_METRICS, "ac-metrics")):
            described(talk, f"{what}, in the end of {version}", 4, kind, whose)
        described(talk, f"this broker, in the end of {version}", 4, NODE, THIS)
        described(talk, f"all brokers, in the end of {version}", 4, NODE, "")
        undo(ask)


def operations(ask, only: str, name: str, validate: bool) -> None:  # type: ignore[no-untyped-def]
    changes: dict[str, Change] = {
        "delete what is set": ("retention.ms", DELETE, None),
        "delete what is not set": ("segment.jitter.ms", DELETE, None),
        "delete with a value": ("retention.bytes", DELETE, "17"),
        "delete an unknown key": ("no.such.key", DELETE, None),
        "append to the default": ("cleanup.policy", APPEND, "compact"),
        "append what is there": ("cleanup.policy", APPEND, "compact"),
        "append nonsense": ("cleanup.policy", APPEND, "nonsense"),
        "append two": ("leader.replication.throttled.replicas", APPEND, "0:2,0:3"),
        "append nothing": ("leader.replication.throttled.replicas", APPEND, ""),
        "subtract one": ("leader.replication.throttled.replicas", SUBTRACT, "0:2"),
        "subtract what is not there": ("leader.replication.throttled.replicas", SUBTRACT, "9:9"),
        "subtract all": ("cleanup.policy", SUBTRACT, "compact,delete"),
        "append to what is no list": ("retention.ms", APPEND, "1"),
        "subtract from what is no list": ("retention.ms", SUBTRACT, "1"),
        "append to an unknown key": ("no.such.key", APPEND, "1"),
        "set null": ("retention.ms", SET, None),
        "append null": ("cleanup.policy", APPEND, None),
        "subtract null": ("cleanup.policy", SUBTRACT, None),
        "operation 4": ("retention.ms", 4, "1"),
        "operation -1": ("retention.ms", -1, "1"),
        "a long value": ("leader.replication.throttled.replicas", SET, ",".join(["0:1"] * 8000)),
    }
    for what, change in changes.items():
        ask(f"{only}{what}", resource(TOPIC, name, change), validate=validate)


def together(ask, name: str) -> None:  # type: ignore[no-untyped-def]
    good, bad = ("flush.ms", SET, "1000"), ("flush.ms", SET, "x")
    ask("no changes", resource(TOPIC, name))
    ask("no resources")
    ask("two changes", resource(TOPIC, name, good, ("flush.messages", SET, "7")))
    ask("a good and a bad change", resource(TOPIC, name, ("file.delete.delay.ms", SET, "1"), bad))
    ask("the same key twice", resource(TOPIC, name, good, good))
    ask("the same key set and deleted", resource(TOPIC, name, good, ("flush.ms", DELETE, None)))
    ask("the same topic twice", resource(TOPIC, name, good), resource(TOPIC, name, good))
    ask("a good and an unknown topic", resource(TOPIC, name, good), resource(TOPIC, "no-such-topic", good))
    ask("a topic and all brokers", resource(TOPIC, name, good), resource(NODE, "", ("log.retention.ms", SET, "7200000")))


def brokers(ask) -> None:  # type: ignore[no-untyped-def]
    for what, (key, value) in values(NODE_VALUES):
        ask(f"this broker: {what}", resource(NODE, THIS, (key, SET, value)))
        ask(f"all brokers: {what}", resource(NODE, "", (key, SET, value)))
    ask("this broker: delete", resource(NODE, THIS, ("log.retention.ms", DELETE, None)))
    ask("this broker: append to a list", resource(NODE, THIS, ("log.cleanup.policy", APPEND, "compact")))
    ask("this broker: append to no list", resource(NODE, THIS, ("log.retention.ms", APPEND, "1")))
    ask("loggers of this broker, an unknown one", resource(LOGGER, THIS, ("no.such.logger", SET, "INFO")))
    ask("loggers of this broker, an unknown level", resource(LOGGER, THIS, ("org.apache.kafka", SET, "LOUD")))
    ask("loggers of another broker", resource(LOGGER, "2", ("org.apache.kafka", SET, "INFO")))
    ask("loggers of nobody", resource(LOGGER, "", ("org.apache.kafka", SET, "INFO")))


def undo(ask) -> None:  # type: ignore[no-untyped-def]
    """For the next version."""
    keys = (*NODE_VALUES, "log.cleanup.policy")
    allowed = [key for key in keys if key not in ("node.id", "log.dirs", "log.roll.hours", "auto.create.topics.enable")]
    ask("undo: this broker", resource(NODE, THIS, *[(key, DELETE, None) for key in allowed]))
    perhaps = [key for key in allowed if key not in ("listeners", "ssl.keystore.location")]
    ask("undo: all brokers", resource(NODE, "", *[(key, DELETE, None) for key in perhaps]))
    ask("undo: group", resource(GROUP, "ac-group", ("consumer.session.timeout.ms", DELETE, None)))
    ask("undo: client metrics", resource(CLIENT_METRICS, "ac-metrics", ("interval.ms", DELETE, None)))
