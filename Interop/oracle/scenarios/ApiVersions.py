"""ApiVersions: what a broker says it serves, whatever version is asked.

KIP-511: a version that is too new is answered in version 0 with error 35 and the one entry a client needs to try again;
from version 3 on a client names its software, and a name that is not well formed is refused.
"""

from oracle.conversation import Conversation

GOOD = {"ClientSoftwareName": "oracle", "ClientSoftwareVersion": "1.0.0"}

NAMES = {
    "one letter": "a",
    "digits, dots and dashes": "0a.b-c",
    "empty": "",
    "a space": "my client",
    "a leading dash": "-client",
    "a trailing dash": "client-",
    "a leading dot": ".client",
    "an underscore": "my_client",
    "not ASCII": "cliënt",
    "a line feed": "client\n",
    "1,000 letters": "c" * 1000,
}


# Features come in the order of hash maps.
HASHED = {"any_order": ["SupportedFeatures", "FinalizedFeatures"]}


def run(talk: Conversation) -> None:
    for version in talk.versions():
        talk.ask("plain", version, GOOD, **HASHED)
        talk.ask("once more on the same connection", version, GOOD, **HASHED)
        talk.ask("no client id", version, GOOD, client_id=None, **HASHED)
        talk.ask("empty client id", version, GOOD, client_id="", **HASHED)
    for version in talk.versions(3):
        for what, name in NAMES.items():
            talk.ask(f"software name: {what}", version, {**GOOD, "ClientSoftwareName": name}, **HASHED)
            talk.ask(f"software version: {what}", version, {**GOOD, "ClientSoftwareVersion": name}, **HASHED)
        talk.ask("defaults only", version, {}, **HASHED)
        talk.ask("unknown tagged field", version, {**GOOD, "_tags": {7: b"seven"}}, **HASHED)
        talk.ask("unknown tagged field in the header", version, GOOD, header_tags={9: b"nine"}, **HASHED)
    for version in (5, 6, 100, 32767):
        talk.ask("too new", version, GOOD, decode_as=0)
    talk.ask("below zero", -1, {}, decode_as=0, chased=True)
    talk.ask("the lowest int16", -32768, {}, decode_as=0, chased=True)
    for version in talk.versions():
        talk.ask("after all that", version, GOOD, **HASHED)
