"""The two shops: one keeps a database with amounts in cents, the other writes nested JSON lines; both in UTC."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from charter.demo.clock import at, local
from charter.demo.world import Order, World

_TABLE = (
    "CREATE TABLE orders (number TEXT PRIMARY KEY, branch TEXT, account TEXT, kind TEXT, placed_at TEXT, confirmed_at TEXT, "
    "currency TEXT, total_minor INTEGER, updated_at TEXT, placed_by TEXT, role TEXT)"
)
CLASSIC = {"shop": "order", "portal": "portal", "punchout": "punchout", "quote": "accepted_quote", "rep": "impersonated"}
NEXT = {"shop": "storefront", "portal": "customer-portal", "punchout": "oci", "quote": "quote", "rep": "sales-agent"}


def write(folder: Path, world: World) -> None:
    """Writes the database of the one and a file a month of the other."""
    folder.mkdir(parents=True, exist_ok=True)
    _classic(folder / "shop.sqlite", world)
    _next(folder / "next", world)


def acknowledged(order: Order) -> int:
    """Answers when the shop told the customer that the order stands: at once where it never reached the ERP; 0: not yet."""
    return order.received + 120 if order.rekeyed else order.confirmed


def _orders(world: World, shop: str) -> Iterator[Order]:
    cut = at("UTC", world.exported_on, 0)
    for order in world.orders:
        if order.shop_number and order.country.shop == shop and order.received <= cut:
            yield order


def _classic(path: Path, world: World) -> None:
    connection = sqlite3.connect(path)
    connection.execute(_TABLE)
    connection.executemany(
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                order.shop_number, order.branch.site, order.account.number, CLASSIC[order.way], _time(order.received),
                _time(acknowledged(order)), order.country.currency, order.amount, _time(acknowledged(order) or order.received),
                *((order.user.name, order.user.role) if order.user else (None, None)),
            )
            for order in _orders(world, "classic")
        ],
    )  # fmt: skip
    connection.commit()
    connection.close()


def _next(folder: Path, world: World) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[str]] = {}
    for order in sorted(_orders(world, "next"), key=lambda one: (one.received, one.number)):
        told = acknowledged(order)
        body = {
            "code": order.shop_number,
            "state": "Placed" if not told else "PaymentAuthorized",
            "orderPlacedAt": _iso(order.received),
            "acknowledgedAt": _iso(told) if told else None,
            "customer": {"number": order.account.number, "group": order.account.group},
            "channel": {"code": NEXT[order.way], "market": order.country.code.upper()},
            "placedBy": {"user": order.user.name if order.user else None},
            "branch": order.branch.site,
            "currencyCode": order.country.currency,
            "subTotal": order.amount,
            "updatedAt": _iso(told or order.received),
        }
        files.setdefault(local(order.received, "UTC").strftime("%Y-%m"), []).append(json.dumps(body, ensure_ascii=False))
    for month, lines in sorted(files.items()):
        with (folder / f"orders-{month}.jsonl.gz").open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            packed.write(("\n".join(lines) + "\n").encode())


def _time(instant: int) -> str | None:
    return local(instant, "UTC").strftime("%Y-%m-%d %H:%M:%S") if instant else None


def _iso(instant: int) -> str:
    return local(instant, "UTC").strftime("%Y-%m-%dT%H:%M:%S.000Z")
