"""What the systems of the demo group export: three dialects, with the dirt that such exports have."""

from __future__ import annotations

import csv
import io
import random
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.nordfrost.world import BRANCHES, MARKETS, Case, Order, World

_GERMAN = {"shop": "WEB", "edi": "EDI", "quote": "ANG", "rep": "ADM", "mail": "MAIL", "phone": "TEL", "counter": "THK"}
_NORTH = {"shop": "10", "edi": "20", "quote": "30", "rep": "40", "mail": "50", "phone": "60", "counter": "70"}
_KINDS = {"standard": "N", "sample": "M", "internal": "I", "intercompany": "K"}
_STATES = {"open": "In Progress", "waiting": "Awaiting customer", "supplier": "Awaiting vendor", "resolved": "Solved",
           "closed": "Closed", "silent": "Auto-closed"}  # fmt: skip

# A night on which the northern ERP's export broke off: a day of one market is in its totals and in no file.
LOST_DAY = ("gb", date(2025, 3, 12))


@dataclass
class Planted:
    """What was broken on purpose: orders whose header rows no contract lets in, and rows that are sent twice."""

    lost_orders: set[str] = field(default_factory=set)
    broken_rows: int = 0
    repeated_rows: int = 0


def write_exports(folder: Path, world: World, seed: int) -> Planted:
    """Writes every export below the folder; answers what was broken on purpose."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed + 1)
    planted = Planted()
    _german(folder, [order for order in world.orders if order.market == "de"], rng, planted)
    _north(folder, [order for order in world.orders if order.market != "de"], rng, planted)
    _shop(folder, [order for order in world.orders if order.shop_number])
    _desk(folder, world.cases)
    _defects(folder, world)
    _rates(folder)
    _accounts(folder, world)
    _totals(folder, world)
    return planted


def _by_month(orders: Iterable[Order]) -> dict[str, list[Order]]:
    found: dict[str, list[Order]] = {}
    for order in orders:
        found.setdefault(f"{order.day:%Y-%m}", []).append(order)
    return dict(sorted(found.items()))


def _local(instant: datetime | None, market: str, form: str) -> str:
    return "" if instant is None else instant.astimezone(ZoneInfo(MARKETS[market][0])).strftime(form)


def _money(minor: int, mark: str) -> str:
    sign, minor = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{minor // 100}{mark}{minor % 100:02}"


def _german(folder: Path, orders: list[Order], rng: random.Random, planted: Planted) -> None:
    """Semicolons, Latin-1, decimal comma, local time without zone, one row per line with the header on each."""
    heads = ["AUFTRAG", "POS", "NIEDERLASSUNG", "KUNDE", "BESTELLART", "AUFTRAGSART", "EINGANG", "ERFASST", "BESTAETIGT", "FREIGABE",
             "VERSAND", "STORNO", "WARTEZEIT_KUNDE", "SHOPNR", "ARTIKEL", "BEZEICHNUNG", "MENGE", "PREIS", "BETRAG"]  # fmt: skip
    previous: list[list[str]] = []
    for month, of_month in _by_month(orders).items():
        rows = []
        for order in of_month:
            form = "%d.%m.%Y %H:%M:%S"
            broken = rng.random() < 0.004
            for line in order.lines:
                row = [
                    order.number, str(line.number), BRANCHES[order.branch][1], order.account, _GERMAN[order.channel], _KINDS[order.kind],
                    _local(order.received, "de", form), _local(order.entered, "de", form), _local(order.confirmed, "de", form),
                    _local(order.released, "de", form), order.shipped.strftime("%d.%m.%Y"), _local(order.cancelled, "de", form),
                    str(order.customer_wait), order.shop_number or "", line.sku, "Kältemittel-Verdichter Größe 3", str(line.quantity),
                    _money(line.price, ","), _money(line.amount, ","),
                ]  # fmt: skip
                if broken:
                    row = _break_german(row, rng)
                    planted.broken_rows += 1
                rows.append(row)
            if broken:
                planted.lost_orders.add(order.number)
        planted.repeated_rows += len(previous)
        _csv(folder / "erp-de" / f"AUFTRAG_{month}.csv", heads, previous + rows, ";", "latin-1")
        previous = rows[-25:]


def _break_german(row: list[str], rng: random.Random) -> list[str]:
    broken = list(row)
    way = rng.randrange(4)
    if way == 0:
        broken[8] = "31.02.2025 10:00:00"
    elif way == 1:
        broken[2] = "B99"
    elif way == 2:
        broken[16] = "zwölf"
    else:
        broken[18] = broken[18].replace(",", ".") + ".0"
    return broken


def _north(folder: Path, orders: list[Order], rng: random.Random, planted: Planted) -> None:
    """Tabs, UTF-8, ISO instants with offset; headers and lines in files of their own; amounts with a point."""
    heads = ["order_id", "site", "customer", "source_code", "doc_type", "received", "entered", "acknowledged", "released", "ship_date",
             "cancelled", "customer_hold_s", "ext_ref", "currency", "net_total"]  # fmt: skip
    lines = ["order_id", "line_no", "sku", "qty", "unit_price", "net", "ext_ref"]
    for month, of_month in _by_month(orders).items():
        top, below = [], []
        for order in of_month:
            if (order.market, order.day) == LOST_DAY:
                planted.lost_orders.add(order.number)
                continue
            zone = order.market
            form = "%Y-%m-%dT%H:%M:%S%z"
            site = BRANCHES[order.branch][1]
            broken = rng.random() < 0.003
            if broken:
                planted.lost_orders.add(order.number)
                planted.broken_rows += 1
            top.append([
                order.number, "???" if broken else site, order.account, _NORTH[order.channel], _KINDS[order.kind],
                _local(order.received, zone, form), _local(order.entered, zone, form), _local(order.confirmed, zone, form),
                _local(order.released, zone, form), order.shipped.isoformat(), _local(order.cancelled, zone, form),
                str(order.customer_wait), order.shop_number or "", MARKETS[zone][1], _money(order.amount, "."),
            ])  # fmt: skip
            below += [
                [
                    order.number,
                    str(line.number),
                    line.sku,
                    str(line.quantity),
                    _money(line.price, "."),
                    _money(line.amount, "."),
                    order.shop_number or "",
                ]
                for line in order.lines
            ]
        _csv(folder / "erp-north" / f"orders_{month}.tsv", heads, top, "\t", "utf-8")
        _csv(folder / "erp-north" / f"lines_{month}.tsv", lines, below, "\t", "utf-8")


def _shop(folder: Path, orders: list[Order]) -> None:
    """The shop's database: instants in UTC as text, amounts in minor units; its orders stand in the ERPs as copies."""
    path = folder / "shop.sqlite"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE orders (number TEXT PRIMARY KEY, branch TEXT, account TEXT, kind TEXT, doc_type TEXT, placed_at TEXT, "
        "confirmed_at TEXT, currency TEXT, total_minor INTEGER, updated_at TEXT)"
    )
    connection.executemany(
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                order.shop_number, BRANCHES[order.branch][1], order.account, "order" if order.channel == "shop" else "accepted_quote",
                _KINDS[order.kind], (order.received or order.entered).strftime("%Y-%m-%d %H:%M:%S"),
                order.confirmed.strftime("%Y-%m-%d %H:%M:%S"), MARKETS[order.market][1], order.amount,
                order.confirmed.strftime("%Y-%m-%d %H:%M:%S"),
            )
            for order in orders
        ],
    )  # fmt: skip
    connection.commit()
    connection.close()


def _desk(folder: Path, cases: list[Case]) -> None:
    rows = [
        [case.number, str(index), event.at.strftime("%Y-%m-%dT%H:%M:%S+00:00"), _STATES[event.state], case.market.upper(),
         f"P{case.priority}", case.channel, case.events[0].at.strftime("%Y-%m-%dT%H:%M:%S+00:00")]
        for case in cases
        for index, event in enumerate(case.events)
    ]  # fmt: skip
    heads = ["ticket", "seq", "at", "state", "country", "priority", "channel", "opened"]
    _csv(folder / "desk" / "events.csv", heads, rows, ",", "utf-8")


def _defects(folder: Path, world: World) -> None:
    rows = [[d.number, d.order, d.category, d.caused_by, d.found.strftime("%Y-%m-%dT%H:%M:%S+00:00")] for d in world.defects]
    _csv(folder / "desk" / "defects.csv", ["defect", "order_no", "category", "caused_by", "found"], rows, ",", "utf-8")


def _rates(folder: Path) -> None:
    rows = [
        [f"plan-{year}", code, f"{year}-01-01", rate]
        for year in (2024, 2025)
        for code, rate in (("SEK", "0.0880"), ("GBP", "1.1700"))
    ]
    _csv(folder / "finance" / "rates.csv", ["rate_set", "currency", "rate_on", "rate"], rows, ",", "utf-8")


def _accounts(folder: Path, world: World) -> None:
    rows = [
        [account, BRANCHES[branch][1], "yes" if index % 3 else "no"]
        for index, (account, branch) in enumerate(sorted(world.accounts.items()))
    ]
    _csv(folder / "crm" / "accounts.csv", ["account", "site", "portal_login"], rows, ",", "utf-8")


def _totals(folder: Path, world: World) -> None:
    """What the ERPs say of themselves: orders and net amount by market and month, of all kinds of orders."""
    for erp, markets, mark, delimiter in (("erp-de", ("de",), ",", ";"), ("erp-north", ("se", "gb"), ".", "\t")):
        rows = []
        for market in markets:
            for month, orders in _by_month(order for order in world.orders if order.market == market).items():
                rows.append([month, market.upper(), "orders", str(len(orders))])
                rows.append([month, market.upper(), "net_amount", _money(sum(order.amount for order in orders), mark)])
        name = "totals.csv" if delimiter == ";" else "totals.tsv"
        _csv(folder / erp / name, ["month", "country", "measure", "value"], rows, delimiter, "utf-8")


def _csv(path: Path, heads: list[str], rows: Iterable[list[str]], delimiter: str, encoding: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n" if encoding == "latin-1" else "\n")
    writer.writerow(heads)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
