"""The ledger of the group: journals of invoices and credit notes, a line a row; pipes, cp1252, decimal comma, days of its own form.

All amounts are positive: the kind of the document says whether they are owed by the customer or to them.
"""

from __future__ import annotations

from pathlib import Path

from charter.demo.billing import BONUS, invoices
from charter.demo.exports.delivery import money, write_csv
from charter.demo.world import Invoice, World

SYSTEMS = {"kontor": "10", "nordwind": "20", "central": "30", "as400": "40", "overseas": "50"}
"""What the ledger calls the ERPs."""
HEADS = [
    "BELEG",
    "ART",
    "POS",
    "DATUM",
    "SYS",
    "AUFTRAG",
    "SHOPREF",
    "STANDORT",
    "KUNDE",
    "NAME",
    "ARTIKEL",
    "MENGE",
    "NETTO",
    "WHG",
]


def write(folder: Path, world: World) -> None:
    """Writes a journal a month, and what the ledger says of itself."""
    files: dict[str, list[list[str]]] = {}
    told = invoices(world)
    for one in told:
        files.setdefault(f"{one.day:%Y-%m}", []).extend(_rows(one, world))
    for month, rows in sorted(files.items()):
        write_csv(folder / f"journal_{month}.txt", HEADS, rows, "|", "cp1252")
    write_csv(folder / "totals.txt", ["MONAT", "LAND", "KENNZAHL", "WERT"], _totals(told), "|", "cp1252")


def _rows(one: Invoice, world: World) -> list[list[str]]:
    order, country = one.order, one.branch.country
    kind = "RE" if one.kind == "invoice" else "GS" if order else "BO"
    number, reference = (order.number, "" if order.rekeyed else order.shop_number or "") if order else ("", "")
    return [
        [
            one.number, kind, str(place), f"{one.day:%d.%m.%y}", SYSTEMS[country.system], number, reference, one.branch.site,
            one.account.number, one.account.name[:16].strip(), line.item if line.item == BONUS else world.items[int(line.item)].number,
            str(line.quantity), money(line.amount, ","), country.currency,
        ]
        for place, line in enumerate(one.lines, start=1)
    ]  # fmt: skip


def _totals(told: list[Invoice]) -> list[list[str]]:
    """Documents, lines and net amount by month and country; credit notes lower the amount."""
    found: dict[tuple[str, str], list[int]] = {}
    for one in told:
        cell = found.setdefault((f"{one.day:%Y-%m}", one.branch.country.code), [0, 0, 0])
        cell[0] += 1
        cell[1] += len(one.lines)
        cell[2] += one.amount
    return [
        [month, code.upper(), name, value]
        for (month, code), (documents, lines, amount) in sorted(found.items())
        for name, value in (("invoices", str(documents)), ("lines", str(lines)), ("net_amount", money(amount, ",")))
    ]
