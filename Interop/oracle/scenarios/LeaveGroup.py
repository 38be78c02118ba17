"""LeaveGroup: by member id, by instance id, several at once, and those who were never there."""

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, join, leave

STRANGER = "oracle-00000000-0000-0000-0000-000000000000"


def run(talk: Conversation) -> None:
    await_groups(talk)
    for version in talk.versions():
        group = talk.named("lg", version)
        talk.ask("no group id", version, leave(version, "", (STRANGER, None)))
        talk.ask("no group", version, leave(version, group, (STRANGER, None)))
        member = Member(talk, group).stable()
        talk.ask("a stranger", version, leave(version, group, (STRANGER, None)))
        talk.ask("nobody", version, leave(version, group, ("", None)))
        talk.ask("a member", version, leave(version, group, (member.id, None)))
        talk.ask(f"described, after v{version}", 5, {"Groups": [group]}, api="DescribeGroups")
        talk.ask("a member again", version, leave(version, group, (member.id, None)))
        pending = talk.peek("JoinGroup", 4, join(4, group)).get("MemberId", default="")
        talk.ask("an id that was given out", version, leave(version, group, (pending, None)))
        joining = Member(talk, talk.named("lg-joining", version))
        joining.join()
        talk.ask("before the assignment", version, leave(version, joining.group, (joining.id, None)))
        if version >= 3:
            several(talk, version)


def several(talk: Conversation, version: int) -> None:
    group = talk.named("lg-static", version)
    talk.ask("no members of no group", version, leave(version, group))
    static = Member(talk, group, instance="i").stable()
    talk.ask("no members", version, leave(version, group))
    talk.ask("another instance id", version, leave(version, group, (static.id, "j")))
    talk.ask("another member id", version, leave(version, group, (STRANGER, "i")))
    talk.ask("an unknown instance alone", version, leave(version, group, ("", "j")))
    talk.ask("a stranger and nobody", version, leave(version, group, (STRANGER, None), ("", None), ("", "")))
    talk.ask("by its instance id", version, leave(version, group, ("", "i")))
    static = Member(talk, group, instance="i").stable()
    asked = leave(version, group, (STRANGER, None), (static.id, "i"), (static.id, "i"), ("", "i"))
    talk.ask("a stranger, a member, the same again", version, asked)
    talk.ask(f"described, static, after v{version}", 5, {"Groups": [group]}, api="DescribeGroups")
