"""Locks: which rules have a say over a write, and whether each of them permits it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from charter.errors import Origin
from charter.model.document import Document, Write
from charter.model.path import Path, covers, lies_below, parse_path, under
from charter.model.ref import Ref, depth_of, level_of, parse_ref
from charter.model.value import canonical, is_number, same, typed

Tree = Mapping[Path, Any]
IMPLICIT = "implicit"


@dataclass(frozen=True)
class Bound:
    """Limits for a value, as given in a lock or a waiver."""

    min: Any = None
    max: Any = None
    one_of: tuple[Any, ...] | None = None
    subset_of: tuple[Any, ...] | None = None
    relative_min: Any = None
    relative_max: Any = None

    @property
    def is_relative(self) -> bool:
        """Answers whether it is measured from the holder's value."""
        return self.relative_min is not None or self.relative_max is not None

    def __str__(self) -> str:
        parts = []
        if self.min is not None:
            parts.append(f"at least {self.min}")
        if self.max is not None:
            parts.append(f"at most {self.max}")
        if self.one_of is not None:
            parts.append("one of " + ", ".join(map(str, self.one_of)))
        if self.subset_of is not None:
            parts.append("a subset of " + ", ".join(map(str, self.subset_of)))
        if self.relative_min is not None:
            parts.append(f"at least {self.relative_min} from the holder's")
        if self.relative_max is not None:
            parts.append(f"at most {self.relative_max} from the holder's")
        return " and ".join(parts) or "no bounds"

    def admits(self, value: Any, anchor: Any = None) -> bool | None:
        """Answers whether the value lies within all limits; None if that cannot be judged."""
        verdicts: list[bool | None] = []
        if self.min is not None:
            verdicts.append(_ordered(value, self.min, 1))
        if self.max is not None:
            verdicts.append(_ordered(value, self.max, -1))
        if self.one_of is not None:
            verdicts.append(any(same(value, one) for one in self.one_of))
        if self.subset_of is not None:
            verdicts.append(_subset(value, self.subset_of))
        if self.relative_min is not None:
            verdicts.append(_relative(value, anchor, self.relative_min, 1))
        if self.relative_max is not None:
            verdicts.append(_relative(value, anchor, self.relative_max, -1))
        if False in verdicts:
            return False
        return None if None in verdicts else True


def _ordered(value: Any, bound: Any, sign: int) -> bool | None:
    if is_number(value) and is_number(bound):
        return bool((Decimal(value) - Decimal(bound)) * sign >= 0)
    if isinstance(value, date) and isinstance(bound, str):
        bound = typed(bound, date)
    if type(value) is type(bound) and isinstance(value, date | str):
        return bool(value >= bound) if sign > 0 else bool(value <= bound)
    return None


def _subset(value: Any, allowed: tuple[Any, ...]) -> bool | None:
    if not isinstance(value, list | tuple):
        return None
    known = {canonical(item) for item in allowed}
    return all(canonical(item) in known for item in value)


def _relative(value: Any, anchor: Any, bound: Any, sign: int) -> bool | None:
    if not (is_number(value) and is_number(anchor) and is_number(bound)):
        return None
    return bool((Decimal(value) - Decimal(anchor) - Decimal(bound)) * sign >= 0)


def mapping(value: Any) -> Mapping[str, Any]:
    """Answers the value if it is a map, else an empty one: what is of another shape was found by reading."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """Answers the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def _limit(raw: Any) -> Any:
    """Answers one limit; a list or map, which limits nothing, as text, so that no value can be judged by it."""
    value = typed(raw, Any)
    return str(value) if isinstance(value, dict | tuple) else value


def bound_of(raw: Any) -> Bound | None:
    """Answers the bound that a mapping writes, or None."""
    if not isinstance(raw, Mapping):
        return None
    relative = mapping(raw.get("relative"))
    lists = {
        name: tuple(_limit(item) for item in raw[name]) if isinstance(raw.get(name), list) else None
        for name in ("oneOf", "subsetOf")
    }
    return Bound(
        _limit(raw.get("min")), _limit(raw.get("max")), lists["oneOf"], lists["subsetOf"],
        _limit(relative.get("min")), _limit(relative.get("max")),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rule:
    """One pattern of one rule of one Lock, or the implicit lock of a home."""

    holder: str
    pattern: Path
    mode: str
    bound: Bound | None = None
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    origin: Origin | None = None
    lock: str = IMPLICIT

    def __str__(self) -> str:
        if self.lock == IMPLICIT:
            return f"locked by {self.holder} (no rule opens it)"
        told = f"{self.mode}: {self.bound}" if self.bound else self.mode
        who = f", {', '.join(self.scopes)}" if self.scopes else ""
        return f"{told}{who} ({self.origin})"

    def has_say(self, path: Path) -> bool:
        """Answers whether the rule is about the path, a node above it, or something beneath it."""
        return covers(self.pattern, path) or lies_below(self.pattern, path)

    def allows_scope(self, layer: str) -> bool:
        """Answers whether the layer is among those that may override; left out means all below."""
        return not self.scopes or layer in self.scopes or level_of(layer) in self.scopes

    def permits(self, layer: str, write: Write, at_holder: Tree) -> bool | None:
        """Answers whether the rule allows the write; None if that cannot be judged."""
        if layer == self.holder or not self.allows_scope(layer) or self.mode == "locked":
            return False
        if self.mode == "bounded":
            return self._within(write, at_holder)
        return self._extends(write, at_holder) if self.mode == "extendOnly" else True

    def _within(self, write: Write, at_holder: Tree) -> bool | None:
        if write.delete:
            return False
        bound = self.bound or Bound()
        return bound.admits(write.value, at_holder.get(write.path))

    def _extends(self, write: Write, at_holder: Tree) -> bool | None:
        if not covers(self.pattern, write.path):
            return not any(under(path, write.path) for path in at_holder)
        node = write.path[: len(self.pattern)]
        had = [path for path in at_holder if under(path, node)]
        if not had:
            return None
        if write.path == node:
            return self._extends_list(write, at_holder.get(node))
        item = write.path[: len(node) + 1]
        return not any(under(path, item) or under(item, path) for path in had)

    def _extends_list(self, write: Write, mine: Any) -> bool:
        if write.delete or not isinstance(mine, list | tuple) or not isinstance(write.value, list | tuple):
            return False
        given = {canonical(item) for item in write.value}
        return all(canonical(item) in given for item in mine)


@dataclass(frozen=True)
class AtomicSet:
    """Paths that come from one layer together."""

    holder: str
    members: tuple[Path, ...]
    origin: Origin


@dataclass(frozen=True)
class Lock:
    """One Lock document of a day: what it is about, its rules and its atomic sets."""

    target: str
    holder: str
    rules: tuple[Rule, ...]
    atomic: tuple[AtomicSet, ...]
    document: Document


def lock_of(document: Document) -> Lock:
    """Answers the lock that a document declares; what cannot be read of it is left out (and found by reading)."""
    spec = mapping(document.spec)
    rules: list[Rule] = []
    for index, raw in enumerate(sequence(spec.get("rules"))):
        if isinstance(raw, dict):
            rules += _rules(document, raw, index)
    atomic = tuple(
        AtomicSet(
            document.layer,
            tuple(parse_path(str(member)) for member in members),
            document.origin_of(("spec", "atomic", index)),
        )
        for index, members in enumerate(sequence(spec.get("atomic")))
        if isinstance(members, list)
    )
    return Lock(str(spec.get("ref", "")), document.layer, tuple(rules), atomic, document)


def _rules(document: Document, raw: Mapping[str, Any], index: int) -> Iterable[Rule]:
    override = mapping(raw.get("override"))
    mode = str(raw.get("mode"))
    if mode not in ("locked", "bounded", "extendOnly", "default", "local"):
        mode = "locked"
    for at, pattern in enumerate(sequence(raw.get("paths"))):
        yield Rule(
            document.layer, parse_path(str(pattern)), mode, bound_of(raw.get("bounds")),
            tuple(map(str, sequence(override.get("scopes")))), tuple(map(str, sequence(override.get("roles")))),
            document.origin_of(("spec", "rules", index, "paths", at)), str(document.ref),
        )  # fmt: skip


class Locks:
    """All locks of a day, found by what they are about."""

    def __init__(self, by_target: Mapping[str, Iterable[Lock]], on: date) -> None:
        found = {target: [lock for lock in locks if lock.document.holds_on(on)] for target, locks in by_target.items()}
        self._by_target: dict[str, list[Lock]] = {target: locks for target, locks in found.items() if locks}

    def about(self, ref: Ref) -> list[Lock]:
        """Answers the locks that are about the Ref: by its name, `Kind:*` (global ones) and `Kind:**`."""
        targets = [str(ref), f"{ref.kind}:**"] + ([] if ref.is_local else [f"{ref.kind}:*"])
        return [lock for target in targets for lock in self._by_target.get(target, ())]

    def all(self) -> list[Lock]:
        """Answers every lock of the day."""
        return [lock for locks in self._by_target.values() for lock in locks]


@cache
def implicit_rule(home: str) -> Rule:
    """Answers the lock of a home on every path that no rule of its own covers."""
    return Rule(home, ("spec",), "locked")


def rules_with_say(locks: Iterable[Lock], path: Path, layer: str, home: str, chain: tuple[str, ...]) -> list[Rule]:
    """Answers the rules that a write at the path in the layer must satisfy, the implicit lock included."""
    say = []
    opened = False
    for lock in locks:
        if lock.holder not in chain:
            continue
        above = depth_of(lock.holder) < depth_of(layer)
        for rule in lock.rules:
            if (above or (lock.holder == layer and rule.mode == "local")) and rule.has_say(path):
                say.append(rule)
                opened = opened or (lock.holder == home and covers(rule.pattern, path))
    if layer != home and not opened:
        say.append(implicit_rule(home))
    return say


def known_target(target: str, refs: Iterable[Ref], kinds: Iterable[str]) -> bool:
    """Answers whether a lock's `ref` matches anything."""
    kind, _, name = target.partition(":")
    if name in ("*", "**"):
        return kind in kinds and any(ref.kind == kind for ref in refs)
    parsed = parse_ref(target)
    return parsed is not None and parsed in set(refs)
