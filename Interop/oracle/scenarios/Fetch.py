"""Fetch: from every kind of offset, within every kind of limit, waiting or not, with sessions and without."""

import time

from oracle import codecs
from oracle.batches import batch, records
from oracle.conversation import Conversation
from oracle.schema import Body
from oracle.topics import UNKNOWN_ID, Topics

NOTHING = "AAAAAAAAAAAAAAAAAAAAAA"

# Offsets 0-2, 3-4 and 5: three batches of the first partition.
FIRST = batch(records("a0", "a1", "a2"))
SECOND = batch(records("b3", "b4"), codec=codecs.LZ4)
THIRD = batch(records("c5"))


def request(topics: Topics, *parts: tuple[str, int, Body], **more: object) -> Body:
    return {"MaxWaitMs": 0, "MinBytes": 0, "MaxBytes": 1 << 20, "Topics": topics.fetched(*parts), **more}


def run(talk: Conversation) -> None:
    topics = Topics(talk)
    topics.make("f-one", 2)
    topics.make("f-two")
    for content in (FIRST, SECOND, THIRD):
        talk.peek("Produce", 13, topics.produce(("f-one", 0, content)))
    talk.peek("Produce", 13, topics.produce(("f-two", 0, FIRST)))
    for version in talk.versions():
        offsets(topics, version)
        limits(topics, version)
        strangers(topics, version)
        together(topics, version)
        replicas(topics, version)
        if version >= 9:
            epochs(topics, version)
        if version >= 7:
            sessions(topics, version)
    for version in (4, 11, 12, 18):
        waiting(topics, version)


def offsets(topics: Topics, version: int) -> None:
    for offset in (0, 1, 2, 3, 4, 5, 6, 7, 100, 2**63 - 1, -1, -2, -(2**63)):
        topics.talk.ask(f"offset {offset}", version, request(topics, ("f-one", 0, {"FetchOffset": offset})))
    topics.talk.ask("empty partition", version, request(topics, ("f-one", 1, {})))
    for level in (0, 1, 2, -1):
        body = request(topics, ("f-one", 0, {"FetchOffset": 5}), IsolationLevel=level)
        topics.talk.ask(f"isolation level {level}", version, body, chased=True)
    for start in (-1, 0, 3, 100):
        fields = {"FetchOffset": 5, "LogStartOffset": start}
        topics.talk.ask(f"log start offset {start}", version, request(topics, ("f-one", 0, fields)))
    body = request(topics, ("f-one", 0, {"FetchOffset": 5}), RackId="a rack")
    topics.talk.ask("rack", version, body)


def limits(topics: Topics, version: int) -> None:
    """In bytes: a batch that does not fit is sent all the same where it is the first of all."""
    one, two = len(FIRST), len(SECOND)
    for size in (0, 1, one - 1, one, one + 1, one + two - 1, one + two, 2**31 - 1, -1):
        body = request(topics, ("f-one", 0, {"PartitionMaxBytes": size}))
        topics.talk.ask(f"partition's bytes: {size}", version, body)
        body = request(topics, ("f-one", 0, {}), MaxBytes=size)
        topics.talk.ask(f"bytes in all: {size}", version, body)
    # The first partition that has data may go beyond its limit, the next may not.
    for size in (1, one - 1, one, one + 10):
        two_topics = (("f-one", 0, {"PartitionMaxBytes": size}), ("f-two", 0, {"PartitionMaxBytes": size}))
        topics.talk.ask(f"two partitions' bytes: {size}", version, request(topics, *two_topics))
        two_topics = (("f-one", 0, {}), ("f-two", 0, {}))
        topics.talk.ask(f"bytes of two in all: {size}", version, request(topics, *two_topics, MaxBytes=size))
    in_between = (("f-one", 1, {}), ("f-two", 0, {"PartitionMaxBytes": 1}), ("f-one", 0, {"PartitionMaxBytes": 1}))
    topics.talk.ask("an empty one first, then two that do not fit", version, request(topics, *in_between))
    body = request(topics, ("f-one", 0, {"FetchOffset": 1, "PartitionMaxBytes": 1}))
    topics.talk.ask("one byte, from inside a batch", version, body)


def strangers(topics: Topics, version: int) -> None:
    talk = topics.talk
    talk.ask("unknown partition", version, request(topics, ("f-one", 2, {})))
    talk.ask("negative partition", version, request(topics, ("f-one", -1, {})))
    talk.ask("unknown topic", version, request(topics, ("f-unknown", 0, {})))
    talk.ask("known and unknown topic", version, request(topics, ("f-unknown", 0, {}), ("f-two", 0, {})))
    if version >= 13:
        nobody = {**request(topics), "Topics": [{"TopicId": NOTHING, "Partitions": [{"Partition": 0}]}]}
        talk.ask("zero topic id", version, nobody, chased=True)
    else:
        talk.ask("empty topic name", version, request(topics, ("", 0, {})))
        talk.ask("bad topic name", version, request(topics, ("f bad", 0, {})))
    talk.ask("no topics", version, request(topics))
    empty = {"Topic": "f-one", "TopicId": topics.id("f-one"), "Partitions": []}
    talk.ask("no partitions", version, {**request(topics), "Topics": [empty]})
    if version >= 12:
        talk.ask("a cluster id", version, request(topics, ("f-one", 0, {"FetchOffset": 5}), ClusterId="whichever"))
        body = request(topics, ("f-one", 0, {"FetchOffset": 5}), _tags={77: b"unknown"})
        talk.ask("unknown tagged field", version, body)


def together(topics: Topics, version: int) -> None:
    talk = topics.talk
    talk.ask("two partitions", version, request(topics, ("f-one", 0, {"FetchOffset": 5}), ("f-one", 1, {})))
    talk.ask("two partitions, the later first", version, request(topics, ("f-one", 1, {}), ("f-one", 0, {"FetchOffset": 5})))
    talk.ask("two topics", version, request(topics, ("f-one", 0, {"FetchOffset": 5}), ("f-two", 0, {})))
    talk.ask("two topics, the later first", version, request(topics, ("f-two", 0, {}), ("f-one", 0, {"FetchOffset": 5})))
    twice = (("f-one", 0, {"FetchOffset": 0}), ("f-one", 0, {"FetchOffset": 5}))
    talk.ask("the same partition twice", version, request(topics, *twice))
    split = (("f-one", 0, {"FetchOffset": 5}), ("f-two", 0, {"FetchOffset": 3}), ("f-one", 1, {}))
    talk.ask("the same topic twice", version, request(topics, *split))
    some = (("f-one", 0, {"FetchOffset": 99}), ("f-two", 0, {"FetchOffset": 0}), ("f-one", 7, {}))
    talk.ask("right and wrong", version, request(topics, *some))


def replicas(topics: Topics, version: int) -> None:
    """Asked as a follower that is none, and as the debugging consumer."""
    for replica in (1, 2, -2, -3):
        body = request(topics, ("f-one", 0, {"FetchOffset": 5}), ReplicaId=replica, ReplicaState={"ReplicaId": replica})
        topics.talk.ask(f"replica {replica}", version, body, chased=True)
    for epoch in (0, 5) if version >= 9 else ():
        where = {"FetchOffset": 5, "CurrentLeaderEpoch": epoch}
        body = request(topics, ("f-one", 0, where), ReplicaId=2, ReplicaState={"ReplicaId": 2})
        topics.talk.ask(f"replica 2 that knows leader epoch {epoch}", version, body, chased=True)


def epochs(topics: Topics, version: int) -> None:
    for epoch in (0, 1, 100, -1, -2):
        body = request(topics, ("f-one", 0, {"FetchOffset": 5, "CurrentLeaderEpoch": epoch}))
        topics.talk.ask(f"current leader epoch {epoch}", version, body)
    for epoch in (0, 1, 100, -1, -2) if version >= 12 else ():
        for offset in (5, 6, 100):
            body = request(topics, ("f-one", 0, {"FetchOffset": offset, "LastFetchedEpoch": epoch}))
            topics.talk.ask(f"last fetched epoch {epoch}, offset {offset}", version, body)
            fields = {"FetchOffset": offset, "LastFetchedEpoch": epoch, "CurrentLeaderEpoch": 0}
            body = request(topics, ("f-one", 0, fields))
            topics.talk.ask(f"last fetched epoch {epoch}, offset {offset}, of leader epoch 0", version, body)


def sessions(topics: Topics, version: int) -> None:
    """KIP-227: a full fetch opens a session, the next ones say and answer only what changed."""
    talk = topics.talk
    name = topics.make(talk.named("f-session", version), 2)

    def ask(case: str, session: int, epoch: int, *parts: tuple[str, int, Body], forget: tuple[int, ...] = ()) -> int:
        body = request(topics, *parts, SessionId=session, SessionEpoch=epoch)
        if forget:
            body["ForgottenTopicsData"] = [{"Topic": name, "TopicId": topics.id(name), "Partitions": list(forget)}]
        return int(talk.ask(f"session: {case}", version, body).get("SessionId", default=0))

    at = {offset: {"FetchOffset": offset} for offset in range(4)}
    opened = ask("opened", 0, 0, (name, 0, at[0]), (name, 1, at[0]))
    ask("nothing new", opened, 1)
    talk.peek("Produce", 13, topics.produce((name, 0, THIRD)))
    ask("one has data", opened, 2)
    ask("it has that data still", opened, 3)
    ask("gone on from there", opened, 4, (name, 0, at[1]))
    talk.peek("Produce", 13, topics.produce((name, 0, THIRD), (name, 1, THIRD)))
    ask("both have data", opened, 5)
    ask("both gone on", opened, 6, (name, 0, at[2]), (name, 1, at[1]))
    ask("one more topic", opened, 7, ("f-two", 0, {"FetchOffset": 3}))
    ask("one more with data", opened, 8, ("f-one", 0, {"FetchOffset": 5}))
    ask("forget one", opened, 9, forget=(0,))
    talk.peek("Produce", 13, topics.produce((name, 0, THIRD), (name, 1, THIRD)))
    ask("the forgotten one is not told", opened, 10)
    ask("forget what is not there", opened, 11, forget=(7,))
    ask("unknown partition added", opened, 12, (name, 9, at[0]))
    ask("unknown partition told again", opened, 13)
    ask("unknown topic added", opened, 14, ("f-unknown", 0, at[0]))
    ask("unknown topic told again", opened, 15)
    ask("offset out of range", opened, 16, (name, 1, {"FetchOffset": 50}))
    ask("offset out of range told again", opened, 17)
    ask("an epoch left out", opened, 19)
    ask("an epoch again", opened, 17)
    ask("the epoch that was due", opened, 18)
    ask("epoch -2", opened, -2)
    ask("unknown session", 7, 1)
    ask("unknown session, epoch 0", 7, 0, (name, 0, at[0]))
    ask("unknown session closed", 7, -1, (name, 0, at[0]))
    ask("no session, epoch 1", 0, 1, (name, 0, at[0]))
    ask("no session, epoch -2", 0, -2, (name, 0, at[0]))
    ask("opened without topics", 0, 0)
    second = ask("opened in place of the first", opened, 0, (name, 0, at[3]))
    ask("the first is gone", opened, 19)
    ask("the second is there", second, 1)
    ask("closed", second, -1, (name, 0, at[3]))
    ask("closed already", second, 2)
    third = ask("opened with an unknown topic", 0, 0, ("f-unknown", 0, at[0]), (name, 0, at[3]))
    ask("an unknown topic and nothing new", third, 1)
    ask("all forgotten", third, 2, forget=(0,))
    ask("forgotten and asked for at once", third, 3, (name, 1, at[0]), forget=(1,))


def waiting(topics: Topics, version: int) -> None:
    """Long polling: what is waited for, and what ends it."""
    talk = topics.talk
    name = topics.make(talk.named("f-wait", version), 2)
    end = {"FetchOffset": 0}

    def ask(case: str, wait: int, least: int, *parts: tuple[str, int, Body], meanwhile: object = None, **more: object) -> None:
        body = request(topics, *parts, MaxWaitMs=wait, MinBytes=least, **more)
        # Of a wait that is to be ended early it is kept that it did not last.
        talk.ask(f"wait: {case}", version, body, waits_ms=wait, meanwhile=meanwhile)  # type: ignore[arg-type]

    def later(*parts: tuple[str, int, bytes]) -> object:
        def produce() -> None:
            time.sleep(0.1)
            talk.aside("Produce", 13, topics.produce(*parts))

        return produce

    ask("at the end, for a byte", 300, 1, (name, 0, end))
    ask("at the end, for none", 5000, 0, (name, 0, end))
    ask("no time", 0, 1, (name, 0, end))
    ask("negative least bytes", 5000, -1, (name, 0, end))
    ask("enough there already", 5000, 1, ("f-one", 0, end))
    ask("not enough there", 300, 1 << 19, ("f-one", 0, end))
    ask("more than the most bytes", 5000, 1 << 20, ("f-one", 0, end), MaxBytes=10)
    ask("an error ends it", 5000, 1, (name, 0, end), (name, 9, end))
    ask("an offset out of range ends it", 5000, 1, (name, 0, end), (name, 1, {"FetchOffset": 9}))
    ask("until something is produced", 5000, 1, (name, 0, end), meanwhile=later((name, 0, THIRD)))
    ask("until the other has something", 5000, 1, (name, 0, {"FetchOffset": 1}), (name, 1, end), meanwhile=later((name, 1, THIRD)))
    still = {"FetchOffset": 1}
    ask("less than the least is produced", 1500, 500, (name, 0, still), meanwhile=later((name, 0, THIRD)))
    both = later((name, 0, THIRD), (name, 1, THIRD))
    ask("as much as the least, from two", 5000, 3 * len(THIRD), (name, 0, still), (name, 1, still), meanwhile=both)
    ask("no topics", 300, 1)
    if version >= 13:
        ask("unknown topic", 300, 1, ("f-unknown", 0, end))
