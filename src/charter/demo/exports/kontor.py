"""Kontor, the ERP of central Europe: semicolons, Latin-1, decimal comma, its server's local time, one row per order line."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

from charter.demo.clock import local
from charter.demo.exports.delivery import Known, money, monthly, totals, write_csv
from charter.demo.planting import Planted
from charter.demo.world import World

ZONE = "Europe/Berlin"
WAYS = {
    "shop": "WEB", "portal": "PRT", "punchout": "PUN", "edi": "EDI", "quote": "ANG", "rep": "ADW", "robot": "KI", "mail": "MAIL",
    "phone": "TEL", "counter": "THK", "field": "ADM", "unknown": "X9",
}  # fmt: skip
KINDS = {"standard": "N", "call_off": "A", "sample": "M", "internal": "I", "intercompany": "K", "warranty": "G"}
HEADS = [
    "AUFTRAG", "POS", "NIEDERLASSUNG", "KUNDE", "BESTELLART", "AUFTRAGSART", "KUNDENBESTELLNR", "EINGANG", "ERFASST", "BESTAETIGT",
    "FREIGABE", "VERSAND", "STORNO", "WARTEZEIT_KUNDE", "VORLAUF", "SHOPNR", "SACHBEARBEITER", "ARTIKEL", "BEZEICHNUNG", "MENGE",
    "PREIS", "BETRAG",
]  # fmt: skip


def write(folder: Path, world: World, planted: Planted) -> None:
    """Writes a file a month, and what the ERP says of itself."""
    rng = random.Random(f"{world.size.seed} kontor")
    for month, orders in monthly(world, planted, "kontor"):
        rows = [row for known in orders for row in _rows(known, world, planted, rng)]
        write_csv(folder / f"AUFTRAG_{month}.csv", HEADS, rows, ";", "latin-1")
    write_csv(folder / "SUMMEN.csv", ["MONAT", "LAND", "KENNZAHL", "WERT"], totals(world, "kontor", ","), ";")


def _rows(known: Known, world: World, planted: Planted, rng: random.Random) -> list[list[str]]:
    order = known.order
    rows = []
    for line in order.lines:
        item = world.items[line.item]
        rows.append([
            order.number, str(line.number), order.branch.site, order.account.number, WAYS[known.way], KINDS[order.kind],
            order.customer_number, "" if order.rekeyed else _time(order.received), _time(order.entered), _time(known.confirmed),
            _time(known.released), _day(known.shipped), _time(known.cancelled), str(order.customer_wait), str(order.dwell),
            known.shop_reference, order.clerk if order.touched else "BATCH", item.number, item.title.replace("Pipe", "Rohr"),
            str(line.quantity), money(line.price, ","), money(line.amount, ","),
        ])  # fmt: skip
    if order.number in planted.broken:
        way = rng.choice((0, 1, 2, 2, 3, 3)) if rng.random() < 0.96 else 4
        rows = [_broken(row, way) for row in rows]
    return rows


def _broken(row: list[str], way: int) -> list[str]:
    found = list(row)
    match way:
        case 0:
            found[19] = "zwölf"
        case 1:
            found[8] = "31.02.2024 10:00:00"
        case 2:
            found[20] = found[20].replace(",", ".") + ".0"
        case 3:
            found[13] = "-1"
        case _:
            found[2] = "??"
    return found


def _time(instant: int | None) -> str:
    return "" if not instant else local(instant, ZONE).strftime("%d.%m.%Y %H:%M:%S")


def _day(day: date | None) -> str:
    return "" if day is None else day.strftime("%d.%m.%Y")
