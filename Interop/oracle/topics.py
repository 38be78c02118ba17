"""Topics and records for the scenarios that store and read: bodies of Produce and Fetch, by name or by id as versions want."""

from __future__ import annotations

from oracle.conversation import Conversation
from oracle.schema import Body

UNKNOWN_ID = "AAAAAAAAAAAAAAAAAAB7bw"
"""A topic id that nobody has."""


class Topics:
    """The topics of a scenario, with their ids."""

    def __init__(self, talk: Conversation) -> None:
        self.talk = talk
        self.ids: dict[str, str] = {}

    def make(self, name: str, partitions: int = 1, configs: dict[str, str] | None = None) -> str:
        self.ids[name] = self.talk.create_topic(name, partitions, configs)
        return name

    def id(self, name: str) -> str:
        return self.ids.get(name, UNKNOWN_ID)

    def produce(self, *parts: tuple[str, int, bytes | None], acks: int = -1) -> Body:
        """A ProduceRequest: topic, partition and records; neighbours of the same topic are put together."""
        return {"Acks": acks, "TimeoutMs": 15000, "TopicData": self.data(*parts)}

    def data(self, *parts: tuple[str, int, bytes | None]) -> list[Body]:
        found: list[Body] = []
        for name, partition, content in parts:
            if not found or found[-1]["Name"] != name:
                found.append({"Name": name, "TopicId": self.id(name), "PartitionData": []})
            found[-1]["PartitionData"].append({"Index": partition, "Records": content})
        return found

    def fetched(self, *parts: tuple[str, int, Body]) -> list[Body]:
        """The topics of a FetchRequest: topic, partition and the partition's fields."""
        found: list[Body] = []
        for name, partition, fields in parts:
            if not found or found[-1]["Topic"] != name:
                found.append({"Topic": name, "TopicId": self.id(name), "Partitions": []})
            found[-1]["Partitions"].append({"Partition": partition, "PartitionMaxBytes": 1 << 20, **fields})
        return found
