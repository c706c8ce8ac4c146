"""The AS/400 of southern Europe: lines of fixed width in a ZIP a month, amounts in cents, its server's time in Paris."""

from __future__ import annotations

import random
import zipfile
from datetime import date
from pathlib import Path

from charter.demo.clock import local
from charter.demo.exports.delivery import Known, monthly, totals, write_csv
from charter.demo.planting import Planted
from charter.demo.world import World

ZONE = "Europe/Paris"
WAYS = {
    "shop": "WE", "portal": "PO", "punchout": "PU", "edi": "ED", "quote": "DE", "rep": "RW", "robot": "RO", "mail": "MA", "phone": "TE",
    "counter": "CO", "field": "AG", "unknown": "??",
}  # fmt: skip
KINDS = {"standard": "1", "call_off": "2", "sample": "3", "internal": "4", "intercompany": "5", "warranty": "6"}
HEAD = (("NUMCDE", 8), ("CODAGE", 6), ("NUMCLI", 8), ("ORIGIN", 2), ("TYPCDE", 1), ("REFCLI", 10), ("DTHSAI", 14), ("DTHCNF", 14),
        ("DTHLIB", 14), ("DATEXP", 8), ("DTHANN", 14), ("ATTCLI", 7), ("DIFFER", 8), ("REFWEB", 10), ("DEVISE", 3), ("MNTTOT", 13))  # fmt: skip
LINE = (("NUMCDE", 8), ("NUMLIG", 3), ("CODART", 8), ("QTECDE", 6), ("PRXUNI", 11), ("MNTLIG", 13), ("REFWEB", 10))


def write(folder: Path, world: World, planted: Planted) -> None:
    """Writes a ZIP a month with the headers and the lines, and what the ERP says of itself."""
    rng = random.Random(f"{world.size.seed} as400")
    folder.mkdir(parents=True, exist_ok=True)
    for month, orders in monthly(world, planted, "as400"):
        top = [_fixed(HEAD, _head(known, planted, rng)) for known in orders]
        below = [
            _fixed(LINE, [known.order.number, str(line.number), world.items[line.item].number, str(line.quantity), str(line.price),
                          str(line.amount), known.shop_reference])
            for known in orders
            for line in known.order.lines
        ]  # fmt: skip
        with zipfile.ZipFile(folder / f"CDE{month.replace('-', '')}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, lines in (("CDEENT.TXT", top), ("CDELIG.TXT", below)):
                info = zipfile.ZipInfo(name, (2026, 1, 6, 6, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, "".join(f"{line}\r\n" for line in lines).encode("latin-1", errors="replace"))
    write_csv(folder / "CUMULS.csv", ["MOIS", "PAYS", "MESURE", "VALEUR"], totals(world, "as400", ","), ";")


def _head(known: Known, planted: Planted, rng: random.Random) -> list[str]:
    order = known.order
    found = [
        order.number, order.branch.site, order.account.number, WAYS[known.way], KINDS[order.kind], order.customer_number,
        _time(order.entered), _time(known.confirmed), _time(known.released), _day(known.shipped), _time(known.cancelled),
        str(order.customer_wait), str(order.dwell), known.shop_reference, order.country.currency, str(order.amount),
    ]  # fmt: skip
    if order.number in planted.broken:
        match rng.randrange(3) if rng.random() < 0.96 else 3:
            case 0:
                found[15] = "#VALEUR"
            case 1:
                found[9] = "20240231"
            case 2:
                found[2] = ""
            case _:
                found[1] = "??"
    return found


def _fixed(fields: tuple[tuple[str, int], ...], values: list[str]) -> str:
    return "".join(value[:width].ljust(width) for (_, width), value in zip(fields, values, strict=True))


def _time(instant: int | None) -> str:
    return "" if not instant else local(instant, ZONE).strftime("%Y%m%d%H%M%S")


def _day(day: date | None) -> str:
    return "" if day is None else day.strftime("%Y%m%d")
