"""What is held, and what settles it: rows that come again, newer rows, dismissals."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from shop import AT, COLUMNS, SOURCE, Shop

from charter.app.number import number
from charter.app.quarantine import dismiss, held, held_rows
from charter.errors import CharterError

METRIC = """\
apiVersion: charter/v1
kind: Metric
metadata: {name: order-count}
spec: {standard: order-count@1}
"""
VERSIONED = SOURCE.partition("      targets:")[0].replace("day: day", "day: day\n      version: qty") + (
    "      targets:\n        order: {document: no, ordered_on: day, net_amount: net, currency: \"'EUR'\", confirmed: 'true', eligible: 'true'}\n"
)


def listed(shop: Shop, **only: Any) -> list[tuple[str, str, int]]:
    return [(one.delivery.rpartition("/")[2], one.rule, one.rows) for one in held(shop.project, **only)]


def lacked(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows("SELECT documents, rows, net_amount FROM {held} ORDER BY ALL")


def test_a_held_update_of_a_row_that_was_taken_in_is_told_until_it_comes_mended(shop: Shop) -> None:
    shop.deliver("a.csv", f"{COLUMNS}\nA1,1,2024-06-03,x,1,120.50\n")
    shop.run()
    shop.deliver("b.csv", f"{COLUMNS}\nA1,1,2024-06-03,x,1,9x9\n")
    shop.run(AT + timedelta(days=1))
    assert listed(shop) == [("b.csv", "net:type", 1)]
    assert lacked(shop) == [(0, 1, None)]
    shop.deliver("c.csv", f"{COLUMNS}\nA1,1,2024-06-03,x,1,120.50\n")
    shop.run(AT + timedelta(days=2))
    assert listed(shop) == []
    assert lacked(shop) == []


def test_of_two_versions_the_greater_one_counts_whichever_came_first(shop: Shop) -> None:
    shop.write("group/sources/erp.yaml", VERSIONED)
    shop.deliver("a.csv", f"{COLUMNS}\nA1,1,2024-06-03,x,5,10\nB1,1,2024-06-03,x,1,10\n")
    shop.run()
    shop.deliver("b.csv", f"{COLUMNS}\nA1,1,2024-06-03,x,3,bad\nB1,1,2024-06-03,x,3,bad\n")
    shop.run(AT + timedelta(days=1))
    assert [(row.delivery[-5:], row.row_number) for row in held_rows(shop.project)] == [("b.csv", 2)]


def test_a_row_without_a_key_that_comes_in_three_exports_is_held_once(shop: Shop) -> None:
    row = ",1,2024-06-03,x,1,500\n"
    for day, name in enumerate(("a.csv", "b.csv", "c.csv")):
        shop.deliver(name, f"{COLUMNS}\n{row}{row}A{day},1,2024-06-03,x,1,10\n")
        shop.run(AT + timedelta(days=day))
    assert listed(shop) == [("c.csv", "no:required", 2)]
    assert lacked(shop) == [(2, 2, 1000)]


def test_a_refused_delivery_is_listed_with_its_rows_and_can_be_dismissed(shop: Shop) -> None:
    shop.deliver("a.csv", "no,pos,day\nA1,1,2024-06-03\n")
    assert shop.run().refused
    assert [(name, rule.partition(" ")[0]) for name, rule, _ in listed(shop)] == [("a.csv", "refused:")]
    batch = held(shop.project)[0].batch_id
    assert "the refused delivery of erp/lines" in dismiss(shop.project, batch[:10], None, "came twice")
    assert listed(shop) == []
    assert shop.rows("SELECT state, ends_with(reason, ': came twice') FROM {batch}") == [("replaced", True)]


def test_dismissing_settles_what_will_not_come_again_and_says_who_and_why(shop: Shop) -> None:
    shop.deliver("a.csv", f"{COLUMNS}\nA1,1,2024-06-03,x,1,bad\nA2,1,2024-06-03,x,1,worse\n")
    shop.run()
    batch = held(shop.project)[0].batch_id
    assert "1 held row of erp/lines" in dismiss(shop.project, batch, 1, "cancelled by phone")
    assert lacked(shop) == [(1, 1, None)]
    assert "1 held row of erp/lines" in dismiss(shop.project, batch, None, "neither")
    assert (listed(shop), lacked(shop)) == ([], [])
    told = shop.rows("SELECT settled_by FROM {quarantine_row} ORDER BY row_number")
    assert [text[0].rpartition(": ")[2] for text in told] == ["cancelled by phone", "neither"]
    assert all("(unauthenticated)" in text[0] for text in told)
    with pytest.raises(CharterError, match="APP006"):
        dismiss(shop.project, batch, 1, "again")
    with pytest.raises(CharterError, match="APP019"):
        dismiss(shop.project, batch, 1, "  ")


def test_what_cannot_be_placed_may_be_of_any_scope_below_and_is_expected_there_by_its_share(shop: Shop) -> None:
    shop.write("group/scopes.csv", "scope,parent,from,to,title\nmarket/de,group,,,Germany\nmarket/at,group,,,Austria\n")
    shop.write("group/metrics/order-count.yaml", METRIC)
    placed = VERSIONED.replace("document: no,", "document: no, selling_scope: item,").replace("      version: qty\n", "")
    shop.write("group/sources/erp.yaml", placed)
    rows = [("market/de", 6), ("market/at", 3), ("market/xx", 1)]
    lines = [f"{scope}-{at},1,2024-06-03,{scope},1,10" for scope, count in rows for at in range(count)]
    shop.deliver("a.csv", "\n".join((COLUMNS, *lines)))
    shop.run()
    found = {scope: number(shop.project, "order-count", scope, "2024-06").number for scope in ("group", "market/de", "market/at")}
    # One of ten is held: at the group for certain, in Germany by six ninths, in Austria by three.
    expected = {"group": (Decimal(1), True), "market/de": (Decimal("0.666667"), False), "market/at": (Decimal("0.333333"), False)}
    told = {scope: [(held.expected, held.placed) for held in one.passport.held] for scope, one in found.items()}
    assert told == {scope: [one] for scope, one in expected.items()}
    assert {scope: one.held_share for scope, one in found.items()} == dict.fromkeys(found, Decimal("0.1"))
    assert all(
        "10.0 % of what came in is held in quarantine; at most 5.0 % may be" in one.why_not_certified for one in found.values()
    )


def test_a_misspelt_filter_is_no_good_news(shop: Shop) -> None:
    shop.deliver("a.csv", f"{COLUMNS}\nA1,1,2024-06-03,x,1,bad\n")
    shop.run()
    assert listed(shop, source="erp") == listed(shop, source="erp/lines") == [("a.csv", "net:type", 1)]
    for told, only in (("did you mean erp", {"source": "epr"}), ("did you mean net:type", {"rule": "net:typ"})):
        with pytest.raises(CharterError) as error:
            held(shop.project, **only)
        assert told in str(error.value)
