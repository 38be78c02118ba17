"""Sends a broker requests that are wrong in every way there is, and watches it.

    python Interop/fuzz                              a minute, or FUZZ_SECONDS, with a seed that is printed
    python Interop/fuzz --seed 7 --seconds 3600      an hour, the same requests in every run
    python Interop/fuzz --seed 7 --first 4160 --count 64     those requests alone: what a failure says to type

A request's bytes follow from the seed and its number alone. Some are right, by the schemas of Protocol/, with values of
every kind; most have bytes changed, cut out, put in, spliced. Each goes over a connection of its own, which is then half
closed. What must hold: the broker hangs up on each within 20 s (but where it waits for others); it answers what is right in form, so that the answer can
be read; a bystander is served all the time; memory is bounded; the process lives, ends in order, and starts again with what
was stored.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import struct
import sys
import time
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from harness import proc  # noqa: E402
from harness.brokers import ApacheKafka, Broker, Martlet  # noqa: E402
from oracle.wire import Malformed, Reader  # noqa: E402

from fuzz.broker import Bystander, Fault, exchange, may_wait  # noqa: E402
from fuzz.mutations import frame, mutated  # noqa: E402
from fuzz.requests import PROTOCOL, Requests  # noqa: E402

GROUP = 32
"""So many connections at a time; then the bystander asks."""
VARIANTS = 6
"""So many requests come from one that is right: itself, and others with their bytes changed."""
CORRELATIONS = 1_000_000
MEMORY_LIMIT = 256 << 20


@dataclass
class Case:
    number: int
    api: str
    version: int
    is_right: bool
    data: bytes

    @staticmethod
    def make(seed: int, number: int, requests: Requests) -> Case:
        dice = random.Random(f"{seed}/{number}")
        template, place = divmod(number, VARIANTS)
        api, version, payload = requests.template(seed, template)
        # The first of a template is the template itself; its number is in the header's correlation id.
        payload = payload[:4] + struct.pack(">i", number % CORRELATIONS) + payload[8:]
        if place == 0:
            return Case(number, api, version, True, frame(payload))
        _, _, other = requests.template(seed, max(template - 1, 0))
        return Case(number, api, version, False, mutated(dice, payload, other))

    def check(self, answer: bytes) -> None:
        """A right request has one right answer. With acks 0, or while it waits for other members of a group, it has none."""
        if not self.is_right or (not answer and (self.api == "Produce" or may_wait(self.data))):
            return
        if len(answer) < 8 or len(answer) != 4 + int.from_bytes(answer[:4], "big"):
            raise Fault(f"{self.api} {self.version} is right in form, and was answered {answer[:40]!r}")
        reader = Reader(answer[4:])
        if reader.int32() != self.number % CORRELATIONS:
            raise Fault("an answer with somebody else's correlation id")
        if PROTOCOL.response_header_version(self.api, self.version) == 1:
            reader.take(1)
        try:
            PROTOCOL.apis[self.api][1].decode(self.version, reader)
        except Malformed as error:
            raise Fault(f"the answer to {self.api} {self.version} cannot be read: {error}") from error
        if reader.remaining:
            raise Fault(f"the answer to {self.api} {self.version} has {reader.remaining} bytes too many")


def fuzz(broker: Broker, seed: int, first: int, count: int | None, seconds: float) -> tuple[int, int]:
    """How many requests went out, and how many were answered."""
    bystander = Bystander(broker.port)
    requests = Requests(bystander.served(), bystander.make_topic(), bystander.producer_ids(4))
    until = time.monotonic() + seconds
    number, answered = first, 0
    last = None if count is None else first + count
    while number < last if last is not None else time.monotonic() < until:
        size = GROUP if last is None else min(GROUP, last - number)
        cases = [Case.make(seed, number + place, requests) for place in range(size)]
        try:
            for case, answer in zip(cases, exchange(broker.port, [case.data for case in cases]), strict=True):
                case.check(answer)
                answered += bool(answer)
            bystander.check()
            check_process(broker)
        except (Fault, OSError) as fault:
            raise Fault(report(broker, seed, number, size, fault)) from fault
        number += size
    bystander.close()
    return number - first, answered


def check_process(broker: Broker) -> None:
    assert broker.process is not None
    status = broker.process.poll()
    if status is not None:
        raise Fault(f"the process ended with {status}")
    if isinstance(broker, Martlet) and proc.peak_resident_bytes(broker.pid) > MEMORY_LIMIT:
        raise Fault(f"the process took {proc.peak_resident_bytes(broker.pid) >> 20} MiB")


def report(broker: Broker, seed: int, number: int, size: int, fault: Exception) -> str:
    status = broker.process.poll() if broker.process else None
    ended = "" if status is None else f"\nThe process ended with {status}. It said:\n{broker.output[-4000:]}"
    again = f"python Interop/fuzz --seed {seed} --first {number} --count {size}"
    return f"{type(fault).__name__}: {fault}{ended}\nOnce more: {again}"


def restarts(broker: Broker) -> None:
    """The broker ends in order, and what was stored is there when it starts again."""
    before = Bystander(broker.port)
    ends = before.ends()
    before.close()
    status = broker.stop()
    if status != 0:
        raise Fault(f"the broker ended with {status}:\n{broker.output[-4000:]}")
    broker.start()
    after = Bystander(broker.port)
    if after.ends() != ends:
        raise Fault(f"the partitions ended at {ends}, and end at {after.ends()} after a restart")
    after.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("FUZZ_SECONDS", "60")))
    parser.add_argument("--first", type=int, default=0, help="the number of the first request")
    parser.add_argument("--count", type=int, help="so many requests, however long they take")
    parser.add_argument("--broker", choices=["martlet", "kafka"], default="martlet")
    options = parser.parse_args()
    kind = ApacheKafka if options.broker == "kafka" else Martlet
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    with kind(settings={"auto.create.topics.enable": "false"}) as broker:
        broker.start()
        try:
            sent, answered = fuzz(broker, options.seed, options.first, options.count, options.seconds)
            peak = proc.peak_resident_bytes(broker.pid) >> 20
            restarts(broker)
        except Fault as fault:
            print(f"{fault}\n0 passed, 1 failed")
            return 1
    seconds = time.monotonic() - started
    print(f"{sent} requests, {answered} of them answered, {peak} MiB at most, {seconds:.0f} s")
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
