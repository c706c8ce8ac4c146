"""A generated year of a distributor whose reps sit in for customers in the storefront; seeded, nothing of it Charter's.

Traps: buyers of chains and of firms with two numbers, a buying service for a few firms, a platform's machine for all, orders that
a rep keyed on the buyer's own screen, a person who left to work for a customer.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from plain_lake import PlainLake

FIRST, FIRMS, REPS, ORDERS = date(2025, 1, 1), 240, 6, 6000
Row = dict[str, Any]


@dataclass
class World:
    """Orders, accounts, which are the same as others, and the orders that reps placed in the customer's place."""

    orders: list[Row] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    same: list[Row] = field(default_factory=list)
    planted: set[str] = field(default_factory=set)

    def order(self, account: str, user: str | None, commit: str = "C1", **more: Any) -> str:
        """Adds an order; answers its root."""
        root = f"o{len(self.orders):05}"
        row = {
            "root_key": root, "source": "shop", "document_count": 1, "line_count": 1, "account_key": account, "placed_by": user,
            "selling_scope": "branch/b1", "commit_class": commit, "touchpoint": {"C1": "shop", "C3": "rep"}.get(commit, "phone"),
            "ordered_on": FIRST, "net_amount": Decimal(100), "currency": "EUR", "eligible": True, "confirmed": True,
        }  # fmt: skip
        self.orders.append(row | more)
        return root


def filled(world: World) -> PlainLake:
    """Answers a lake with the world in it."""
    lake = PlainLake()
    places = (("branch/b1", "market/de"), ("branch/b2", "market/nl"))
    rows = [{"scope": one, "level": "branch", "branch": one, "market": market, "time_zone": "Etc/UTC"} for one, market in places]
    lake.put("dim_scope", rows)
    lake.put("fact_order", world.orders)
    identity = {"source": "m", "entity": "a", "content_hash": "h", "batch_id": "b"}
    lake.put("dim_account", [{**identity, "row_key": f"a{place}", **row} for place, row in enumerate(world.accounts)])
    lake.put("account_identity", [{"how": "exact key", "told": "t", "with_key": "w", **row} for row in world.same])
    return lake


def world(seed: int, share: float) -> World:
    """A year in which reps placed this share of the storefront's orders."""
    chance, made = random.Random(seed), World()
    for firm in range(FIRMS):
        made.accounts.append(
            {"account_key": f"k{firm}", "parent_account_key": f"k{firm - firm % 8}" if firm % 8 in (1, 2, 3) else None}
        )
    for firm in range(0, FIRMS, 9):
        made.accounts.append({"account_key": f"twin{firm}"})
        made.same.append({"account_key": f"twin{firm}", "identity": f"k{firm}"})
    for _ in range(ORDERS):
        firm, day = chance.randrange(FIRMS), FIRST + timedelta(days=chance.randrange(365))
        buyer, rep = f"buyer-{firm}", f"rep-{firm % REPS}"
        head = f"buyer-{firm - firm % 8}" if firm % 8 in (1, 2, 3) else buyer
        account = f"twin{firm}" if firm % 9 == 0 and chance.random() < 0.4 else f"k{firm}"
        match chance.choices(("shop", "service", "platform", "rep", "screen", "phone"), (50, 5, 8, 8, 1, 28))[0]:
            case "shop" if chance.random() < share:
                made.planted.add(made.order(account, rep, ordered_on=day))
            case "shop":
                made.order(account, chance.choice((buyer, head)), ordered_on=day)
            case "service":
                made.order(f"k{firm % 5}", "service", ordered_on=day)
            case "platform":
                made.order(account, "machine", touchpoint="punchout", ordered_on=day)
            case "rep":
                made.order(account, rep, "C3", ordered_on=day)
            case "screen":
                made.order(account, buyer, "C3", ordered_on=day)
            case _:
                made.order(account, None, "C5", ordered_on=day)
    return made
