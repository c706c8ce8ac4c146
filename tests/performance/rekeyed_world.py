"""A generated year of accounts that repeat baskets, some of whose shop orders a rep keys again; seeded, nothing of it Charter's.

Traps: the same basket each week by phone and by shop, two people of one account ordering the same part, orders cancelled and
placed again, and edits that carry the shop's reference (they are one root order already, so they are not here twice).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from plain_lake import PlainLake

FIRST, DAYS = datetime(2025, 1, 1, 6, tzinfo=UTC), 365
SCOPES = ("branch/b1", "branch/b3")
Basket = tuple[tuple[str, int], ...]
Row = dict[str, Any]


@dataclass
class World:
    """Orders and lines, the pairs that were planted, and how many shop orders there are."""

    orders: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    planted: set[tuple[str, str]] = field(default_factory=set)
    digital: int = 0

    def order(self, account: str, at: datetime, basket: Basket, digital: bool, **more: Any) -> str:
        root = f"o{len(self.orders):06d}"
        net = sum(Decimal(3 + len(item)) * quantity for item, quantity in basket)
        self.orders.append(
            {
                "root_key": root, "source": "shop" if digital else "erp", "document_count": 1, "line_count": len(basket),
                "account_key": account, "selling_scope": SCOPES[hash_of(account) % 2], "commit_class": "C1" if digital else "C5",
                "touchpoint": "shop" if digital else "phone", "received_at": at if digital else None, "entered_at": at,
                "confirmed_at": at + timedelta(minutes=5), "ordered_on": at.date(), "currency": "EUR", "net_amount": net,
                "confirmed": True, "eligible": True, "time_precision": "second", **more,
            }
        )  # fmt: skip
        self.lines += [
            {
                "source": "shop" if digital else "erp", "entity": "e", "row_key": f"{root}-{place}", "content_hash": "h", "batch_id": "b",
                "document_key": root, "root_key": root, "is_origin": True, "item_key": item, "quantity": quantity,
            }
            for place, (item, quantity) in enumerate(basket)
        ]  # fmt: skip
        self.digital += digital
        return root


def hash_of(text: str) -> int:
    return sum(ord(letter) * 31**place for place, letter in enumerate(text))


def instant(chance: random.Random, day: float) -> datetime:
    """In business hours of that day."""
    return FIRST + timedelta(days=int(day), seconds=chance.randrange(10 * 3600))


def some_basket(chance: random.Random, common: float = 0.05) -> Basket:
    """One to seven lines; `common` of all are one of six parts that everybody buys, by the piece or by ten."""
    if chance.random() < common:
        return ((f"part{chance.randrange(6)}", chance.choice([1, 10])),)
    items = chance.sample(range(600), chance.choice([1, 2, 3, 3, 4, 5, 7]))
    return tuple(sorted((f"i{item}", chance.choice([1, 2, 5, 10, 20, 37])) for item in items))


def world(seed: int, share: float, accounts: int = 500) -> World:
    """A year; `share` of the shop orders are keyed again within two days.

    Each account has three baskets that it orders on a rhythm of its own (a week to two months, give or take a fifth), by
    whichever channel, and other ones in between, whenever it needs them.
    """
    chance, made = random.Random(seed), World()
    for number in range(accounts):
        account, by_shop = f"a{number:04d}", chance.choice([0.2, 0.5, 0.8])
        due = [(some_basket(chance), rhythm(chance, every, chance.random() * every)) for every in chance.choices(range(7, 61), k=3)]
        for basket, days in [*due, *((some_basket(chance), [chance.random() * DAYS]) for _ in range(25))]:
            for day in days:
                digital, at = chance.random() < by_shop, instant(chance, day)
                root = made.order(account, at, basket, digital)
                if digital and chance.random() < share:
                    made.planted.add((root, made.order(account, at + timedelta(hours=chance.uniform(0.2, 48)), basket, False)))
    traps(chance, made)
    return made


def rhythm(chance: random.Random, every: int, day: float) -> list[float]:
    """Days of the year, about so many days apart."""
    found = []
    while day < DAYS:
        found.append(day)
        day += every * chance.uniform(0.8, 1.2)
    return found


def traps(chance: random.Random, made: World) -> None:
    """What looks like a re-keyed order and is none."""
    for number in range(12):
        basket = some_basket(chance)
        for week in range(52):  # each week by shop, and by phone a day or three later
            made.order(f"w{number}", instant(chance, week * 7 + 1), basket, True)
            made.order(f"w{number}", instant(chance, week * 7 + 1 + chance.choice([1, 2, 3])), basket, False)
    for number in range(12):
        part: Basket = ((f"part{number % 6}", 10),)
        for _ in range(40):  # two people who need the same part, whenever they do
            made.order(f"p{number}", instant(chance, chance.random() * DAYS), part, chance.random() < 0.5)
    for number in range(30):
        basket, at = some_basket(chance), instant(chance, chance.random() * (DAYS - 3))
        gone = {"cancelled_at": at + timedelta(hours=2)}
        made.order(f"c{number}", at, basket, True, **gone)  # cancelled in the shop, and ordered by phone
        made.order(f"c{number}", at + timedelta(hours=4), basket, False)
        made.order(f"c{number}", at + timedelta(days=40), basket, True)  # the phone order was cancelled: nobody counts it
        made.order(f"c{number}", at + timedelta(days=40, hours=4), basket, False, cancelled_at=at + timedelta(days=41))
    for number in range(20):
        basket, at = some_basket(chance), instant(chance, chance.random() * (DAYS - 3))
        made.order(f"b{number}", at, basket, False)  # by phone first, then by shop: nothing was keyed again
        made.order(f"b{number}", at + timedelta(hours=5), basket, True)
        made.order(f"b{number}", at + timedelta(days=50), basket, True)  # the same items, other quantities
        made.order(f"b{number}", at + timedelta(days=50, hours=5), tuple((item, n + 1) for item, n in basket), False)


def filled(made: World) -> PlainLake:
    """A lake that holds them, and the scopes."""
    lake = PlainLake()
    scopes = [
        ("group", "group", None),
        ("market/de", "market", None),
        ("branch/b1", "branch", "market/de"),
        ("branch/b3", "branch", None),
    ]
    lake.put("dim_scope", [{"scope": one, "level": level, "market": market, "time_zone": "UTC"} for one, level, market in scopes])
    for table, rows in (("fact_order", made.orders), ("fact_order_line", made.lines)):
        columns = sorted({name for row in rows for name in row})
        lake.insert(table, columns, [[row.get(name) for name in columns] for row in rows])
    return lake


def recall_and_precision(found: Iterable[tuple[str, str]], planted: set[tuple[str, str]]) -> tuple[float, float]:
    told = set(found)
    right = len(told & planted)
    return right / len(planted), right / len(told) if told else 1.0
