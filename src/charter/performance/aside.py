"""Measuring beside the lake: what a model would make of the facts that are there, with nothing written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from charter.performance import build, cube, spread
from charter.performance.cube import Advance, Use, silent
from charter.performance.due import TOUCHED
from charter.performance.measure import DERIVED, REPLAY, prepare, replay_cases, replayed_under
from charter.performance.metric import in_use
from charter.performance.plan import Measured, Plan, plan
from charter.performance.printing import printer
from charter.performance.relation import quoted
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake

CASES = "fact_case"
_OVERLAID = {**dict.fromkeys(build.CUBE_TABLE.values(), "series"), "cube_spread": "definition"}


@contextmanager
def measured_aside(lake: Lake, model: Model, names: Iterable[str], *, advance: Advance = silent) -> Iterator[Plan]:
    """In the block, scopes, calendars, replayed cases and the cube are what this model makes of the facts that are there.

    For these metrics only, and beside the lake, which need only be open for reading: nothing of it is written. By the same
    steps as `rebuild`, so that what is read here is what would be read after it; and as there, a series that the lake has
    under this model already is not built again, but read where it lies. Yields where the components lie.
    """
    wanted = set(names)
    with measured_by(lake, model, {name: many for name, many in in_use(model).items() if name in wanted}, advance=advance) as cubed:
        yield cubed


@contextmanager
def measured_by(
    lake: Lake, model: Model, metrics: Mapping[str, tuple[Measured, ...]], *, advance: Advance = silent
) -> Iterator[Plan]:
    """The same for definitions that are given, whether the model still has them or not."""
    every = {**in_use(model), **metrics}
    known = {str(row[0]): str(row[1]) for row in lake.rows(f"SELECT series, built_under FROM {lake.table('cube_state')}")}
    beneath = {name: lake.table(name) for name in _OVERLAID}
    with lake.aside(DERIVED):
        for table in TOUCHED:
            lake.execute(f"CREATE OR REPLACE TEMP TABLE {table}")
        hashed = prepare(lake, model, days=False)
        use = Use(metrics, hashed)
        whole, own = (plan(many, printer) for many in (Use(every, hashed).measured(), use.measured()))
        kept = {key for key, one in whole.series.items() if known.get(key) == (hashed if one.timed else "")}
        stand = _stand(own, whole, kept, same=known.get(REPLAY) == replayed_under(lake, model, hashed))
        if not stand:
            kept -= {key for key, one in whole.series.items() if one.fact == CASES}
        cubed = _narrowed(whole, own, kept)
        if set(cubed.series) - kept:
            prepare(lake, model)
        if not stand:
            replay_cases(lake, model, hashed)
        kept = kept & set(cubed.series) | set(spread.wanted(use.measured())) & set(known)
        lake.insert("cube_state", ("series", "built_under"), [(key, known[key]) for key in sorted(kept)])
        cube.bring_up(lake, use, cubed, printer, advance=advance)
        with lake.instead({name: _overlaid(lake, name, beneath[name], kept) for name in _OVERLAID}):
            lake.remember()
            yield cubed


def _stand(own: Plan, whole: Plan, kept: Collection[str], *, same: bool) -> bool:
    """Answers whether no case needs replaying: none is counted, or all that counts them is there as it would be replayed."""
    counted = [key for key, one in own.places.items() if own.series[one.series].fact == CASES]
    return not counted or (same and all(whole.places[key].series in kept for key in counted))


def _narrowed(whole: Plan, own: Plan, kept: Collection[str]) -> Plan:
    """Answers where the components of `own` lie: where the lake has them already, else in series of their own."""
    places = {key: whole.places[key] if whole.places[key].series in kept else place for key, place in own.places.items()}
    series = {**own.series, **whole.series}
    return Plan({one.series: series[one.series] for one in places.values()}, places)


def _overlaid(lake: Lake, name: str, beneath: str, kept: Collection[str]) -> str:
    """A table of the cube as it is read: what was built aside, with the kept series of the lake's own table."""
    columns = ", ".join(quoted(column) for column in TABLES[name].column_names())
    listed = ", ".join(f"'{key.removeprefix(spread.PREFIX)}'" for key in sorted(kept)) or "NULL"
    own = f"SELECT {columns} FROM {beneath} WHERE {quoted(_OVERLAID[name])} IN ({listed})"
    return f"{own} UNION ALL SELECT {columns} FROM {lake.table(name)}"
