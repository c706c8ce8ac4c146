"""Reading the cube: the exact parts of a number for a time and a place, never the facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from charter.performance.identity import counts_accounts, crosswalk, customer
from charter.performance.plan import Measured, Place, Plan
from charter.performance.rates import Amount
from charter.performance.relation import quoted
from charter.performance.roll_up import LEVELS, TIMES, Under, level_sql, time_sql

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_TABLE = {"value": "cube_value", "duration": "cube_duration", "member": "cube_member"}
Span = tuple[date, date]


@dataclass(slots=True)
class Parts:
    """The exact parts of one number: sums by component (with currency and day where money asks), histograms, counts."""

    sums: dict[str, list[Amount]] = field(default_factory=dict)
    histograms: dict[str, dict[int, int]] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)

    def count(self, component: str) -> Decimal:
        """Answers a sum that is no money, whatever currencies its cells have; 0 where nothing was seen."""
        return sum((amount.value for amount in self.sums.get(component, ())), Decimal(0))


@dataclass(frozen=True, slots=True)
class Question:
    """What is read: a definition in use, days (end exclusive), a place, and what it is broken down by.

    `only` narrows it to cells of these scopes; `among` to these values of what it is broken down by.
    """

    measured: Measured
    span: Span
    under: Under
    by: str | None = None
    only: frozenset[str] | None = None
    by_day: bool = False
    where: tuple[tuple[str, str], ...] = ()
    by_month: bool = False
    among: frozenset[str] | None = None


Found = dict[tuple[date | None, str | None], Parts]
"""Parts by the first day of their month (None: whenever) and the value that they are broken down by."""


def read(lake: Lake, plan: Plan, question: Question) -> dict[str | None, Parts]:
    """Answers the parts by the value of `by` (None: unknown); without `by`, under the one key ""."""
    return {key: parts for (_, key), parts in _read(lake, plan, question).items()}


def read_months(lake: Lake, plan: Plan, question: Question) -> Mapping[date, Mapping[str | None, Parts]]:
    """Answers the same month by month, by its first day, in one read: each is what `read` answers for that month alone."""
    found: dict[date, dict[str | None, Parts]] = {}
    for (month, key), parts in _read(lake, plan, replace(question, by_month=True)).items():
        if month is not None:
            found.setdefault(month, {})[key] = parts
    return found


def _read(lake: Lake, plan: Plan, question: Question) -> Found:
    found: Found = {}
    definition = question.measured.definition
    if definition.form == "dispersion":
        _read_spread(lake, question, found)
        return found
    mine = plan.of(question.measured)
    slots: dict[str, int] = {}
    for place in plan.places.values():
        slots[place.series] = max(slots.get(place.series, 0), place.slot)
    for key in sorted({place.series for place in mine.values() if place.kind == "value"}):
        components = {name: place for name, place in mine.items() if place.series == key}
        _read_values(lake, question, components, slots[key], found)
    for alike in _alike({name: place for name, place in mine.items() if place.kind != "value"}):
        kind = next(iter(alike.values())).kind
        {"duration": _read_durations, "member": _read_members}[kind](lake, question, alike, found)
    return found


def _alike(places: Mapping[str, Place]) -> Iterable[Mapping[str, Place]]:
    """Answers the components that one statement can read: of one table, with the same dimensions at the same positions."""
    groups: dict[tuple[str, tuple[tuple[str, int], ...]], dict[str, Place]] = {}
    for name, place in sorted(places.items()):
        groups.setdefault((place.kind, tuple(sorted(place.dimensions.items()))), {})[name] = place
    return groups.values()


def _month(question: Question, day: str) -> str:
    return f"CAST(DATE_TRUNC('month', c.{quoted(day)}) AS DATE)" if question.by_month else "CAST(NULL AS DATE)"


def _key(question: Question, place: Place) -> str:
    by = question.by
    if by is None:
        return "''"
    if by in LEVELS:
        return level_sql(by)
    if by in TIMES:
        return time_sql(by, "day")
    return f'c."dimension_{place.dimensions[by]}"'


def _among(question: Question, key: str, values: list[Any]) -> str:
    if question.among is None or question.by is None:
        return ""
    values += sorted(question.among)
    return f" AND {key} IN ({', '.join('?' for _ in question.among) or 'NULL'})"


def _select(
    lake: Lake, question: Question, places: Sequence[Place], outputs: Sequence[str], groups: Sequence[str], beside: str = ""
) -> list[tuple[Any, ...]]:
    """Runs one read of series that lie alike; each output and group is SQL over the cells `c` and their scopes' slices `s`.

    `beside` is one more join.
    """
    place = places[0]
    series = sorted({one.series for one in places})
    join, join_values = question.under.join(lake, "day")
    where, where_values = question.under.where()
    values: list[Any] = [*join_values, *series, *question.span, *where_values]
    only = ""
    if question.only is not None:
        only = f' AND c."scope" IN ({", ".join("?" for _ in question.only) or "NULL"})'
        values += sorted(question.only)
    for name, value in question.where:
        only += f' AND c."dimension_{place.dimensions[name]}" = ?'
        values.append(value)
    only += _among(question, _key(question, place), values)
    grouped = f" GROUP BY {', '.join(groups)}" if groups else ""
    rows: list[tuple[Any, ...]] = lake.rows(
        f"SELECT {', '.join((*groups, *outputs))} FROM {lake.table(_TABLE[place.kind])} AS c {join} {beside} "
        f'WHERE c."series" IN ({", ".join("?" for _ in series)}) AND c."day" >= ? AND c."day" < ? AND {where}{only}{grouped}',
        values,
    )
    return rows


def _read_values(lake: Lake, question: Question, components: Mapping[str, Place], slots: int, found: Found) -> None:
    """Sums every slot of the series: a lake open for reading remembers, so that metrics which share a series read it once."""
    place = next(iter(components.values()))
    money = place.dimensions.get("currency") if question.measured.definition.currency else None
    groups = [_month(question, "day"), _key(question, place), f'c."dimension_{money}"' if money else "CAST(NULL AS VARCHAR)"]
    groups.append('c."day"' if question.by_day else "CAST(NULL AS DATE)")
    outputs = [f'SUM(c."value_{slot}")' for slot in range(1, slots + 1)]
    for month, key, currency, day, *sums in _select(lake, question, [place], outputs, groups):
        parts = found.setdefault((month, key), Parts())
        for name, one in sorted(components.items()):
            if (total := sums[one.slot - 1]) is not None:
                parts.sums.setdefault(name, []).append(Amount(currency, day, total))


def _read_durations(lake: Lake, question: Question, components: Mapping[str, Place], found: Found) -> None:
    places = tuple(components.values())
    groups = ['c."series"', _month(question, "day"), _key(question, places[0]), 'c."seconds"']
    for series, month, key, seconds, n in _select(lake, question, places, ['SUM(c."n")'], groups):
        for name in (name for name, place in components.items() if place.series == series):
            part = found.setdefault((month, key), Parts()).histograms.setdefault(name.removeprefix("duration."), {})
            part[int(seconds)] = int(n)


def _read_members(lake: Lake, question: Question, components: Mapping[str, Place], found: Found) -> None:
    places = tuple(components.values())
    groups = ['c."series"', _month(question, "day"), _key(question, places[0])]
    member, beside = 'c."member"', ""
    if counts_accounts(question.measured.definition):
        member, beside = customer(member), crosswalk(lake, member)
    for series, month, key, n in _select(lake, question, places, [f"COUNT(DISTINCT {member})"], groups, beside):
        for name in (name for name, place in components.items() if place.series == series):
            found.setdefault((month, key), Parts()).members[name.removeprefix("member.")] = int(n)


def _read_spread(lake: Lake, question: Question, found: Found) -> None:
    join, join_values = question.under.join(lake, "month")
    where, where_values = question.under.where()
    by = question.by
    key = "''" if by is None else level_sql(by) if by in LEVELS else time_sql(by, "month")
    only = ""
    values = [*join_values, question.measured.definition.hash, *question.span, *where_values]
    if question.only is not None:
        only = f' AND c."scope" IN ({", ".join("?" for _ in question.only) or "NULL"})'
        values += sorted(question.only)
    only += _among(question, key, values)
    names = ("deviation", "covered_value", "value", "lines", "keys")
    groups = [_month(question, "month"), key, 'c."currency"', 'c."month"' if question.by_day else "CAST(NULL AS DATE)"]
    rows = lake.rows(
        f"SELECT {', '.join((*groups, *(f'SUM(c.{quoted(name)})' for name in names)))} "
        f"FROM {lake.table('cube_spread')} AS c {join} "
        f'WHERE c."definition" = ? AND c."month" >= ? AND c."month" < ? AND {where}{only} GROUP BY {", ".join(groups)}',
        values,
    )
    for month, value, currency, day, *sums in rows:
        parts = found.setdefault((month, value), Parts())
        for name, total in zip(names, sums, strict=True):
            parts.sums.setdefault(name, []).append(Amount(currency, day, Decimal(total)))


def known_breakdowns(measured: Measured) -> Iterable[str]:
    """Answers what a number of this definition may be broken down by."""
    definition = measured.definition
    if definition.form == "dispersion":
        return (*LEVELS, "month", "year")
    return (*LEVELS, *TIMES, *sorted(definition.all_dimensions))
