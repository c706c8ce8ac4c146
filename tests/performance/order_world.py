"""Generated root orders, lines and defects with every edge that a source can have; seeded, so that a failure repeats."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from small_group import SCOPES, local_day

from plain_lake import PlainLake

Row = dict[str, Any]
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_CLASSES = ("C0", "C1", "C2", "C3", "C4", "C5", "CX", None)
_TOUCHPOINTS = ("shop", "edi", "phone", "mail", "counter", None)
_CATEGORIES = ("price", "item", "quantity", "address", "duplicate", "document", "credit", "remorse", "other", None)
TABLES = ("fact_order", "fact_order_line", "fact_invoice_line", "fact_defect")


def _seldom(chance: random.Random, value: Any, other: Any, share: float = 0.15) -> Any:
    return other if chance.random() < share else value


def order(chance: random.Random, root: str, currencies: tuple[str, ...] = ("EUR",)) -> Row:
    """One root order; instants may be missing, or step back; the clock changes and the move lie within its days."""
    received = _FIRST + timedelta(seconds=chance.randrange(110 * 86_400), microseconds=chance.choice([0, 0, 999_999]))
    entered = received + timedelta(seconds=chance.choice([0, 600, 3_600, 90_000, -60]))
    confirmed = entered + timedelta(seconds=chance.choice([0, 300, 7_200, 200_000, 400_000, -3_600]))
    fulfilling = chance.choice([*SCOPES, None])
    ordered_on = local_day(fulfilling, confirmed)
    return {
        "root_key": root, "source": "erp", "document_count": 1, "line_count": chance.randrange(0, 6),
        "stream": chance.choice(["s1", "s2"]), "account_key": _seldom(chance, f"a{chance.randrange(12)}", None),
        "selling_scope": chance.choice([*SCOPES, None]), "fulfilling_scope": fulfilling,
        "commit_class": chance.choice(_CLASSES), "touchpoint": chance.choice(_TOUCHPOINTS),
        "order_type": chance.choice(["standard", "counter", "call_off", None]),
        "received_at": _seldom(chance, received, None), "entered_at": _seldom(chance, entered, None),
        "confirmed_at": _seldom(chance, confirmed, None),
        "cancelled_at": _seldom(chance, None, confirmed + timedelta(seconds=chance.choice([-100, 0, 100_000]))),
        "ordered_on": _seldom(chance, ordered_on, None, 0.03),
        "shipped_on": _seldom(chance, ordered_on + timedelta(days=chance.choice([0, 1, 2, 9, -1])), None),
        "time_precision": chance.choice(["second", "minute", None, "day"]),
        "currency": chance.choice(currencies), "net_amount": Decimal(chance.randrange(-500, 500_000)) / 100,
        "confirmed": chance.choice([True, True, True, True, False, None]),
        "eligible": chance.choice([True, True, True, True, False, None]),
        "human_touched": chance.choice([True, False, None]),
        "customer_wait_seconds": chance.choice([None, 0, 500, 100_000, -5]),
        "dwell_seconds": chance.choice([None, None, 0, 4_000, 300_000, -5]),
    }  # fmt: skip


def lines(chance: random.Random, one: Row) -> list[Row]:
    """Order lines of a few items at prices that differ, some of them returns, copies, or without an account."""
    found = []
    for place in range(chance.randrange(0, 4)):
        quantity, price = Decimal(chance.choice([1, 2, 5, -1])), Decimal(chance.choice([900, 1000, 1050, 1400, 0])) / 100
        found.append(
            {
                **_identity(f"{one['root_key']}-{place}"), "document_key": one["root_key"], "root_key": one["root_key"],
                "is_origin": _seldom(chance, chance.choice([True, None]), False), "account_key": one["account_key"],
                "selling_scope": one["selling_scope"], "ordered_on": one["ordered_on"],
                "ship_to_market": chance.choice(["market/de", "market/us", None]), "item_key": chance.choice(["i1", "i2", "i3", None]),
                "unit": chance.choice(["pce", "pce", None]), "tier_band": chance.choice([None, None, "10+"]), "quantity": quantity,
                "unit_price": price, "net_amount": quantity * price + Decimal(chance.choice([0, 0, -1])), "currency": one["currency"],
                "eligible": one["eligible"],
            }
        )  # fmt: skip
    return found


def invoice_lines(chance: random.Random, one: Row) -> list[Row]:
    """What was billed of an order and taken back, some days later or elsewhere; of some nobody knows the order."""
    found = []
    for place in range(chance.choice([0, 1, 1, 2, 4])):
        kind = chance.choice(["invoice", "invoice", "credit_note"])
        amount = Decimal(chance.randrange(0, 90_000)) / 100 * (-1 if kind == "credit_note" else chance.choice([1, 1, 1, -1]))
        known = chance.random() < 0.8
        found.append(
            {
                **_identity(f"{one['root_key']}-i{place}"), "document_key": f"i-{one['root_key']}", "kind": kind,
                "selling_scope": _seldom(chance, one["selling_scope"], None),
                "invoiced_on": (one["ordered_on"] or _FIRST.date()) + timedelta(days=chance.randrange(40)), "net_amount": amount,
                "currency": one["currency"], "root_key": one["root_key"] if known else None,
                "commit_class": one["commit_class"] if known else None, "touchpoint": one["touchpoint"] if known else None,
                "eligible": one["eligible"] if known else None,
            }
        )  # fmt: skip
    return found


def defects(chance: random.Random, one: Row) -> list[Row]:
    """Defects around the thirtieth day after shipment, of every category and cause."""
    if one["shipped_on"] is None or chance.random() < 0.5:
        return []
    noon = datetime.combine(one["shipped_on"], datetime.min.time(), UTC)
    return [
        {
            **_identity(f"{one['root_key']}-d{place}"), "defect_key": f"{one['root_key']}-d{place}", "root_key": one["root_key"],
            "category": chance.choice(_CATEGORIES), "caused_by": chance.choice(["seller", "seller", "customer", None]),
            "found_at": _seldom(chance, noon + timedelta(days=chance.choice([0, 5, 30, 31]), seconds=chance.choice([0, 86_399])), None),
        }
        for place in range(chance.randrange(1, 3))
    ]  # fmt: skip


def _identity(key: str) -> Row:
    return {"source": "erp", "entity": "e", "row_key": key, "content_hash": "h", "batch_id": "b"}


def world(seed: int, count: int, currencies: tuple[str, ...] = ("EUR",)) -> dict[str, list[Row]]:
    """All rows by table."""
    chance = random.Random(seed)
    orders = [order(chance, f"o{place:04d}", currencies) for place in range(count)]
    return {
        "fact_order": orders,
        "fact_order_line": [row for one in orders for row in lines(chance, one)],
        "fact_defect": [row for one in orders for row in defects(chance, one)],
        "fact_invoice_line": [row for one in orders for row in invoice_lines(chance, one)],
    }


def filled(rows: dict[str, list[Row]]) -> PlainLake:
    """A lake that holds them."""
    lake = PlainLake()
    for table, many in rows.items():
        columns = sorted({name for row in many for name in row})
        lake.insert(table, columns, [[row.get(name) for name in columns] for row in many])
    return lake
