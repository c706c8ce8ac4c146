"""What files said when they were last read, kept by the hash of their bytes: a large workspace is parsed once.

Kept in `.charter/cache/`, which may be removed at any time. Only plain data is kept; where each word stands is found by
parsing the one file that is asked about again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from charter.model.yaml_reader import Places, RawDocument, read_documents

FILE = ".charter/cache/parsed.json"
VERSION = "1"
WORTH_IT = 200
"""From so many new files on, what was parsed is written down; fewer are parsed faster than they are looked up."""


class ParseCache:
    """Parses files, or remembers what they hold."""

    def __init__(self, root: Path) -> None:
        self._place = root / FILE
        self._known = _load(self._place)
        self._used: dict[str, list[Any]] = {}
        self._new = 0

    def documents(self, content: bytes) -> Iterator[RawDocument]:
        """Yields the documents of a file, as `read_documents` does."""
        digest = hashlib.sha256(content).hexdigest()
        known = self._known.get(digest)
        if known is not None:
            self._used[digest] = known
            yield from (RawDocument(data, LazyPlaces(content, index), ()) for index, data in enumerate(known))
            return
        read = list(read_documents(content))
        yield from read
        if b"*" not in content and not any(raw.duplicates for raw in read):  # with aliases it might unfold without end
            self._used[digest] = [raw.data for raw in read]
            self._new += 1

    def save(self) -> None:
        """Writes down what was used, if it is worth it; a folder that cannot be written to is no error."""
        if self._new < WORTH_IT:
            return
        part = self._place.with_suffix(f".{os.getpid()}")
        try:
            self._place.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps({"version": VERSION, "files": self._used}, ensure_ascii=False), encoding="utf-8")
            part.replace(self._place)
        except (OSError, ValueError):
            part.unlink(missing_ok=True)


class LazyPlaces(Mapping[tuple[str | int, ...], tuple[int, int]]):
    """The places of one document of a file, found when the first is asked for."""

    def __init__(self, content: bytes, index: int) -> None:
        self._content, self._index = content, index
        self._found: Places | None = None

    @property
    def _places(self) -> Places:
        if self._found is None:
            self._found = dict(list(read_documents(self._content))[self._index].places)
        return self._found

    def __getitem__(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        return self._places[path]

    def __contains__(self, path: object) -> bool:
        return path in self._places

    def __iter__(self) -> Iterator[tuple[str | int, ...]]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _load(place: Path) -> Mapping[str, list[Any]]:
    try:
        kept = json.loads(place.read_bytes())
        files = kept["files"] if kept["version"] == VERSION else {}
        return files if isinstance(files, dict) else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
