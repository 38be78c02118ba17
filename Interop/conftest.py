"""Fixtures of the interop tests.

`martlet` is a broker for the whole session, shared; `fresh_martlet` one for a single test. `kafka` is the real Apache
Kafka, one for the session. `tools` are Kafka's command-line tools. What needs Kafka is skipped where there is none, with
the reason; in CI that fails. With `--broker kafka` the same tests drive the real broker in Martlet's place, which is how
the tests themselves are checked.
"""

import itertools
import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import places  # noqa: E402
from harness.brokers import ApacheKafka, Broker, Martlet  # noqa: E402
from harness.tools import KafkaTools  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--broker", choices=["martlet", "kafka"], default="martlet", help="which broker the tests drive")


def need_kafka() -> pathlib.Path:
    """Where Kafka is; else the test is skipped, or fails in CI."""
    home = places.kafka_home()
    if home is None:
        if places.in_ci():
            pytest.fail(f"{places.WHY_NO_KAFKA}, and in CI nothing is skipped for that", pytrace=False)
        pytest.skip(places.WHY_NO_KAFKA)
    return home


@pytest.fixture(scope="session")
def tools() -> KafkaTools:
    return KafkaTools(need_kafka())


@pytest.fixture(scope="session")
def kafka() -> Iterator[ApacheKafka]:
    need_kafka()
    with ApacheKafka() as broker:
        broker.start()
        yield broker


@pytest.fixture
def new_kafka() -> Iterator[Callable[..., ApacheKafka]]:
    """Makes real brokers that end with the test; the caller starts them."""
    need_kafka()
    made: list[ApacheKafka] = []

    def make(*arguments, **options) -> ApacheKafka:
        made.append(ApacheKafka(*arguments, **options))
        return made[-1]

    yield make
    for broker in made:
        broker.close()


def broker_type(config: pytest.Config) -> type[Broker]:
    if config.getoption("--broker") == "kafka":
        need_kafka()
        return ApacheKafka
    if not places.MARTLET.exists():
        pytest.fail(f"{places.MARTLET} is not there: run `make build` first", pytrace=False)
    return Martlet


@pytest.fixture(scope="session")
def martlet(pytestconfig: pytest.Config) -> Iterator[Broker]:
    with broker_type(pytestconfig)() as broker:
        broker.start()
        yield broker


@pytest.fixture
def new_martlet(pytestconfig: pytest.Config) -> Iterator[Callable[..., Broker]]:
    """Makes brokers that end with the test; the caller starts them."""
    kind = broker_type(pytestconfig)
    made: list[Broker] = []

    def make(*arguments, **options) -> Broker:
        made.append(kind(*arguments, **options))
        return made[-1]

    yield make
    for broker in made:
        broker.close()


@pytest.fixture
def fresh_martlet(new_martlet: Callable[..., Broker]) -> Broker:
    return new_martlet().start()


_numbers = itertools.count(1)


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """A topic name that no other test uses; the test creates it, or lets it be created."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)[:60].strip("-")
    return f"{plain}-{next(_numbers)}"
