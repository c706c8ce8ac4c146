"""Paths into a spec: `spec.a.b`, `spec.steps[freight].rate`; and patterns with `*` for one segment or key.

A path is a tuple of segments; the segment of a keyed list's item is written `[key]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

Path = tuple[str, ...]

_SEGMENT = re.compile(r'\.?([^.\[\]]+)|\[("(?:[^"\\]|\\.)*"|[^\]]+)\]')


@lru_cache(maxsize=65536)
def parse_path(text: str) -> Path:
    """Answers the segments of a path as people write it; `spec.a["x.y"]` names a key that holds dots."""
    segments: list[str] = []
    at = 0
    while at < len(text):
        found = _SEGMENT.match(text, at)
        if found is None:
            return (text,)
        key = found.group(2)
        if key is None:
            segments.append(found.group(1))
        elif key.startswith('"'):
            segments.append(key[1:-1].replace('\\"', '"'))
        else:
            segments.append(f"[{key}]")
        at = found.end()
    return tuple(segments)


def show_path(path: Path) -> str:
    """Answers the path as people write it."""
    told = ""
    for segment in path:
        if segment.startswith("[") and segment.endswith("]"):
            told += segment
        elif "." in segment or "[" in segment:
            told += f'["{segment}"]'
        else:
            told += f".{segment}" if told else segment
    return told


def is_key(segment: str) -> bool:
    """Answers whether the segment is a key of a keyed list's item."""
    return segment.startswith("[") and segment.endswith("]")


@lru_cache(maxsize=65536)
def covers(pattern: Path, path: Path) -> bool:
    """Answers whether the pattern names the path or a node above it."""
    return _matches(pattern, path[: len(pattern)])


@lru_cache(maxsize=65536)
def lies_below(pattern: Path, path: Path) -> bool:
    """Answers whether the pattern names something strictly below the path."""
    return len(pattern) > len(path) and _matches(pattern[: len(path)], path)


def _matches(pattern: Path, path: Path) -> bool:
    if pattern == path:
        return True
    if len(pattern) != len(path) or not ("*" in pattern or "[*]" in pattern):
        return False
    return all(mine in ("*", "[*]", theirs) for mine, theirs in zip(pattern, path, strict=True))


def under(path: Path, node: Path) -> bool:
    """Answers whether the path is the node or stands beneath it."""
    return path[: len(node)] == node


def touching(path: Path, paths: Iterable[Path]) -> list[Path]:
    """Answers those paths that stand at, above or beneath the path."""
    return [other for other in paths if under(other, path) or under(path, other)]
