"""Nodes that both brokers serve, one after the other."""

import pathlib
from collections.abc import Callable, Iterator

import pytest

from harness.node import Node
from harness.tools import KafkaTools


@pytest.fixture(autouse=True)
def only_for_martlet(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--broker") != "martlet":
        pytest.skip("these tests drive both brokers")


@pytest.fixture
def new_node(tmp_path: pathlib.Path, tools: KafkaTools) -> Iterator[Callable[..., Node]]:
    """Makes nodes that end with the test: the first in its folder, further ones in folders that the test names."""
    made: list[Node] = []

    def make(settings: dict[str, str] | None = None, folder: pathlib.Path = tmp_path) -> Node:
        made.append(Node(folder, settings))
        return made[-1]

    yield make
    for node in made:
        node.close()
