"""Asks the real Kafka about every case and writes `expected.json`.

    .venv/bin/python -m wire.record            from Interop/, with Apache Kafka at hand
    .venv/bin/python -m wire.record bomb TLS   only the cases with one of these in their names
"""

from __future__ import annotations

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from harness.brokers import ApacheKafka  # noqa: E402

from wire.asking import EXPECTED, ask, recorded  # noqa: E402
from wire.cases import all_cases  # noqa: E402
from wire.target import Target  # noqa: E402


def main() -> None:
    with ApacheKafka() as kafka:
        kafka.start()
        target = Target(kafka.port, kafka.pid)
        known = recorded() if sys.argv[1:] else {}
        found = {}
        for case in all_cases():
            if case.name in known and not any(part in case.name for part in sys.argv[1:]):
                found[case.name] = known[case.name]
                continue
            found[case.name] = ask(target, case, quiet_seconds=1.0)
            if found[case.name] == {"end": "waits"}:
                found[case.name] = ask(target, case, quiet_seconds=6.0)  # Silent, or only slow?
            print(case.name, found[case.name], flush=True)
        target.close()
    lines = [f"{json.dumps(name)}: {json.dumps(found[name], ensure_ascii=False)}" for name in found]
    EXPECTED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
