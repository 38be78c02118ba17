"""What the groups read: numbered records, written one after another as long as the members come and go."""

import contextlib
import threading
from collections.abc import Iterator

from confluent_kafka import Producer

from harness.brokers import Broker


class Writer(threading.Thread):
    """Writes numbers to the partitions in turn, a number once, until it is told to stop."""

    def __init__(self, broker: Broker, topic: str, partitions: int, records_per_second: int) -> None:
        super().__init__(daemon=True)
        self._topic, self._partitions, self._pause = topic, partitions, 1 / records_per_second
        self._ending = threading.Event()
        self._allowed = threading.Lock()
        # Idempotent: what is sent again because the broker went away is not there twice.
        self._producer = Producer(
            {"bootstrap.servers": broker.bootstrap, "enable.idempotence": True, "linger.ms": 5,
             "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 1000, "retry.backoff.ms": 20, "log_level": 0}
        )  # fmt: skip
        #: The values by partition and offset, as the broker acknowledged them.
        self.written: dict[tuple[int, int], int] = {}
        self.start()

    def run(self) -> None:
        number = 0
        while not self._ending.wait(self._pause):
            with self._allowed:
                self._producer.produce(
                    self._topic, str(number).encode(), partition=number % self._partitions,
                    on_delivery=lambda error, message: self._delivered(error, message),
                )  # fmt: skip
                self._producer.poll(0)
            number += 1
        assert self._producer.flush(60) == 0

    def _delivered(self, error: object, message: object) -> None:
        assert error is None, error
        self.written[message.partition(), message.offset()] = int(message.value())

    @contextlib.contextmanager
    def silence(self) -> Iterator[dict[tuple[int, int], int]]:
        """Nothing is written meanwhile, and nothing is under way; all that was written so far."""
        with self._allowed:
            assert self._producer.flush(60) == 0
            yield self.written

    def stop(self) -> dict[tuple[int, int], int]:
        """Writes no more, and waits for what is under way; all that was written."""
        self._ending.set()
        self.join(70)
        assert not self.is_alive()
        return self.written
