"""The facts that metrics count: their tables, and the columns that are worked out while they are scanned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from charter.performance import clock
from charter.warehouse.tables import TABLES

TableName = Callable[[str], str]

_TIMED = "COALESCE(f.\"time_precision\", 'second') <> 'day'"
# Seller-caused defects count when found within so many days of shipment (KPI, error rate).
DEFECT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Derived:
    """One column worked out in the scan: its SQL over `f` (the fact with its instants as seconds), and what it needs."""

    sql: str
    meaning: str
    readings: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One table that can be counted: by which scopes and days it may be attributed, and what it offers beyond its columns.

    `instants` are epoch seconds by name, in steps: SQL over the table's columns and the instants of the steps before,
    all of it under the alias `b`.
    """

    table: str
    attributions: tuple[tuple[str, str], ...]
    instants: tuple[Mapping[str, str], ...] = ()
    derived: Mapping[str, Derived] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Answers the columns of the table itself that can be counted: none that tells of a person."""
        return tuple(column.name for column in TABLES[self.table].columns if not column.personal)

    def offers(self) -> tuple[str, ...]:
        """Answers every column that an expression of a metric may name."""
        return (*self.columns, *self.derived)


def _business(later: str, earlier: str) -> str:
    return f"{{{later}}} - {{{earlier}}}"


_WITH_T0 = f"{_TIMED} AND f.at_confirmed >= f.at_received"
_SPLIT = f"{_WITH_T0} AND f.at_entered >= f.at_received AND f.at_entered <= f.at_confirmed"
_FROM_ENTRY = f"{_TIMED} AND f.at_received IS NULL AND f.at_confirmed >= f.at_entered"
_BEGUN = "COALESCE(b.at_entered, b.at_received)"
_TOTAL = f"({_business('confirmed', 'received')}) - ({_business('lain', 'begun')})"


def _when(condition: str, value: str) -> str:
    return f"CASE WHEN {condition} THEN {value} END"


def _gap(*last: str) -> str:
    tests = (
        f"WHEN NOT ({_TIMED}) THEN 'dates_only'",
        "WHEN f.at_received IS NULL THEN 'no_received'",
        "WHEN f.at_confirmed IS NULL THEN 'not_confirmed'",
        "WHEN f.at_confirmed < f.at_received THEN 'stepped_back'",
        *last,
    )
    return f"CASE {' '.join(tests)} END"


_DWELL_END = f'LEAST({_BEGUN} + GREATEST(COALESCE(b."dwell_seconds", 0), 0), b.at_confirmed)'
_OBSERVED = {
    "at_received": clock.epoch('b."received_at"'),
    "at_entered": clock.epoch('b."entered_at"'),
    "at_confirmed": clock.epoch('b."confirmed_at"'),
}
# The dwell lies right after the entry, the customer's wait right before T2; both stay between entry and T2.
_PLACED = {
    "at_begun": _BEGUN,
    "at_lain": _DWELL_END,
    "at_asked": (f'GREATEST(b.at_confirmed - GREATEST(COALESCE(b."customer_wait_seconds", 0), 0), {_DWELL_END})'),
}

_TOTAL_READS = ("received", "confirmed", "begun", "lain")
_ORDER_DERIVED = {
    "order_seconds": Derived(_when(_WITH_T0, _TOTAL), "business seconds from T0 to T2 without the dwell", readings=_TOTAL_READS),
    "entry_seconds": Derived(
        _when(_SPLIT, _business("entered", "received")), "business seconds from T0 to T1", ("entered", "received")
    ),
    "customer_wait_business": Derived(
        _when(_SPLIT, _business("confirmed", "asked")),
        "business seconds waiting for the customer",
        ("confirmed", "asked"),
    ),
    "processing_seconds": Derived(
        _when(_SPLIT, _business("asked", "lain")),
        "business seconds of processing: neither entry, dwell nor wait",
        ("asked", "lain"),
    ),
    "from_entry_seconds": Derived(
        _when(_FROM_ENTRY, f"({_business('confirmed', 'begun')}) - ({_business('lain', 'begun')})"),
        "business seconds from T1 to T2 without the dwell, where T0 was not observed",
        readings=("confirmed", "begun", "lain"),
    ),
    "order_seconds_calendar": Derived(
        _when(_WITH_T0, "(f.at_confirmed - f.at_received) - (f.at_lain - f.at_begun)"),
        "calendar seconds from T0 to T2 without the dwell",
    ),
    "order_gap": Derived(
        _gap("WHEN {received} IS NULL OR {confirmed} IS NULL THEN 'no_calendar'"),
        "why order_seconds is unknown; null where it is known",
        readings=("received", "confirmed"),
    ),
    "order_gap_calendar": Derived(_gap(), "why order_seconds_calendar is unknown; null where it is known"),
    "ship_days_seconds": Derived(
        'CASE WHEN f."shipped_on" >= f."ordered_on" '
        'THEN CAST(DATEDIFF(\'day\', f."ordered_on", f."shipped_on") AS BIGINT) * 86400 END',
        "days from order to shipment x 86,400 seconds",
    ),
    "seller_defects": Derived(
        'COALESCE(defect."seller", 0)', "seller-caused defects within 30 days of shipment", joins=("defect",)
    ),
    "remorse_defects": Derived('COALESCE(defect."remorse", 0)', "changes of the customer's mind within 30 days", joins=("defect",)),
}

_SELLER_CATEGORIES = "('price', 'item', 'quantity', 'address', 'duplicate', 'document', 'credit')"


def defect_join(table: TableName) -> str:
    """Answers the join that counts an order's defects, found until 30 days (in UTC) after the day of shipment."""
    in_time = f"DATEDIFF('day', o.\"shipped_on\", CAST(d.\"found_at\" AT TIME ZONE 'UTC' AS DATE)) <= {DEFECT_DAYS}"
    return (
        'LEFT JOIN (SELECT d."root_key" AS root_key, '
        f'SUM(CASE WHEN d."caused_by" = \'seller\' AND d."category" IN {_SELLER_CATEGORIES} THEN 1 ELSE 0 END) '
        'AS "seller", '
        'SUM(CASE WHEN d."category" = \'remorse\' THEN 1 ELSE 0 END) AS "remorse" '
        f'FROM {table("fact_defect")} AS d JOIN {table("fact_order")} AS o ON o."root_key" = d."root_key" '
        f'WHERE {in_time} GROUP BY d."root_key") AS defect ON defect.root_key = f."root_key"'
    )


FACTS: Mapping[str, Fact] = {
    "fact_order": Fact(
        "fact_order",
        (
            ("selling_scope", "ordered_on"),
            ("fulfilling_scope", "ordered_on"),
            ("selling_scope", "shipped_on"),
        ),
        (_OBSERVED, _PLACED),
        _ORDER_DERIVED,
    ),
    "fact_order_line": Fact("fact_order_line", (("selling_scope", "ordered_on"),)),
    "fact_invoice_line": Fact("fact_invoice_line", (("selling_scope", "invoiced_on"),)),
    "fact_case": Fact("fact_case", (("serving_scope", "resolved_on"),)),
}


def instants_of(fact: Fact) -> Iterable[str]:
    """Answers the columns of a fact that hold an instant, for `business(a, b)`."""
    return [column.name for column in TABLES[fact.table].columns if column.type == "TIMESTAMPTZ"]
