"""FindCoordinator: who coordinates a group, a transaction or a share group, one by one and (from version 4 on) many at once."""

import time

from oracle.conversation import Conversation
from oracle.schema import Body

ALONE = True
"""A broker of its own, on which nobody has asked before."""

GROUP, TRANSACTION, SHARE = 0, 1, 2
KINDS = {"group": GROUP, "transaction": TRANSACTION}
SHARE_KEY = "fc-group:AAAAAAAAAAAAAAAAAAB7bw:0"


def request(version: int, kind: int, *keys: str) -> Body:
    """One key; from version 4 on a list of them. Version 0 has no type: a group is meant."""
    if version >= 4:
        return {"KeyType": kind, "CoordinatorKeys": list(keys)}
    return {"Key": keys[0], "KeyType": kind} if version >= 1 else {"Key": keys[0]}


def run(talk: Conversation) -> None:
    for what, kind in KINDS.items():
        # Nobody coordinates before the internal topic is there; being asked makes it.
        talk.ask(f"first question of all: {what}", 5, request(5, kind, "fc-first"))
        talk.await_coordinator("fc-first", kind)
    talk.ask("first question of all: share", 6, request(6, SHARE, SHARE_KEY))
    talk.await_coordinator(SHARE_KEY, SHARE)
    # The topics it made can be seen.
    time.sleep(0.2)
    for name in ("__consumer_offsets", "__transaction_state", "__share_group_state"):
        talk.ask(f"made by asking: {name}", 12, {"Topics": [{"Name": name}], "AllowAutoTopicCreation": False}, api="Metadata")
    for version in talk.versions():
        every_version(talk, version)
        if version >= 4:
            many(talk, version)
    for version in talk.versions(6):
        share(talk, version)


def every_version(talk: Conversation, version: int) -> None:
    for what, kind in KINDS.items() if version >= 1 else [("group", GROUP)]:
        for key in ("fc-one", "fc-two", "", " ", "fc ü/\\", "k" * 300):
            shown = key if len(key) < 100 else "300 letters"
            talk.ask(f"{what} {shown!r}", version, request(version, kind, key))
    for kind in (2, 3, -1, 127, -128) if version >= 1 else ():
        talk.ask(f"type {kind}", version, request(version, kind, "fc-one"), chased=True)
    if version >= 3:
        talk.ask("unknown tagged field", version, {**request(version, GROUP, "fc-one"), "_tags": {7: b"seven"}})
    talk.ask("trailing bytes", version, request(version, GROUP, "fc-one"), trailing=b"more", chased=True)


def many(talk: Conversation, version: int) -> None:
    for what, kind in KINDS.items():
        talk.ask(f"no {what}", version, request(version, kind))
        talk.ask(f"three of {what}", version, request(version, kind, "fc-c", "fc-a", "fc-b"))
        talk.ask(f"twice the same of {what}", version, request(version, kind, "fc-a", "fc-a"))
        talk.ask(f"one of {what} is empty", version, request(version, kind, "fc-a", "", "fc-b"))
    talk.ask("no keys of an unknown type", version, request(version, 9), chased=True)


def share(talk: Conversation, version: int) -> None:
    keys = {
        "well formed": SHARE_KEY,
        "another partition": SHARE_KEY[:-1] + "7",
        "a group alone": "fc-group",
        "empty": "",
        "two parts": "fc-group:AAAAAAAAAAAAAAAAAAB7bw",
        "four parts": SHARE_KEY + ":1",
        "no group": SHARE_KEY.removeprefix("fc-group"),
        "a colon in the group": "fc:" + SHARE_KEY,
        "no uuid": "fc-group:topic:0",
        "a zero uuid": "fc-group:AAAAAAAAAAAAAAAAAAAAAA:0",
        "no number": "fc-group:AAAAAAAAAAAAAAAAAAB7bw:x",
        "a negative number": "fc-group:AAAAAAAAAAAAAAAAAAB7bw:-1",
        "a large number": "fc-group:AAAAAAAAAAAAAAAAAAB7bw:99999999999",
        "no partition": "fc-group:AAAAAAAAAAAAAAAAAAB7bw:",
    }
    for what, key in keys.items():
        talk.ask(f"share key: {what}", version, request(version, SHARE, key), chased=True)
    talk.ask("share keys, all", version, request(version, SHARE, *keys.values()))
