"""What is certified and what is not: each rule alone, at its edge, and what is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from order_world import filled, world

from charter.model.model import Model
from charter.performance.measure import rebuild_all
from charter.performance.number import Asked, number
from charter.performance.passport import held
from charter.performance.roll_up import Under
from charter.performance.rules import Evidence, Feeds, Held, OwnerFact, Reconciled, Refusal, SilentStream, why_not_certified
from charter.values.period import Period
from plain_lake import PlainLake

GOOD = Evidence(
    coverage=Decimal("0.97"),
    threshold=Decimal("0.95"),
    silent=(),
    refused=(),
    reconciled=(),
    tolerance=Decimal("0.005"),
    owner=OwnerFact("person/anna", accepted=True),
    sources=("erp",),
    population=98,
)


def _held(documents: int, expected: str | None = None) -> Held:
    return Held("erp", "orders", documents, documents, None, None, Decimal(expected or documents), dated=expected is None)


def test_what_lacks_nothing_is_certified() -> None:
    assert why_not_certified(GOOD) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"coverage": Decimal("0.949999")}, "coverage 94.9 % is below 95.0 %"),
        ({"sources": ()}, "no source feeds it"),
        ({"owner": None}, "nobody is accountable"),
        ({"owner": OwnerFact("person/anna", accepted=False)}, "person/anna has not accepted"),
        ({"refused": (Refusal("erp", "a.csv", "empty"),)}, "erp: a.csv was refused: empty"),
        ({"silent": (SilentStream("erp", "phone", date(2025, 1, 1), date(2025, 1, 3)),)},
         "erp: stream phone not received (2025-01-01 to 2025-01-02)"),
        # 98 orders came in and 3 are held: 3 of 101 are 2.97 %, and with the 3 % that are not classified more than 5 %.
        ({"held": (_held(3),)}, "3.0 % of what came in is held in quarantine; at most 2.0 % may be"),
        # 6 of 104, and 98 classified all the same.
        ({"held": (_held(4), _held(2)), "coverage": None}, "5.8 % of what came in is held in quarantine; at most 5.0 % may be"),
        ({"held": (_held(60, "3"),)}, "3.0 % of what came in is held in quarantine; at most 2.0 % may be"),
        ({"population": 0, "held": (_held(1),)}, "100.0 % of what came in is held in quarantine; at most 2.0 % may be"),
        # Two orders of a hundred, and more than a third of the money.
        ({"held": (_held(2),), "held_money": Decimal("0.36")}, "36.0 % of the money that came in is held in quarantine; at most 5.0 % may be"),
        ({"reconciled": (Reconciled("erp", "orders", Decimal(200), Decimal(2)),)},
         "erp itself reports 200 orders; of that 2 unexplained"),
        ({"reconciled": (Reconciled("erp", "net_amount", Decimal(200), Decimal(0), Decimal("1.01")),)},
         "erp itself reports 200 net amount; of that 1.01 held in quarantine"),
        # What we have too much does not make good for what is held.
        ({"reconciled": (Reconciled("erp", "orders", Decimal(200), Decimal(-1), Decimal(1)),)},
         "erp itself reports 200 orders; of that -1 unexplained, 1 held in quarantine"),
    ],
)  # fmt: skip
def test_each_lack_is_told(change: dict[str, object], reason: str) -> None:
    assert why_not_certified(replace(GOOD, **change)) == (reason,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"held": (_held(2),)},
        {"held": (_held(5),), "coverage": None},
        {"held": (_held(60, "0"),)},
        {"held_money": Decimal("0.05")},
        {"reconciled": (Reconciled("erp", "orders", Decimal(200), Decimal("0.5"), Decimal("0.5")),)},
    ],
)
def test_what_is_small_enough_does_not_matter(change: dict[str, object]) -> None:
    assert why_not_certified(replace(GOOD, **change)) == ()  # type: ignore[arg-type]


def test_what_is_held_belongs_to_a_place_and_a_time_of_its_organisation() -> None:
    lake = PlainLake()
    moved = date(2025, 3, 1)
    lake.put("dim_scope", [
        {"scope": "branch/ulm", "level": "branch", "market": "market/de", "branch": "branch/ulm", "time_zone": "Etc/UTC", "valid_to": moved},
        {"scope": "branch/ulm", "level": "branch", "market": "market/at", "branch": "branch/ulm", "time_zone": "Etc/UTC", "valid_from": moved},
    ])  # fmt: skip

    def row(scope: str | None, first: date | None, last: date | None, documents: int, **more: object) -> dict[str, object]:
        told = {"source": "erp", "entity": "orders", "scope": scope, "data_from": first, "data_to": last}
        return {**told, "documents": documents, "rows": documents * 2, "currency": "EUR", "net_amount": Decimal(10), **more}

    february, march = date(2025, 2, 28), date(2025, 3, 1)
    lake.put("held", [
        row("branch/ulm", february, february, 1),
        row("branch/ulm", march, march, 2),
        row(None, march, march, 4, net_amount=None),
        # Ten days that its delivery tells of, of which four lie in March.
        row("branch/ulm", date(2025, 2, 23), date(2025, 3, 4), 10),
        row("branch/ulm", None, None, 16, currency=None),
        row("branch/ulm", march, march, 32, entity="other"),
    ])  # fmt: skip

    def of(scope: str, **more: date) -> list[tuple[object, ...]]:
        found = held(lake, [("erp", "orders")], march, date(2025, 4, 1), Under(scope, **more))
        return [(one.currency, one.dated, one.documents, one.rows, one.net_amount, one.expected) for one in found]

    ten = ("EUR", False, 10, 20, Decimal(10), Decimal(4))
    # What names no scope may be of any; what names no day is placed by the tree at the period's end.
    nowhere = ("EUR", True, 4, 8, None, Decimal(4))
    undated = (None, False, 16, 32, Decimal(10), Decimal(0))
    assert of("market/de") == [nowhere]
    mine = ("EUR", True, 2, 4, Decimal(10), Decimal(2))
    assert sorted(of("market/at"), key=str) == sorted([mine, ten, undated, nowhere], key=str)
    assert sorted(of("market/de", org_as_of=february), key=str) == sorted(of("market/at"), key=str)
    assert sorted(of("group"), key=str) == sorted([("EUR", True, 6, 12, Decimal(10), Decimal(6)), ten, undated], key=str)
    assert held(lake, [], march, date(2025, 4, 1), Under("group")) == ()


SILENT_MARKET = SilentStream("erp", "calls", date(2026, 2, 1), date(2026, 3, 1), scope="market/de")


@pytest.mark.parametrize(
    ("scope", "lacks"),
    [("group", True), ("market/de", True), ("branch/b1", True), ("market/us", False), ("branch/b3", False)],
)
def test_a_silence_uncertifies_the_numbers_of_its_own_place_and_of_those_above_it(group: Model, scope: str, lacks: bool) -> None:
    lake = filled(world(3, 200))
    rebuild_all(lake, group)
    asked = Asked(Feeds({("erp", "orders"): frozenset({"fact_order"})}, (SILENT_MARKET,)))
    told = number(lake, group, "order-count", scope, Period.parse("2026-02"), asked=asked, beside=False)
    assert told.n > 0
    assert any("stream calls not received" in reason for reason in told.why_not_certified) == lacks
