"""Groups of five clients under both protocols, beside one another on one broker: every member is rolled, and the broker is
stopped, and later killed, in the middle of each group's rebalances, while records are written all along.

Then each group's history is judged: nothing was skipped; what a member's commit was acknowledged for was never handed out
again; as long as members came and went in order, and the broker stayed, nothing was handed out twice; and after that only
what its first reader said it could not commit. A broker that goes in mid-rebalance, even in order, forgets the generation
in which nobody has been assigned anything yet. Members read on before they have found their coordinator again, and then
start from what was committed: on Kafka they do the same.
"""

import dataclasses
import shutil
import time
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from conftest import broker_type, need_kafka
from groups.crews import AioKafkaCrew, ConfluentCrew, Crew, JavaCrew, JavaMachine, KafkaPythonCrew, KcatCrew, session_ms
from groups.writer import Writer
from harness import places
from harness.brokers import Broker
from oracle.conversation import Conversation
from oracle.normalise import Place
from oracle.schema import Protocol

PARTITIONS, MEMBERS = 8, 3
TOPIC = "rolled"
SETTINGS = {
    # Members that are gone without a word are missed soon, and nobody waits long to be told of a rebalance.
    "group.consumer.heartbeat.interval.ms": "200",
    "group.consumer.min.heartbeat.interval.ms": "200",
    "group.consumer.assignment.interval.ms": "200",
}
COOPERATIVE = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
CREWS = [
    "java-eager", "java-cooperative", "java-consumer", "java-static", "confluent-classic", "confluent-consumer",
    "confluent-static", "kafka-python", "aiokafka", "kcat",
]  # fmt: skip


def crews(machine: JavaMachine) -> list[Crew]:
    return [
        JavaCrew("java-eager", machine, "classic", "org.apache.kafka.clients.consumer.RangeAssignor"),
        JavaCrew("java-cooperative", machine, "classic", COOPERATIVE, commits="async"),
        JavaCrew("java-consumer", machine, "consumer", commits="async"),
        JavaCrew("java-static", machine, "consumer", is_static=True),
        ConfluentCrew("confluent-classic", "classic", "cooperative-sticky"),
        ConfluentCrew("confluent-consumer", "consumer", "range"),
        ConfluentCrew("confluent-static", "classic", "range", is_static=True),
        KafkaPythonCrew("kafka-python"),
        AioKafkaCrew("aiokafka"),
        *([KcatCrew("kcat")] if shutil.which("kcat") else []),
    ]


@dataclasses.dataclass
class Outcome:
    """What became of all groups: the judge's findings and where a step did not come to its end, by group."""

    faults: dict[str, list[str]]
    #: How often the broker went away while the group was rebalancing.
    hits: dict[str, int]


class Rollout:
    """The steps, each done to all groups at once. A group that does not come along is left out of what follows."""

    def __init__(self, broker: Broker, everybody: list[Crew], writer: Writer) -> None:
        self.broker, self.writer = broker, writer
        self.crews = list(everybody)
        self.outcome = Outcome({crew.name: [] for crew in everybody}, {crew.name: 0 for crew in everybody})
        self.asking = Conversation(Protocol(places.TOP / "Protocol"), Place("127.0.0.1", broker.port, 0, ""), "ListGroups")

    def settle(self, step: str, crews: list[Crew] | None = None) -> None:
        """Waits until each group's members share the partitions; of all groups when none are named."""
        self.wait(
            lambda crew: crew.history.is_shared(set(crew.members), PARTITIONS),
            step, self.crews if crews is None else crews,
        )  # fmt: skip

    def wait(self, holds: Callable[[Crew], bool], step: str, crews: list[Crew] | None = None) -> None:
        deadline = time.monotonic() + (240 if self.broker.name == "kafka" else 120)
        waiting = [crew for crew in self.crews if crews is None or crew in crews]
        while waiting := [crew for crew in waiting if not holds(crew)]:
            if time.monotonic() > deadline:
                for crew in waiting:
                    self.outcome.faults[crew.name].append(f"{step}: {crew.history.owned} of {crew.members}")
                    self.crews.remove(crew)
                return
            time.sleep(0.01)

    def join(self, count: int = 1) -> None:
        for crew in self.crews:
            for _ in range(count):
                crew.join(self.broker, TOPIC)

    def leave(self, crews: list[Crew]) -> None:
        """The oldest member of each leaves."""
        for crew in crews:
            if not crew.leaves_in_silence:
                crew.leave(crew.members[0])
        patient = [crew for crew in crews if crew.leaves_in_silence]
        with self.writer.silence() as written:
            self.wait(lambda crew: crew not in patient or crew.history.has_read(written), "a member is to leave")
            for crew in patient:
                crew.leave(crew.members[0])
                self.wait(lambda crew: crew not in patient or set(crew.history.owned) == set(crew.members), "a member leaves")

    def take_turns(self, number: int) -> None:
        """A member of each group goes. Of a group of dynamic members it leaves, and another joins. A static one comes
        back to what it had, and the others are not told of it."""
        dynamic = [crew for crew in self.crews if not crew.is_static]
        static = {crew: crew.members[number] for crew in self.crews if crew.is_static}
        before = {crew: self.shares(crew, member) for crew, member in static.items()}
        for crew, member in static.items():
            crew.rest(member)
        self.leave(dynamic)
        self.wait(lambda crew: static[crew] not in crew.history.owned, f"member {number} rests", list(static))
        self.settle(f"member {number} has left", dynamic)
        for crew in self.crews:
            if crew in static:
                crew.start(static[crew], self.broker, TOPIC)
            else:
                crew.join(self.broker, TOPIC)
        self.settle(f"member {number} has come again")
        for crew, member in static.items():
            if (after := self.shares(crew, member)) != before[crew]:
                self.outcome.faults[crew.name].append(f"{member} came back: {before[crew]} became {after}")

    def shares(self, crew: Crew, member: str) -> tuple[dict[str, list[int]], dict[str, int]]:
        """What the crew's members own, and how often each but `member` was told of a rebalance."""
        told = {other: crew.history.rebalances[other] for other in crew.members if other != member}
        return crew.history.owned, told

    def is_rebalancing(self, crew: Crew) -> bool:
        listed = self.asking.peek("ListGroups", 5, {"StatesFilter": [], "TypesFilter": []}).get("Groups", default=[])
        states = {group["GroupId"]: group["GroupState"] for group in listed}
        return states.get(crew.name) in ("PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling")

    def interrupt(self, crew: Crew, end: Callable[[], object]) -> None:
        """Has a member join the group, and the broker end while the others are still to follow."""
        crew.join(self.broker, TOPIC)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.is_rebalancing(crew):
                self.outcome.hits[crew.name] += 1
                break
        end()
        self.broker.start(timeout_seconds=180)


def roll(broker: Broker, everybody: list[Crew]) -> Outcome:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result(30)
    writer = Writer(broker, TOPIC, PARTITIONS, records_per_second=40)
    rollout = Rollout(broker, everybody, writer)
    rollout.join(MEMBERS)
    rollout.settle("members join")
    for number in range(MEMBERS):
        rollout.take_turns(number)
    clean = {crew.name: len(crew.history.events) for crew in everybody}
    for crew in list(rollout.crews):
        rollout.interrupt(crew, broker.stop)
        rollout.settle(f"the broker was stopped while {crew.name} rebalanced")
    rollout.leave(rollout.crews)
    rollout.settle("one member less")
    for crew in list(rollout.crews):
        rollout.interrupt(crew, broker.kill)
        rollout.settle(f"the broker was killed while {crew.name} rebalanced")
    for crew in rollout.crews:
        if crew.can_drop:
            crew.drop(crew.members[0])
    rollout.leave([crew for crew in rollout.crews if not crew.can_drop])
    rollout.settle("a member is missed")
    written = writer.stop()
    rollout.wait(lambda crew: crew.history.has_read(written), "all is read")
    for crew in everybody:
        crew.close()
    for crew in everybody:
        said = len(crew.history.events) if crew.says_what_failed else 0
        rollout.outcome.faults[crew.name] += crew.history.faults(written, clean[crew.name], said_until=said)
    assert len(written) > 100
    return rollout.outcome


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator[Outcome]:
    """Of the crews whose tests are run (`-k java-eager`); of all when none is named."""
    home = need_kafka()
    calls = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    wanted = {params["crew"] for params in calls if "crew" in params} or set(CREWS)
    with broker_type(pytestconfig)(settings=SETTINGS) as broker:
        for key in ("group.consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms"):
            broker.settings[key] = str(session_ms(broker))
        broker.start(timeout_seconds=180)
        machine = JavaMachine(home, broker)
        try:
            yield roll(broker, [crew for crew in crews(machine) if crew.name in wanted])
        finally:
            machine.close()


@pytest.mark.parametrize("crew", CREWS)
def test_nothing_is_skipped_and_nothing_committed_is_read_again(outcome: Outcome, crew: str) -> None:
    if crew == "kcat" and crew not in outcome.faults:
        pytest.skip("kcat is not installed")
    if faults := outcome.faults[crew]:
        pytest.fail("\n".join([f"{len(faults)} faults, of them", *faults[:10], *faults[10:][-5:]]), pytrace=False)


def test_the_broker_ended_in_mid_rebalance(outcome: Outcome) -> None:
    assert all(outcome.hits.values()), outcome.hits
