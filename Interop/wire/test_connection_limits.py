"""How many connections there may be: as the configuration says it, of one listener and of hosts, and while the broker runs."""

import socket
from collections.abc import Callable

from harness.brokers import Broker, free_port
from oracle.batches import batch, records

from wire.target import Target, read_frame, request


def is_served(connection: socket.socket, seconds: float) -> bool:
    """Whether ApiVersions is answered in time; where the connection is closed, it is not."""
    connection.settimeout(seconds)
    try:
        connection.sendall(request("ApiVersions", 0, {}))
        return len(read_frame(connection)) > 4
    except (TimeoutError, OSError, AssertionError):
        return False


def set_broker_config(target: Target, name: str, value: str) -> None:
    """As `kafka-configs.sh --entity-type brokers --entity-name 1 --alter --add-config` does."""
    change = {"ResourceType": 4, "ResourceName": "1", "Configs": [{"Name": name, "ConfigOperation": 0, "Value": value}]}
    answer = target.ask("IncrementalAlterConfigs", 1, {"Resources": [change], "ValidateOnly": False})
    assert answer["Responses"][0]["ErrorCode"] == 0, answer


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def test_one_listener_has_a_limit_of_its_own(new_martlet: Callable[..., Broker]) -> None:
    wide, narrow = free_port(), free_port()
    broker = new_martlet(
        settings={
            "listeners": f"PLAINTEXT://127.0.0.1:{wide},NARROW://127.0.0.1:{narrow}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,NARROW:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.name.narrow.max.connections": "1",
        }
    )
    broker.port = wide
    broker.start()
    target = Target(wide, broker.pid)
    with connected(narrow) as first, connected(narrow) as second:
        assert is_served(first, 10)
        assert not is_served(second, 0.5)
        set_broker_config(target, "listener.name.narrow.max.connections", "2")
        # What it asked for meanwhile is answered now.
        second.settimeout(10)
        assert len(read_frame(second)) > 4
        with connected(wide) as other:
            assert is_served(other, 10), "the other listener has no such limit"
    target.close()


def test_a_host_has_a_limit_of_its_own_by_its_name(new_martlet: Callable[..., Broker]) -> None:
    broker = new_martlet(settings={"max.connections.per.ip.overrides": "localhost:3"}).start()
    target = Target(broker.port, broker.pid)
    with connected(broker.port) as second, connected(broker.port) as third, connected(broker.port) as fourth:
        assert is_served(second, 10) and is_served(third, 10)
        assert not is_served(fourth, 10), "it is the fourth of three, and closed"
        set_broker_config(target, "max.connections.per.ip.overrides", "localhost:4")
        with connected(broker.port) as again:
            assert is_served(again, 10)
    target.close()


def test_connections_leave_the_logs_enough_descriptors(new_martlet: Callable[..., Broker]) -> None:
    """Whoever opens connections without end keeps others out, but nothing that was made goes offline."""
    broker = new_martlet()
    plain = broker.command
    broker.command = lambda: ["prlimit", "--nofile=256:256", *plain()]
    broker.start()
    target = Target(broker.port, broker.pid)
    crowd = [connected(broker.port) for _ in range(220)]
    served = [is_served(one, 10) for one in crowd[:100]]
    assert all(served)
    names = [f"made-in-the-crowd-{number}" for number in range(20)]
    topics = [{"Name": name, "NumPartitions": 3, "ReplicationFactor": 1} for name in names]
    made = target.ask("CreateTopics", 7, {"Topics": topics, "timeoutMs": 20000})
    assert [topic["ErrorCode"] for topic in made["Topics"]] == [0] * 20
    good = batch(records(b"v"))
    for name in names:
        data = [{"Name": name, "PartitionData": [{"Index": index, "Records": good} for index in range(3)]}]
        answer = target.ask("Produce", 9, {"Acks": -1, "TimeoutMs": 30000, "TopicData": data})
        assert [one["ErrorCode"] for one in answer["Responses"][0]["PartitionResponses"]] == [0] * 3
    for one in crowd[:200]:
        one.close()
    assert is_served(crowd[-1], 10), "there is room again"
    for one in crowd:
        one.close()
    target.close()
