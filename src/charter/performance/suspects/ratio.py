"""The digital order ratio's parts, counted from the facts themselves, beside which suspects are told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from charter.performance.roll_up import Under

if TYPE_CHECKING:
    from charter.values.period import Period
    from charter.warehouse.lake import Lake


def ratio_parts(lake: Lake, scope: str, period: Period, org_as_of: date | None = None) -> tuple[int, int]:
    """Answers the digital orders (C0 to C2) and all orders that count, of a scope in a period."""
    under = Under(scope, org_as_of)
    join, join_values = under.join(lake, "ordered_on")
    where, where_values = under.where()
    [(digital, orders)] = lake.stream(
        "SELECT COALESCE(SUM(CASE WHEN c.commit_class IN ('C0', 'C1', 'C2') THEN 1 ELSE 0 END), 0), COUNT(*) FROM ("
        'SELECT f."commit_class" AS commit_class, COALESCE(f."selling_scope", \'group\') AS scope, f."ordered_on" AS ordered_on '
        f'FROM {lake.table("fact_order")} AS f WHERE f."eligible" AND f."confirmed" AND f."ordered_on" >= ? AND f."ordered_on" < ?'
        f") AS c {join} WHERE {where}",
        [period.start, period.end, *join_values, *where_values],
    )
    return int(digital), int(orders)
