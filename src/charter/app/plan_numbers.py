"""The numbers of a plan: how they stood in the last twelve whole months, under what binds and under the draft."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from charter.app.feeds import feeds_of
from charter.app.number import period_for
from charter.app.project import Advance, Project
from charter.errors import CharterError
from charter.model.diff import Change
from charter.model.model import Model
from charter.performance.aside import measured_aside
from charter.performance.history import Standing, Standings, Where, differing, standings, touched
from charter.performance.metric import in_use
from charter.performance.plan import Plan
from charter.values.period import Period
from charter.values.ratio import canonical as decimal_text
from charter.warehouse.lake import Lake

MONTHS = 12


@dataclass(frozen=True)
class Moved:
    """A number of a past month that stands otherwise afterwards; a side without the metric or the scope is None."""

    metric: str
    scope: str
    month: str
    before: Standing | None
    after: Standing | None

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        sides = {"before": _side(self.before), "after": _side(self.after)}
        return {"metric": self.metric, "scope": self.scope, "month": self.month, **sides}


def _side(one: Standing | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "value": decimal_text(one.value), "n": one.n, "target": decimal_text(one.target), "status": one.status, "unit": one.unit,
    }  # fmt: skip


def replayed(
    binding: Project, draft: Project, day: date, changes: Iterable[Change], advance: Advance
) -> tuple[tuple[Moved, ...], tuple[str, ...], tuple[str, ...]]:
    """Answers the numbers that the draft alone moves, the months that were looked at, and the metrics that were worked out."""
    models = binding.model(day), draft.model(day)
    if not binding.store.exists():
        return (), (), ()
    with binding.reading() as lake:
        where = dict(sorted({**touched(*models, _changed(changes)), **_fed_otherwise(lake, *models)}.items()))
        months = last_months(lake) if where else ()
        sides = []
        for model, told in zip(models, ("before", "after"), strict=True):

            def tell(name: str, done: int, total: int, unit: str, told: str = told) -> None:
                advance(f"{name} {told}", done, total, unit)

            with measured_aside(lake, model, where, advance=tell) as cube:
                sides.append(standings_of(lake, model, cube, where, months, tell))
    return tuple(moved(*sides)), tuple(str(month) for month in months), tuple(where)


def _changed(changes: Iterable[Change]) -> dict[str, set[str]]:
    """By metric, the scopes at which its document answers otherwise."""
    found: dict[str, set[str]] = {}
    for change in changes:
        if change.ref.kind == "Metric":
            found.setdefault(change.ref.full_name, set()).add(change.scope)
    return found


def _fed_otherwise(lake: Lake, before: Model, after: Model) -> dict[str, None]:
    """Answers the metrics that lose or gain the sources that they need, everywhere: without them a rate has no value."""
    old, new = (_fed(lake, model) for model in (before, after))
    return {name: None for name in sorted(old.keys() & new.keys()) if old[name] != new[name]}


def _fed(lake: Lake, model: Model) -> dict[str, tuple[bool, ...]]:
    feeds = feeds_of(lake, model, model.as_of)
    return {
        name: tuple(bool(feeds.of(table)) for one in many for table in one.definition.needs) for name, many in in_use(model).items()
    }


def last_months(lake: Lake) -> tuple[Period, ...]:
    """Answers the last twelve whole months with data, the oldest first; none where nothing was counted yet."""
    try:
        found = [period_for(lake, None)]
    except CharterError:
        return ()
    while len(found) < MONTHS:
        found.append(found[-1].previous())
    return tuple(reversed(found))


def standings_of(
    lake: Lake, model: Model, cube: Plan, where: Where, months: Sequence[Period], advance: Advance
) -> Mapping[str, Standings]:
    """Answers, by metric, how it stands at these scopes in these months."""
    feeds = feeds_of(lake, model, model.as_of)
    found = {}
    for done, (name, only) in enumerate(where.items(), 1):
        found[name] = standings(lake, model, cube, name, months, feeds, only)
        advance("numbers", done, len(where), "metrics")
    return found


def moved(before: Mapping[str, Standings], after: Mapping[str, Standings]) -> Iterator[Moved]:
    """Yields what differs, by metric, scope and month."""
    for name in sorted({*before, *after}):
        for (scope, month), (old, new) in differing(before.get(name, {}), after.get(name, {})).items():
            yield Moved(name, scope, month, old, new)
