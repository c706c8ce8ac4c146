"""Changes to the text of documents that leave the rest, comments and layout, as people wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from charter.model.path import Path, is_key
from charter.model.yaml_reader import compose, decode

KeyOf = Callable[[Path], str | None]
_PLAIN = re.compile(r"-?[\w./%+][\w./%+@-]*(?: [\w./%+@-]+)*")


@dataclass(frozen=True)
class Span:
    """A part of a text, and what takes its place."""

    start: int
    end: int
    text: str


class Resource:
    """The text of one document of a file, and changes to it. `key_of` answers the key field of a keyed list, by its path."""

    def __init__(self, text: str, key_of: KeyOf) -> None:
        self.text = text
        self.root = compose(text)
        self._key_of = key_of

    def renamed(self, name: str) -> Resource:
        """Answers it with another `metadata.name`."""
        found = _entry(_entry_value(self.root, "metadata"), "name")
        return self._with([_scalar(self.text, found[1], name)]) if found else self

    def pointed(self, old: str, new: str) -> Resource:
        """Answers it with each text that is exactly `old` replaced, wherever it stands."""
        nodes = [node for node in _scalars(self.root) if node.value == old]
        return self._with([_scalar(self.text, node, new) for node in nodes])

    def with_value(self, path: Path, value: Any) -> Resource:
        """Answers it with a value at the path: in place of the one that is there, else as a new line."""
        nodes = self._nodes(path)
        node, rest = nodes[-1], path[len(nodes) - 1 :]
        if not rest:
            return self._with([_replaced(self.text, node, value)])
        for segment in reversed(rest[1:]):
            value = {segment: value}
        return self._with([_inserted(node, rest[0], value)])

    def without(self, path: Path) -> Resource | None:
        """Answers it without the value at the path, nor the maps that would be empty; None if nothing is left to say."""
        nodes = self._nodes(path)
        at = len(nodes) - 1
        if at < len(path):
            return self
        while at > 1 and _is_last(nodes[at - 1], nodes[at - 2]):
            at -= 1
        if at == 1:
            return None
        return self._with([_removed(self.text, nodes[at - 1], nodes[at])])

    def _nodes(self, path: Path) -> list[yaml.Node]:
        """Answers the nodes along the path, as far as it goes."""
        nodes = [self.root]
        for at, segment in enumerate(path):
            below = _below(nodes[-1], segment, self._key_of(path[:at]))
            if below is None:
                break
            nodes.append(below)
        return nodes

    def _with(self, spans: Sequence[Span]) -> Resource:
        text = self.text
        for span in sorted(set(spans), key=lambda one: -one.start):
            text = text[: span.start] + span.text + text[span.end :]
        return Resource(text, self._key_of) if spans else self


def resources(content: bytes) -> list[str]:
    """Answers the texts of the documents of a file; joined, they are the file."""
    text = decode(content)
    starts = [found.start() for found in re.finditer(r"^---(?=\s|$)", text, re.M)]
    cuts = sorted({0, *starts, len(text)})
    parts = [text[a:b] for a, b in zip(cuts, cuts[1:], strict=False)]
    if len(parts) > 1 and compose_or_none(parts[0]) is None:
        parts[:2] = [parts[0] + parts[1]]
    return parts


def compose_or_none(text: str) -> yaml.Node | None:
    """Answers the node of a text, or None if it holds no document."""
    try:
        return compose(text)
    except yaml.YAMLError:
        return None


def flow(value: Any) -> str:
    """Answers a value in one line, as plain as it may stand."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = str(value)
    special = text in ("null", "true", "false")
    return text if _PLAIN.fullmatch(text) and not special else json.dumps(text, ensure_ascii=False)


def _entry(node: yaml.Node | None, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((pair for pair in pairs if pair[0].value == key), None)


def _entry_value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    found = _entry(node, key)
    return found[1] if found else None


def _below(node: yaml.Node, segment: str, key: str | None) -> yaml.Node | None:
    """Answers the node that a segment leads to; an item of a keyed list is found by its key."""
    bare = segment[1:-1] if key is not None and is_key(segment) else segment
    if isinstance(node, yaml.SequenceNode):
        keyed = ((item, _entry_value(item, key or "")) for item in node.value)
        return next((item for item, name in keyed if name is not None and name.value == bare), None)
    return _entry_value(node, bare)


def _children(node: yaml.Node) -> list[yaml.Node]:
    return [pair[1] for pair in node.value] if isinstance(node, yaml.MappingNode) else list(node.value)


def _is_last(node: yaml.Node, parent: yaml.Node) -> bool:
    """Whether a node is empty without one of its entries; the key of an item does not count."""
    return len(_children(node)) <= (2 if isinstance(parent, yaml.SequenceNode) else 1)


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for part in pair:
                yield from _scalars(part)
    else:
        for child in node.value:
            yield from _scalars(child)


def _scalar(text: str, node: yaml.Node, new: str) -> Span:
    start, end = node.start_mark.index, node.end_mark.index
    quote = text[start] if text[start : start + 1] in ("'", '"') else ""
    return Span(start, end, f"{quote}{new}{quote}")


def _end(node: yaml.Node, text: str) -> int:
    """Answers where a node ends: block nodes' own marks reach over the comments that follow them."""
    start: int = node.start_mark.index
    children = [] if isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False) else _children(node)
    if children:
        return _end(children[-1], text)
    end: int = node.end_mark.index
    return start + len(text[start:end].rstrip())


def _replaced(text: str, node: yaml.Node, value: Any) -> Span:
    """Answers the change of a value; one that began on a line of its own goes up to its key."""
    start: int = node.start_mark.index
    before = text[:start].rstrip()
    if before.endswith(":") and "\n" in text[len(before) : start]:
        return Span(len(before), _end(node, text), " " + flow(value))
    return Span(start, _end(node, text), flow(value))


def _inserted(node: yaml.Node, segment: str, value: Any) -> Span:
    start = node.start_mark.index
    if isinstance(node, yaml.SequenceNode):
        raise ValueError(f"{segment} is not in the list")
    told = f"{flow(segment[1:-1] if is_key(segment) else segment)}: {flow(value)}"
    if not isinstance(node, yaml.MappingNode):
        return Span(start, node.end_mark.index, "{" + told + "}")
    if node.flow_style:
        return Span(start + 1, start + 1, told + (", " if node.value else ""))
    return Span(start, start, f"{told}\n{' ' * node.start_mark.column}")


def _removed(text: str, parent: yaml.Node, child: yaml.Node) -> Span:
    """Answers the part of the text that says one entry of a map or one item of a list, which has others too."""
    entries = parent.value if isinstance(parent, yaml.MappingNode) else [(item, item) for item in parent.value]
    at = next(index for index, pair in enumerate(entries) if pair[1] is child)
    start = entries[at][0].start_mark.index
    if at + 1 < len(entries):
        return Span(start, entries[at + 1][0].start_mark.index, "")
    if getattr(parent, "flow_style", False):
        return Span(_end(entries[at - 1][1], text), _end(child, text), "")
    line = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", _end(child, text))
    return Span(line, len(text) if stop < 0 else stop + 1, "")
