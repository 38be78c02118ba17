"""AlterConfigs: a resource's settings replaced as a whole, by clients from before IncrementalAlterConfigs."""

from oracle.configs import CLIENT_METRICS, GROUP, LOGGER, NODE, NODE_VALUES, RESOURCES, THIS, TOPIC, VALUES, Change, described, values
from oracle.conversation import Conversation
from oracle.schema import Body

ALONE = True
"""It changes the broker's own settings."""


def resource(kind: int, name: str, *changes: Change) -> Body:
    return {"ResourceType": kind, "ResourceName": name, "Configs": [{"Name": key, "Value": value} for key, value in changes]}


def run(talk: Conversation) -> None:
    for version in talk.versions():
        name = talk.named("ac", version)
        talk.create_topic(name, 1, {"segment.ms": "5000", "retention.ms": "6000"})

        def ask(case: str, *resources: Body, validate: bool = False, version: int = version) -> None:
            talk.ask(case, version, {"Resources": list(resources), "ValidateOnly": validate}, chased=True)

        for what, change in values(VALUES):
            ask(f"validate: {what}", resource(TOPIC, name, change), validate=True)
        described(talk, f"topic, validated only, of {version}", 4, TOPIC, name)
        ask("two in place of two", resource(TOPIC, name, ("retention.ms", "7000"), ("flush.ms", "1")))
        described(talk, f"topic, two in place of two, of {version}", 4, TOPIC, name)
        ask("a good and a bad one", resource(TOPIC, name, ("flush.ms", "2"), ("retention.ms", "x")))
        ask("null", resource(TOPIC, name, ("flush.ms", None)))
        ask("the same key twice", resource(TOPIC, name, ("flush.ms", "1"), ("flush.ms", "1")))
        # Kafka says nothing to this, ever.
        twice = {"Resources": [resource(TOPIC, name, ("flush.ms", "1"))] * 2, "ValidateOnly": False}
        talk.ask("the same topic twice", version, twice, quiet=True)
        ask("a good and an unknown topic", resource(TOPIC, name, ("flush.ms", "3")), resource(TOPIC, "no-such-topic"))
        ask("no resources")
        described(talk, f"topic, before none, of {version}", 4, TOPIC, name)
        ask("none in place of them", resource(TOPIC, name))
        described(talk, f"topic, none in place of them, of {version}", 4, TOPIC, name)
        for what, (kind, whose, change) in RESOURCES.items():
            ask(what, resource(kind, whose, change))
        for what, change in values(NODE_VALUES):
            ask(f"this broker: {what}", resource(NODE, THIS, change))
            ask(f"all brokers: {what}", resource(NODE, "", change))
        ask("loggers of this broker", resource(LOGGER, THIS, ("org.apache.kafka", "INFO")))
        for what, kind, whose in (("group", GROUP, "ac-group"), ("client metrics", CLIENT_METRICS, "ac-metrics")):
            described(talk, f"{what}, in the end of {version}", 4, kind, whose)
        described(talk, f"this broker, in the end of {version}", 4, NODE, THIS)
        described(talk, f"all brokers, in the end of {version}", 4, NODE, "")
        ask("undo: this broker", resource(NODE, THIS))
        ask("undo: all brokers", resource(NODE, ""))
