"""DeleteTopics: by name (and from version 6 on by id), known and unknown, once and twice."""

from oracle.conversation import Conversation

UNKNOWN_ID = "AAAAAAAAAAAAAAAAAAB7bw"

# The answers of one request come in the order of a hash map, and for ids that were made by chance.
HASHED = {"any_order": ["Responses"]}


def run(talk: Conversation) -> None:
    for version in talk.versions():
        by_name(talk, version)
    for version in talk.versions(6):
        by_id(talk, version)


def by_name(talk: Conversation, version: int) -> None:
    def delete(case: str, *names: str) -> None:
        # Up to version 5 a list of names, then a list of topics.
        body = {"TopicNames": list(names), "Topics": [{"Name": name} for name in names], "TimeoutMs": 15000}
        talk.ask(case, version, body, **HASHED)

    one, two, three = (talk.named(f"dt-{number}", version) for number in ("one", "two", "three"))
    for name in (one, two, three):
        talk.create_topic(name)
    delete("none")
    delete("unknown", "dt-unknown")
    delete("bad name", "dt bad")
    delete("empty name", "")
    delete("one", one)
    talk.await_gone(one)
    delete("again", one)
    delete("two, one of them unknown", "dt-unknown", two)
    talk.await_gone(two)
    delete("the same twice", three, three)
    delete("unknown twice", "dt-unknown", "dt-unknown")
    delete("the metadata log", "__cluster_metadata")
    talk.create_topic(talk.named("dt-late", version))
    body = {"TopicNames": [talk.named("dt-late", version)], "Topics": [{"Name": talk.named("dt-late", version)}], "TimeoutMs": 0}
    talk.ask("no time given", version, body)
    talk.ask("no time given: it is still there", 12, {"Topics": [{"Name": talk.named("dt-late", version)}]}, api="Metadata") if (
        version == 6
    ) else None
    before = talk.create_topic(talk.named("dt-again", version))
    delete("to be made again", talk.named("dt-again", version))
    talk.await_gone(talk.named("dt-again", version))
    talk.create_topic(talk.named("dt-again", version))
    if version == 6:
        talk.ask("by the id it had before", version, {"Topics": [{"Name": None, "TopicId": before}], "TimeoutMs": 15000})


def by_id(talk: Conversation, version: int) -> None:
    def delete(case: str, *topics: dict[str, str | None]) -> None:
        talk.ask(case, version, {"Topics": list(topics), "TimeoutMs": 15000}, **HASHED)

    one = talk.create_topic("dt-id-one")
    two = talk.create_topic("dt-id-two")
    three = talk.create_topic("dt-id-three")
    zero = "AAAAAAAAAAAAAAAAAAAAAA"
    delete("by id: unknown", {"TopicId": UNKNOWN_ID})
    delete("by id: unknown twice", {"TopicId": UNKNOWN_ID}, {"TopicId": UNKNOWN_ID})
    delete("neither id nor name", {"Name": None, "TopicId": zero})
    delete("id and name of one topic", {"Name": "dt-id-one", "TopicId": one})
    delete("id and name of two topics", {"Name": "dt-id-two", "TopicId": one})
    delete("the same by id and by name", {"Name": "dt-id-three"}, {"TopicId": three})
    delete("by id", {"TopicId": one})
    talk.await_gone("dt-id-one")
    delete("by id: again", {"TopicId": one})
    delete("by id: twice", {"TopicId": two}, {"TopicId": two})
    delete("by id, one known, one unknown", {"TopicId": two}, {"TopicId": UNKNOWN_ID})
    delete("one by id, one by name, both unknown", {"TopicId": UNKNOWN_ID}, {"Name": "dt-unknown"})
