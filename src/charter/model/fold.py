"""The one merge rule: go down the chain, judge each layer's writes against the tree from above, apply those that pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from charter.errors import Origin
from charter.model.document import Document, Place, Write, origin_at
from charter.model.lock import AtomicSet, Lock, Rule, rules_with_say
from charter.model.path import Path, show_path, under
from charter.model.ref import Ref, depth_of
from charter.model.value import same
from charter.model.waiver import Waiver

ACCEPTED, WAIVED, NOOP, REJECTED, UNKNOWN = "accepted", "waived", "noop", "rejected", "unknown"
_EMPTY: Mapping[Path, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Step:
    """One write of one layer, and what became of it. `code` names the finding where it did not pass."""

    layer: str
    place: Place | Origin
    segments: Path
    value: Any
    verdict: str
    rules: tuple[Rule, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    code: str | None = None
    delete: bool = False
    review_by: date | None = None
    refusing: tuple[Rule, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Answers the path as people write it."""
        return show_path(self.segments)

    @property
    def origin(self) -> Origin:
        """Answers where the write stands."""
        return origin_at(self.place)

    @property
    def effective(self) -> bool:
        """Answers whether the write took effect."""
        return self.verdict in (ACCEPTED, WAIVED)


@dataclass(frozen=True)
class Fold:
    """What holds for one Ref at a representative scope on a day: the tree of values, and every step that led there."""

    values: Mapping[Path, Any] = field(default_factory=dict)
    winners: Mapping[Path, Step] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    at_layer: Mapping[str, Mapping[Path, Any]] = field(default_factory=dict)
    based: bool = False


@dataclass(frozen=True)
class Judge:
    """What judges the writes of one layer: the locks and waivers of the day, and the tree from above."""

    ref: Ref
    layer: str
    chain: tuple[str, ...]
    on: date
    locks: Sequence[Lock]
    waivers: Sequence[Waiver]
    above: Fold

    def at(self, holder: str) -> Mapping[Path, Any]:
        """Answers the tree at a holder: that of the nearest layer at or above it which has one."""
        line = [scope for scope in self.chain if depth_of(scope) <= depth_of(holder)]
        for scope in reversed(line):
            if scope in self.above.at_layer:
                return self.above.at_layer[scope]
        return _EMPTY

    def judge(self, write: Write) -> Step:
        """Answers what becomes of one write."""
        say = rules_with_say(self.locks, write.path, self.layer, self.ref.home, self.chain)
        verdicts = [(rule, rule.permits(self.layer, write, self.at(rule.holder))) for rule in say]
        refusing = tuple(rule for rule, permitted in verdicts if permitted is not True)
        step = Step(
            self.layer,
            write.place,
            write.path,
            write.value,
            ACCEPTED,
            tuple(say),
            (),
            None,
            write.delete,
            write.review_by,
            refusing,
        )
        if write.broken:
            return replace(step, verdict=UNKNOWN, code="MOD034")
        if self._other_shape(write):
            return replace(step, verdict=REJECTED, code="MOD015")
        if not refusing:
            needs = tuple(dict.fromkeys(role for rule in say for role in rule.roles))
            return replace(step, needs=needs) if needs else step
        if self._changes_nothing(write):
            return replace(step, verdict=NOOP, code="MOD018")
        waivers = [self._waiver(rule, write) for rule in refusing]
        if all(waivers):
            return replace(step, verdict=WAIVED, waivers=tuple(dict.fromkeys(one for one in waivers if one)))
        if any(permitted is False for _, permitted in verdicts):
            return replace(step, verdict=REJECTED, code=_refusal(self.layer, verdicts))
        return replace(step, verdict=UNKNOWN, code="MOD027")

    def _other_shape(self, write: Write) -> bool:
        above = self.above.values
        if write.delete or write.path in above:
            return False
        if any(write.path[:length] in above for length in range(1, len(write.path))):
            return True
        return any(under(path, write.path) for path in above)

    def _changes_nothing(self, write: Write) -> bool:
        if write.delete:
            return not any(under(path, write.path) for path in self.above.values)
        return write.path in self.above.values and same(self.above.values[write.path], write.value)

    def _waiver(self, rule: Rule, write: Write) -> Waiver | None:
        anchor = self.at(rule.holder).get(write.path)
        return next(
            (
                waiver
                for waiver in self.waivers
                if waiver.in_force(self.on)
                and waiver.is_about(self.ref, self.layer, write)
                and waiver.reaches(rule, self.chain)
                and waiver.admits(write, anchor)
            ),
            None,
        )


def _refusal(layer: str, verdicts: Sequence[tuple[Rule, bool | None]]) -> str:
    first = next(rule for rule, permitted in verdicts if permitted is False)
    if layer != first.holder and not first.allows_scope(layer):
        return "MOD020"
    return {"bounded": "MOD022", "extendOnly": "MOD025", "local": "MOD024"}.get(first.mode, "MOD020")


def hold_together(steps: Sequence[Step], sets: Sequence[AtomicSet]) -> list[Step]:
    """Answers the steps after the atomic sets were held: a set with a member unwritten or refused is refused whole."""
    judged = list(steps)
    changed = True
    while changed:
        changed = False
        for one in sets:
            if not any(_in_member(step, member) for step in judged for member in one.members):
                continue
            if all(any(step.effective and _in_member(step, member) for step in judged) and
                   not any(not step.effective and _in_member(step, member) for step in judged)
                   for member in one.members):  # fmt: skip
                continue
            for index, step in enumerate(judged):
                if step.effective and any(_in_member(step, member) for member in one.members):
                    judged[index] = replace(step, verdict=REJECTED, code="MOD026", waivers=(), needs=())
                    changed = True
    return judged


def _in_member(step: Step, member: Path) -> bool:
    return under(step.segments, member) or (step.delete and under(member, step.segments))


def extend(judge: Judge, documents: Sequence[Document], unreadable: Sequence[Origin]) -> Fold:
    """Answers the fold one layer further down."""
    above = judge.above
    broken = [_unknown(judge, origin, "MOD001") for origin in unreadable]
    lost = len(documents) > 1 or (bool(documents) and judge.layer != judge.ref.home and not above.based)
    if lost:
        code = "MOD009" if len(documents) > 1 else "MOD012"
        broken += [_unknown(judge, document.origin, code) for document in documents]
    if lost or not documents:
        return replace(above, steps=(*above.steps, *broken))
    sets = [one for lock in judge.locks for one in lock.atomic
            if lock.holder in judge.chain and depth_of(lock.holder) < depth_of(judge.layer)]  # fmt: skip
    steps = hold_together([judge.judge(write) for write in documents[0].writes(judge.on)], sets)
    values, winners = _apply(above, steps)
    at_layer = {**above.at_layer, judge.layer: values}
    return Fold(values, winners, (*above.steps, *broken, *steps), at_layer, True)


def _unknown(judge: Judge, origin: Origin, code: str) -> Step:
    return Step(judge.layer, origin, ("spec",), None, UNKNOWN, code=code)


def _clear(tree: dict[Path, Any], node: Path) -> None:
    """Takes out a node and all beneath it; where a value stands (and no delete, which may lie above later ones) is only that."""
    if node in tree and not getattr(tree[node], "delete", False):
        del tree[node]
    else:
        for path in [path for path in tree if under(path, node)]:
            del tree[path]


def _apply(above: Fold, steps: Sequence[Step]) -> tuple[Mapping[Path, Any], Mapping[Path, Step]]:
    values, winners = dict(above.values), dict(above.winners)
    for step in steps:
        if step.effective:
            _clear(values, step.segments)
            _clear(winners, step.segments)
            winners[step.segments] = step
            if not step.delete:
                values[step.segments] = step.value
    return values, winners
