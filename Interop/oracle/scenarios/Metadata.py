"""Metadata: topics by name, by id and all of them, and what becomes of those that are not there."""

from oracle.conversation import Conversation

OWN = "metadata-"
# All topics come in the order of the image's hash map, five names and more in that of a hash set. Up to four names keep the
# order in which they were asked for, the known before the unknown; that is compared.
HASHED = {"any_order": ["Topics"]}

UNKNOWN_ID = "AAAAAAAAAAAAAAAAAAB7bw"
"""A topic id that nobody has."""

BAD_NAMES = {
    "empty": "",
    "a dot": ".",
    "two dots": "..",
    "a space": "metadata bad",
    "a slash": "metadata/bad",
    "not ASCII": "metadata-ü",
    "249 letters": OWN + "n" * 240,
    "250 letters": OWN + "n" * 241,
}


def topics(*names: str | None) -> list[dict[str, str | None]]:
    return [{"Name": name} for name in names]


def run(talk: Conversation) -> None:
    # While nothing of this scenario exists.
    for version in talk.versions():
        talk.ask("none of ours yet", version, {"Topics": [] if version == 0 else None}, only_topics=OWN, **HASHED)
    one = talk.create_topic("metadata-one", 1)
    talk.create_topic("metadata-three", 3, {"cleanup.policy": "compact"})
    for version in talk.versions():
        everything(talk, version)
        by_name(talk, version)
        if version >= 10:
            by_id(talk, version, one)
    automatic(talk)
    deleted(talk)


def everything(talk: Conversation, version: int) -> None:
    # Version 0 has no null list: there the empty one asks for all.
    talk.ask("all topics", version, {"Topics": [] if version == 0 else None}, only_topics=OWN, **HASHED)
    if version >= 1:
        talk.ask("no topics", version, {"Topics": []})
    for topic_operations in (False, True):
        for cluster_operations in (False, True):
            if version >= 8:
                body = {
                    "Topics": topics("metadata-one"),
                    "IncludeTopicAuthorizedOperations": topic_operations,
                    "IncludeClusterAuthorizedOperations": cluster_operations,
                }
                asked = f"authorized operations: topic {topic_operations}, cluster {cluster_operations}"
                talk.ask(asked, version, body)
    if version >= 8:
        body = {"Topics": None, "IncludeTopicAuthorizedOperations": True}
        talk.ask("all topics with authorized operations", version, body, only_topics=OWN, **HASHED)


def by_name(talk: Conversation, version: int) -> None:
    # Without automatic creation; that can be said from version 4 on, before that it is always asked for.
    if version < 4:
        talk.ask("one by name", version, {"Topics": topics("metadata-one")})
        talk.ask("two by name, the later first", version, {"Topics": topics("metadata-three", "metadata-one")})
        talk.ask("one by name twice", version, {"Topics": topics("metadata-one", "metadata-one")})
        return
    quiet = {"AllowAutoTopicCreation": False}
    talk.ask("one by name", version, {"Topics": topics("metadata-one"), **quiet})
    talk.ask("one by name, automatic creation allowed", version, {"Topics": topics("metadata-one")})
    talk.ask("two by name, the later first", version, {"Topics": topics("metadata-three", "metadata-one"), **quiet})
    talk.ask("one by name twice", version, {"Topics": topics("metadata-one", "metadata-one"), **quiet})
    talk.ask("unknown", version, {"Topics": topics("metadata-unknown"), **quiet})
    talk.ask("unknown between known", version, {"Topics": topics("metadata-one", "metadata-no", "metadata-three"), **quiet})
    talk.ask(
        "seven, some unknown",
        version,
        {"Topics": topics("metadata-7", "metadata-three", "metadata-a", "metadata-one", "metadata-b", "metadata-2", "x"), **quiet},
        **HASHED,
    )
    for what, name in BAD_NAMES.items():
        talk.ask(f"bad name: {what}", version, {"Topics": topics(name), **quiet})
        if what != "249 letters":
            talk.ask(f"bad name, automatic creation allowed: {what}", version, {"Topics": topics(name)})
    if version >= 10:
        talk.ask("null name and no id", version, {"Topics": topics(None), **quiet}, chased=True)


def by_id(talk: Conversation, version: int, one: str) -> None:
    def ids(*found: str) -> list[dict[str, str | None]]:
        return [{"TopicId": uuid, "Name": None} for uuid in found]

    talk.ask("by id", version, {"Topics": ids(one)}, chased=True)
    talk.ask("by unknown id", version, {"Topics": ids(UNKNOWN_ID)}, chased=True)
    talk.ask("by id, known and unknown", version, {"Topics": ids(one, UNKNOWN_ID)}, chased=True)
    talk.ask("by id twice", version, {"Topics": ids(one, one)}, chased=True)
    talk.ask("by id and name at once", version, {"Topics": [{"TopicId": one, "Name": "metadata-one"}]}, chased=True)
    both = {"Topics": [{"TopicId": one, "Name": "metadata-three"}]}
    talk.ask("by id with another's name", version, both, chased=True)
    mixed = {"Topics": [*ids(one), {"Name": "metadata-three"}], "AllowAutoTopicCreation": False}
    talk.ask("one by id, one by name", version, mixed, chased=True)


def automatic(talk: Conversation) -> None:
    """The first question for an unknown topic makes it; later ones find it."""
    for version in talk.versions():
        name = talk.named("metadata-auto", version)
        talk.ask("automatic creation: first", version, {"Topics": topics(name)})
        talk.await_topic(name)
        talk.ask("automatic creation: later", version, {"Topics": topics(name)})
    for version in talk.versions(4):
        two = topics(talk.named("metadata-auto", version), talk.named("metadata-second", version))
        talk.ask("automatic creation: one of two", version, {"Topics": two})
    talk.ask("automatic creation: internal topic's name", 12, {"Topics": topics("__share_group_state")})


def deleted(talk: Conversation) -> None:
    first = talk.create_topic("metadata-gone", 1)
    talk.ask("setup: delete", 6, {"Topics": [{"Name": "metadata-gone"}], "TimeoutMs": 15000}, api="DeleteTopics")
    talk.await_gone("metadata-gone")
    for version in talk.versions(10):
        body = {"Topics": [{"TopicId": first, "Name": None}], "AllowAutoTopicCreation": False}
        talk.ask("by the id of a deleted topic", version, body)
    talk.create_topic("metadata-gone", 2)
    for version in talk.versions(10):
        body = {"Topics": [{"TopicId": first, "Name": None}], "AllowAutoTopicCreation": False}
        talk.ask("by the old id of a topic made again", version, body)
        talk.ask("a topic made again", version, {"Topics": topics("metadata-gone")})
