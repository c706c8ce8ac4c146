"""What the search finds: planted duplicates, not look-alikes, the same each time, and whatever people write into fields."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.matching.customers import Customer, generate
from tests.matching.table import accepted, in_sight, measured, searched

from charter.errors import UnavailableError
from charter.matching.kinds import MatchingSpec
from charter.matching.rules import Pair

PLAIN = Customer(
    "1",
    "north",
    "Müller Bau GmbH",
    "Hauptstraße 12",
    "10115",
    "Berlin",
    "DE",
    "DE811907980",
    "+49 30 1234567",
    "info@mueller-bau.de",
)


@pytest.mark.parametrize(("seed", "accounts", "share"), [(11, 10_000, 0.05), (12, 10_000, 0.01), (13, 20_000, 0.005)])
def test_it_finds_what_was_planted_and_no_look_alikes(seed: int, accounts: int, share: float, tmp_path: Path) -> None:
    world = generate(seed, accounts, share)
    assert len({one.country for one in world.customers}) == 45
    found = searched(tmp_path, customers=world.customers)
    recall, precision = measured(in_sight(found.pairs), world.pairs())
    assert recall >= 0.95, recall
    assert precision >= 0.95, precision
    assert measured(accepted(found.pairs), world.pairs())[1] >= 0.99


def test_the_same_records_in_another_order_give_the_same_pairs(tmp_path: Path) -> None:
    customers = generate(3, 3_000, 0.02).customers
    first = searched(tmp_path, customers=customers)
    random.Random(5).shuffle(customers)
    again = searched(tmp_path, customers=customers)
    assert first.pairs
    assert again == first


def alike(tmp_path: Path, *changes: dict[str, str | None]) -> list[Pair]:
    """The pairs among a customer and its variants, in a crowd of others."""
    crowd = generate(8, 2_000, 0.0).customers
    some = [PLAIN, *(replace(PLAIN, key=str(at), **change) for at, change in enumerate(changes, start=2))]
    keys = {one.key for one in some}
    return [pair for pair in searched(tmp_path, customers=[*crowd, *some]).pairs if {pair.left, pair.right} <= keys]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "MUELLER BAU G.M.B.H.", "street": "HAUPTSTR. 12", "tax_id": None, "email": None},
        {"name": "Mueller Bau", "phone": "0049 (0)30 123 45 67", "street": "Hauptstrasse 21"},
        {"name": "Müler Bau GmbH", "phone": "+49 30 7654321", "tax_id": None},
        {"street": None, "email": "einkauf@mueller-bau.de", "tax_id": "811 907 980", "phone": None},
        {"postal_code": None, "city": "BERLIN", "tax_id": None, "phone": None},
    ],
)
def test_a_customer_entered_again_is_in_sight(change: dict[str, str | None], tmp_path: Path) -> None:
    assert in_sight(alike(tmp_path, change)) == {("1", "2")}


@pytest.mark.parametrize(
    "change",
    [
        {"street": "Lange Straße 77", "postal_code": "20095", "city": "Hamburg", "phone": "+49 40 998877"},
        {"street": "Gartenweg 4", "tax_id": "DE129384756", "phone": "+49 30 998877", "email": None},
        {"name": "Schmidt Elektro GmbH", "tax_id": "DE129384756", "phone": "+49 30 998877", "email": None},
        {"street": "Lange Straße 77", "parent": "1", "phone": None},
    ],
    ids=["a branch of a chain", "a namesake in the same town", "the next tenant", "a branch with its parent"],
)
def test_a_look_alike_is_not_in_sight(change: dict[str, str | None], tmp_path: Path) -> None:
    assert in_sight(alike(tmp_path, change)) == set()


def test_two_tax_numbers_at_one_address_are_never_merged_without_a_person(tmp_path: Path) -> None:
    assert accepted(alike(tmp_path, {"tax_id": "DE129384756", "name": "Müller Bau AG"})) == set()


def test_each_probability_says_how_each_field_agrees_and_the_weights_add_up(tmp_path: Path) -> None:
    (pair,) = alike(tmp_path, {"name": "Müler Bau GmbH", "tax_id": None, "street": "Hauptstr. 21"})
    told = {step.field: step.told for step in pair.steps}
    assert told == {
        "name": "a letter or two differ", "address": "the street alike, the number turned", "tax id": "not known", "phone": "the same",
        "email": "the same",
    }  # fmt: skip
    assert pair.weight is not None
    prior = pair.weight - sum((step.weight for step in pair.steps), Decimal(0))
    assert Decimal(-25) < prior < Decimal(-8)
    assert pair.probability is not None
    assert abs(1 / (1 + 2 ** -float(pair.weight)) - float(pair.probability)) < 1e-5


def test_one_name_on_a_third_of_all_accounts_is_told_and_joins_nobody(tmp_path: Path) -> None:
    crowd = generate(9, 2_000, 0.01)
    cash = [Customer(f"cash-{n}", "north", "Barverkauf", None, None, None, None, None, None, None) for n in range(1_000)]
    found = searched(tmp_path, customers=[*crowd.customers, *cash])
    assert "name: 1 value is too common to compare by; `barverkauf` is that of 1,000 records" in found.common
    assert in_sight(found.pairs) == in_sight(searched(tmp_path, customers=crowd.customers).pairs)


def test_one_record_entered_a_hundred_times_is_told_instead_of_merged(tmp_path: Path) -> None:
    found = searched(tmp_path, customers=[*generate(9, 500, 0.0).customers, *(replace(PLAIN, key=f"x{n}") for n in range(300))])
    assert any(one.startswith("exact key name, street, house, postal: 1 value is too common") for one in found.common)
    assert not any(pair.exact_key for pair in found.pairs)


def test_whatever_people_write_into_fields_is_no_reason_to_fail(tmp_path: Path) -> None:
    odd = [
        "", " ", "n/a", "-", "'; DROP TABLE record; --", 'a "quoted" name, with commas', "line\nbreak\ttab", "x" * 10_000, "\x00zero",
        "株式会社 山田商店", "شركة النور", "ООО Ромашка", "Ελληνική ΑΕ", "🏭🏭🏭", "ﬁrma ½ №1", "0000000000", "﷽" * 500, "I\u0307stanbul",
    ]  # fmt: skip
    garbage = [Customer(f"g{at}", "north", text, text, text, text, text, text, text, text, text) for at, text in enumerate(odd)]
    nulls = [Customer(f"n{at}", "south", None, None, None, None, None, None, None, None) for at in range(50)]  # type: ignore[arg-type]
    found = searched(tmp_path, customers=[*generate(4, 500, 0.0).customers, *garbage, *nulls])
    assert found.records == 500 + len(odd) + 50
    assert not [pair for pair in found.pairs if pair.left.startswith("n") or pair.right.startswith("n")]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_records_or_none_are_no_reason_to_fail(count: int, tmp_path: Path) -> None:
    found = searched(tmp_path, customers=[replace(PLAIN, key=str(at)) for at in range(count)])
    assert accepted(found.pairs) == ({("0", "1")} if count == 2 else set())


def test_records_of_which_nothing_is_known_but_their_keys_are_no_pairs(tmp_path: Path) -> None:
    bare = [Customer(f"n{at}", "south", None, None, None, None, None, None, None, None) for at in range(50)]  # type: ignore[arg-type]
    assert searched(tmp_path, customers=bare).pairs == ()


def test_items_are_found_by_gtin_by_the_makers_number_and_by_their_words(tmp_path: Path) -> None:
    rng = random.Random(1)
    makers = ["Danfoss", "Copeland", "Bitzer", "Embraco", "Wilo"]
    things = ["Ventil", "Verdichter", "Pumpe", "Filter", "Sensor", "Regler", "Schalter", "Rohr"]
    crowd = [
        (f"c{at}", f"{rng.choice(things)} {rng.choice(things)} {rng.randint(1, 900)} mm", rng.choice(makers),
         f"{rng.randint(10**6, 10**7)}", f"{rng.randint(10**12, 10**13 - 1)}" if rng.random() < 0.5 else None)
        for at in range(1_000)
    ]  # fmt: skip
    items = [
        ("a1", "Magnetventil EVR 10 DN12", "Danfoss A/S", "032F-1217", None),
        ("a2", "EVR 10 Magnet-Ventil DN 12", "DANFOSS", "032F1217", "4006381333931"),
        ("a3", "Magnetventil EVR 10 DN16", "Danfoss", "032F1218", None),
        ("b1", "Scrollverdichter ZR 48", "Copeland", None, "4012345678901"),
        ("b2", "Scroll Verdichter ZR48 KCE", None, "ZR48KCE", "04012345678901"),
    ]  # fmt: skip
    found = searched(tmp_path, "item", items=[*crowd, *items])
    assert accepted(found.pairs) == {("a1", "a2"), ("b1", "b2")}
    assert {pair.two: pair.exact_key for pair in found.pairs if pair.exact_key} == {
        ("a1", "a2"): "maker, number",
        ("b1", "b2"): "gtin",
    }


def test_exact_keys_and_thresholds_are_those_of_the_document(tmp_path: Path) -> None:
    spec = MatchingSpec(exact_keys=(("phone",),), accept=Decimal(1), review=Decimal(1))
    crowd = generate(8, 500, 0.0).customers
    other = replace(PLAIN, key="2", name="Schmidt", street="Weg 1", postal_code="99999", city="Ulm", tax_id=None, email=None)
    found = searched(tmp_path, spec=spec, customers=[*crowd, PLAIN, other, replace(PLAIN, key="3", phone=None)])
    assert accepted(found.pairs, spec) == {("1", "2")}


def test_without_splink_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(UnavailableError, match="splink cannot be used") as told:
        searched(tmp_path, customers=generate(1, 50, 0.0).customers)
    assert told.value.code == "MAT010"
