"""DeleteGroups: empty groups, groups with members, groups that are not there."""

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, commit, fetch, join


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
