"""Price dispersion (PCI part C): a cube of its own, by market and month, since medians do not add up from days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from charter.performance.build import Cells
from charter.performance.definition import Definition
from charter.performance.fact import FACTS
from charter.performance.plan import Measured, Printer
from charter.performance.replay import PACKAGE

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

PREFIX = "spread:"


def wanted(measured: Iterable[Measured]) -> dict[str, Definition]:
    """Answers the dispersion definitions in use, under the names that cube_state knows them by."""
    found = {one.definition.hash: one.definition for one in measured if one.definition.form == "dispersion"}
    return {f"{PREFIX}{key}": definition for key, definition in sorted(found.items())}


def build(lake: Lake, definition: Definition, printer: Printer, *, whole: bool, touched: Cells | None) -> None:
    """Builds the months that the touched cells lie in again, for all markets; or all months."""
    if not whole and touched is None:
        return
    lines = lake.table("fact_order_line")
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
        f'r."net_amount" AS net_amount FROM {lines} AS r{months} '
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
