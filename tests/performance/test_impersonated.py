"""Reps in the customer's place: each rule by itself, a generated year with traps, and what it does to the ratio."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from impersonated_world import FIRST, World, filled, world

from charter.performance.suspects.impersonated import Effect, Impersonated, Told, effect, find_impersonated
from charter.values.period import Period

YEAR = Period.parse("2025")


def rules(made: World, staff: Any = (), scope: str = "group") -> dict[str, str]:
    found, _ = find_impersonated(filled(made), scope, YEAR, staff)
    return {one.root: one.rule for one in found}


@pytest.mark.parametrize(("share", "seed"), [(0.002, 21), (0.01, 22), (0.05, 23)])
def test_of_a_year_with_traps_what_reps_placed_is_found_and_nothing_else(share: float, seed: int) -> None:
    made = world(seed, share)
    assert made.planted
    assert set(rules(made)) == made.planted


def test_a_source_that_tells_the_side_is_believed() -> None:
    made = World()
    rep = made.order("a", "x", placed_by_side="agent")
    made.order("a", "y", placed_by_side="customer")
    nameless = made.order("a", None, placed_by_side="agent")
    assert rules(made) == {rep: "told", nameless: "told"}


def test_who_is_told_as_a_customer_is_no_suspect_however_many_he_orders_for() -> None:
    made = World()
    for number in range(20):
        made.order(f"a{number}", "service", placed_by_side="customer")
        made.order(f"a{number}", "service", "C3")
    assert rules(made) == {}


def test_a_person_of_the_organisation_is_one_on_the_days_of_belonging_to_it_only() -> None:
    made = World()
    before, during, left = (made.order("a", "p", ordered_on=date(2025, month, 1)) for month in (1, 2, 6))
    told_as_customer = made.order("a", "p", ordered_on=date(2025, 3, 1), placed_by_side="customer")
    assert rules(made, [("p", date(2025, 2, 1), date(2025, 6, 1))]) == {during: "person", told_as_customer: "person"}
    assert rules(made, [("p", None, None)]) == dict.fromkeys((before, during, left, told_as_customer), "person")


@pytest.mark.parametrize("firms", [2, 3])
def test_who_keys_manual_orders_of_three_firms_is_an_employee_and_of_two_is_not(firms: int) -> None:
    made = World()
    suspect = made.order("a", "x")
    for number in range(firms):
        made.order(f"f{number}", "x", "C3", ordered_on=date(2020, 1, 1))
    assert rules(made) == ({suspect: "serves"} if firms == 3 else {})


def test_one_firm_with_several_numbers_is_one() -> None:
    """A rep used the buyer's screen for the parent, its site, the site's site, and a second number of the site."""
    made = World(
        accounts=[
            {"account_key": "parent"}, {"account_key": "site", "parent_account_key": "parent"},
            {"account_key": "below", "parent_account_key": "site"}, {"account_key": "site2"},
        ],
        same=[{"account_key": "site2", "identity": "site"}],
    )  # fmt: skip
    made.order("site", "buyer")
    for account in ("parent", "site", "below", "site2"):
        made.order(account, "buyer", "C3")
    assert rules(made) == {}


def test_who_works_cases_of_three_firms_is_an_employee() -> None:
    made = World()
    suspect = made.order("a", "x")
    lake = filled(made)
    lake.put("case_event", [
        {"source": "desk", "entity": "e", "row_key": f"r{number}", "content_hash": "h", "batch_id": "b", "case_key": f"c{number}",
         "occurred_at": "2025-01-01 00:00:00+00", "state": "open", "account_key": f"f{number}", "actor": "x", "actor_side": side}
        for number, side in enumerate(("agent", "agent", "agent", "customer"))
    ])  # fmt: skip
    found, _ = find_impersonated(lake, "group", YEAR)
    assert [(one.root, one.rule, one.served) for one in found] == [(suspect, "serves", 3)]


@pytest.mark.parametrize("firms", [9, 10])
def test_who_orders_for_ten_firms_is_told_and_for_nine_is_not(firms: int) -> None:
    made = World()
    roots = {made.order(f"f{number}", "x") for number in range(firms)}
    for number in range(firms):
        made.order(f"f{number}", "machine", touchpoint="punchout")
    assert rules(made) == (dict.fromkeys(roots, "many") if firms == 10 else {})


def test_what_does_not_count_as_the_customers_own_is_not_looked_at() -> None:
    made = World()
    for commit in ("C0", "C3", "C4", "C5", "CX"):
        made.order("a", "x", commit, placed_by_side="agent")
    for wrong in (
        {"eligible": False},
        {"confirmed": False},
        {"confirmed": None},
        {"ordered_on": date(2026, 1, 1)},
        {"ordered_on": None},
    ):
        made.order("a", "x", placed_by_side="agent", **wrong)
    quote = made.order("a", "x", "C2", placed_by_side="agent")
    assert rules(made) == {quote: "told"}


def test_what_is_not_told_accuses_nobody_and_is_counted_by_source() -> None:
    made = World()
    made.order("a", None)
    made.order("a", "x")
    made.order("a", None, placed_by_side="customer")
    made.order("a", None, source="portal")
    found, told = find_impersonated(filled(made), "group", YEAR)
    assert (found, told) == ([], [Told("portal", 0, 1), Told("shop", 2, 3)])


def test_scopes_add_up_though_a_rep_is_known_by_what_he_does_elsewhere() -> None:
    made = World()
    here = made.order("a", "x", selling_scope="branch/b1")
    for number in range(3):
        made.order(f"f{number}", "x", "C3", selling_scope="branch/b2")
    there = made.order("b", "x", selling_scope="branch/b2")
    assert set(rules(made)) == {here, there}
    assert (set(rules(made, scope="market/de")), set(rules(made, scope="branch/b2"))) == ({here}, {there})


def test_the_effect_keeps_the_order_and_takes_it_from_the_digital_ones() -> None:
    made = World()
    made.order("a", "x", placed_by_side="agent")
    made.order("a", "y")
    made.order("a", None, "C0")
    made.order("a", None, "C5")
    lake = filled(made)
    found, _ = find_impersonated(lake, "group", YEAR)
    assert effect(lake, "group", YEAR, found) == Effect(3, 4, 2)
    assert found == [
        Impersonated("branch/b1", "a", "o00000", "shop", "shop", "C1", FIRST, found[0].net_amount, "EUR", "x", "told", 1, 0)
    ]


def test_an_order_without_an_account_is_judged_by_its_user_all_the_same() -> None:
    made = World()
    nobody = made.order("", "x", account_key=None)
    for number in range(3):
        made.order(f"f{number}", "x", "C3")
    assert rules(made) == {nobody: "serves"}
