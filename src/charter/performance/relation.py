"""The relation that a scan reads: a fact with the instants, clock readings and joins that its columns ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from charter.performance import clock
from charter.performance.fact import Derived, Fact, TableName, defect_join


@dataclass(frozen=True, slots=True)
class Business:
    """`business(a, b)` in a definition: business seconds from column `a` to column `b`; null where b is before a."""

    start: str
    end: str

    @property
    def name(self) -> str:
        """Answers the column that it becomes in the relation."""
        return f"business_{self.start}_{self.end}"


def quoted(name: str) -> str:
    """Answers an identifier in double quotes; it comes from the registry of tables or of derived columns."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """Answers a text that documents declare, such as the name of a calendar, as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def relation(
    fact: Fact,
    columns: Iterable[str],
    *,
    scope: str,
    day: str,
    calendar: str,
    table: TableName,
    business: Iterable[Business] = (),
    touched: str | None = None,
) -> str:
    """Answers a SELECT with just these columns of the fact (own, derived and business ones).

    `touched` names a table (scope, day): only rows of such cells are read. `calendar` is the name of the Calendar
    document that times the scope.
    """
    wanted = sorted(set(columns) | {scope, day})
    derived = {name: fact.derived[name] for name in wanted if name in fact.derived}
    spans = sorted(set(business), key=lambda span: span.name)
    readings = sorted({point for column in derived.values() for point in column.readings})
    readings += sorted({f"own_{end}" for span in spans for end in (span.start, span.end)})
    inner = _with_instants(fact, scope, day, spans, table, touched, needed=bool(derived or spans))
    clocks = {point: clock.reading(f"f.at_{point}", f"day_{point}") for point in readings}
    outputs = [f"f.{quoted(name)}" for name in wanted if name not in derived]
    outputs += [f"{_filled(column, clocks)} AS {quoted(name)}" for name, column in derived.items()]
    outputs += [f"{_span(span, clocks)} AS {quoted(span.name)}" for span in spans]
    joins = _joins(derived, readings, scope, calendar, table)
    return f"SELECT {', '.join(outputs)} FROM ({inner}) AS f {joins}".rstrip()


def _filled(column: Derived, clocks: Mapping[str, str]) -> str:
    return column.sql.format_map(clocks) if column.readings else column.sql


def _span(span: Business, clocks: Mapping[str, str]) -> str:
    start, end = f"own_{span.start}", f"own_{span.end}"
    return f"CASE WHEN f.at_{end} >= f.at_{start} THEN {clocks[end]} - {clocks[start]} END"


def _joins(derived: Mapping[str, Derived], readings: Iterable[str], scope: str, calendar: str, table: TableName) -> str:
    joins = []
    points = list(readings)
    if points:
        joins.append(
            f"LEFT JOIN {table('scope_calendar')} AS place ON place.\"scope\" = COALESCE(f.{quoted(scope)}, 'group') "
            f'AND place."name" = {text_literal(calendar)}'
        )
        joins += [clock.lookup(table("calendar_day"), f"day_{point}", 'place."calendar"', f"f.at_{point}") for point in points]
    if any("defect" in column.joins for column in derived.values()):
        joins.append(defect_join(table))
    return " ".join(joins)


def _with_instants(
    fact: Fact, scope: str, day: str, spans: Iterable[Business], table: TableName, touched: str | None, *, needed: bool
) -> str:
    """The fact's own rows, with its instants added as epoch seconds, step by step."""
    names = [quoted(name) for name in fact.columns]
    rows = f"SELECT {_listed(names)} FROM {table(fact.table)} AS b"
    if touched:
        rows += f' JOIN {touched} AS t ON t."scope" = COALESCE(b.{quoted(scope)}, \'group\') AND t."day" = b.{quoted(day)}'
    if not needed:
        return rows
    own = {f"at_own_{column}": clock.epoch(f"b.{quoted(column)}") for span in spans for column in (span.start, span.end)}
    for step in (own, *fact.instants):
        if step:
            added = ", ".join(f"{sql} AS {name}" for name, sql in sorted(step.items()))
            rows = f"SELECT {_listed(names)}, {added} FROM ({rows}) AS b"
            names += sorted(step)
    return rows


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"b.{name}" for name in names)
