"""The organisation as rows: where each scope hung from which day to which, for joins in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from charter.performance.codes import PRF019
from charter.performance.relation import quoted
from charter.values.validity import Validity

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.model.scope import ScopeTree
    from charter.warehouse.lake import Lake

_ATTRIBUTES = ("legal_entity", "brand", "erp")
_COLUMNS = (
    "scope", "level", "parent", "title", "region", "market", "branch", "time_zone", "calendar", *_ATTRIBUTES,
    "valid_from", "valid_to",
)  # fmt: skip


def stood(model: Model, scope: str, changes: Iterable[date] = ()) -> Iterator[tuple[Validity, date]]:
    """Yields the stretches in which nothing above the scope changes (nor on `changes`) and it is open.

    With each a day in it to ask the model for: the model's own day where it lies in it, so that few models are made.
    """
    days: list[date | None] = [None, *sorted({*changes, *_tree_changes(model.tree, scope)}), None]
    for begin, end in zip(days, days[1:], strict=False):
        valid = Validity(begin, end)
        if valid.contains(model.as_of):
            day = model.as_of
        else:
            day = begin if begin is not None else (end or model.as_of) - timedelta(days=1)
        if model.tree.is_open(scope, day):
            yield valid, day


def _tree_changes(tree: ScopeTree, scope: str) -> set[date]:
    """The days on which the scope, or anything that it ever hung under, changed."""
    above, todo = {scope}, [scope]
    while todo:
        for parent in {one.parent for one in tree.slices(todo.pop()) if one.parent and one.parent in tree}:
            if parent not in above:
                above.add(parent)
                todo.append(parent)
    return {day for one in above for day in tree.boundaries(one)}


def time_zone(model: Model, scope: str, day: date) -> str:
    """Answers the scope's time zone: its own attribute, the nearest ancestor's, else the workspace's."""
    return model.tree.attributes(scope, day).get("time_zone") or model.settings.time_zone


def scope_rows(model: Model, calendars: dict[str, str]) -> list[tuple[Any, ...]]:
    """Answers the rows of dim_scope; `calendars` gives the id of a scope's standard calendar."""
    return [
        _row(model, scope, valid, day, calendars.get(scope)) for scope in model.tree.scopes() for valid, day in stood(model, scope)
    ]


def _row(model: Model, scope: str, valid: Validity, day: date, calendar: str | None) -> tuple[Any, ...]:
    tree = model.tree
    chain = tree.chain(scope, day)
    at_level = {tree.level(one): one for one in chain}
    attributes = tree.attributes(scope, day)
    return (
        scope, tree.level(scope), chain[-2] if len(chain) > 1 else None, tree.title(scope, day),
        at_level.get("region"), at_level.get("market"), at_level.get("branch"), time_zone(model, scope, day), calendar,
        *(attributes.get(name) for name in _ATTRIBUTES), valid.begin, valid.end,
    )  # fmt: skip


def refuse_other(lake: Lake, model: Model) -> None:
    """Raises PRF019 where dim_scope, by which the cube was built, says something else than the model's tree.

    So it is after scopes changed and no run has measured yet. The calendars are looked at where the cube is read.
    """
    listed = ", ".join(quoted(name) for name in _COLUMNS if name != "calendar")
    at = _COLUMNS.index("calendar")
    wanted = [(*row[:at], *row[at + 1 :]) for row in scope_rows(model, {})]
    if sorted(lake.rows(f"SELECT {listed} FROM {lake.table('dim_scope')}"), key=repr) != sorted(wanted, key=repr):
        raise PRF019.exception()


def are_scopes(lake: Lake, rows: list[tuple[Any, ...]]) -> bool:
    """Answers whether dim_scope holds just these rows."""
    listed = ", ".join(quoted(name) for name in _COLUMNS)
    return sorted(lake.rows(f"SELECT {listed} FROM {lake.table('dim_scope')}"), key=repr) == sorted(rows, key=repr)


def write_scopes(lake: Lake, rows: list[tuple[Any, ...]]) -> bool:
    """Makes dim_scope hold just these rows; answers whether anything changed."""
    if are_scopes(lake, rows):
        return False
    lake.execute(f"DELETE FROM {lake.table('dim_scope')}")
    lake.insert("dim_scope", _COLUMNS, rows)
    return True
