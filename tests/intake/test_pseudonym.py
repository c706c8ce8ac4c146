"""The SQL of pseudonyms says what the formula says, and nothing where nobody or no key is known."""

from __future__ import annotations

import hashlib

import pytest

from charter.intake.pseudonym import KEY_TABLE, pseudonym_sql
from charter.values.pseudonym import pseudonym
from plain_lake import PlainLake

KEY = "00ff" * 16


def asked(value: str | None, key: str | None = KEY, system: str = "shop") -> str | None:
    lake = PlainLake()
    lake.load(KEY_TABLE, {"key": "VARCHAR"}, [(key,)])
    [(found,)] = lake.rows(f"SELECT {pseudonym_sql('v', system)} FROM (SELECT CAST($v AS VARCHAR) AS v) AS t", {"v": value})
    return found if found is None else str(found)


@pytest.mark.parametrize("user", ["ann", "Ann", "ann@x.example", "ø'\"; DROP", "a:b", "7"])
def test_a_user_of_a_system_is_known_by_system_and_name(user: str) -> None:
    assert asked(user) == pseudonym(KEY, f"shop:{user}") != asked(user, system="erp")


def test_a_person_of_the_organisation_is_the_same_in_every_system() -> None:
    assert asked("person/ann") == asked("person/ann", system="erp") == pseudonym(KEY, "person/ann")


def test_blanks_around_a_name_do_not_count_and_blanks_alone_are_nobody() -> None:
    assert asked(" ann ") == asked("ann")
    assert (asked(""), asked("  "), asked(None)) == (None, None, None)


def test_without_a_key_nobody_is_told_and_with_another_key_it_is_another() -> None:
    assert asked("ann", key=None) is None
    assert asked("ann", key="11" * 32) != asked("ann")


def test_the_formula_is_a_nested_hash_of_128_bits() -> None:
    inner = hashlib.sha256(f"{KEY}shop:ann".encode()).hexdigest()
    assert pseudonym(KEY, "shop:ann") == hashlib.sha256((KEY + inner).encode()).hexdigest()[:32]
