"""CreatePartitions: more, as many, fewer; with assignments; several topics at once."""

from oracle.conversation import Conversation

# The answers of one request come in the order of a hash map of their names.
HASHED = {"any_order": ["Results"]}


def topic(name: str, count: int, *assignments: list[int]) -> dict[str, object]:
    """Without assignments the broker places the new partitions: the list is null."""
    placed = [{"BrokerIds": brokers} for brokers in assignments] if assignments else None
    return {"Name": name, "Count": count, "Assignments": placed}


def run(talk: Conversation) -> None:
    talk.create_topic("cp-two", 2)
    for version in talk.versions():
        name = talk.named("cp-grows", version)
        talk.create_topic(name, 1)

        def ask(case: str, *topics: dict[str, object], validate: bool = True, version: int = version) -> None:
            talk.ask(case, version, {"Topics": list(topics), "TimeoutMs": 15000, "ValidateOnly": validate}, **HASHED)

        ask("made", topic(name, 3), validate=False)
        talk.await_topic(name, 3)
        ask("made again", topic(name, 3), validate=False)
        ask("made with an assignment", topic(name, 4, [1]), validate=False)
        talk.await_topic(name, 4)
        ask("one more", topic("cp-two", 3))
        ask("as many", topic("cp-two", 2))
        ask("fewer", topic("cp-two", 1))
        ask("zero", topic("cp-two", 0))
        ask("negative", topic("cp-two", -1))
        ask("unknown topic", topic("cp-unknown", 2))
        ask("bad name", topic("cp bad", 2))
        ask("empty name", topic("", 2))
        ask("assigned", topic("cp-two", 4, [1], [1]))
        ask("assigned too few", topic("cp-two", 4, [1]))
        ask("assigned too many", topic("cp-two", 4, [1], [1], [1]))
        ask("assigned to an unknown broker", topic("cp-two", 3, [2]))
        ask("assigned to a broker twice", topic("cp-two", 3, [1, 1]))
        ask("assigned to nobody", topic("cp-two", 3, []))
        ask("assigned to two", topic("cp-two", 3, [1, 2]))
        ask("an empty list of assignments", {"Name": "cp-two", "Count": 3, "Assignments": []})
        ask("the same twice", topic("cp-two", 3), topic("cp-two", 3))
        ask("one good, one unknown", topic("cp-two", 3), topic("cp-unknown", 3))
        ask("none")
        ask("the metadata log", topic("__cluster_metadata", 3))
        for timeout in (0, -1):
            body = {"Topics": [topic("cp-two", 3), topic("cp-unknown", 3)], "TimeoutMs": timeout, "ValidateOnly": True}
            talk.ask(f"timeout {timeout}", version, body, **HASHED)
    # A second of work for the controller, and then a fault that it recovers from: once is enough, at the end. (The largest
    # count of all takes Kafka's memory; it is left out.)
    ask("10,000 more", topic("cp-two", 10_002))
    ask("10,001 more", topic("cp-two", 10_003))
