"""Refs: `Kind:name`, or `Kind:level/scope/name` for a local document; and scope ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LEVELS = ("group", "region", "market", "branch")
FOLDERS = {"regions": "region", "markets": "market", "branches": "branch"}
_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_REF = re.compile(rf"(?P<kind>[A-Z][A-Za-z0-9]*):(?:(?P<level>region|market|branch)/(?P<scope>{_NAME})/)?(?P<name>{_NAME})")
_SCOPE = re.compile(rf"(?:group|(?:region|market|branch)/{_NAME})")


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """The name of a document. `home` is read off it: the scope in its name, else the group."""

    kind: str
    name: str
    home: str = "group"

    def __str__(self) -> str:
        return f"{self.kind}:{self.full_name}"

    @property
    def full_name(self) -> str:
        """Answers the name as `metadata.name` writes it."""
        return self.name if self.home == "group" else f"{self.home}/{self.name}"

    @property
    def is_local(self) -> bool:
        """Answers whether its home is a scope below the group."""
        return self.home != "group"


@lru_cache(maxsize=65536)
def parse_ref(text: str) -> Ref | None:
    """Answers the Ref, or None if the text is none."""
    found = _REF.fullmatch(text)
    if found is None:
        return None
    home = f"{found['level']}/{found['scope']}" if found["level"] else "group"
    return Ref(found["kind"], found["name"], home)


def is_scope_id(text: str) -> bool:
    """Answers whether the text is written as a scope id (not: whether such a scope exists)."""
    return _SCOPE.fullmatch(text) is not None


@lru_cache(maxsize=65536)
def level_of(scope: str) -> str:
    """Answers the level of a scope id."""
    return scope.split("/", 1)[0]


@lru_cache(maxsize=65536)
def depth_of(scope: str) -> int:
    """Answers how deep the level of a scope lies; the group is 0."""
    return LEVELS.index(level_of(scope))


def folder_of(scope: str) -> str:
    """Answers the folder that holds the scope's documents."""
    if scope == "group":
        return "group"
    level, name = scope.split("/", 1)
    return next(f"{folder}/{name}" for folder, mine in FOLDERS.items() if mine == level)
