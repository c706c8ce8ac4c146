"""Matching of accounts and items, as every face tells it: the search, and the pairs that it found, with how they stand."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

from charter.app.codes import APP064
from charter.app.project import Advance, Project, bound, day_of_look, now, silent
from charter.app.wording import counted
from charter.errors import nearest_hint
from charter.matching.codes import MAT005, MAT009
from charter.matching.find import basis, search
from charter.matching.kinds import DOCUMENTS, MatchingSpec
from charter.matching.rules import (
    AUTOMATIC,
    IMPLIED,
    REVIEW,
    Contradiction,
    Decision,
    Identities,
    Pair,
    Two,
    identities,
    standing,
    status,
)
from charter.matching.store import Found, decisions, read_crosswalk, read_found, read_pairs, write_crosswalk, write_found
from charter.model.model import Model

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

KINDS = ("account", "item")


@dataclass(frozen=True)
class FoundPair:
    """Two keys, how probable it is that they are the same (None: the model did not see them), and how the pair stands.

    `status`: automatic, review, decided same, decided different, implied (by other pairs), apart (by a decision about others),
    unlikely (below the queue). What counts as found is automatic, review, implied and decided same.
    """

    left: str
    right: str
    probability: Decimal | None
    status: str
    exact_key: str | None = None
    first_found_at: datetime | None = None


@dataclass(frozen=True)
class KindReport:
    """What a search made of one kind: records, how its pairs stand, and how many of them are new since the last time."""

    kind: str
    records: int
    searched: bool
    counts: Mapping[str, int]
    new: Mapping[str, int]
    merged: int
    identities: int
    common: tuple[str, ...]
    learned_from: Mapping[str, int]

    def in_words(self) -> str:
        """Answers it in one line."""
        if not self.records:
            return f"no {self.kind} is known"
        if not self.searched:
            state = f"{self.counts.get(REVIEW, 0):,} to review"
            return f"{counted(self.records, self.kind)}: nothing new since the last time ({state})"
        parts = [f"{self.counts.get(REVIEW, 0):,} to review ({self.new.get(REVIEW, 0):,} new)"]
        same = self.counts.get(AUTOMATIC, 0)
        parts.append(f"{counted(same, 'pair')} accepted ({self.new.get(AUTOMATIC, 0):,} new)")
        return f"{counted(self.records, self.kind)}: {', '.join(parts)}{f'; {self.merged:,} are {self.identities:,}' if self.merged else ''}"

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        return {
            "kind": self.kind, "records": self.records, "searched": self.searched, "pairs": dict(self.counts), "new": dict(self.new),
            "merged": self.merged, "identities": self.identities, "too_common": list(self.common), "learned_from": dict(self.learned_from),
        }  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """All of one kind that an answer needs: the search, its pairs, what was decided, and who is the same as whom."""

    kind: str
    spec: MatchingSpec
    found: Found
    pairs: Mapping[Two, tuple[Pair, datetime]]
    lines: tuple[Decision, ...]
    held: Mapping[Two, Decision]
    who: Identities

    def status(self, pair: Pair) -> str:
        """Answers how a pair stands."""
        return status(pair, self.held, self.who, self.found.accept, self.spec.review)

    def told(self) -> tuple[FoundPair, ...]:
        """Answers every pair with how it stands, those that only others imply or a person decided as well; by keys."""
        out = {
            two: FoundPair(*two, pair.probability, self.status(pair), pair.exact_key, at) for two, (pair, at) in self.pairs.items()
        }
        groups: dict[str, list[str]] = {}
        for key, link in self.who.links.items():
            groups.setdefault(link.identity, []).append(key)
        implied = (two for keys in groups.values() for two in combinations(sorted(keys), 2))
        out |= {two: FoundPair(*two, None, IMPLIED) for two in implied if two not in out}
        for two, decision in self.held.items():
            if two not in self.pairs:
                out[two] = FoundPair(*two, None, f"decided {decision.what}")
        return tuple(out[two] for two in sorted(out))


def spec_of(model: Model, kind: str) -> MatchingSpec:
    """Answers by what a kind is matched: the document, else the defaults."""
    if DOCUMENTS[kind] not in map(str, model.all_refs("Matching")):
        return MatchingSpec()
    effective = model.effective(DOCUMENTS[kind])
    return effective.spec if effective is not None else MatchingSpec()


def stand(lake: Lake, spec: MatchingSpec, kind: str, lines: tuple[Decision, ...]) -> Standing:
    """Answers how the pairs of a kind stand; raises MAT009 where no search was made."""
    found = read_found(lake, kind)
    if found is None:
        raise MAT009.exception()
    found = replace(found, accept=spec.accept)
    pairs = read_pairs(lake, kind)
    held = standing(lines)
    return Standing(kind, spec, found, pairs, lines, held, follow([pair for pair, _ in pairs.values()], held, spec.accept))


def follow(pairs: list[Pair], held: Mapping[Two, Decision], accept: Decimal) -> Identities:
    """Answers who is the same as whom; raises MAT005 with the chain where decisions contradict each other."""
    try:
        return identities(pairs, held, accept)
    except Contradiction as problem:
        raise MAT005.exception(chain=chain_in_words(problem)) from problem


def chain_in_words(problem: Contradiction) -> str:
    """Answers the decisions that cannot all hold: those that link, then the one that parts."""
    links = [f"{one.left} is {one.right} ({one.by}, {one.at.date()}: {one.reason})" for one in problem.chain]
    apart = problem.apart
    return ", ".join(links) + f"; but {apart.left} is not {apart.right} ({apart.by}, {apart.at.date()}: {apart.reason})"


def found_pairs(project: Project, kind: str = "account") -> tuple[FoundPair, ...]:
    """Answers the pairs of the newest search with how they stand now, by keys. Raises MAT009 where there was none."""
    project = bound(project)
    model = project.model(day_of_look(project, now()))
    with project.reading() as lake:
        return stand(lake, spec_of(model, kind), kind, lines_of(project, kind)).told()


def lines_of(project: Project, kind: str) -> tuple[Decision, ...]:
    """Answers every decision of a kind."""
    from charter.state.database import open_state

    with open_state(project.state_place) as state:
        return decisions(state.matches, kind)


def find(
    project: Project,
    *,
    kinds: tuple[str, ...] = KINDS,
    advance: Advance = silent,
    moment: datetime | None = None,
    wait_seconds: float = 30,
) -> tuple[KindReport, ...]:
    """Searches for accounts and items that are the same, and writes pairs and crosswalk in one commit a kind.

    Where nothing changed since the last search, nothing is searched; where only decisions did, only the crosswalk is derived.

    Raises:
        ContentError: an exact key of the document names a column which there is not; nothing was searched.
        UnavailableError: another process writes; the disk is full.
    """
    project, moment = bound(project), moment or now()
    for kind in kinds:
        if kind not in KINDS:
            raise APP064.exception(kind=kind, near=nearest_hint(kind, KINDS, f"{' and '.join(KINDS)} are"))
    model = project.model(day_of_look(project, moment))
    with project.reading():
        pass  # that no run was made yet is told before anything is made
    with _writing(project, moment, wait_seconds):
        pass  # a lake of an older Charter gets its tables and columns
    return tuple(_find(project, kind, spec_of(model, kind), advance, moment, wait_seconds) for kind in kinds)


def _writing(project: Project, moment: datetime, wait_seconds: float) -> AbstractContextManager[Lake]:
    from charter.warehouse.opening import open_writer

    return open_writer(project.store, holder="charter match", since=moment.isoformat(), wait_seconds=wait_seconds)


def _find(project: Project, kind: str, spec: MatchingSpec, advance: Advance, moment: datetime, wait: float) -> KindReport:
    def tell(stage: str, count: int) -> None:
        advance(f"{kind}s: {stage}", count, None, "records")

    with project.reading() as lake:
        ground, count = basis(lake, kind, spec)
        before, known = read_found(lake, kind), read_pairs(lake, kind)
        if before is not None and before.basis == ground:
            found, pairs, fresh = replace(before, accept=spec.accept), [pair for pair, _ in known.values()], False
        else:
            seen = search(lake, kind, spec, project.store.temp, tell)
            pairs, fresh = list(seen.pairs), True
            found = Found(kind, moment, ground, 0, seen.records, spec.accept, seen.model, seen.common)
    tell("derive", count)
    at = {two: first for two, (_, first) in known.items()}
    with _writing(project, moment, wait) as lake:  # nobody decides between what is read here and what is written
        lines = lines_of(project, kind)
        held = standing(lines)
        who = follow(pairs, held, spec.accept)
        if fresh or found.decisions != len(lines):
            found = replace(found, decisions=len(lines))
            with lake.transaction():
                write_found(lake, found, pairs, at, who) if fresh else write_crosswalk(lake, found, len(pairs), who)
    dated = {pair.two: (pair, at.get(pair.two, found.at)) for pair in pairs}
    return _report(Standing(kind, spec, found, dated, lines, held, who), fresh, frozenset(known))


def _report(now_: Standing, fresh: bool, before: frozenset[Two]) -> KindReport:
    counts: dict[str, int] = {}
    new: dict[str, int] = {}
    for two, (pair, _) in now_.pairs.items():
        told = now_.status(pair)
        counts[told] = counts.get(told, 0) + 1
        if fresh and two not in before:
            new[told] = new.get(told, 0) + 1
    links = now_.who.links
    groups = {link.identity for link in links.values()}
    found = now_.found
    return KindReport(
        now_.kind, found.records, fresh, counts, new, len(links), len(groups), found.common, found.model.get("learned_from", {})
    )


def crosswalk(project: Project, kind: str = "account") -> dict[str, str]:
    """Answers the crosswalk as the lake has it: key -> identity, of those that are the same as others."""
    with bound(project).reading() as lake:
        return read_crosswalk(lake, kind)
