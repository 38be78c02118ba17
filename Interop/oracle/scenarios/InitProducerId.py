"""InitProducerId without transactions: ids for idempotent producers, and what may not be asked for them (KIP-98, KIP-360)."""

from oracle.conversation import Conversation

# Version 6 is not stable in 4.3: a broker does not serve it.
LAST = 5


def run(talk: Conversation) -> None:
    talk.await_producer_ids()
    for version in talk.versions(last=LAST):
        first = talk.ask("a producer id", version, {"TransactionalId": None})
        second = talk.ask("the next one", version, {"TransactionalId": None})
        given = first.get("ProducerId", default=-1)
        assert second.get("ProducerId", default=0) != given, "the same producer id twice"
        for timeout in (0, -1, 60000, 2**31 - 1):
            talk.ask(f"timeout {timeout}", version, {"TransactionalId": None, "TransactionTimeoutMs": timeout})
            talk.ask(f"empty transactional id, timeout {timeout}", version, {"TransactionalId": "", "TransactionTimeoutMs": timeout})
        if version >= 2:
            talk.ask("unknown tagged field", version, {"TransactionalId": None, "_tags": {7: b"seven"}})
        for epoch in (-1, 0, 1, 32767, -2) if version >= 3 else ():
            body = {"TransactionalId": None, "ProducerEpoch": epoch}
            talk.ask(f"its own id, epoch {epoch}", version, {**body, "ProducerId": given})
            for producer in (-1, -2, 0, 2**62):
                talk.ask(f"id {producer}, epoch {epoch}", version, {**body, "ProducerId": producer})
                empty = {**body, "ProducerId": producer, "TransactionalId": ""}
                talk.ask(f"id {producer}, epoch {epoch}, empty transactional id", version, empty)
        talk.ask("trailing bytes", version, {"TransactionalId": None}, trailing=b"more", chased=True)
    talk.ask("unstable", LAST + 1, {"TransactionalId": None}, chased=True)
    talk.ask("too new", LAST + 2, {"TransactionalId": None}, decode_as=0, chased=True)
