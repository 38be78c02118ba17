"""DeleteGroups: empty groups, groups with members, groups that are not there."""

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, commit, fetch, join

PARTITIONS = 2
"""Of the topic of groups: what the oracle's brokers have."""


def run(talk: Conversation) -> None:
    await_groups(talk)
    # Every scenario's nameless group is the same one.
    talk.peek("DeleteGroups", 2, {"GroupsNames": [""]})
    talk.create_topic("del-topic", 2)
    for version in talk.versions():
        made = {what: talk.named(f"del-{what}", version) for what in ("stable", "joined", "left", "pending", "simple", "none")}
        Member(talk, made["stable"]).stable()
        Member(talk, made["joined"]).join()
        Member(talk, made["left"]).stable().leave()
        talk.peek("JoinGroup", 9, join(9, made["pending"]))
        talk.peek("OffsetCommit", 9, commit(9, made["simple"], "del-topic", [(0, 1), (1, 2)]))
        for what, group in made.items():
            talk.ask(f"group: {what}", version, {"GroupsNames": [group]})
            talk.ask(f"group again: {what}", version, {"GroupsNames": [group]})
            talk.ask(f"described: {what}, after v{version}", 6, {"Groups": [group]}, api="DescribeGroups")
        talk.ask(f"its offsets, after v{version}", 9, fetch(9, made["simple"], None), api="OffsetFetch")
        talk.ask("the empty name", version, {"GroupsNames": [""]})
        talk.ask("the empty name among others", version, {"GroupsNames": [made["none"], ""]}, any_order=["Results"])
        talk.ask("none", version, {"GroupsNames": []})
        talk.peek("OffsetCommit", 9, commit(9, made["simple"], "del-topic"))
        talk.ask("several", version, {"GroupsNames": [made["simple"], made["stable"], made["none"]]}, any_order=["Results"])
        talk.ask("twice the same", version, {"GroupsNames": [made["none"], made["none"]]}, any_order=["Results"])
    talk.create_topic("del-many", 20)
    for version in talk.versions():
        too_much_for_a_batch(talk, version)


def in_partition(partition: int, stem: str) -> str:
    """A group's name that belongs to this partition of the topic of groups."""

    def place(name: str) -> int:
        hashed = 0
        for character in name:
            hashed = (hashed * 31 + ord(character)) & 0xFFFFFFFF
        return (hashed & 0x7FFFFFFF) % PARTITIONS

    return next(name for name in (f"{stem}{suffix}" for suffix in "abcdefgh") if place(name) == partition)


def too_much_for_a_batch(talk: Conversation, version: int) -> None:
    """Two groups of long names and many offsets: the records that delete both are more than one batch may hold."""
    one, another, elsewhere, small, busy, none = (
        in_partition(partition, f"del-{what}-{version}-") for partition, what in
        ((0, "l" * 32_000), (0, "m" * 32_000), (1, "elsewhere"), (0, "small"), (0, "busy"), (0, "nobody"))
    )  # fmt: skip
    talk.names.aliases |= {one: "<long>", another: "<long too>"}
    for group in (one, another):
        talk.peek("OffsetCommit", 9, commit(9, group, "del-many", [(partition, 1) for partition in range(20)]))
    for group in (elsewhere, small):
        talk.peek("OffsetCommit", 9, commit(9, group, "del-many"))
    Member(talk, busy).stable()
    everything = [one, another, elsewhere, small, busy, none]
    talk.ask("too much for a batch", version, {"GroupsNames": everything}, any_order=["Results"])
    talk.ask(f"what is left of it, after v{version}", 6, {"Groups": everything}, api="DescribeGroups", any_order=["Groups"])
    talk.ask("not too much for a batch", version, {"GroupsNames": [one, small, busy, none]}, any_order=["Results"])
    talk.ask("not too much for a batch, the other", version, {"GroupsNames": [another, one]}, any_order=["Results"])
