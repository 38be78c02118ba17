"""Settings of groups: what the broker's bounds permit, and what heartbeats say of it."""

from oracle.configs import GROUP, NODE, THIS, described, settled
from oracle.conversation import Conversation
from oracle.scenarios.ConsumerGroupHeartbeat import await_coordinator, join

API = "IncrementalAlterConfigs"
SET, DELETE = 0, 1
BOUNDED = {
    "assignment.interval.ms": ("-1", "0", "4000", "15000", "15001"),
    "session.timeout.ms": ("0", "44999", "45000", "60000", "60001"),
    "heartbeat.interval.ms": ("0", "4999", "5000", "15000", "15001"),
}
OTHERS = {
    "share.record.lock.duration.ms": ("999", "14999", "15000", "60000", "60001"),
    "share.delivery.count.limit": ("1", "2", "10", "11"),
    "share.partition.max.record.locks": ("99", "100", "2000"),
    "share.isolation.level": ("read_committed", "x"),
    "share.auto.offset.reset": ("earliest", "by_duration:PT1H", "by_duration:x", "none"),
    "share.renew.acknowledge.enable": ("false", "x"),
    "streams.num.standby.replicas": ("-1", "2", "3"),
    "streams.initial.rebalance.delay.ms": ("-1", "1"),
}
OF_ALL = ("group.consumer.assignment.interval.ms", "group.share.assignment.interval.ms", "group.streams.assignment.interval.ms")


def run(talk: Conversation) -> None:
    await_coordinator(talk)
    talk.create_topic("gs-topic", 2)
    keys = {f"{kind}.{key}": values for kind in ("consumer", "share", "streams") for key, values in BOUNDED.items()}
    version = talk.versions()[-1]

    def alter(case: str, kind: int, name: str, key: str, value: str | None) -> None:
        change = {"Name": key, "ConfigOperation": DELETE if value is None else SET, "Value": value}
        resource = {"ResourceType": kind, "ResourceName": name, "Configs": [change]}
        talk.ask(case, version, {"Resources": [resource], "ValidateOnly": False})

    for key, values in {**keys, **OTHERS}.items():
        for value in values:
            alter(f"{key} to {value}", GROUP, "gs-group", key, value)
    described(talk, "what the group has now", 4, GROUP, "gs-group")
    talk.ask("a member is told the group's interval", 1, join(1, "gs-group", "m", SubscribedTopicNames=[]), api="ConsumerGroupHeartbeat")
    for name, whose in (("", "all brokers"), (THIS, "this broker")):
        for key in OF_ALL:
            for value in ("-1", "15001", "3000"):
                alter(f"{key} of {whose} to {value}", NODE, name, key, value)
        for key in ("group.consumer.min.assignment.interval.ms", "group.consumer.session.timeout.ms", "group.max.size"):
            alter(f"{key} of {whose}", NODE, name, key, "2000")
    described(talk, "what all brokers have now", 4, NODE, "")
    for name in ("", THIS):
        for key in OF_ALL:
            alter(f"{key} of {name or 'all'} is taken back", NODE, name, key, None)
    # Without an interval the second member is assigned something at once; with the group's own it is not.
    alter("no interval", NODE, "", OF_ALL[0], "0")
    alter("an interval of the group's own", GROUP, "gs-slow", "consumer.assignment.interval.ms", "15000")
    settled(talk, "gs-settled")
    for group in ("gs-quick", "gs-slow"):
        for member in ("a", "b"):
            joining = join(1, group, member, SubscribedTopicNames=["gs-topic"])
            talk.ask(f"{group}: {member} joins", 1, joining, api="ConsumerGroupHeartbeat")
    alter("the interval is back", NODE, "", OF_ALL[0], None)
    alter("the group's interval is back", GROUP, "gs-slow", "consumer.assignment.interval.ms", None)
