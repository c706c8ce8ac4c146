"""Reading YAML as plain data with the place of each node, within limits.

Only `null`, `true` and `false` are special: `NO` stays a country, `00123` a code, `0.10` a text that the typed spec
converts. Read with libyaml's parser, which is fifteen times faster than the one in Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 200_000

Places = dict[tuple[str | int, ...], tuple[int, int]]
_Parser: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Parser):  # type: ignore[misc]
    """Resolves nothing but null, true and false."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_NULL = ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"))
_BOOL = ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"))
_PlainLoader.yaml_implicit_resolvers = {"~": [_NULL], "n": [_NULL], "": [_NULL], "t": [_BOOL], "f": [_BOOL]}


class UnreadableError(Exception):
    """A file that cannot be read, with the reason and the place."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


@dataclass(frozen=True)
class RawDocument:
    """One YAML document: plain data, where each node stands, and the keys that stand twice."""

    data: Any
    places: Places
    duplicates: tuple[tuple[str, int, int], ...]


def decode(content: bytes) -> str:
    """Answers the text of a file: UTF-8, with or without a byte order mark; UTF-16 with one."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"byte {error.start} is not UTF-8; save the file as UTF-8", line) from error


def read_documents(content: bytes) -> Iterator[RawDocument]:
    """Yields the documents of a file; raises UnreadableError at what is no YAML or over a limit."""
    if len(content) > MAX_BYTES:
        raise UnreadableError(f"it has {len(content):,} bytes; {MAX_BYTES:,} are allowed")
    text = decode(content)
    _refuse_deep_flow(text)
    try:
        for node in yaml.compose_all(text, Loader=_PlainLoader):
            if node is not None:
                yield _Walk().document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.problem, error.context) if part) or "it is not YAML"
        raise UnreadableError(reason, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(str(error).splitlines()[0] if str(error) else "it is not YAML") from error


def compose(text: str) -> yaml.Node:
    """Answers the node of a text with one document, each part with its place; the text has been read before."""
    node = yaml.compose(text, Loader=_PlainLoader)
    if node is None:
        raise yaml.YAMLError("there is no document")
    return node


def _refuse_deep_flow(text: str) -> None:
    """The C parser recurses: so brackets and indentation are counted before it sees them."""
    depth = 0
    for found in re.finditer(rf"[\[{{\]}}]|^( *)(?=\S)|^ *(?:- ){{{MAX_DEPTH},}}", text, re.M):
        mark = found.group()
        if mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            depth = max(depth - 1, 0)
        elif len(mark) > 400 or mark.rstrip().endswith("-"):
            depth = MAX_DEPTH * 10
        if depth > MAX_DEPTH * 5:
            raise UnreadableError(f"it is nested deeper than {MAX_DEPTH}", text.count("\n", 0, found.start()) + 1)


class _Walk:
    """Turns nodes into plain data; counts as it goes, so that aliases cannot multiply without end."""

    def __init__(self) -> None:
        self.places: Places = {}
        self.duplicates: list[tuple[str, int, int]] = []
        self.nodes = 0

    def document(self, node: yaml.Node) -> RawDocument:
        data = self.value(node, ())
        return RawDocument(data, self.places, tuple(self.duplicates))

    def value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        mark = node.start_mark
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise UnreadableError(f"it unfolds to more than {MAX_NODES:,} values", mark.line + 1, mark.column + 1)
        if len(path) > MAX_DEPTH:
            raise UnreadableError(f"it is nested deeper than {MAX_DEPTH}", mark.line + 1, mark.column + 1)
        self.places[path] = (mark.line + 1, mark.column + 1)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return self.mapping(node, path)

    def mapping(self, node: yaml.Node, path: tuple[str | int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                mark = key_node.start_mark
                raise UnreadableError("a key is a list or a map", mark.line + 1, mark.column + 1)
            key = key_node.value
            if key in result:
                self.duplicates.append((key, key_node.start_mark.line + 1, key_node.start_mark.column + 1))
            result[key] = self.value(value_node, (*path, key))
        return result


def _scalar(node: yaml.ScalarNode) -> Any:
    if node.tag == _NULL[0]:
        return None
    if node.tag == _BOOL[0]:
        return node.value == "true"
    if node.tag != "tag:yaml.org,2002:str":
        mark = node.start_mark
        raise UnreadableError(f"the tag {node.tag} is not allowed", mark.line + 1, mark.column + 1)
    return node.value
