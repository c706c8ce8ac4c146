"""What a run has done, a line each, so that one that was killed goes on; and what it tells, on the terminal and in a log."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from bench.large.size import Size

Entry = Mapping[str, Any]


class Journal:
    """The steps that are done, by month and name; a line is written when its step is, and is on the disk then."""

    def __init__(self, size: Size) -> None:
        self._size = size
        size.folder.mkdir(parents=True, exist_ok=True)
        self.entries: list[Entry] = []
        if size.journal.exists():
            whole, _, torn = size.journal.read_text(encoding="utf-8").rpartition("\n")
            self.entries = [json.loads(line) for line in whole.splitlines()]
            if torn:  # killed in mid-line
                size.journal.write_text(f"{whole}\n" if whole else "", encoding="utf-8")

    def has(self, month: int, step: str) -> bool:
        return any((one["month"], one["step"]) == (month, step) for one in self.entries)

    def add(self, month: int, step: str, **told: Any) -> None:
        entry = {"month": month, "step": step, **told}
        with self._size.journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.entries.append(entry)

    def of(self, step: str) -> list[Entry]:
        """The entries of a step, by month."""
        return sorted((one for one in self.entries if one["step"] == step), key=lambda one: one["month"])

    def tell(self, text: str) -> None:
        """Prints a line, and writes it into the log."""
        print(text, flush=True)
        with self._size.log.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
