"""Produce: what is stored, what is refused, with which code and in which words.

Part one asks at every version; part two has the kinds of bad records, at the last version before topic ids (12) and the
last of all (13), as every version reads records alike.
"""

from collections.abc import Callable

from oracle import codecs
from oracle.batches import CONTROL, LOG_APPEND_TIME, TIME, TRANSACTIONAL, Record, batch, old_message, records
from oracle.conversation import Answer, Conversation
from oracle.topics import Topics

FAR_FUTURE = 4_102_444_800_000
"""The year 2100: further ahead than message.timestamp.after.max.ms allows."""


# The answers for several partitions come in the order of a hash map, whose keys have the topics' ids in them.
HASHED = ["Responses", "Responses.PartitionResponses"]


def produce(
    topics: Topics, case: str, version: int, *parts: tuple[str, int, bytes | None], acks: int = -1, **more: object
) -> Answer:
    body = {**topics.produce(*parts, acks=acks), **more}
    return topics.talk.ask(case, version, body, chased=acks == 0, any_order=HASHED)


def run(talk: Conversation) -> None:
    topics = Topics(talk)
    for version in talk.versions():
        every_version(topics, version)
    topics.make("p-bad")
    topics.make("p-compacted", 1, {"cleanup.policy": "compact"})
    topics.make("p-small", 1, {"max.message.bytes": "200"})
    topics.make("p-append-time", 1, {"message.timestamp.type": "LogAppendTime"})
    topics.make("p-past", 1, {"message.timestamp.before.max.ms": "1000"})
    topics.make("p-future", 1, {"message.timestamp.after.max.ms": "1000"})
    talk.await_producer_ids()
    for version in (12, 13):
        headers(topics, version)
        contents(topics, version)
        compressed(topics, version)
        settings(topics, version)
        idempotent(topics, version)
        transactional(topics, version)
    stored(topics)


def every_version(topics: Topics, version: int) -> None:
    talk = topics.talk
    name = topics.make(talk.named("p-all", version), 2)
    one = batch(records("one"))
    two = batch(records("two", "three"))

    def ask(case: str, *parts: tuple[str, int, bytes | None], acks: int = -1, **more: object) -> Answer:
        return produce(topics, case, version, *parts, acks=acks, **more)

    ask("one record", (name, 0, one))
    ask("two records", (name, 0, two))
    ask("acks 1", (name, 0, one), acks=1)
    ask("acks 0", (name, 0, one), acks=0)
    ask("acks 0 and an unknown partition", (name, 9, one), acks=0)
    ask("acks 0 and a corrupt batch", (name, 0, batch(records("x"), crc=7)), acks=0)
    for acks in (2, -2, 32767):
        ask(f"acks {acks}", (name, 0, one), acks=acks)
    ask("two partitions", (name, 0, one), (name, 1, two))
    ask("two partitions, the later first", (name, 1, one), (name, 0, two))
    ask("unknown partition", (name, 2, one))
    ask("negative partition", (name, -1, one))
    ask("known and unknown partition", (name, 0, one), (name, 7, one))
    ask("unknown topic", ("p-unknown", 0, one))
    ask("known and unknown topic", (name, 0, one), ("p-unknown", 0, one))
    if version < 13:
        ask("bad topic name", ("p bad", 0, one))
        ask("empty topic name", ("", 0, one))
    else:
        zero = {"Name": "", "TopicId": "AAAAAAAAAAAAAAAAAAAAAA", "PartitionData": [{"Index": 0, "Records": one}]}
        talk.ask("zero topic id", version, {"Acks": -1, "TimeoutMs": 15000, "TopicData": [zero]}, chased=True)
    ask("no topics")
    no_partitions = {"Name": name, "TopicId": topics.ids[name], "PartitionData": []}
    talk.ask("no partitions", version, {"Acks": -1, "TimeoutMs": 15000, "TopicData": [no_partitions]})
    # Kafka never answers null records, nor anything else on that connection.
    if version in (3, 9, 13):
        nothing = topics.produce((name, 0, None))
        talk.ask("null records", version, nothing, quiet=True)
    for acks in (-1, 0):
        empty = topics.produce((name, 0, b""), acks=acks)
        talk.ask(f"empty records, acks {acks}", version, empty, chased=True)
    both = topics.produce((name, 0, one + two))
    talk.ask("two batches", version, both, chased=True)
    ask("the same partition twice", (name, 0, one), (name, 0, two))
    ask("the same topic twice", (name, 0, one), ("p-unknown", 0, one), (name, 1, one))
    ask("a transactional id, without a transaction", (name, 0, one), TransactionalId="p-txn")
    ask("zero timeout", (name, 0, one), TimeoutMs=0)
    ask("negative timeout", (name, 0, one), TimeoutMs=-1)
    ask("zstd", (name, 0, batch(records("zstd"), codec=codecs.ZSTD)))
    # Before version 7 Kafka gives up on the whole request; what it stored of it, the next offsets say.
    unknown_codec = batch(records("x"), attributes=5)
    ask("an unknown codec behind a good partition", (name, 1, one), (name, 0, unknown_codec))
    ask("an unknown codec before a good partition", (name, 0, unknown_codec), (name, 1, one))
    for magic in (0, 1):
        body = topics.produce((name, 0, old_message(magic, b"old")))
        talk.ask(f"magic {magic}", version, body, chased=True)
    ask("and after all that", (name, 0, one), (name, 1, one))


def asker(topics: Topics, version: int, name: str) -> Callable[[str, bytes], Answer]:
    def ask(case: str, content: bytes) -> Answer:
        body = topics.produce((name, 0, content))
        return topics.talk.ask(case, version, body, chased=True)

    return ask


def headers(topics: Topics, version: int) -> None:
    """A batch's header against what it holds."""
    ask = asker(topics, version, "p-bad")
    three = records("a", "b", "c")
    good = batch(three)
    ask("header: good", good)
    ask("header: wrong checksum", batch(three, crc=0x12345678))
    for magic in (0, 1, 3, -1, 127):
        ask(f"header: magic {magic}", batch(three, magic=magic))
    for delta in (0, 1, 3, -1, 2**31 - 1, -(2**31)):
        ask(f"header: last offset delta {delta}", batch(three, last_offset_delta=delta))
    for count in (0, 1, 2, 4, -1, 2**31 - 1, -(2**31)):
        ask(f"header: count {count}", batch(three, count=count, last_offset_delta=2))
        ask(f"header: count {count}, delta to match", batch(three, count=count, last_offset_delta=max(0, count - 1)))
    for offset in (1, 7, -1, 2**63 - 1):
        ask(f"header: base offset {offset}", batch(three, base_offset=offset))
    for epoch in (0, 5, -7):
        ask(f"header: leader epoch {epoch}", batch(three, leader_epoch=epoch))
    for size in (0, 1, 13, 48, 49, len(good) - 13, len(good) - 11, 2**31 - 1, -1, -(2**31)):
        ask(f"header: length {size}", batch(three, length=size))
    for size in (1, 11, 12, 16, 17, 21, 60, 61, len(good) - 1):
        ask(f"header: cut after {size} bytes", good[:size])
    ask("header: bytes behind the batch", good + b"\0\0\0")
    ask("header: a whole batch, then half of one", good + good[: len(good) // 2])
    for bits in (0x08, 0x20, 0x40, 0x80, 0x100, 0x7F80):
        ask(f"header: attributes {bits:#06x}", batch(three, attributes=bits))
    ask("header: codec 5", batch(three, attributes=5))
    ask("header: codec 7", batch(three, attributes=7))
    ask("header: control batch", batch([Record(key=b"\0\0\0\1", value=b"\0\0\0\0\0\0")], attributes=CONTROL))
    ask("header: control, transactional", batch(three, attributes=CONTROL | TRANSACTIONAL))
    ask("header: no records", batch([]))
    ask("header: no records, delta 0", batch([], last_offset_delta=0))
    ask("header: no records, delta 2", batch([], last_offset_delta=2))


def contents(topics: Topics, version: int) -> None:
    """Records in themselves."""
    ask = asker(topics, version, "p-bad")
    plain = Record(value=b"v")
    cases: dict[str, bytes] = {
        "null key and value": batch([Record()]),
        "empty key and value": batch([Record(value=b"", key=b"")]),
        "headers": batch([Record(value=b"v", headers=[(b"one", b"1"), (b"none", None), (b"", b"")])]),
        "a header with a null key": batch([Record(value=b"v", headers=[(None, b"1")])]),
        "a header's key not UTF-8": batch([Record(value=b"v", headers=[(b"\xff\xfe", b"1")])]),
        "more headers said than there": batch([Record(value=b"v", header_count=1)]),
        "fewer headers said than there": batch([Record(value=b"v", headers=[(b"k", b"v")], header_count=0)]),
        "two billion headers": batch([Record(value=b"v", header_count=2_000_000_000)]),
        "negative number of headers": batch([Record(value=b"v", header_count=-1)]),
        "offset delta 1 for the first": batch([Record(value=b"v", offset_delta=1)]),
        "offset deltas 0, 2": batch([plain, Record(value=b"v", offset_delta=2)]),
        "offset deltas 0, 0": batch([plain, Record(value=b"v", offset_delta=0)]),
        "offset deltas 1, 0": batch([Record(value=b"v", offset_delta=1), Record(value=b"v", offset_delta=0)]),
        "negative offset delta": batch([Record(value=b"v", offset_delta=-1)]),
        "record attributes": batch([Record(value=b"v", attributes=0x7F)]),
        "bytes after the headers": batch([Record(value=b"v", tail=b"tail")]),
        "length one too short": batch([Record(value=b"v", size=6)]),
        "length one too long": batch([Record(value=b"v", size=8)]),
        "length zero": batch([Record(value=b"v", size=0)]),
        "length negative": batch([Record(value=b"v", size=-1)]),
        "length two billion": batch([Record(value=b"v", size=2_000_000_000)]),
        "a varint without end": batch(b"\xff" * 20, count=1),
        "bytes behind the records": batch(plain.encode(0, TIME) + b"xx", count=1),
        "no bytes for one record": batch(b"", count=1),
        "timestamps, falling": batch([Record(b"a", timestamp=TIME), Record(b"b", timestamp=TIME - 5000)]),
        "timestamps, rising": batch([Record(b"a", timestamp=TIME), Record(b"b", timestamp=TIME + 5000)]),
        "timestamp -1": batch([Record(b"a", timestamp=-1)], base_timestamp=-1, max_timestamp=-1),
        "timestamp -2": batch([Record(b"a", timestamp=-2)], base_timestamp=-2, max_timestamp=-2),
        "timestamp 0": batch([Record(b"a", timestamp=0)], base_timestamp=0, max_timestamp=0),
        "timestamp of 2100": batch([Record(b"a", timestamp=FAR_FUTURE)], base_timestamp=FAR_FUTURE),
        "the second's timestamp of 2100": batch([plain, Record(b"b", timestamp=FAR_FUTURE)]),
        "the most": batch([Record(b"a")], base_timestamp=2**63 - 1),
        "largest timestamp too small": batch([plain, Record(b"b", timestamp=TIME + 9)], max_timestamp=TIME),
        "largest timestamp too large": batch([plain], max_timestamp=TIME + 9),
        "largest timestamp -1": batch([plain], max_timestamp=-1),
        "largest timestamp of 2100": batch([plain], max_timestamp=FAR_FUTURE),
    }
    for what, content in cases.items():
        ask(f"records: {what}", content)


def compressed(topics: Topics, version: int) -> None:
    ask = asker(topics, version, "p-bad")
    for codec in (codecs.GZIP, codecs.SNAPPY, codecs.LZ4, codecs.ZSTD):
        kind = codecs.NAMES[codec]
        plain = b"".join(record.encode(index, TIME) for index, record in enumerate(records("a", "b")))
        packed = codecs.compress(codec, plain)
        ask(f"{kind}: good", batch(records("a", "b"), codec=codec))
        ask(f"{kind}: not compressed at all", batch(records("a", "b"), codec=codec, compressed=plain))
        ask(f"{kind}: cut short", batch(records("a", "b"), codec=codec, compressed=packed[:-5]))
        ask(f"{kind}: nothing", batch(records("a", "b"), codec=codec, compressed=b""))
        ask(f"{kind}: bytes behind", batch(records("a", "b"), codec=codec, compressed=packed + b"behind"))
        ask(f"{kind}: wrong magic", batch(records("a", "b"), codec=codec, compressed=b"\0" + packed[1:]))
        ask(f"{kind}: one record too many", batch(records("a", "b"), codec=codec, count=1, last_offset_delta=0))
        ask(f"{kind}: one record too few", batch(records("a", "b"), codec=codec, count=3))
        ask(f"{kind}: bytes behind the records", batch(plain + b"x", codec=codec, count=2))
        ask(f"{kind}: offset deltas 0, 2", batch([Record(b"a"), Record(b"b", offset_delta=2)], codec=codec))
        ask(f"{kind}: a varint without end", batch(b"\xff" * 20, codec=codec, count=1))
        ask(f"{kind}: a record of two billion bytes", batch([Record(b"a", size=2_000_000_000)], codec=codec))
        ask(f"{kind}: no records", batch([], codec=codec))
        ask(f"{kind}: null value", batch([Record()], codec=codec))
        ask(f"{kind}: timestamp of 2100", batch([Record(b"a", timestamp=FAR_FUTURE)], codec=codec, base_timestamp=FAR_FUTURE))


def settings(topics: Topics, version: int) -> None:
    """What a topic's settings refuse or change."""
    ask = asker(topics, version, "p-compacted")
    ask("compacted: with a key", batch([Record(b"v", key=b"k")]))
    ask("compacted: null value", batch([Record(None, key=b"k")]))
    ask("compacted: no key", batch(records("v")))
    ask("compacted: empty key", batch([Record(b"v", key=b"")]))
    ask("compacted: one of three without a key", batch([Record(b"v", key=b"k"), Record(b"v"), Record(b"v", key=b"k")]))
    ask("compacted: two of three without a key", batch([Record(b"v"), Record(b"v"), Record(b"v", key=b"k")]))
    ask("compacted: no key, gzip", batch(records("v"), codec=codecs.GZIP))
    ask = asker(topics, version, "p-small")
    growing = [batch(records(b"x" * length)) for length in range(200)]
    for size in (199, 200, 201):
        ask(f"max.message.bytes 200: {size} bytes", next(b for b in growing if len(b) == size))
    ask("max.message.bytes 200: small when unpacked only", batch(records(b"x" * 150), codec=codecs.LZ4))
    ask("max.message.bytes 200: large, gzip makes it small", batch(records(b"x" * 5000), codec=codecs.GZIP))
    ask = asker(topics, version, "p-append-time")
    ask("LogAppendTime: plain", batch(records("v")))
    ask("LogAppendTime: the producer says so itself", batch(records("v"), attributes=LOG_APPEND_TIME))
    ask("LogAppendTime: timestamp of 2100", batch([Record(b"v")], base_timestamp=FAR_FUTURE))
    ask("LogAppendTime: gzip", batch(records("v"), codec=codecs.GZIP))
    ask = asker(topics, version, "p-past")
    ask("message.timestamp.before.max.ms 1000: of 2023", batch(records("v")))
    ask("message.timestamp.before.max.ms 1000: none", batch(records("v"), base_timestamp=-1))
    ask("message.timestamp.before.max.ms 1000: of 2023, gzip", batch(records("v", "w"), codec=codecs.GZIP))
    ask = asker(topics, version, "p-future")
    ask("message.timestamp.after.max.ms 1000: of 2100", batch(records("v", "w"), base_timestamp=FAR_FUTURE))
    ask("message.timestamp.after.max.ms 1000: of 2023", batch(records("v")))


def idempotent(topics: Topics, version: int) -> None:
    talk = topics.talk
    name = topics.make(talk.named("p-idempotent", version), 2)
    ask = asker(topics, version, name)
    given = talk.ask(f"setup: a producer id for version {version}", 5, {"TransactionalId": None}, api="InitProducerId")
    producer = given.get("ProducerId", default=-1)

    def numbered(sequence: int, count: int = 1, epoch: int = 0, **more: object) -> bytes:
        values = records(*[f"{sequence + number}" for number in range(count)])
        return batch(values, producer_id=producer, producer_epoch=epoch, base_sequence=sequence, **more)  # type: ignore[arg-type]

    fifth = batch(records("f"), producer_id=2_000_100 + version, producer_epoch=0, base_sequence=5)
    ask("idempotent: a producer's first sequence is 5", fifth)
    ask("idempotent: 0", numbered(0))
    ask("idempotent: 0 again", numbered(0))
    ask("idempotent: 2, a gap", numbered(2))
    ask("idempotent: 1 to 3", numbered(1, 3))
    ask("idempotent: 1 to 3 again", numbered(1, 3))
    ask("idempotent: 1 to 2, half of a duplicate", numbered(1, 2))
    ask("idempotent: 2 to 3, the other half", numbered(2, 2))
    for sequence in range(4, 10):
        ask(f"idempotent: {sequence}", numbered(sequence))
    ask("idempotent: 5 again, the fifth last", numbered(5))
    ask("idempotent: 4 again, the sixth last", numbered(4))
    ask("idempotent: 0 again, long ago", numbered(0))
    ask("idempotent: negative sequence", numbered(-5))
    ask("idempotent: sequence -1", numbered(-1))
    ask("idempotent: epoch 1, sequence 3", numbered(3, epoch=1))
    ask("idempotent: epoch 1, sequence 0", numbered(0, epoch=1))
    ask("idempotent: epoch 0 after epoch 1", numbered(10, epoch=0))
    ask("idempotent: epoch 1, sequence 1", numbered(1, epoch=1))
    ask("idempotent: epoch 3, sequence 0", numbered(0, epoch=3))
    ask("idempotent: epoch -1", numbered(0, epoch=-1))
    ask("idempotent: gzip", batch(records("z"), codec=codecs.GZIP, producer_id=producer, producer_epoch=3, base_sequence=1))
    two = topics.data((name, 1, numbered(0, epoch=3)), (name, 0, numbered(99, epoch=3)))
    talk.ask("idempotent: two partitions, one with a gap", version, {"Acks": -1, "TimeoutMs": 15000, "TopicData": two}, any_order=HASHED)
    stranger = 1_000_000 + version
    ask(
        "idempotent: an id that nobody gave out",
        batch(records("s"), producer_id=stranger, producer_epoch=0, base_sequence=0),
    )
    ask(
        "idempotent: an id that nobody gave out, in mid-sequence",
        batch(records("s"), producer_id=stranger + 100, producer_epoch=7, base_sequence=42),
    )
    ask("idempotent: that one again", batch(records("s"), producer_id=stranger + 100, producer_epoch=7, base_sequence=42))
    ask("idempotent: negative id", batch(records("s"), producer_id=-2, producer_epoch=0, base_sequence=0))
    ask("idempotent: id without epoch and sequence", batch(records("s"), producer_id=stranger))
    top = 2**31 - 1
    high = stranger + 200
    ask("idempotent: the largest sequence", batch(records("s"), producer_id=high, producer_epoch=0, base_sequence=top))
    ask("idempotent: round to 0", batch(records("s"), producer_id=high, producer_epoch=0, base_sequence=0))
    turn = batch(records("s", "t", "u"), producer_id=high + 1, producer_epoch=0, base_sequence=top - 1)
    ask("idempotent: across the largest", turn)
    ask("idempotent: across the largest again", turn)
    ask("idempotent: after it", batch(records("s"), producer_id=high + 1, producer_epoch=0, base_sequence=1))
    body = topics.produce((name, 1, numbered(1, epoch=3)))
    talk.ask("idempotent: acks all", version, body)
    body = topics.produce((name, 1, numbered(1, epoch=3)), acks=1)
    talk.ask("idempotent: acks 1", version, body)
    body = topics.produce((name, 1, numbered(2, epoch=3)), acks=0)
    talk.ask("idempotent: acks 0", version, body, chased=True)
    body = topics.produce((name, 1, numbered(77, epoch=3)), acks=0)
    talk.ask("idempotent: acks 0, a gap", version, body, chased=True)


def transactional(topics: Topics, version: int) -> None:
    """Transactional batches of producers that have no transaction."""
    topics.talk.await_coordinator("p-txn", 1)
    ask = asker(topics, version, "p-bad")
    marked = batch(records("t"), attributes=TRANSACTIONAL, producer_id=2_000_000, producer_epoch=0, base_sequence=0)
    ask("transactional: no transactional id", marked)
    ask("transactional: no producer id", batch(records("t"), attributes=TRANSACTIONAL))
    body = topics.produce(("p-bad", 0, marked))
    talk = topics.talk
    talk.ask("transactional: an id without a transaction", version, {**body, "TransactionalId": "p-txn"}, chased=True)
    talk.ask("transactional: empty id", version, {**body, "TransactionalId": ""}, chased=True)
    plain = topics.data(("p-bad", 0, batch(records("t"), producer_id=2_000_001, producer_epoch=0, base_sequence=0)))
    body = {"Acks": -1, "TimeoutMs": 15000, "TopicData": plain}
    talk.ask("transactional: id, idempotent batch", version, {**body, "TransactionalId": "p-txn"}, chased=True)


def stored(topics: Topics) -> None:
    """What is there in the end, read from the start."""
    for name in ("p-bad", "p-compacted", "p-small", "p-append-time", "p-idempotent-12", "p-idempotent-13", "p-all-13"):
        partition = {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1 << 20}
        body = {
            "MaxWaitMs": 100,
            "MaxBytes": 1 << 20,
            "Topics": [{"Topic": name, "TopicId": topics.ids[name], "Partitions": [partition]}],
        }
        topics.talk.ask(f"stored in {name}", 18, body, api="Fetch")
