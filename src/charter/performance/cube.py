"""Building the cube inside a run's transaction: only what changed, or all of a series that is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from charter.performance import build, spread
from charter.performance.fact import FACTS
from charter.performance.plan import Measured, Plan, Printer, Series

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake


class Advance(Protocol):
    """`advance(name, done, total, unit)`: how long work tells its progress."""

    def __call__(self, name: str, done: int, total: int, unit: str) -> None:
        """Tells that `done` of `total` units are done."""


def silent(name: str, done: int, total: int, unit: str) -> None:
    """Tells nothing."""


@dataclass(frozen=True, slots=True)
class Use:
    """The metrics in use, as the cube needs them: their definitions by name, and the hash of the calendars' content."""

    metrics: Mapping[str, tuple[Measured, ...]]
    calendars: str

    def measured(self) -> tuple[Measured, ...]:
        """Answers every definition in use."""
        return tuple(one for many in self.metrics.values() for one in many)


def bring_up(lake: Lake, use: Use, plan: Plan, printer: Printer, *, advance: Advance = silent) -> None:
    """Makes the cube hold exactly this plan: new series whole, known ones in the touched cells, vanished ones gone."""
    known, wanted = known_state(lake), _wanted(use, plan)
    spreads = spread.wanted(use.measured())
    _remove_vanished(lake, set(known) - set(wanted) - set(spreads) - {"replay"})
    cells = _gather_cells(lake)
    done, total = 0, len(plan.series) + len(spreads)
    for group in build.sharing(plan.series.values()):
        fresh = [one for one in group if known.get(one.key) != wanted[one.key]]
        kept = [one for one in group if known.get(one.key) == wanted[one.key]]
        _build_whole(lake, fresh, known)
        if group[0].fact in cells:
            _build_cells(lake, kept, cells[group[0].fact])
        done += len(group)
        advance("cube", done, total, "series")
    for name, definition in spreads.items():
        spread.build(lake, definition, printer, whole=name not in known, touched=cells.get(definition.fact))
        done += 1
        advance("cube", done, total, "series")
    _write_state(lake, state(use, plan), known)
    _write_components(lake, use, plan)


def known_state(lake: Lake) -> dict[str, str]:
    """Answers what the cube holds, and under what it was built."""
    return {str(row[0]): str(row[1]) for row in lake.rows(f"SELECT series, built_under FROM {lake.table('cube_state')}")}


def state(use: Use, plan: Plan) -> dict[str, str]:
    """Answers what the cube holds, and under what, once it is brought up to this plan."""
    return _wanted(use, plan) | dict.fromkeys(spread.wanted(use.measured()), "")


def _wanted(use: Use, plan: Plan) -> dict[str, str]:
    return {key: use.calendars if one.timed else "" for key, one in plan.series.items()}


def _gather_cells(lake: Lake) -> dict[str, build.Cells]:
    """Makes a table of distinct touched cells for each fact that has any."""
    found = {}
    for name in FACTS:
        own = f"cube_cell_{name}"
        lake.execute(
            f"CREATE OR REPLACE TEMP TABLE {own} AS SELECT DISTINCT COALESCE(t.scope, 'group') AS scope, t.day AS day "
            f"FROM temp.touched_cell AS t WHERE t.fact = '{name}' AND t.day IS NOT NULL"
        )
        row = lake.rows(f"SELECT COUNT(*), MIN(c.day), MAX(c.day) FROM temp.{own} AS c")[0]
        if row[0]:
            found[name] = build.Cells(f"temp.{own}", row[1], row[2])
    return found


def _build_whole(lake: Lake, series: Sequence[Series], known: Mapping[str, str]) -> None:
    """Builds these series (of one relation) from all rows; one statement each, so that each has files of its own."""
    if series:
        rows = _scan(lake, series, None)
        for one in series:
            if one.key in known:
                lake.execute(build.remove([one], lake.table, None), [one.key])
            lake.execute(build.insert([one], rows, lake.table), [one.key])


def _build_cells(lake: Lake, series: Sequence[Series], cells: build.Cells) -> None:
    """Builds these series (of one relation) again in the touched cells; one statement for each kind: few and small files."""
    if series:
        rows = _scan(lake, series, cells.table)
        for kind in build.CUBE_TABLE:
            alike = [one for one in series if one.kind == kind]
            if alike:
                keys = [one.key for one in alike]
                lake.execute(build.remove(alike, lake.table, cells.table), [*keys, cells.first, cells.last])
                lake.execute(build.insert(alike, rows, lake.table), keys)


def _scan(lake: Lake, series: Sequence[Series], touched: str | None) -> str:
    """Answers what the series are counted from; clock readings are dear: worked out once, read by each series."""
    rows = build.source(series, lake.table, touched)
    return lake.keep("cube_scan", rows) if series[0].timed else f"({rows})"


def _remove_vanished(lake: Lake, keys: Iterable[str]) -> None:
    for key in sorted(keys):
        if key.startswith(spread.PREFIX):
            lake.execute(f'DELETE FROM {lake.table("cube_spread")} WHERE "definition" = ?', [key.removeprefix(spread.PREFIX)])
            continue
        for table in build.CUBE_TABLE.values():
            lake.execute(f'DELETE FROM {lake.table(table)} WHERE "series" = ?', [key])


def _write_state(lake: Lake, wanted: Mapping[str, str], known: Mapping[str, str]) -> None:
    kept = {key: value for key, value in known.items() if key == "replay"}
    if {**wanted, **kept} == dict(known):
        return
    state = lake.table("cube_state")
    lake.execute(f"DELETE FROM {state} WHERE \"series\" <> 'replay'")
    lake.insert("cube_state", ("series", "built_under"), sorted(wanted.items()))


def _write_components(lake: Lake, use: Use, plan: Plan) -> None:
    """Writes where each component lies, if that changed."""
    if are_components(lake, use, plan):
        return
    lake.execute(f"DELETE FROM {lake.table('cube_component')}")
    lake.insert("cube_component", _COMPONENT, _components(use, plan))


_COMPONENT = ("metric", "definition", "component", "kind", "series", "slot")


def are_components(lake: Lake, use: Use, plan: Plan) -> bool:
    """Answers whether it is written already where each component lies."""
    listed = ", ".join(f'"{name}"' for name in _COMPONENT)
    return sorted(tuple(row) for row in lake.rows(f"SELECT {listed} FROM {lake.table('cube_component')}")) == _components(use, plan)


def _components(use: Use, plan: Plan) -> list[tuple[str, str, str, str, str, int]]:
    return sorted(
        (name, one.definition.hash, component, place.kind, place.series, place.slot)
        for name, many in use.metrics.items()
        for one in many
        for (hashed, calendar, component), place in plan.places.items()
        if (hashed, calendar) == (one.definition.hash, one.calendar)
    )
