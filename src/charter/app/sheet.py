"""What an export writes: sheets of typed columns, each a query of the lake, and how its rows are chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from charter.app.codes import APP031, APP035, APP036, APP037
from charter.errors import nearest_hint
from charter.warehouse.lake import Lake
from charter.warehouse.tables import TABLES
from charter.warehouse.tables.column import Table

_DAYS = ("ordered_on", "invoiced_on", "resolved_on", "day", "month", "rate_on", "data_on", "data_from")
_SCOPES = ("selling_scope", "serving_scope", "home_scope", "scope")
_IDENTITIES = frozenset({"dim_person"})
"""Tables that hold identities and nothing else of use."""


@dataclass(frozen=True)
class Sheet:
    """A name, columns with their SQL types, and the query that gives their rows in their order."""

    name: str
    columns: Mapping[str, str]
    query: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Which rows: days from (inclusive) to (exclusive), and a scope with all below it."""

    begin: date | None = None
    end: date | None = None
    scope: str = "group"
    personal: bool = False


@dataclass(frozen=True)
class Listed:
    """A table that can be exported: by which columns its rows can be chosen, and what is left out."""

    table: str
    meaning: str
    day: str
    scope: str
    personal: tuple[str, ...]


def exportable() -> list[Listed]:
    """Answers every table of the registry."""
    return [
        Listed(
            name, table.meaning, _first(table, _DAYS), _first(table, _SCOPES),
            tuple(one.name for one in table.columns if one.personal or name in _IDENTITIES),
        )
        for name, table in TABLES.items()
    ]  # fmt: skip


def table_sheet(lake: Lake, name: str, choice: Choice) -> Sheet:
    """Answers the sheet of a table, its rows sorted by its grain; raises where it may not be had or chosen so.

    Personal columns are left out unless they are asked for.
    """
    if name not in TABLES:
        raise APP031.exception(what=name, near=nearest_hint(name, [*TABLES, "number", "scorecard"], "`charter export` lists all"))
    if name in _IDENTITIES and not choice.personal:
        raise APP035.exception(table=name)
    table = TABLES[name]
    kept = [one for one in table.columns if choice.personal or not one.personal]
    order = [one.name for one in kept if one.name in table.grain] + [one.name for one in kept if one.name not in table.grain]
    where, parameters = _chosen(lake, table, choice)
    query = (
        f"SELECT {', '.join(_quoted(one.name, 't') for one in kept)} FROM {lake.table(name)} AS t{where} "
        f"ORDER BY {', '.join(_quoted(one, 't') + ' NULLS FIRST' for one in order)}"
    )
    left_out = tuple(one.name for one in table.columns if one not in kept)
    return Sheet(name, {one.name: one.type for one in kept}, query, parameters, left_out)


def rows_sheet(lake: Lake, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> Sheet:
    """Answers a sheet of rows that are at hand, in the order given."""
    loaded = f"temp.{_quoted('sheet ' + name)}"
    lake.load(loaded, {"#": "INTEGER", **columns}, [[place, *row] for place, row in enumerate(rows)])
    return Sheet(name, columns, f'SELECT {", ".join(map(_quoted, columns))} FROM {loaded} ORDER BY "#"')


def _chosen(lake: Lake, table: Table, choice: Choice) -> tuple[str, dict[str, Any]]:
    day, scope = _first(table, _DAYS), _first(table, _SCOPES)
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    for option, at, sign in (("from", choice.begin, ">="), ("until", choice.end, "<")):
        if at is not None:
            if not day:
                raise APP036.exception(option=f"--{option}", what=table.name, reason=": it has no day")
            parts.append(f"{_quoted(day, 't')} {sign} ${option}")
            parameters[option] = at
    if choice.scope != "group":
        if not scope:
            raise APP036.exception(option="--at", what=table.name, reason=": it has no scope")
        refuse_unknown_scope(lake, choice.scope)
        on = f" AND ({_quoted(day, 't')} IS NULL OR {_holds(day)})" if day else ""
        parts.append(
            f"EXISTS (SELECT 1 FROM {lake.table('dim_scope')} AS s WHERE s.scope = {_quoted(scope, 't')} "
            f"AND $at IN (s.scope, s.region, s.market, s.branch){on})"
        )
        parameters["at"] = choice.scope
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), parameters


def _holds(day: str) -> str:
    at = _quoted(day, "t")
    return f"((s.valid_from IS NULL OR s.valid_from <= {at}) AND (s.valid_to IS NULL OR {at} < s.valid_to))"


def refuse_unknown_scope(lake: Lake, scope: str) -> None:
    """Raises where the lake knows no such scope: an empty file would look like an answer."""
    known = {row[0] for row in lake.rows(f"SELECT DISTINCT scope FROM {lake.table('dim_scope')}")}
    if scope not in known:
        raise APP037.exception(
            scope=scope, near=nearest_hint(scope, known, "`charter export dim_scope --to scopes.csv` lists them")
        )


def _first(table: Table, names: Sequence[str]) -> str:
    present = table.column_names()
    return next((name for name in names if name in present), "")


def _quoted(name: str, of: str = "") -> str:
    column = '"' + name.replace('"', '""') + '"'
    return f"{of}.{column}" if of else column
