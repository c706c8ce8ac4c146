"""The scopes in the lake: one row per slice, with the chain that held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from charter.model.scope import ScopeTree
from charter.warehouse.lake import Lake

CalendarOf = Callable[[str, date], str | None]
"""Answers the id of a scope's business calendar on a day, or None."""


def scope_rows(tree: ScopeTree, home_zone: str, calendar_of: CalendarOf) -> list[tuple[object, ...]]:
    """Answers the rows of dim_scope: for each scope a row per stretch of days in which nothing above it changes."""
    rows: list[tuple[object, ...]] = []
    for scope in tree.scopes():
        days = sorted(tree.boundaries()) if scope != "group" else []
        starts: list[date | None] = [None, *days]
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            day = start or ((end - timedelta(days=1)) if end else date(2000, 1, 1))
            chain = tree.find_chain(scope, day)
            if chain is not None:
                rows.append((scope, *_row(tree, scope, chain, day, home_zone, calendar_of), start, end))
    return _joined(rows)


def _row(tree: ScopeTree, scope: str, chain: tuple[str, ...], day: date, zone: str, calendar_of: CalendarOf) -> tuple[object, ...]:
    at = {tree.level(one): one for one in chain}
    attributes = tree.attributes(scope, day)
    return (
        tree.level(scope), chain[-2] if len(chain) > 1 else None, tree.title(scope, day), at.get("region"), at.get("market"),
        at.get("branch"), attributes.get("time_zone") or zone, calendar_of(scope, day), attributes.get("legal_entity"),
        attributes.get("brand"), attributes.get("erp"),
    )  # fmt: skip


def _joined(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Joins stretches that follow each other with equal content."""
    found: list[tuple[object, ...]] = []
    for row in rows:
        last = found[-1] if found else None
        if last is not None and last[:-2] == row[:-2] and last[-1] == row[-2]:
            found[-1] = (*last[:-1], row[-1])
        else:
            found.append(row)
    return found


def write_scopes(lake: Lake, tree: ScopeTree, home_zone: str, calendar_of: CalendarOf) -> bool:
    """Brings dim_scope up to the tree, inside the caller's transaction; answers whether anything changed."""
    wanted = scope_rows(tree, home_zone, calendar_of)
    columns = (
        "scope, level, parent, title, region, market, branch, time_zone, calendar, legal_entity, brand, erp, valid_from, valid_to"
    )
    table = lake.table("dim_scope")
    present = lake.rows(f"SELECT {columns} FROM {table}")
    if sorted(map(repr, present)) == sorted(map(repr, wanted)):
        return False
    lake.execute(f"DELETE FROM {table}")
    marks = ", ".join("?" * 14)
    lake.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", wanted)
    return True
