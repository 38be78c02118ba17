"""DescribeCluster: the brokers and the controller; which endpoints are asked for; operations allowed."""

from oracle.conversation import Conversation


def run(talk: Conversation) -> None:
    for version in talk.versions():
        talk.ask("plain", version, {})
        talk.ask("authorized operations", version, {"IncludeClusterAuthorizedOperations": True})
        for kind in (0, 1, 2, 3, -1, 127) if version >= 1 else ():
            talk.ask(f"endpoint type {kind}", version, {"EndpointType": kind})
        for fenced in (False, True) if version >= 2 else ():
            talk.ask(f"fenced brokers too: {fenced}", version, {"IncludeFencedBrokers": fenced})
            controllers = {"IncludeFencedBrokers": fenced, "EndpointType": 2}
            talk.ask(f"fenced brokers too: {fenced}, of controllers", version, controllers)
        talk.ask("unknown tagged field", version, {"_tags": {0: b"zero"}})
