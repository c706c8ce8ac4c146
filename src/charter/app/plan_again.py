"""What `charter run --again` would bring after `charter apply`: the very steps of both, in a clone of the lake."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from charter.app.findings import as_dict as finding_as_dict
from charter.app.plan_numbers import Moved, last_months, moved, standings_of
from charter.app.plan_sources import Taken
from charter.app.project import Advance, Project, now
from charter.app.pseudonyms import key_of, passing_key
from charter.app.run import SourceTaken, take_source
from charter.errors import CharterError, Finding
from charter.intake.account import REFUSED
from charter.intake.held import still_held
from charter.model.model import Model
from charter.model.workspace import Workspace
from charter.performance.history import Standings
from charter.performance.measure import rebuild
from charter.performance.metric import in_use
from charter.performance.number import cube_plan
from charter.values.period import Period
from charter.warehouse.clone import cloned
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_held, open_reader
from charter.warehouse.store import Store


@dataclass(frozen=True)
class Holding:
    """What is held of a source: rows, their value by currency as far as it could be read, and deliveries refused as a whole."""

    rows: int = 0
    value: tuple[tuple[str, Decimal], ...] = ()
    refused: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        return {"rows": self.rows, "value": {currency: str(amount) for currency, amount in self.value}, "refused": self.refused}


@dataclass(frozen=True)
class Reread:
    """One source read again: deliveries that were taken in before, new ones that wait, rows that came; what is held before and after."""

    source: str
    deliveries: int
    new: int
    rows: int
    before: Holding
    after: Holding

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        sides = {"held_before": self.before.as_dict(), "held_after": self.after.as_dict()}
        return {"source": self.source, "deliveries": self.deliveries, "new": self.new, "rows": self.rows, **sides}


@dataclass(frozen=True)
class Again:
    """What comes with `run --again` of these sources; `numbers` are held against those after `apply` alone.

    `problem`: why it could not be worked out; then nothing else is said.
    """

    names: tuple[str, ...]
    sources: tuple[Reread, ...] = ()
    months: tuple[str, ...] = ()
    numbers: tuple[Moved, ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: CharterError | None = None

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        return {
            "run": ["--again", *self.names],
            "sources": [one.as_dict() for one in self.sources],
            "months": list(self.months),
            "numbers": [one.as_dict() for one in self.numbers],
            "findings": [finding_as_dict(one) for one in self.findings],
            "problem": {"code": self.problem.code, "message": self.problem.message, "hint": self.problem.hint} if self.problem else None,
        }  # fmt: skip


def read_again(binding: Project, draft: Workspace, day: date, taken: Sequence[Taken], advance: Advance) -> Again:
    """Answers what reading these sources again by the draft would bring; nothing is written to the lake.

    The lake is cloned, measured by the draft as `apply` does, and the sources are taken in again as `run --again` does: so what is
    told is what comes.
    """
    names = tuple(one.source for one in taken)
    share = sum(one.share for one in taken)

    def linked(done: int, total: int) -> None:
        advance("clone of the lake", done, total, "files")

    try:
        with cloned(binding.store, share=share, progress=linked) as clone:
            return _Trial(binding, clone, draft, draft.model(day), advance).of(names)
    except CharterError as error:
        return Again(names, problem=error)


@dataclass(frozen=True)
class _Seen:
    """What a lake shows at one instant: how all metrics stand in these months, and what is held, by source."""

    months: tuple[Period, ...]
    standings: Mapping[str, Standings]
    held: Mapping[str, Holding]


@dataclass(frozen=True)
class _Trial:
    binding: Project
    clone: Store
    draft: Workspace
    model: Model
    advance: Advance

    def of(self, names: tuple[str, ...]) -> Again:
        with self._writing() as lake, lake.transaction():
            rebuild(lake, self.model, advance=self._telling("as applied"))
        first = self._seen("as applied")
        with self._writing() as lake:
            done = {name: self._taken(lake, name) for name in names}
        second = self._seen("read again", first.months)
        return Again(
            names,
            tuple(_reread(name, one, first.held, second.held) for name, one in done.items()),
            tuple(str(month) for month in second.months),
            tuple(moved(first.standings, second.standings)),
            tuple(finding for one in done.values() for finding in one.findings),
        )

    def _writing(self) -> AbstractContextManager[Lake]:
        return open_held(self.clone, reads=self.draft.folders, kill_at=os.environ.get("CHARTER_KILL_AT"))

    def _taken(self, lake: Lake, name: str) -> SourceTaken:
        return take_source(
            lake, self.model, name, model_hash=self.draft.manifest.hash, scratch=self.clone.temp, moment=now(), again=True,
            key=lambda: key_of(self.binding) or passing_key(), advance=self._telling("read again"),
        )  # fmt: skip

    def _seen(self, when: str, months: tuple[Period, ...] = ()) -> _Seen:
        with open_reader(self.clone) as lake:
            months = months or last_months(lake)
            where = dict.fromkeys(in_use(self.model)) if months else {}
            found = standings_of(lake, self.model, cube_plan(self.model), where, months, self._telling(when))
            return _Seen(months, found, _held(lake))

    def _telling(self, when: str) -> Advance:
        def tell(name: str, *told: Any) -> None:
            self.advance(f"{name} {when}", *told)

        return tell


def _held(lake: Lake) -> dict[str, Holding]:
    """Answers what is held, by source."""
    counted = lake.rows(
        f"SELECT source, currency, count(*), sum(value_amount) FROM {still_held(lake)} AS still GROUP BY ALL ORDER BY source, currency"
    )
    refused = lake.rows(f"SELECT source, count(*) FROM {lake.table('batch')} WHERE state = '{REFUSED}' GROUP BY source")
    found: dict[str, Holding] = {}
    for source, currency, rows, amount in counted:
        one = found.get(source, Holding())
        value = ((currency or "", amount),) if amount is not None else ()
        found[source] = Holding(one.rows + int(rows), (*one.value, *value))
    for source, count in refused:
        found[source] = replace(found.get(source, Holding()), refused=int(count))
    return found


def _reread(name: str, done: SourceTaken, before: Mapping[str, Holding], after: Mapping[str, Holding]) -> Reread:
    rows = sum(line.received for line in done.accounts)
    new = max(0, len(done.accounts) - done.again)
    return Reread(name, done.again, new, rows, before.get(name, Holding()), after.get(name, Holding()))
