"""Price dispersion (PCI part C): a cube of its own, by market and month, since medians do not add up from days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from charter.performance.build import Cells
from charter.performance.definition import Definition
from charter.performance.fact import FACTS
from charter.performance.plan import Measured, Printer
from charter.performance.replay import PACKAGE
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

PREFIX = "spread:"


def wanted(measured: Iterable[Measured]) -> dict[str, Definition]:
    """Answers the dispersion definitions in use, under the names that cube_state knows them by."""
    found = {one.definition.hash: one.definition for one in measured if one.definition.form == "dispersion"}
    return {f"{PREFIX}{key}": definition for key, definition in sorted(found.items())}


def _lines(lake: Lake) -> str:
    """Answers the order lines; those that came without their header's columns have them from their root order.

    A line that names no day is such a one: an ERP that exports headers and lines apart says account, day and currency once.
    Those of orders that were never confirmed are left out: nobody was charged.
    """
    own = TABLES["fact_order_line"].column_names()
    header = set(own) & set(TABLES["fact_order"].column_names()) - {"root_key", "source"}
    order, line = lake.table("fact_order"), lake.table("fact_order_line")
    filled = {name: f'COALESCE(l."{name}", o."{name}")' if name in header else f'l."{name}"' for name in own}
    # A scope that a line does not name is its source's; the order knows better.
    filled["selling_scope"] = 'COALESCE(o."selling_scope", l."selling_scope")'
    as_told = ", ".join(f'l."{name}" AS "{name}"' for name in own)
    as_ordered = ", ".join(f'{sql} AS "{name}"' for name, sql in filled.items())
    return (
        f'SELECT {as_told} FROM {line} AS l WHERE l."ordered_on" IS NOT NULL UNION ALL '
        f'SELECT {as_ordered} FROM {line} AS l JOIN {order} AS o ON o."root_key" = l."root_key" '
        'WHERE l."ordered_on" IS NULL AND o."ordered_on" IS NOT NULL AND o."confirmed" IS DISTINCT FROM FALSE'
    )


def build(lake: Lake, definition: Definition, printer: Printer, *, whole: bool, touched: Cells | None) -> None:
    """Builds the months that the touched cells lie in again, for all markets; or all months."""
    if not whole and touched is None:
        return
    spread = lake.table("cube_spread")
    filter_ = printer(definition.filter or "TRUE", FACTS[definition.fact], False).sql
    months = (
        ""
        if whole or touched is None
        else (
            f" JOIN (SELECT DISTINCT DATE_TRUNC('month', t.day) AS month FROM {touched.table} AS t) AS m "
            "ON m.month = DATE_TRUNC('month', r.\"ordered_on\")"
        )
    )
    lake.keep(
        "spread_line",
        "SELECT COALESCE(r.\"ship_to_market\", 'group') AS scope, "
        "CAST(DATE_TRUNC('month', r.\"ordered_on\") AS DATE) AS month, COALESCE(r.\"currency\", '') AS currency, "
        'r."item_key" AS item_key, COALESCE(r."unit", \'\') AS unit, COALESCE(r."tier_band", \'\') AS tier_band, '
        'r."account_key" AS account_key, r."quantity" AS quantity, r."unit_price" AS unit_price, '
        f'r."net_amount" AS net_amount FROM ({_lines(lake)}) AS r{months} '
        f'WHERE ({filter_}) AND r."is_origin" IS DISTINCT FROM FALSE AND r."ordered_on" IS NOT NULL',
    )
    if whole or touched is None:
        lake.execute(f'DELETE FROM {spread} WHERE "definition" = ?', [definition.hash])
    else:
        lake.execute(
            f'DELETE FROM {spread} WHERE "definition" = ? AND EXISTS (SELECT 1 FROM {touched.table} AS t '
            f"WHERE DATE_TRUNC('month', t.day) = {spread}.\"month\")",
            [definition.hash],
        )
    lake.statement(PACKAGE, "spread", {"definition": definition.hash})
