"""The large run: `python -m bench.large [--orders 50000000] [--months 36] [--folder var/large/...]`; see `make bench-large`.

Killed at any instant and started again with the same words, it goes on with the month it was in. It can run in the background:
`make bench-large > /dev/null 2>&1 &`, and `tail -f var/large/50000000/log.txt` shows how far it is.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from bench.large.drive import Stopped, drive
from bench.large.journal import Journal
from bench.large.report import lines, summary
from bench.large.size import Size
from bench.machine import machine

RESULT = Path(__file__).resolve().parents[1] / "large.json"
VAR = Path(__file__).resolve().parents[2] / "var" / "large"


def main() -> None:
    """Reads the words of the call, drives the run, and prints and writes what it cost."""
    words = argparse.ArgumentParser(prog="python -m bench.large", description=__doc__)
    words.add_argument(
        "--orders", type=int, default=50_000_000, help="orders in all; three times as many lines, a fifth as many cases"
    )
    words.add_argument("--months", type=int, default=36)
    words.add_argument("--folder", type=Path, help="where everything lies; default: below var/large, by the size")
    words.add_argument("--disk-gb", type=float, default=40, help="stop where the folder holds more after a month")
    words.add_argument(
        "--maintain-every", type=int, default=6, help="months after which small files are written together; 0: never"
    )
    words.add_argument("--no-hand", action="store_true", help="leave the hand-written SQL out, and its disk space")
    words.add_argument("--result", type=Path, default=RESULT, help="the JSON file that the figures are written into, by size")
    given = words.parse_args()
    size = Size((given.folder or VAR / str(given.orders)).resolve(), given.orders, given.months)
    journal = Journal(size)
    try:
        drive(
            size, journal, disk_limit_bytes=int(given.disk_gb * 1e9), by_hand=not given.no_hand, maintain_every=given.maintain_every
        )
    except Stopped as reason:
        journal.tell(str(reason))
        raise SystemExit(1) from reason
    told = summary(size, journal)
    for line in lines(size, journal, told):
        journal.tell(line)
    known = json.loads(given.result.read_text(encoding="utf-8")) if given.result.exists() else {}
    known[str(size.orders)] = {"machine": machine(), "on": datetime.now(UTC).date().isoformat(), **told}
    given.result.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
