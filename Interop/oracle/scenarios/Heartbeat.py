"""Heartbeat: of members and of strangers, in every state of a classic group."""

from oracle.conversation import Conversation
from oracle.groups import Member, await_groups, heartbeat, join

STRANGER = "oracle-00000000-0000-0000-0000-000000000000"


def run(talk: Conversation) -> None:
    await_groups(talk)
    for version in talk.versions():
        group = talk.named("hb", version)
        talk.ask("no group id", version, heartbeat(version, "", STRANGER, 1))
        talk.ask("no group", version, heartbeat(version, group, STRANGER, 1))
        member = Member(talk, group)
        member.join()
        talk.ask("before the assignment", version, heartbeat(version, group, member.id, 1))
        member.sync((member.id, b"mine"))
        talk.ask("a member", version, heartbeat(version, group, member.id, 1))
        for what, who, generation in (
            ("a stranger", STRANGER, 1), ("nobody", "", 1), ("an old generation", member.id, 0),
            ("a later generation", member.id, 2), ("no generation", member.id, -1),
        ):
            talk.ask(what, version, heartbeat(version, group, who, generation))
        if version >= 3:
            talk.ask("a static member that is none", version, heartbeat(version, group, member.id, 1, "i"))
        talk.ask("trailing bytes", version, heartbeat(version, group, member.id, 1), trailing=b"more", chased=True)
        # A second member that joins waits for the first, which is told so by its heartbeat.
        told: list[object] = []

        def beat() -> None:
            while not told or told[-1] == 0:
                told.append(talk.aside("Heartbeat", version, heartbeat(version, group, member.id, 1)).get("ErrorCode"))
                if len(told) > 200:
                    return
            member.join()

        talk.ask("setup: a second member", version=3, body=join(3, group), api="JoinGroup", meanwhile=beat) if version == 0 else None
        if version == 0:
            talk.ask("the generation before", version, heartbeat(version, group, member.id, 1))
        member.leave()
        talk.ask("after it left", version, heartbeat(version, group, member.id, 1))
        if version >= 3:
            static(talk, version)


def static(talk: Conversation, version: int) -> None:
    member = Member(talk, talk.named("hb-static", version), instance="i").stable()
    old = member.id
    talk.ask("static", version, heartbeat(version, member.group, old, 1, "i"))
    talk.ask("static, without its instance id", version, heartbeat(version, member.group, old, 1))
    talk.ask("static, another instance id", version, heartbeat(version, member.group, old, 1, "j"))
    member.id = ""
    member.join()
    talk.ask("static, replaced", version, heartbeat(version, member.group, old, 1, "i"))
    talk.ask("static, replaced, without its instance id", version, heartbeat(version, member.group, old, 1))
    talk.ask("static, the new one", version, heartbeat(version, member.group, member.id, 1, "i"))
