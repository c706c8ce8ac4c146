"""Turnover by invoices: shares that credit notes may lower, what feeds them, and that the version by shipments stays what it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from order_world import Row, filled
from small_group import AT, write_group

from charter.errors import CharterError
from charter.model.model import Model
from charter.model.workspace import open_workspace
from charter.performance.measure import rebuild_all
from charter.performance.metric import find_metric
from charter.performance.number import Asked, Number, number
from charter.performance.rules import Feeds, SilentStream, status
from charter.performance.standards import standards
from charter.values.period import Period
from plain_lake import PlainLake

BOTH = Feeds({("erp", "orders"): frozenset({"fact_order"}), ("erp", "invoices"): frozenset({"fact_invoice_line"})})
MARCH = Period.parse("2026-03")


def _line(place: int, amount: str, commit_class: str | None) -> Row:
    return {
        "source": "erp", "entity": "invoices", "row_key": str(place), "content_hash": "h", "batch_id": "b", "document_key": f"i{place}",
        "kind": "invoice" if Decimal(amount) > 0 else "credit_note", "selling_scope": "branch/b1", "invoiced_on": date(2026, 3, 5),
        "net_amount": Decimal(amount), "currency": "EUR", "commit_class": commit_class,
    }  # fmt: skip


def _lake(group: Model, lines: Sequence[tuple[str, str | None]]) -> PlainLake:
    lake = filled({"fact_invoice_line": [_line(place, *one) for place, one in enumerate(lines)]})
    rebuild_all(lake, group)
    return lake


def _ask(lake: PlainLake, group: Model, metric: str = "invoiced-share", feeds: Feeds = BOTH) -> Number:
    return number(lake, group, metric, "group", MARCH, asked=Asked(feeds), beside=False)


@pytest.mark.parametrize(
    ("lines", "value", "coverage", "said"),
    [
        # 50 of 100; what is unclassified is 4 of either sign: 0.46 to 0.54 is above the target of 0.4.
        ([("54", "C1"), ("-4", "C1"), ("50", "C5"), ("4", None), ("-4", "CX")], "0.5", "0.92", "met"),
        # Of 41 of 100 a credit note of unknown class may take 2 back; an invoice cannot, however large.
        ([("41", "C1"), ("61", "C5"), ("-2", None)], "0.41", "0.98", "unknown"),
        ([("41", "C1"), ("29", "C5"), ("30", None)], "0.41", "0.7", "met"),
        # To 39 of 100 an invoice may add 2; a credit note cannot.
        ([("39", "C1"), ("91", "C5"), ("-30", None)], "0.39", "0.7", "missed"),
        ([("41", "C1"), ("59", "C5")], "0.41", "1", "met"),
        ([("39", "C0"), ("59", "C5"), ("2", None)], "0.39", "0.98", "unknown"),
        # More of the digital ones was taken back than sold.
        ([("10", "C1"), ("-20", "C1"), ("60", "C5")], "-0.2", "1", "missed"),
        # More was credited than invoiced: nothing is a share of that, though 30 / 10 could be divided.
        ([("-30", "C1"), ("20", "C5")], None, None, "unknown"),
        ([("30", "C1"), ("-30", "C5")], None, None, "unknown"),
    ],
)
def test_credit_notes_lower_a_share_and_so_may_those_of_unknown_class(
    group: Model, lines: Sequence[tuple[str, str | None]], value: str | None, coverage: str | None, said: str
) -> None:
    many = [*lines, *[("0", "C5")] * 30]
    told = _ask(_lake(group, many), group)
    assert (told.value, told.coverage) == tuple(None if one is None else Decimal(one) for one in (value, coverage))
    assert (told.status, told.n) == (said, len(many))
    assert _ask(_lake(group, many), group, "invoiced-turnover").value == sum(Decimal(amount) for amount, _ in lines)


@pytest.mark.parametrize(
    ("value", "may_lower", "direction", "said"),
    [
        ("0.41", "0", "up", "met"),
        ("0.41", "0.02", "up", "unknown"),
        ("0.39", "0.02", "up", "missed"),
        ("0.39", "0.01", "up", "unknown"),
        ("0.41", "0.02", "down", "unknown"),
        ("0.39", "0.02", "down", "met"),
        ("0.39", "0", "down", "unknown"),
    ],
)
def test_what_is_unclassified_turns_a_status_only_the_way_that_it_can(
    value: str, may_lower: str, direction: Literal["up", "down"], said: str
) -> None:
    """Of two percent that are unclassified some may lower the value, and the rest may raise it."""
    target, unclassified = Decimal("0.4"), Decimal("0.02")
    assert status(Decimal(value), None, target, direction, 100, 30, unclassified, may_lower=Decimal(may_lower)) == said


@pytest.mark.parametrize(
    ("metric", "fed", "missing"),
    [
        ("invoiced-share", ("fact_order",), "fact_invoice_line"),
        ("invoiced-share", ("fact_invoice_line",), "fact_order"),
        ("invoiced-turnover", ("fact_order",), "fact_invoice_line"),
        ("invoiced-turnover", ("fact_invoice_line",), None),
    ],
)
def test_without_what_it_needs_there_is_no_value(group: Model, metric: str, fed: tuple[str, ...], missing: str | None) -> None:
    feeds = Feeds({("erp", table): frozenset({table}) for table in fed})
    told = _ask(_lake(group, [("10", None)]), group, metric, feeds)
    assert (told.value is None) == (missing is not None)
    assert [why for why in told.why_not_certified if "no source tells" in why] == (
        [f"no source tells of {missing}"] if missing else []
    )


def test_invoices_and_orders_of_one_source_answer_for_themselves(group: Model) -> None:
    lake = _lake(group, [("10", "C1")])
    lake.put("fact_order", [{**_order(place), "root_key": f"o{place}"} for place in range(3)])
    told = {"source": "erp", "scope": "group", "month": date(2026, 3, 1), "measure": "net_amount", "ours": 10}
    rows: list[dict[str, Any]] = [
        {**told, "entity": entity, "theirs": theirs, "quarantined": 0, "excluded": 0, "unexplained": theirs - 10}
        for entity, theirs in (("orders", 70), ("invoices", 11))
    ]
    lake.put("reconciliation", rows)
    rebuild_all(lake, group)
    silent = tuple(
        SilentStream("erp", f"{fact} stream", date(2026, 3, 1), date(2026, 4, 1), feeds=(fact,))
        for fact in ("fact_order", "fact_invoice_line")
    )
    feeds = Feeds(BOTH.tables, silent)
    for metric, theirs, fact in (("order-value", 70, "fact_order"), ("invoiced-turnover", 11, "fact_invoice_line")):
        found = _ask(lake, group, metric, feeds)
        assert [one.theirs for one in found.passport.reconciliation] == [theirs]
        told_silent = [why for why in found.why_not_certified if "not received" in why]
        assert told_silent == [f"erp: stream {fact} stream not received (2026-03-01 to 2026-03-31)"]


def _order(place: int) -> Row:
    return {
        "source": "erp", "document_count": 1, "line_count": 1, "selling_scope": "branch/b1", "ordered_on": date(2026, 3, 4),
        "eligible": True, "confirmed": True, "net_amount": Decimal(place), "currency": "EUR",
    }  # fmt: skip


def test_the_share_of_shipments_is_the_definition_that_it_was_before_there_were_invoices() -> None:
    assert standards()["digital-turnover-share@1"].hash == "f09ced0991bcdb61"
    assert standards()["digital-turnover-share@2"].fact == "fact_invoice_line"


def test_who_asks_for_a_metric_that_is_not_declared_is_told_of_each_version(tmp_path: Path) -> None:
    write_group(tmp_path, later=False)
    place = tmp_path / "group" / "metrics.yaml"
    kept = [one for one in place.read_text().split("---\n") if "{name: digital-turnover-share}" not in one]
    place.write_text("---\n".join(kept))
    with pytest.raises(CharterError) as told:
        find_metric(open_workspace(tmp_path).model(AT), "digital-turnover-share", "group")
    wanted = "spec.standard digital-turnover-share@1 or digital-turnover-share@2 in group/metrics"
    assert told.value.hint == f"it ships with Charter: declare it with {wanted}"
