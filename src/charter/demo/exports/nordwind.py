"""Nordwind, the ERP of northern Europe: tabs, UTF-8, instants with offset, headers and lines in files of their own."""

from __future__ import annotations

import random
from pathlib import Path

from charter.demo.clock import local
from charter.demo.exports.delivery import Known, money, monthly, totals, write_csv
from charter.demo.planting import Planted
from charter.demo.world import World

WAYS = {
    "shop": "10", "portal": "11", "punchout": "12", "edi": "20", "quote": "30", "rep": "40", "robot": "45", "mail": "50", "phone": "60",
    "counter": "70", "field": "80", "unknown": "99",
}  # fmt: skip
KINDS = {"standard": "STD", "call_off": "CAL", "sample": "SMP", "internal": "INT", "intercompany": "ICO", "warranty": "WAR"}
UNHEARD = ("gb", "ie")
"""Markets whose people do not note when a call came in: the order's first instant there is its entry."""
HEADS = [
    "order_id", "site", "customer", "source_code", "doc_type", "customer_po", "received", "entered", "acknowledged", "released",
    "ship_date", "delivered", "cancelled", "customer_hold_s", "deferred_s", "ext_ref", "currency", "net_total",
]  # fmt: skip
LINES = ["order_id", "line_no", "sku", "qty", "unit_price", "net", "ext_ref"]


def write(folder: Path, world: World, planted: Planted) -> None:
    """Writes two files a month, and what the ERP says of itself."""
    rng = random.Random(f"{world.size.seed} nordwind")
    for month, orders in monthly(world, planted, "nordwind"):
        top, below = [], []
        for known in orders:
            order = known.order
            head = _head(known)
            top.append(_broken(head, rng) if order.number in planted.broken else head)
            below += [
                [
                    order.number, str(line.number), world.items[line.item].number, str(line.quantity), money(line.price),
                    money(line.amount), known.shop_reference,
                ]
                for line in order.lines
            ]  # fmt: skip
        write_csv(folder / f"orders_{month}.tsv", HEADS, top, "\t")
        write_csv(folder / f"lines_{month}.tsv", LINES, below, "\t")
    write_csv(folder / "totals.tsv", ["month", "country", "measure", "value"], totals(world, "nordwind"), "\t")


def _head(known: Known) -> list[str]:
    order, zone = known.order, known.order.country.zone
    unheard = order.rekeyed or (order.way == "phone" and order.country.code in UNHEARD)
    return [
        order.number, order.branch.site, order.account.number, WAYS[known.way], KINDS[order.kind], order.customer_number,
        "" if unheard else _time(order.received, zone), _time(order.entered, zone), _time(known.confirmed, zone),
        _time(known.released, zone), known.shipped.isoformat() if known.shipped else "",
        known.delivered.isoformat() if known.delivered else "", _time(known.cancelled, zone), str(order.customer_wait),
        str(order.dwell), known.shop_reference, order.country.currency, money(order.amount),
    ]  # fmt: skip


def _broken(head: list[str], rng: random.Random) -> list[str]:
    found = list(head)
    match rng.choice((0, 1, 2)) if rng.random() < 0.96 else 3:
        case 0:
            found[13] = "n/a"
        case 1:
            found[7] = "yesterday"
        case 2:
            found[10] = "2024-13-01"
        case _:
            found[1] = "???"
    return found


def _time(instant: int | None, zone: str) -> str:
    return "" if not instant else local(instant, zone).strftime("%Y-%m-%dT%H:%M:%S%z")
