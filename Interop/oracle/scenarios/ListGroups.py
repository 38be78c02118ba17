"""ListGroups: everything, by state and by type. A broker of its own: the list has all groups that there are."""

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, commit, join

ALONE = True


def run(talk: Conversation) -> None:
    for version in talk.versions():
        talk.ask("before there are groups", version, {})
    await_groups(talk)
    talk.create_topic("ls-topic")
    for version in talk.versions():
        talk.ask("no groups", version, {})
    Member(talk, "ls-stable").stable()
    Member(talk, "ls-other").stable(kind="connect", protocols=[("v1", b"")])
    Member(talk, "ls-joined").join()
    Member(talk, "ls-left").stable().leave()
    talk.peek("JoinGroup", 9, join(9, "ls-pending"))
    talk.peek("OffsetCommit", 9, commit(9, "ls-simple", "ls-topic"))
    talk.peek("OffsetCommit", 9, commit(9, "", "ls-topic"))
    for version in talk.versions():
        talk.ask("all", version, {}, any_order=["Groups"])
        if version >= 4:
            for states in (["Stable"], ["stable"], [" STABLE "], ["Empty", "Dead"], ["CompletingRebalance"], ["PreparingRebalance"], ["nothing"], [""], ["Stable", "nothing"]):
                talk.ask(f"states {states}", version, {"StatesFilter": states}, any_order=["Groups"])
        if version >= 5:
            for types in (["classic"], ["Classic"], ["consumer"], ["share"], ["streams"], ["unknown"], ["nothing"], [""], [" classic "], ["classic", "consumer"]):
                talk.ask(f"types {types}", version, {"TypesFilter": types}, any_order=["Groups"])
            talk.ask("state and type", version, {"StatesFilter": ["Empty"], "TypesFilter": ["classic"]}, any_order=["Groups"])
            talk.ask("state and another type", version, {"StatesFilter": ["Empty"], "TypesFilter": ["consumer"]}, any_order=["Groups"])
