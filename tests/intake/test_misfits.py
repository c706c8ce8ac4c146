"""Values that an expression of the mapping cannot take: the row is held, or its delivery refused; the rest comes in."""

from __future__ import annotations

import pytest
from shop import COLUMNS, SOURCE, Shop, told


def mapped(day: str = "day", kind: str = "\"'C1'\"") -> str:
    columns = f"document: no, line: pos, ordered_on: {day}, item: item, net_amount: net, commit_class: {kind}"
    return SOURCE.partition("      day: day\n")[0] + f"      targets:\n        order_line: {{{columns}}}\n"


@pytest.mark.parametrize(
    ("day", "rules"),
    [
        ("\"cast(item || '-01' as date)\"", "ordered_on:type"),
        ("\"cast((cast(item as integer) + 2000) || '-01-01' as date)\"", "ordered_on:type"),
        # Whether the cast is reached is for the CASE to say; then the day is missing, which is no misfit.
        ("\"case when item like '2024-0%' then cast(item || '-01' as date) end\"", None),
        ("\"try_cast(item || '-01' as date)\"", None),
    ],
)
def test_a_row_on_which_a_cast_fails_is_held_alone(shop: Shop, day: str, rules: str | None) -> None:
    shop.write("group/sources/erp.yaml", mapped(day))
    good, bad = ("2024-06", "2024-13") if "integer" not in day else ("4", "x")
    shop.deliver("a.csv", f"{COLUMNS}\nA1,1,2024-06-03,{good},1,10\nA2,1,2024-06-03,{bad},1,10\n")
    shop.run()
    held = shop.rows("SELECT row_number, rules FROM {quarantine_row}")
    assert held == ([(2, rules)] if rules else [])
    assert len(shop.lines()) == (1 if rules else 2)


def test_a_class_that_is_none_is_held(shop: Shop) -> None:
    shop.write("group/sources/erp.yaml", mapped(kind="item"))
    shop.deliver("a.csv", f"{COLUMNS}\nA1,1,2024-06-03,C0,1,10\nA2,1,2024-06-03,web,1,10\nA3,1,2024-06-03,,1,10\n")
    shop.run()
    assert shop.rows("SELECT row_number, rules FROM {quarantine_row}") == [(2, "commit_class:enum")]


def test_a_delivery_on_which_another_expression_fails_is_refused_and_the_others_are_taken(shop: Shop) -> None:
    shop.write("group/sources/erp.yaml", mapped("\"cast(strptime(item, '%d.%m.%Y') as date)\""))
    shop.deliver("a.csv", f"{COLUMNS}\nA1,1,2024-06-03,03.06.2024,1,10\n")
    shop.deliver("b.csv", f"{COLUMNS}\nA2,1,2024-06-03,31.06.2024,1,10\nA3,1,2024-06-03,01.06.2024,1,10\n")
    found = told(shop.run())
    assert found["a.csv"][:2] == (1, 1)
    assert found["b.csv"][:6] == (2, 0, 0, 0, 0, 2)
    assert found["b.csv"][6].startswith("INT041")
    assert len(shop.lines()) == 1
