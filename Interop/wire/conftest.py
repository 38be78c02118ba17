"""The brokers that the tests aim at, each with a bystander that must not notice anything."""

from collections.abc import Callable, Iterator

import pytest
from harness.brokers import ApacheKafka, Broker

from wire.target import Target


@pytest.fixture(scope="session")
def target(martlet: Broker) -> Iterator[Target]:
    aimed = Target(martlet.port, martlet.pid)
    yield aimed
    aimed.close()


@pytest.fixture(scope="session")
def kafka_target(kafka: ApacheKafka) -> Iterator[Target]:
    aimed = Target(kafka.port, kafka.pid)
    yield aimed
    aimed.close()


@pytest.fixture
def fresh_target(new_martlet: Callable[..., Broker]) -> Iterator[Target]:
    """A broker of the test's own, whose memory is measured."""
    broker = new_martlet().start()
    aimed = Target(broker.port, broker.pid)
    yield aimed
    aimed.close()
