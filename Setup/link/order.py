"""Writes Setup/link/functions: what a start, a producer and a consumer call, the most frequent first.

    .venv/bin/python Setup/link/order.py [BINARY]

The linker lays these functions side by side (Package.swift), so that a start touches fewer pages and a request fewer
places in the processor's caches. It is a hint and no more: a name that the program no longer has is passed over, a
function that the list does not have lies where the linker likes. So the list is made anew by hand, now and then, by
whoever has valgrind, after `make build`.
"""

import collections
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

from confluent_kafka import Consumer, Producer

TOP = pathlib.Path(__file__).resolve().parents[2]
FUNCTIONS = TOP / "Setup" / "link" / "functions"
RECORDS, VALUE = 15_000, b"v" * 1024


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def await_start(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("the broker did not start within a minute")


def drive(port: int) -> None:
    """The main job: records in batches of 16 KiB, each acknowledged, and read again."""
    await_start(port)
    bootstrap = {"bootstrap.servers": f"127.0.0.1:{port}"}
    producer = Producer({**bootstrap, "acks": "all", "enable.idempotence": True, "batch.size": 16384, "linger.ms": 5})
    for _ in range(RECORDS):
        producer.produce("order", VALUE, partition=0)
        producer.poll(0)
        while len(producer) > 200:
            producer.poll(0.01)
    if producer.flush(120):
        raise SystemExit("the broker did not acknowledge all records")
    consumer = Consumer({**bootstrap, "group.id": "order", "auto.offset.reset": "earliest"})
    consumer.subscribe(["order"])
    seen, deadline = 0, time.monotonic() + 120
    while seen < RECORDS and time.monotonic() < deadline:
        seen += sum(1 for record in consumer.consume(1000, 1.0) if not record.error())
    consumer.close()
    if seen < RECORDS:
        raise SystemExit(f"{seen} of {RECORDS} records were read")


def profile(binary: pathlib.Path, folder: pathlib.Path) -> str:
    """Callgrind's output of the broker that was driven."""
    port, output = free_port(), folder / "callgrind"
    broker = subprocess.Popen(
        ["valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={output}", binary, "--port", str(port),
         "--data-dir", folder / "data", "--override", "num.partitions=1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        drive(port)
    finally:
        broker.terminate()
        broker.wait(120)
    return output.read_text()


def functions(text: str, binary: pathlib.Path) -> list[str]:
    """The program's own functions that ran, by the number of calls. A name is spelled out where it first stands."""
    names: dict[str, str] = {}
    objects: dict[str, str] = {}
    calls: collections.Counter[str] = collections.Counter()
    ran: set[str] = set()
    current = called = None
    for line in text.splitlines():
        if place := re.match(r"(c?ob)=\((\d+)\)(?: (.*))?", line):
            if place[3]:
                objects[place[2]] = place[3]
            if place[1] == "ob":
                current = objects[place[2]]
        elif place := re.match(r"(c?fn)=\((\d+)\)(?: (.*))?", line):
            if place[3]:
                # Callgrind tells the depths of a recursion apart.
                names[place[2]] = re.sub(r"'\d+$", "", place[3])
            if place[1] == "cfn":
                called = names[place[2]]
            elif current == str(binary):
                ran.add(names[place[2]])
        elif line.startswith("calls="):
            calls[called] += int(line[6:].split()[0])
    return sorted(ran, key=lambda name: (-calls[name], name))


def main() -> None:
    binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / ".build/release/martlet").resolve()
    symbols = {line.split()[-1] for line in subprocess.check_output(["nm", binary], text=True).splitlines()}
    with tempfile.TemporaryDirectory() as folder:
        found = [name for name in functions(profile(binary, pathlib.Path(folder)), binary) if name in symbols]
    FUNCTIONS.write_text("\n".join(found) + "\n")
    print(f"{len(found)} functions in {FUNCTIONS.relative_to(TOP)}")


if __name__ == "__main__":
    main()
