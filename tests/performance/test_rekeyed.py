"""Orders keyed again: found in a generated world with traps, paired one to one, and told only where chance is unlikely."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rekeyed_world import FIRST, World, filled, recall_and_precision, world

from charter.performance.suspects.rekeyed import Effect, Rekeyed, _pair_off, effect, find_rekeyed
from charter.values.period import Period
from plain_lake import PlainLake

YEAR = Period.parse("2025")
SEEDS = (11, 12, 13)


def pairs(found: list[Rekeyed]) -> list[tuple[str, str]]:
    return [(one.digital_root, one.manual_root) for one in found]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.01, 0.05])
def test_of_a_year_with_traps_what_was_keyed_again_is_found_and_hardly_anything_else(share: float, seed: int) -> None:
    made = world(seed, share)
    found, _ = find_rekeyed(filled(made), "group", YEAR)
    recall, precision = recall_and_precision(pairs(found), made.planted)
    assert len(made.planted) > 100
    assert recall >= 0.95 and precision >= 0.95, (recall, precision)
    assert {one.account[0] for one in found if (one.digital_root, one.manual_root) not in made.planted} <= {"a"}


def test_of_three_years_in_which_hardly_anything_was_keyed_again_the_same() -> None:
    told, planted = set(), set()
    for seed in SEEDS:
        made = world(seed, 0.001)
        found, _ = find_rekeyed(filled(made), "group", YEAR)
        told |= {(str(seed), *pair) for pair in pairs(found)}
        planted |= {(str(seed), *pair) for pair in made.planted}
    assert len(planted) > 30
    assert len(told & planted) / len(planted) >= 0.95
    assert len(told & planted) / len(told) >= 0.9


def test_where_nothing_was_keyed_again_a_few_in_a_hundred_thousand_orders_are_told() -> None:
    made = world(11, 0)
    found, control = find_rekeyed(filled(made), "group", YEAR)
    assert len(found) <= 3 < control.back


def test_each_order_stands_in_one_pair_and_the_nearest_are_paired() -> None:
    made = World()
    basket = (("i1", 3), ("i2", 5))
    first = made.order("a", FIRST, basket, True)
    second = made.order("a", FIRST + timedelta(hours=20), basket, True)
    near = made.order("a", FIRST + timedelta(hours=22), basket, False)
    far = made.order("a", FIRST + timedelta(hours=90), basket, False)
    lake = filled(made)
    find_rekeyed(lake, "group", YEAR)
    lake.execute("UPDATE temp.rekeyed_score SET chance = 0")
    _pair_off(lake, 0)
    assert sorted(lake.rows("SELECT x.digital_root, x.manual_root FROM temp.rekeyed_suspect AS x")) == [
        (first, far),
        (second, near),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_the_pairing_is_what_taking_the_nearest_pair_again_and_again_gives(seed: int) -> None:
    chance = random.Random(seed)
    made = World()
    for _ in range(30):
        made.order("a", FIRST + timedelta(hours=chance.randrange(400)), (("i1", 3),), chance.random() < 0.5)
    lake = filled(made)
    find_rekeyed(lake, "group", YEAR)
    _pair_off(lake, 10**9)
    left = sorted(
        (gap, d, m) for d, m, gap in lake.rows("SELECT digital_root, manual_root, gap FROM temp.rekeyed_score WHERE gap >= 0")
    )
    wanted: list[tuple[str, str]] = []
    used: set[str] = set()
    for _, digital, manual in left:
        if not used & {digital, manual}:
            wanted.append((digital, manual))
            used |= {digital, manual}
    assert wanted and sorted(lake.rows("SELECT digital_root, manual_root FROM temp.rekeyed_suspect")) == sorted(wanted)


def test_the_answers_of_scopes_and_months_are_parts_of_the_one_of_all() -> None:
    made = world(12, 0.02, accounts=200)
    lake = filled(made)
    whole = set(pairs(find_rekeyed(lake, "group", YEAR)[0]))
    halves = [set(pairs(find_rekeyed(lake, scope, YEAR)[0])) for scope in ("market/de", "branch/b3")]
    assert halves[0] and halves[1] and halves[0] | halves[1] == whole and not halves[0] & halves[1]
    assert halves[0] == set(pairs(find_rekeyed(lake, "branch/b1", YEAR)[0]))


BASKET = (("i1", 3), ("i2", 5), ("i2", 1))


def small(**manual: Any) -> tuple[PlainLake, World]:
    """A shop order, and its copy 30 hours later, in which `manual` is other than it was; with other orders around."""
    made = World()
    for day in range(40):
        made.order("a", FIRST + timedelta(days=9 * day), ((f"x{day}", 1),), day % 2 == 0)
    given = {"hours": 30, "basket": BASKET, "account": "a", **manual}
    hours, basket, account = given.pop("hours"), given.pop("basket"), given.pop("account")
    made.order("a", FIRST + timedelta(days=200), BASKET, True)
    made.order(account, FIRST + timedelta(days=200, hours=hours), basket, False, **given)
    return filled(made), made


@pytest.mark.parametrize(
    ("manual", "suspect"),
    [
        ({}, True),
        ({"commit_class": "C4"}, True),
        ({"commit_class": "C3"}, True),
        ({"hours": 95}, True),
        ({"hours": 97}, False),
        ({"hours": -1}, False),
        ({"basket": (("i2", 1), ("i1", 3), ("i2", 5))}, True),
        ({"basket": (("i1", 3), ("i2", 6))}, False),
        ({"basket": (("i1", 5), ("i2", 3), ("i2", 1))}, False),
        ({"account": "other"}, False),
        ({"selling_scope": "group"}, True),
        ({"selling_scope": "branch/b9"}, False),
        ({"commit_class": "CX"}, False),
        ({"eligible": False}, False),
        ({"cancelled_at": FIRST + timedelta(days=300)}, False),
    ],
)  # fmt: skip
def test_what_makes_a_copy_and_what_does_not(manual: dict[str, Any], suspect: bool) -> None:
    lake, _ = small(**manual)
    assert bool(find_rekeyed(lake, "group", YEAR)[0]) is suspect


def test_of_a_copy_without_lines_amount_and_currency_must_agree() -> None:
    for net, wanted in ((None, 1), (Decimal("1.01"), 0)):
        lake, made = small(**({} if net is None else {"net_amount": net}))
        lake.execute(f"DELETE FROM {lake.table('fact_order_line')} WHERE root_key = '{made.orders[-2]['root_key']}'")
        found, _ = find_rekeyed(lake, "group", YEAR)
        assert [one.lines for one in found] == [0] * wanted


def test_where_a_source_tells_days_only_days_are_compared() -> None:
    for days, wanted in ((0, 1), (4, 1), (5, 0)):
        lake, _ = small(hours=24 * days, time_precision="day", entered_at=None, received_at=None, confirmed_at=None)
        found, _ = find_rekeyed(lake, "group", YEAR)
        assert [one.gap for one in found] == [days * 86_400] * wanted


def test_the_window_can_be_chosen() -> None:
    lake, _ = small(hours=30)
    assert find_rekeyed(lake, "group", YEAR, window=timedelta(hours=29))[0] == []
    assert len(find_rekeyed(lake, "group", YEAR, window=timedelta(hours=31))[0]) == 1


def test_the_ratio_without_the_copies_counts_each_pair_once() -> None:
    lake, _ = small()
    found, _ = find_rekeyed(lake, "group", YEAR)
    assert effect(lake, "group", YEAR, found) == Effect(21, 42, 21, 41)
    lake, made = small()
    lake.execute(f"UPDATE {lake.table('fact_order')} SET confirmed = NULL WHERE root_key = '{made.orders[-2]['root_key']}'")
    found, _ = find_rekeyed(lake, "group", YEAR)
    told = effect(lake, "group", YEAR, found)
    assert (told.digital, told.orders, told.digital_without, told.orders_without) == (20, 41, 21, 41)


def test_a_copy_counts_in_the_month_in_which_it_was_keyed() -> None:
    made = World()
    at = FIRST.replace(month=2, day=28)
    for day in range(30):
        made.order("a", FIRST + timedelta(days=9 * day), ((f"x{day}", 1),), day % 2 == 0)
    made.order("a", at, BASKET, True)
    made.order("a", at + timedelta(days=1), BASKET, False)
    lake = filled(made)
    assert [one.ordered_on for one in find_rekeyed(lake, "group", Period.parse("2025-03"))[0]] == [date(2025, 3, 1)]
    assert find_rekeyed(lake, "group", Period.parse("2025-02"))[0] == []


def twice(**manual: Any) -> tuple[World, str, str]:
    """A shop order and a manual one of the same basket twenty hours later."""
    made = World()
    one = made.order("a", FIRST, BASKET, True)
    return made, one, made.order("a", FIRST + timedelta(hours=20), BASKET, False, **manual)


def test_a_shop_order_that_reached_no_other_system_may_have_been_keyed_again() -> None:
    made, one, two = twice()
    assert pairs(find_rekeyed(filled(made), "group", YEAR)[0]) == [(one, two)]


@pytest.mark.parametrize("trace", ["a copy", "lines", "a row that is held"])
def test_what_reached_another_system_was_not_keyed_again(trace: str) -> None:
    """A copy with the shop's reference, lines of a header that is held, and a held row are traces of it in the ERP."""
    made, one, _ = twice()
    if trace == "a copy":
        made.orders[0]["document_count"] = 2
    lake = filled(made)
    if trace == "lines":
        lake.execute(f"UPDATE {lake.table('fact_order_line')} SET source = 'erp' WHERE root_key = '{one}'")
    if trace == "a row that is held":
        lake.put(
            "quarantine_row",
            [{"batch_id": "b", "source": "erp", "entity": "e", "delivery": "d", "row_number": 1, "rules": "r", "payload": "{}", "root_key": one}],
        )  # fmt: skip
    assert find_rekeyed(lake, "group", YEAR)[0] == []


def test_a_counter_sale_copies_nothing() -> None:
    made, _, _ = twice(touchpoint="counter")
    assert find_rekeyed(filled(made), "group", YEAR)[0] == []


@pytest.mark.parametrize(("source", "found"), [("erp", 0), ("edi-gateway", 1)])
def test_a_machines_order_that_stands_in_the_erp_itself_was_not_keyed_again_there(source: str, found: int) -> None:
    made, _, _ = twice()
    made.orders[0].update(source=source, commit_class="C0", touchpoint="edi")
    for line in made.lines:
        line["source"] = source if line["root_key"] == made.orders[0]["root_key"] else line["source"]
    assert len(find_rekeyed(filled(made), "group", YEAR)[0]) == found


def test_that_nearly_every_other_order_of_the_shop_reached_the_erp_makes_chance_less() -> None:
    """One of the shop's 20 orders has no copy: chance is a twentieth of what it is where none has one."""
    chances = []
    for copies in (1, 2):
        made, _, _ = twice()
        made.order("a", FIRST + timedelta(days=99), BASKET, False)
        for number in range(19):
            made.order("a", FIRST + timedelta(days=number), ((f"x{number}", 1),), True, document_count=copies)
        [one], _ = find_rekeyed(filled(made), "group", YEAR)
        chances.append(one.chance)
    assert chances[0] > 0
    assert abs(chances[1] * 20 - chances[0]) <= 20
