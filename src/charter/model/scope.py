"""The dated organisation tree: which scope hangs under which, from which day to which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from charter.errors import Finding, Origin, nearest_hint
from charter.model.codes import MOD005, MOD006, MOD007
from charter.model.ref import depth_of, level_of

GROUP = "group"


@dataclass(frozen=True)
class ScopeSlice:
    """Where a scope hangs from one day (inclusive) to another (exclusive; None: open), with its attributes."""

    scope: str
    parent: str | None
    begin: date | None
    end: date | None
    title: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    origin: Origin | None = None

    def holds_on(self, on: date) -> bool:
        """Answers whether the slice is in force on the day."""
        return (self.begin is None or self.begin <= on) and (self.end is None or on < self.end)


class ScopeTree:
    """All scopes with their slices. The group is always open."""

    def __init__(self, slices: Iterable[ScopeSlice], title: str = "Group") -> None:
        self._slices: dict[str, tuple[ScopeSlice, ...]] = {GROUP: (ScopeSlice(GROUP, None, None, None, title),)}
        for one in sorted(slices, key=lambda part: (part.scope, part.begin or date.min)):
            self._slices[one.scope] = (*self._slices.get(one.scope, ()), one)
        self._chains: dict[tuple[str, date], tuple[str, ...]] = {}
        self._boundaries: dict[str, frozenset[date]] = {}

    def scopes(self) -> tuple[str, ...]:
        """Answers all scope ids ever declared, the group first, then by level and name."""
        return tuple(sorted(self._slices, key=lambda scope: (depth_of(scope), scope)))

    def __contains__(self, scope: str) -> bool:
        return scope in self._slices

    def slices(self, scope: str) -> tuple[ScopeSlice, ...]:
        """Answers the slices of a scope in the order of their days."""
        if scope not in self._slices:
            near = nearest_hint(scope, self._slices, "scopes are declared in group/")
            raise MOD005.exception(scope=scope, near=near)
        return self._slices[scope]

    def slice_on(self, scope: str, on: date) -> ScopeSlice | None:
        """Answers the slice in force on the day, or None; where two overlap, neither counts."""
        found = [one for one in self.slices(scope) if one.holds_on(on)]
        return found[0] if len(found) == 1 else None

    def find_chain(self, scope: str, on: date) -> tuple[str, ...] | None:
        """Answers the scopes from the group down to this one on the day, or None if one of them is not open."""
        if scope == GROUP:
            return (GROUP,)
        known = self._chains.get((scope, on))
        if known is None:
            here = self.slice_on(scope, on) if scope in self._slices else None
            above: tuple[str, ...] | None = None
            if here and here.parent and here.parent in self._slices and depth_of(here.parent) < depth_of(scope):
                above = self.find_chain(here.parent, on)
            known = () if above is None else (*above, scope)
            self._chains[scope, on] = known
        return known or None

    def chain(self, scope: str, on: date) -> tuple[str, ...]:
        """Answers the scopes from the group down to this one on the day; raises if one of them is not open."""
        found = self.find_chain(scope, on)
        if found is None:
            slices = self.slices(scope)
            begin = min((one.begin for one in slices if one.begin), default=None)
            end = None if any(one.end is None for one in slices) else max(one.end for one in slices if one.end)
            raise MOD006.exception(scope=scope, day=on, begin=begin or "the beginning", end=end or "now")
        return found

    def is_open(self, scope: str, on: date) -> bool:
        """Answers whether the scope exists and has a chain on the day."""
        return scope in self._slices and self.find_chain(scope, on) is not None

    def parent(self, scope: str, on: date) -> str | None:
        """Answers the scope above on the day; None for the group."""
        chain = self.chain(scope, on)
        return chain[-2] if len(chain) > 1 else None

    def children(self, scope: str, on: date) -> tuple[str, ...]:
        """Answers the scopes directly below on the day."""
        return tuple(other for other in self.scopes() if (c := self.find_chain(other, on)) and c[-2:-1] == (scope,))

    def descendants(self, scope: str, on: date) -> tuple[str, ...]:
        """Answers all scopes below on the day, itself left out."""
        return tuple(other for other in self.scopes() if other != scope and scope in (self.find_chain(other, on) or ()))

    def level(self, scope: str) -> str:
        """Answers the level of a scope."""
        return level_of(scope)

    def title(self, scope: str, on: date) -> str:
        """Answers the scope's name for people on the day."""
        here = self.slice_on(scope, on)
        return (here.title if here else "") or scope

    def attributes(self, scope: str, on: date) -> Mapping[str, str]:
        """Answers the scope's attributes on the day, those that it does not have from the nearest above."""
        found: dict[str, str] = {}
        for one in self.find_chain(scope, on) or ():
            here = self.slice_on(one, on)
            found.update({key: value for key, value in (here.attributes if here else {}).items() if value})
        return found

    def boundaries(self, scope: str | None = None) -> set[date]:
        """Answers the days on which the tree (or the slices of one scope) changes."""
        wanted = self._slices if scope is None else {scope: self._slices.get(scope, ())}
        return {bound for parts in wanted.values() for one in parts for bound in (one.begin, one.end) if bound}

    def boundaries_above(self, scope: str) -> frozenset[date]:
        """Answers the days on which the chain of a scope may change: those of its slices, and of all its parents' ever."""
        known = self._boundaries.get(scope)
        if known is None:
            self._boundaries[scope] = frozenset()
            found = self.boundaries(scope)
            for one in self._slices.get(scope, ()):
                found |= self.boundaries_above(one.parent) if one.parent else set()
            known = self._boundaries[scope] = frozenset(found)
        return known

    def findings(self) -> list[Finding]:
        """Answers what is wrong with the tree: overlapping slices, wrong levels, unknown or closed parents."""
        found: list[Finding] = []
        for scope, parts in self._slices.items():
            if scope == GROUP:
                continue
            for one in parts:
                found += self._slice_findings(scope, one)
            for before, after in zip(parts, parts[1:], strict=False):
                if before.end is None or (after.begin or date.min) < before.end:
                    found.append(
                        MOD007.finding(
                            after.origin,
                            scope=scope,
                            day=after.begin or "the beginning",
                            a=before.parent,
                            b=after.parent,
                        )
                    )
        return found

    def _slice_findings(self, scope: str, one: ScopeSlice) -> list[Finding]:
        parent = one.parent or GROUP
        if parent not in self._slices:
            near = nearest_hint(parent, self._slices, "declare it in group/")
            return [MOD005.finding(one.origin, scope=parent, near=near)]
        if depth_of(parent) >= depth_of(scope):
            hint = f"the parent of a {level_of(scope)} is of a higher level"
            return [
                MOD007.finding(one.origin, hint=hint, scope=scope, day=one.begin or "the beginning", a=parent, b="a higher level")
            ]
        days = {one.begin or date.min} | {day for day in self.boundaries(parent) if one.holds_on(day)}
        closed = next((day for day in sorted(days) if day != date.min and self.find_chain(parent, day) is None), None)
        if closed is None:
            return []
        bounds = self._slices[parent]
        begin, end = bounds[0].begin, bounds[-1].end
        return [MOD006.finding(one.origin, scope=parent, day=closed, begin=begin or "the beginning", end=end or "now")]
