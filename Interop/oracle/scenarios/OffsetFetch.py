"""OffsetFetch: some partitions, all of them, several groups; groups, topics and partitions that are not there."""

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, commit, fetch
from oracle.topics import UNKNOWN_ID

ONE, TWO = "of-one", "of-two"
ALL = ["Topics", "Topics.Partitions", "Groups.Topics", "Groups.Topics.Partitions"]


def run(talk: Conversation) -> None:
    await_groups(talk)
    ids = {ONE: talk.create_topic(ONE, 3), TWO: talk.create_topic(TWO), "of-unknown": UNKNOWN_ID}
    talk.peek("OffsetCommit", 9, commit(9, "of-simple", ONE, [(0, 10), (2, 30)], metadata="said with it"))
    talk.peek("OffsetCommit", 9, commit(9, "of-simple", TWO))
    # Every scenario's nameless group is the same one.
    talk.peek("DeleteGroups", 2, {"GroupsNames": [""]})
    talk.peek("OffsetCommit", 9, commit(9, "", TWO, [(0, 7)]))
    body = commit(9, "of-epoch", TWO, [(0, 5)])
    body["Topics"][0]["Partitions"][0]["CommittedLeaderEpoch"] = 3
    talk.peek("OffsetCommit", 9, body)
    member = Member(talk, "of-stable").stable()
    talk.peek("OffsetCommit", 9, commit(9, "of-stable", TWO, [(0, 8)], member=member.id, generation=1))
    for version in talk.versions():

        def topics(*asked: tuple[str, list[int]]) -> list[tuple[str, list[int]]]:
            return [(ids[name] if version >= 10 else name, indexes) for name, indexes in asked]

        for group in ("of-simple", "of-epoch", "of-stable", "", "of-none"):
            asked = fetch(version, group, topics((ONE, [0, 1, 2]), (TWO, [0])))
            talk.ask(f"group {group!r}", version, asked)
            if version >= 2:
                talk.ask(f"all of group {group!r}", version, fetch(version, group, None), any_order=ALL)
        for what, lists in {
            "no topics": [], "no partitions": [(ONE, [])], "a partition that is not": [(ONE, [0, 3, -1])],
            "a partition twice": [(ONE, [0, 0])], "a topic twice": [(ONE, [0]), (ONE, [2])],
            "an unknown topic": [("of-unknown", [0, 1])], "an unknown topic and a known one": [("of-unknown", [0]), (TWO, [0])],
        }.items():
            talk.ask(what, version, fetch(version, "of-simple", topics(*lists)))
            if version >= 8:
                talk.ask(f"{what}, of no group", version, fetch(version, "of-none", topics(*lists)))
        if version >= 7:
            asked = fetch(version, "of-simple", topics((ONE, [0, 1])), stable=True)
            talk.ask("stable ones only", version, asked)
            talk.ask("all stable ones", version, fetch(version, "of-simple", None, stable=True), any_order=ALL)
        if version >= 8:
            several = fetch(version, "of-simple", topics((ONE, [0])))
            for group in ("of-none", "of-stable", "of-simple"):
                several["Groups"] += fetch(version, group, topics((TWO, [0])))["Groups"]
            talk.ask("several groups", version, several)
            talk.ask("no groups", version, {**several, "Groups": []})
        if version >= 9:
            for who, epoch in ((member.id, 1), ("stranger", 1), ("", 0), (member.id, -1), (None, 7)):
                asked = fetch(version, "of-stable", topics((TWO, [0])), member=who, epoch=epoch)
                talk.ask(f"member {'<one of it>' if who == member.id else who}, epoch {epoch}", version, asked)
