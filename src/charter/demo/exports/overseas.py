"""The ERP of the overseas markets: a database; instants in UTC as text, amounts with a point, users by name."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

from charter.demo.clock import at, local
from charter.demo.exports.delivery import known_at, money, totals
from charter.demo.planting import Planted
from charter.demo.world import World

WAYS = {
    "shop": "1", "portal": "2", "punchout": "3", "edi": "4", "quote": "5", "rep": "6", "robot": "7", "mail": "8", "phone": "9",
    "counter": "10a", "field": "11a", "unknown": "0",
}  # fmt: skip
KINDS = {"standard": "S", "call_off": "C", "sample": "P", "internal": "T", "intercompany": "X", "warranty": "W"}
_HEADER = (
    "CREATE TABLE so_header (so_id TEXT PRIMARY KEY, branch TEXT, cust_no TEXT, origin TEXT, so_type TEXT, cust_po TEXT, "
    "demand_at TEXT, created_at TEXT, acknowledged_at TEXT, released_at TEXT, shipped_on TEXT, cancelled_at TEXT, hold_s TEXT, "
    "deferred_s INTEGER, web_ref TEXT, released_by TEXT, currency TEXT, net_total TEXT, modified_at TEXT)"
)
_LINE = (
    "CREATE TABLE so_line (so_id TEXT, line_no INTEGER, sku TEXT, qty INTEGER, unit_price TEXT, net TEXT, web_ref TEXT, "
    "modified_at TEXT, PRIMARY KEY (so_id, line_no))"
)


def write(folder: Path, world: World, planted: Planted) -> None:
    """Writes the database as it stands some days after the last month, and what the ERP says of itself."""
    rng = random.Random(f"{world.size.seed} overseas")
    folder.mkdir(parents=True, exist_ok=True)
    day = world.exported_on
    cut = at("UTC", day, 0)
    connection = sqlite3.connect(folder / "erp.sqlite")
    connection.execute(_HEADER)
    connection.execute(_LINE)
    for order in world.orders:
        if order.country.system != "overseas" or not order.entered or planted.is_silent(order.country.code, order.entered_on):
            continue
        known = known_at(order, cut, day)
        changed = _time(max(order.entered, known.confirmed or 0, known.released or 0, known.cancelled or 0))
        row: list[object] = [
            order.number, order.branch.site, order.account.number, WAYS[known.way], KINDS[order.kind], order.customer_number or None,
            None if order.rekeyed else _time(order.received), _time(order.entered), _time(known.confirmed), _time(known.released),
            known.shipped.isoformat() if known.shipped else None, _time(known.cancelled), str(order.customer_wait), order.dwell,
            known.shop_reference or None, order.clerk if order.touched else "INTERFACE", order.country.currency, money(order.amount),
            changed,
        ]  # fmt: skip
        if order.number in planted.broken:
            _break(row, rng)
        connection.execute(f"INSERT INTO so_header VALUES ({', '.join('?' * len(row))})", row)
        connection.executemany(
            "INSERT INTO so_line VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (order.number, line.number, world.items[line.item].number, line.quantity, money(line.price), money(line.amount),
                 known.shop_reference or None, changed)
                for line in order.lines
            ],
        )  # fmt: skip
    connection.execute("CREATE TABLE totals (month TEXT, country TEXT, measure TEXT, value TEXT)")
    connection.executemany("INSERT INTO totals VALUES (?, ?, ?, ?)", totals(world, "overseas"))
    connection.commit()
    connection.close()


def _break(row: list[object], rng: random.Random) -> None:
    match rng.randrange(3) if rng.random() < 0.96 else 3:
        case 0:
            row[12] = "open"
        case 1:
            row[17] = "12,34,5"
        case 2:
            row[10] = "02/30/2024"
        case _:
            row[1] = "?"


def _time(instant: int | None) -> str | None:
    return None if not instant else local(instant, "UTC").strftime("%Y-%m-%d %H:%M:%S")
