"""What the members of one group did, in the order in which it happened, and what must hold of it."""

import collections
import dataclasses
import threading


@dataclasses.dataclass(frozen=True)
class Read:
    """A record that was handed to a member."""

    member: str
    partition: int
    offset: int
    value: int


@dataclasses.dataclass(frozen=True)
class Committed:
    """The broker has acknowledged that the member committed `offset`, the next one to be read."""

    member: str
    partition: int
    offset: int


@dataclasses.dataclass(frozen=True)
class Refused:
    """A commit failed, as the member was told: refused, or never answered. It may be tried again."""

    member: str
    partition: int
    offset: int
    why: str


@dataclasses.dataclass(frozen=True)
class Lost:
    """The member was told that a partition is another's already: what it did not commit it cannot commit any more."""

    member: str
    partition: int


@dataclasses.dataclass(frozen=True)
class Dropped:
    """The member was ended without a commit and without leaving."""

    member: str


Event = Read | Committed | Refused | Lost | Dropped


class History:
    """What members read, and what became of their commits. They note it from threads of their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._owned: dict[str, frozenset[int]] = {}
        #: How often each member was told of a rebalance.
        self.rebalances: collections.Counter[str] = collections.Counter()
        #: What members could not do; any of it fails the test.
        self.complaints: list[str] = []

    def note(self, event: Event) -> None:
        with self._lock:
            self._events.append(event)

    def owns(self, member: str, partitions: set[int] | frozenset[int]) -> None:
        """Tells what a member has now; a member that has nothing is still one."""
        with self._lock:
            self._owned[member] = frozenset(partitions)

    def gone(self, member: str) -> None:
        with self._lock:
            self._owned.pop(member, None)

    def is_shared(self, members: set[str], partitions: int) -> bool:
        """Whether exactly these members own all partitions, each partition once and each member at least one."""
        with self._lock:
            owned = dict(self._owned)
        together = sorted(partition for own in owned.values() for partition in own)
        return set(owned) == members and all(owned.values()) and together == list(range(partitions))

    @property
    def owned(self) -> dict[str, list[int]]:
        with self._lock:
            return {member: sorted(own) for member, own in self._owned.items()}

    @property
    def events(self) -> list[Event]:
        with self._lock:
            return list(self._events)

    def has_read(self, written: dict[tuple[int, int], int]) -> bool:
        return len({(event.partition, event.offset) for event in self.events if isinstance(event, Read)}) >= len(written)

    def faults(self, written: dict[tuple[int, int], int], exactly_once_until: int = 0, said_until: int = 0) -> list[str]:
        """What is wrong: records of `written` (values by partition and offset) that were skipped or read as others;
        records that were handed out again after a commit of them was acknowledged; among the first `exactly_once_until`
        events, records that were handed out twice; and among the first `said_until` events, records that were handed
        out twice without the first reader's word that it could not commit them."""
        faults = list(self.complaints)
        committed: dict[int, int] = collections.defaultdict(int)
        readers: dict[tuple[int, int], tuple[int, str]] = {}
        events = self.events
        for index, event in enumerate(events):
            if isinstance(event, Committed):
                committed[event.partition] = max(committed[event.partition], event.offset)
            if not isinstance(event, Read):
                continue
            place = (event.partition, event.offset)
            if written.get(place) != event.value:
                faults.append(f"{event} is not what was written: {written.get(place)}")
            if event.offset < committed[event.partition]:
                faults.append(f"{event}, though {committed[event.partition]} was committed")
            elif place in readers:
                read, reader = readers[place]
                excuse = next((said for said in events[read:index] if excuses(said, reader, *place)), None)
                if index < exactly_once_until or (index < said_until and excuse is None):
                    faults.append(f"{event}, though {reader} had it already ({excuse or 'and said nothing'})")
            readers[place] = (index, event.member)
        skipped = sorted(set(written) - set(readers))
        if skipped:
            faults.append(f"skipped {len(skipped)} records, the first at {skipped[0]}")
        return faults


def excuses(event: Event, reader: str, partition: int, offset: int) -> bool:
    """Whether the reader says with this event that it could not commit what it read there."""
    match event:
        case Refused(member, of, until):
            return (member, of) == (reader, partition) and offset < until
        case Lost(member, of):
            return (member, of) == (reader, partition)
        case Dropped(member):
            return member == reader
    return False
