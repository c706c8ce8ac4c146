"""Reading YAML as plain data with the place of each node, within limits.

Only `null`, `true` and `false` are special: `NO` stays a country, `00123` a code, `0.10` a text that the typed spec
converts. Read with libyaml's parser, which is fifteen times faster than the one in Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 200_000

Places = dict[tuple[str | int, ...], tuple[int, int]]
_Parser: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableError(Exception):
    """A file that cannot be read, with the reason and the place."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


@dataclass(frozen=True)
class RawDocument:
    """One YAML document: plain data, where each node stands, and the keys that stand twice."""

    data: Any
    places: Mapping[tuple[str | int, ...], tuple[int, int]]
    duplicates: tuple[tuple[str, int, int], ...]


def decode(content: bytes) -> str:
    """Answers the text of a file: UTF-8, with or without a byte order mark; UTF-16 with one."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = len(content[content.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8-sig")) + 1
        raise UnreadableError(f"byte {error.start} is not UTF-8; save the file as UTF-8", line, column) from error


def read_documents(content: bytes) -> Iterator[RawDocument]:
    """Yields the documents of a file; raises UnreadableError at what is no YAML or over a limit."""
    if len(content) > MAX_BYTES:
        raise UnreadableError(f"it has {len(content):,} bytes; {MAX_BYTES:,} are allowed")
    text = decode(content)
    try:
        yield from _Builder(_Parser(text)).documents()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.problem, error.context) if part) or "it is not YAML"
        raise UnreadableError(reason, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1) from error
    except (yaml.YAMLError, ValueError) as error:
        raise UnreadableError(str(error).splitlines()[0] if str(error) else "it is not YAML") from error


def compose(text: str) -> yaml.Node:
    """Answers the node of a text with one document, each part with its place; the text has been read before."""
    node = yaml.compose(text, Loader=_Parser)
    if node is None:
        raise yaml.YAMLError("there is no document")
    return node


class _Builder:
    """Turns the parser's events into plain data; counts as it goes, so that neither depth nor aliases have no end.

    Events are read one by one and never more than one level at a time, for libyaml's own composer has no limit.
    """

    def __init__(self, parser: Any) -> None:
        self._next = parser.get_event

    def documents(self) -> Iterator[RawDocument]:
        """Yields the documents of the stream; empty ones are none."""
        while (event := self._next()) is not None:
            if isinstance(event, yaml.DocumentStartEvent):
                self._places: Places = {}
                self._duplicates: list[tuple[str, int, int]] = []
                self._anchors: dict[str, tuple[Any, int]] = {}
                self._count = 0
                data = self._value(self._next(), ())
                if data is not None:
                    yield RawDocument(data, self._places, tuple(self._duplicates))

    def _value(self, event: Any, path: tuple[str | int, ...]) -> Any:
        mark = event.start_mark
        self._places[path] = (mark.line + 1, mark.column + 1)
        before = self._count
        self._count += 1
        kind = type(event)
        if kind is yaml.ScalarEvent:
            value: Any = _scalar(event)
        elif kind is yaml.AliasEvent:
            return self._alias(event)
        elif len(path) >= MAX_DEPTH:
            raise UnreadableError(f"it is nested deeper than {MAX_DEPTH}", mark.line + 1, mark.column + 1)
        elif event.tag is not None and not event.implicit:
            raise _tagged(event)
        else:
            value = self._list(path) if kind is yaml.SequenceStartEvent else self._map(path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._count - before)
        if self._count > MAX_NODES:
            raise UnreadableError(f"it unfolds to more than {MAX_NODES:,} values", mark.line + 1, mark.column + 1)
        return value

    def _alias(self, event: Any) -> Any:
        mark = event.start_mark
        if event.anchor not in self._anchors:
            raise UnreadableError(f"the alias *{event.anchor} names nothing before it", mark.line + 1, mark.column + 1)
        value, size = self._anchors[event.anchor]
        self._count += size
        if self._count > MAX_NODES:
            raise UnreadableError(f"it unfolds to more than {MAX_NODES:,} values", mark.line + 1, mark.column + 1)
        return value

    def _list(self, path: tuple[str | int, ...]) -> list[Any]:
        result: list[Any] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            result.append(self._value(event, (*path, len(result))))
        return result

    def _map(self, path: tuple[str | int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            mark = event.start_mark
            if type(event) is not yaml.ScalarEvent:
                raise UnreadableError("a key is a list, a map or an alias", mark.line + 1, mark.column + 1)
            key = event.value
            if key in result:
                self._duplicates.append((key, mark.line + 1, mark.column + 1))
            result[key] = self._value(self._next(), (*path, key))
        return result


_SPECIAL = {"": None, "~": None, "null": None, "true": True, "false": False}


def _scalar(event: Any) -> Any:
    """Answers a scalar: what is written plain as null, true or false is that, all else is text."""
    if event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str"):
        raise _tagged(event)
    value = event.value
    plain = event.implicit[0] and event.tag is None
    return _SPECIAL[value] if plain and value in _SPECIAL else value


def _tagged(event: Any) -> UnreadableError:
    mark = event.start_mark
    return UnreadableError(f"the tag {event.tag} is not allowed", mark.line + 1, mark.column + 1)
