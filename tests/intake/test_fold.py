"""Root orders folded from records: what each column of an order is, beside a fold in plain Python over the same records."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from charter.intake.fold import fold
from charter.warehouse.tables import TABLES
from plain_lake import PlainLake

AT = datetime(2025, 3, 3, 9, tzinfo=UTC)
FIRST = ("received_at", "entered_at", "confirmed_at")
LAST = ("released_at", "shipped_at", "delivered_at", "customer_wait_seconds", "dwell_seconds")
TIMES = (*FIRST, "released_at", "shipped_at", "delivered_at", "cancelled_at")
Row = dict[str, Any]


def _record(root: str, document: str, row: int = 1, source: str = "erp", **more: Any) -> Row:
    told = {
        "source": source, "entity": "orders", "row_key": f"{source} {document} {row}", "content_hash": "0", "batch_id": "b",
        "document_key": document, "root_key": root, "confirmed": True, "eligible": True, "currency": "EUR",
    }  # fmt: skip
    return {**told, **more}


def _folded(records: list[Row]) -> dict[str, Row]:
    lake = PlainLake()
    names = TABLES["order_record"].column_names()
    lake.insert("order_record", names, [[record.get(name) for name in names] for record in records])
    lake.execute("CREATE TEMP TABLE touched_order AS SELECT DISTINCT root_key FROM facts.order_record")
    lake.execute("CREATE TEMP TABLE touched_cell (fact VARCHAR, scope VARCHAR, day DATE)")
    fold(lake)
    orders = TABLES["fact_order"].column_names()
    listed = ", ".join(f'"{name}"' for name in orders)
    return {str(row[0]): dict(zip(orders, row, strict=True)) for row in lake.rows(f"SELECT {listed} FROM facts.fact_order")}


SHOP = {"source": "shop", "received_at": AT, "net_amount": Decimal(100), "commit_class": "C1"}
COPY = {
    "source": "erp",
    "is_origin": False,
    "entered_at": AT + timedelta(hours=1),
    "net_amount": Decimal(100),
    "commit_class": "C5",
}
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)


def test_what_only_the_copy_in_the_erp_knows_is_the_orders() -> None:
    waits = {"customer_wait_seconds": 600, "dwell_seconds": 7200, "delivered_at": LATEST, "cancelled_at": LATER}
    order = _folded([_record("r", "s1", **SHOP), _record("r", "e1", **COPY, **waits)])["r"]
    assert {name: order[name] for name in waits} == waits
    assert (order["source"], order["commit_class"], order["net_amount"]) == ("shop", "C1", 100)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("2", None), ("10", LATER)], None),
        ([("10", None), ("2", LATER)], None),
        ([("2", LATEST), ("10", LATER)], LATEST),
        ([("2", None)], None),
    ],
)
def test_an_order_of_lines_is_cancelled_when_its_last_line_is(rows: list[tuple[str, datetime | None]], expected: Any) -> None:
    records = [_record("r", "d", row=int(line), net_amount=Decimal(5), cancelled_at=at) for line, at in rows]
    assert _folded(records)["r"]["cancelled_at"] == expected


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        # The shop's order, and two copies of it: one of them is cancelled, or both.
        ([(SHOP, None), (COPY, LATER), (COPY, None)], None),
        ([(SHOP, None), (COPY, LATER), (COPY, LATEST)], LATEST),
        ([(SHOP, LATER), (COPY, None)], LATER),
        # An order in two documents of its own lives while one of them does.
        ([({"received_at": AT}, LATER), ({"received_at": LATER}, None)], None),
        ([({"received_at": AT}, None), ({"received_at": LATER}, LATER)], None),
        ([({"received_at": AT}, LATER), ({"received_at": LATER}, LATEST)], LATEST),
    ],
)
def test_an_order_is_cancelled_when_its_own_documents_or_all_copies_are(documents: list[Any], expected: Any) -> None:
    records = [_record("r", f"d{at}", **{**told, "cancelled_at": when}) for at, (told, when) in enumerate(documents)]
    assert _folded(records)["r"]["cancelled_at"] == expected


@pytest.mark.parametrize(
    ("amounts", "eligible", "expected"),
    [
        ((Decimal(0),), True, (False, "zero")),
        ((Decimal(10), Decimal(-10)), True, (False, "zero")),
        ((Decimal(-5),), True, (False, "credit_note")),
        ((Decimal(10), Decimal(-5)), True, (True, None)),
        ((None,), True, (True, None)),
        ((Decimal(0),), False, (False, "sample")),
        ((Decimal(0),), None, (False, "sample")),
        ((Decimal(5),), None, (None, "sample")),
    ],
)
def test_what_is_worth_nothing_or_less_is_not_eligible(amounts: Any, eligible: bool | None, expected: Any) -> None:
    reason = None if eligible else "sample"
    records = [
        _record("r", "d", row, net_amount=amount, eligible=eligible, ineligible_reason=reason) for row, amount in enumerate(amounts)
    ]
    order = _folded(records)["r"]
    assert (order["eligible"], order["ineligible_reason"]) == expected


def _cancelled(rows: list[Row]) -> datetime | None:
    stamps = [row.get("cancelled_at") for row in rows]
    return max(stamps) if stamps and all(stamps) else None


def _by_hand(records: list[Row]) -> Row:
    """The order of one root, in plain Python."""
    documents: dict[tuple[str, str], list[Row]] = {}
    for record in records:
        documents.setdefault((record["source"], record["document_key"]), []).append(record)

    def rank(key: tuple[str, str]) -> Any:
        ranks = []
        for row in documents[key]:
            came = next((row[name] for name in FIRST if row.get(name)), None)
            ranks.append((row.get("is_origin") is False, came is None, came or AT, *key, row["row_key"]))
        return min(ranks)

    lead = min(documents, key=rank)
    own = documents[lead]
    others = [row for key, rows in documents.items() if key != lead for row in rows]

    def known(rows: list[Row], name: str) -> list[Any]:
        return [row[name] for row in rows if row.get(name) is not None]

    told: Row = {"source": lead[0], "document_count": len(documents)}
    for name in FIRST:
        told[name] = min(known(own, name) or known(others, name), default=None)
    told["received_at"] = min(known(records, "received_at"), default=None)
    for name in LAST:
        told[name] = max(known(own, name) or known(others, name), default=None)
    amounts = known(own, "net_amount")
    told["net_amount"] = sum(amounts) if amounts else None
    copies = [row for row in records if row.get("is_origin") is False]
    told["cancelled_at"] = _cancelled([row for row in records if row not in copies]) or _cancelled(copies)
    told["eligible"] = any(row["eligible"] for row in own) and (told["net_amount"] is None or told["net_amount"] > 0)
    return told


def test_folding_in_sql_is_folding_by_hand() -> None:
    draw = random.Random(7)
    records = []
    for root in range(400):
        for document in range(draw.choice((1, 1, 2, 3))):
            source = draw.choice(("shop", "erp"))
            origin = draw.choice((None, True, False))
            for row in range(draw.choice((1, 1, 2, 3))):
                stamps = {name: AT + timedelta(minutes=draw.randrange(5000)) for name in TIMES if draw.random() < 0.6}
                waits = {name: draw.randrange(9999) for name in LAST if name.endswith("seconds") and draw.random() < 0.5}
                amount = draw.choice((None, Decimal(0), Decimal(-7), Decimal(20), Decimal("9.5")))
                told = {**stamps, **waits, "net_amount": amount, "eligible": draw.random() < 0.8, "is_origin": origin}
                records.append(_record(f"r{root}", f"r{root}d{document}", row, source, **told))
    draw.shuffle(records)
    found = _folded(records)
    for root in range(400):
        expected = _by_hand([record for record in records if record["root_key"] == f"r{root}"])
        assert {name: found[f"r{root}"][name] for name in expected} == expected, f"r{root}"
