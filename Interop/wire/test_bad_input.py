"""Every case of bad input: the broker does what Kafka does, stores nothing that Kafka would not, and serves everybody else.

What Kafka does is recorded in `expected.json`; with Kafka at hand, that is checked too. Each case also asks for the
partition's end on a bystander's connection, before and after.
"""

import pytest

from wire.asking import ask, recorded
from wire.cases import Case, all_cases
from wire.target import Target

EXPECTED = recorded()
CASES = [pytest.param(case, id=case.name) for case in all_cases()]

ON_PURPOSE = {
    # Kafka's cache of sessions is in parts by ranges of ids, and an id beyond the last part is a fault inside it.
    "Fetch 11: session 2147483647": {"end": "waits", "answers": [[7, "ErrorCode: 70"]]},
    "Fetch 11: session -2147483648": {"end": "waits", "answers": [[7, "ErrorCode: 70"]]},
    # Kafka fails inside, and that connection is never answered again.
    "Produce 3: records of -2 bytes": {
        "end": "waits",
        "answers": [[7, "Responses.0.PartitionResponses.0.ErrorCode: 87"]],
    },
}
"""What Martlet does differently, and why."""


def test_every_case_is_recorded() -> None:
    assert sorted(EXPECTED) == sorted(case.name for case in all_cases())
    assert set(ON_PURPOSE) <= set(EXPECTED)


@pytest.mark.parametrize("case", CASES)
def test_the_broker_does_as_kafka(case: Case, target: Target) -> None:
    expected = ON_PURPOSE.get(case.name, EXPECTED[case.name])
    quiet_seconds = 0.3 if expected == {"end": "waits"} else 10
    assert ask(target, case, quiet_seconds, expected) == expected


@pytest.mark.parametrize("case", CASES)
def test_kafka_does_as_recorded(case: Case, kafka_target: Target) -> None:
    expected = EXPECTED[case.name]
    quiet_seconds = 1.0 if expected == {"end": "waits"} else 30
    assert ask(kafka_target, case, quiet_seconds, expected) == expected
