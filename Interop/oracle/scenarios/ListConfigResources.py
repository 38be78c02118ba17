"""ListConfigResources: the names of what has settings: topics, brokers, groups, client metrics (KIP-1142)."""

from oracle.conversation import Conversation

ALONE = True
"""It lists all that there is."""

HASHED = {"any_order": ["ConfigResources"]}


def run(talk: Conversation) -> None:
    everything(talk, "nothing set")
    talk.create_topic("lcr-plain")
    talk.create_topic("lcr-set", 1, {"retention.ms": "1000"})
    changes = {
        "broker": (4, "1", "log.retention.ms", "100000"),
        "all brokers": (4, "", "log.retention.ms", "200000"),
        "client metrics": (16, "lcr-metrics", "interval.ms", "1000"),
        "group": (32, "lcr-group", "consumer.session.timeout.ms", "50000"),
    }
    for what, (kind, name, key, value) in changes.items():
        change = {"Name": key, "ConfigOperation": 0, "Value": value}
        body = {"Resources": [{"ResourceType": kind, "ResourceName": name, "Configs": [change]}]}
        talk.ask(f"setup: {what}", 1, body, api="IncrementalAlterConfigs")
    talk.create_topic("lcr-last")
    everything(talk, "some set")


def everything(talk: Conversation, when: str) -> None:
    talk.ask(f"{when}: client metrics", 0, {}, **HASHED)
    for kinds in ([], [2], [4], [8], [16], [32], [2, 4, 8, 16, 32], [2, 2], [0], [1], [64], [-1], [2, 64]):
        talk.ask(f"{when}: types {kinds}", 1, {"ResourceTypes": kinds}, chased=True, **HASHED)
