"""The simulated group: the same seed gives the same bytes, e-commerce grows as it did, and what was planted is in the exports."""

from __future__ import annotations

import csv
import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from charter.app.check import check
from charter.app.project import open_project, parse_day
from charter.demo.billing import invoices
from charter.demo.group import Demo, write_demo
from charter.demo.simulation import simulate
from charter.demo.told import NOT_COUNTED
from charter.demo.truth import real_digital_share
from charter.demo.world import DIGITAL, Size, World

SMALL = Size(branches=12, countries=7, months=36, orders=20_000, seed=4)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return write_demo(tmp_path_factory.mktemp("demo") / "group", SMALL)


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def share(world: World, months: set[str]) -> float:
    """The share of turnover in euro, by month of shipment, that customers ordered digitally."""
    shipped = [
        order
        for order in world.orders
        if order.shipped and not order.cancelled and order.kind not in NOT_COUNTED and f"{order.shipped:%Y-%m}" in months
    ]
    digital = sum(order.amount * order.country.rate for order in shipped if order.way in DIGITAL)
    return digital / sum(order.amount * order.country.rate for order in shipped)


def test_the_same_seed_and_size_write_the_same_bytes(tmp_path: Path) -> None:
    size = Size(branches=6, countries=6, months=3, orders=600, seed=9)
    for name in ("one", "two"):
        write_demo(tmp_path / name, size)
    one = contents(tmp_path / "one")
    assert len(one) > 60
    assert one == contents(tmp_path / "two")


def test_another_seed_writes_other_exports(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_demo(tmp_path / str(seed), Size(branches=6, countries=6, months=2, orders=400, seed=seed))
    one, two = (contents(tmp_path / seed) for seed in "12")
    assert {name for name in one if name.startswith("exports/") and one[name] == two.get(name)} <= {"exports/finance/rates.csv"}


def test_digital_turnover_grows_from_next_to_nothing_to_about_fifteen_percent(demo: Demo) -> None:
    assert share(demo.world, {"2023-01", "2023-02", "2023-03"}) < 0.004
    assert 0.03 < share(demo.world, {"2024-10", "2024-11", "2024-12"}) < 0.11
    assert 0.11 < share(demo.world, {"2025-10", "2025-11", "2025-12"}) < 0.2


def test_a_group_of_full_size_has_its_branches_and_countries() -> None:

    world = simulate(Size(branches=500, countries=45, months=2, orders=3000, seed=2), lambda *_: None)
    assert len(world.branches) == 500
    assert len({branch.country.code for branch in world.branches}) == 45
    assert {country.system for country in world.countries} == {"kontor", "nordwind", "central", "as400", "overseas"}
    assert 2700 < len(world.orders) < 3300


def test_every_kind_of_defect_is_planted_at_a_rate_between_a_tenth_of_a_percent_and_five(demo: Demo) -> None:
    planted = demo.planted
    assert all(0.001 <= rate <= 0.05 for rate in planted.rates.values())
    assert len(planted.rates) == 8
    assert all(
        (
            planted.leaks,
            planted.vacancies,
            planted.rekeyed,
            planted.impersonated,
            planted.paused,
            planted.duplicates,
            planted.broken,
            planted.silent,
        )
    )
    lines = sum(len(order.lines) for order in demo.world.orders)
    assert planted.rates["price_leak"] * 0.8 < len(planted.leaks) / lines < planted.rates["price_leak"] * 1.1


def test_orders_wait_in_queues_and_never_step_back_in_time(demo: Demo) -> None:
    told = [order for order in demo.world.orders if order.confirmed]
    assert len(told) > 19_000
    assert all(order.received <= order.entered <= order.confirmed <= order.released for order in told)
    waits = sorted(order.entered - order.received for order in told if order.way == "phone")
    assert waits[len(waits) // 2] * 4 < waits[len(waits) * 19 // 20]


def journal(demo: Demo) -> list[dict[str, str]]:
    """Every line of the ledger's journals, read as its clerks would."""
    files = sorted((demo.folder / "exports" / "ledger").glob("journal_*.txt"))
    return [row for file in files for row in csv.DictReader(file.read_text("cp1252").splitlines(), delimiter="|")]


def test_the_ledger_bills_parts_apart_and_its_own_totals_are_those_of_its_lines(demo: Demo) -> None:
    rows = journal(demo)
    assert len(rows) == len({(row["BELEG"], row["POS"]) for row in rows}) > 30_000
    documents: dict[str, set[str]] = {}
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        amount = Decimal(row["NETTO"].replace(",", "."))
        assert amount >= 0
        day = datetime.strptime(row["DATUM"], "%d.%m.%y")
        found = sums.setdefault((f"{day:%Y-%m}", row["STANDORT"][:2]), [Decimal(0), Decimal(0)])
        found[0] += amount if row["ART"] == "RE" else -amount
        found[1] += 1
        if row["ART"] == "RE":
            documents.setdefault(row["SYS"] + row["AUFTRAG"], set()).add(row["BELEG"])
    parts = sum(len(many) > 1 for many in documents.values())
    assert 0.06 < parts / len(documents) < 0.14
    assert {row["ART"] for row in rows if not row["AUFTRAG"]} == {"BO"}
    assert {row["ART"] for row in rows} == {"RE", "GS", "BO"}
    own: dict[tuple[str, str], dict[str, Decimal]] = {}
    for row in csv.DictReader((demo.folder / "exports/ledger/totals.txt").read_text("cp1252").splitlines(), delimiter="|"):
        own.setdefault((row["MONAT"], row["LAND"]), {})[row["KENNZAHL"]] = Decimal(row["WERT"].replace(",", "."))
    assert {key: [one["net_amount"], one["lines"]] for key, one in own.items()} == sums
    assert sum(one["invoices"] for one in own.values()) == len({row["BELEG"] for row in rows})


def test_what_is_invoiced_is_what_was_delivered_less_what_was_taken_back(demo: Demo) -> None:
    """In euro, over all: what was shipped early enough to be invoiced whole is invoiced whole."""
    world = demo.world
    billed = {}
    for one in invoices(world):
        if one.kind == "invoice" and one.order is not None:
            billed[one.order.number, one.order.country.code] = (
                billed.get((one.order.number, one.order.country.code), 0) + one.amount
            )
    early = [order for order in world.orders if order.invoiced and order.invoiced < world.end - timedelta(days=15)]
    told = [order for order in early if order.kind in ("standard", "call_off", "intercompany")]
    assert len(told) > 15_000
    assert all(billed[order.number, order.country.code] == order.amount for order in told)
    assert not [order for order in early if order.kind == "sample" and (order.number, order.country.code) in billed]
    credited = -sum(one.amount for one in invoices(world) if one.kind == "credit_note")
    assert 0.001 < credited / sum(billed.values()) < 0.05


def test_the_documents_are_whole_and_the_owner_who_left_is_found(demo: Demo) -> None:
    findings = check(open_project(demo.folder), parse_day("2026-01-15"))
    assert {finding.code for finding in findings} == {"ORG003"}
    assert len(findings) == len(demo.planted.vacancies)


def test_one_branch_may_have_more_customers_than_there_are_names() -> None:
    world = simulate(Size(branches=1, countries=1, months=2, orders=200_000, seed=2), lambda *_: None)
    assert len(world.accounts) > 4000
    firms = [account.name for account in world.accounts if account.parent is None]
    assert len(set(firms)) == len(firms)


def test_every_order_of_a_shop_has_a_user_and_reps_place_their_own_and_what_is_planted(demo: Demo) -> None:
    told = [order for order in demo.world.orders if order.shop_number]
    assert told and all(order.user for order in told)
    assert all(order.user is None for order in demo.world.orders if not order.shop_number)
    planted = [order for order in told if order.impersonated]
    assert {order.shop_number for order in planted} == demo.planted.impersonated
    assert all(order.user and order.user.staff and order.way in ("shop", "portal", "quote") for order in planted)
    others = {order.way for order in told if order.user and order.user.staff and not order.impersonated}
    assert others == {"rep"}
    assert any(order.way == "rep" and order.user and not order.user.staff for order in told)
    able = sum(order.way in ("shop", "portal", "quote") for order in told)
    assert len(planted) == max(1, round(demo.planted.rates["impersonated_order"] * able))


def test_a_customer_who_was_impersonated_did_not_order_digitally(demo: Demo) -> None:
    counted = [order for order in demo.world.orders if order.confirmed and order.kind not in NOT_COUNTED]
    mine = sum(order.way in DIGITAL and not order.impersonated for order in counted)
    assert sum(top for top, _ in real_digital_share(demo.world).values()) == mine
