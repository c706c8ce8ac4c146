"""Rolling cells up along the organisation as it stood on each cell's day, or on one other day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from charter.performance.relation import quoted
from charter.performance.rules import Membership

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

LEVELS = ("region", "market", "branch")
TIMES = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class Under:
    """What is asked: a scope, and the day whose organisation counts (None: each cell's own day)."""

    scope: str
    org_as_of: date | None = None

    @property
    def level(self) -> str:
        """Answers the level of the scope, from its id."""
        return self.scope.partition("/")[0]

    def join(self, lake: Lake, day: str) -> tuple[str, list[Any]]:
        """Answers the join from cells `c` to the slice `s` of their scope that day, with its parameters."""
        on, parameters = (f"c.{quoted(day)}", []) if self.org_as_of is None else ("CAST(? AS DATE)", [self.org_as_of] * 2)
        return (
            f'LEFT JOIN {lake.table("dim_scope")} AS s ON s."scope" = c."scope" '
            # Comparisons, not `IS NULL OR`: DuckDB joins by hash only then, and else compares each cell with each slice.
            f"AND COALESCE(s.\"valid_from\", DATE '0001-01-01') <= {on} AND COALESCE(s.\"valid_to\", DATE '9999-12-31') > {on}",
            parameters,
        )

    def where(self) -> tuple[str, list[Any]]:
        """Answers the condition that a cell lies under the scope; the group holds whatever there is."""
        if self.scope == "group":
            return "TRUE", []
        column = f" OR s.{quoted(self.level)} = ?" if self.level in LEVELS else ""
        return f'(c."scope" = ?{column})', [self.scope] * (2 if column else 1)


def slices(lake: Lake, under: Under) -> list[Membership]:
    """Answers when which scopes stood under the asked one; with `org_as_of` as if its tree had always stood."""
    where, parameters = under.where()
    rows = lake.rows(
        f'SELECT c."scope", c."valid_from", c."valid_to" FROM {lake.table("dim_scope")} AS c '
        f'JOIN {lake.table("dim_scope")} AS s ON s."scope" = c."scope" '
        f'AND s."valid_from" IS NOT DISTINCT FROM c."valid_from" WHERE {where}',
        parameters,
    )
    found = [Membership(str(scope), since, until) for scope, since, until in rows]
    if under.org_as_of is None:
        return found
    day = under.org_as_of
    held = [one for one in found if (one.since or date.min) <= day and (one.until is None or day < one.until)]
    return [Membership(one.scope, None, None) for one in held]


def level_sql(by: str) -> str:
    """Answers SQL for the region, market or branch of a cell; a scope that was not open that day stands for itself.

    So each row of a breakdown is the number of its scope.
    """
    return f'COALESCE(s.{quoted(by)}, CASE WHEN c."scope" LIKE \'{by}/%\' THEN c."scope" END)'


def time_sql(by: str, day: str) -> str:
    """Answers SQL for the day, month or year of a cell, as text."""
    column = f"c.{quoted(day)}"
    if by == "day":
        return f"CAST({column} AS VARCHAR)"
    return f"SUBSTRING(CAST({column} AS VARCHAR), 1, {7 if by == 'month' else 4})"
