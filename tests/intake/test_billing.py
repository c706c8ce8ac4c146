"""Invoice lines and the orders that they bill: whatever comes first, and whatever changes since, the lines say what stands."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from billed import FILLED, Delivery, House, Row, expected, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.intake.billing import name_orders
from charter.performance.measure import rebuild_all
from plain_lake import PlainLake

EXAMPLES = 8 if settings().max_examples <= 100 else 300
ENTITIES = ("erp/orders", "shop/orders", "erp/invoices", "ledger/invoices")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    yield House(tmp_path_factory.mktemp("billing"))


def _order_row(entity: str, no: int, version: int) -> Row:
    """A version of an order: of another class, kind, worth, and maybe a copy of one of the shop's orders."""
    draw = random.Random(f"{entity} {no} {version}")
    kind = draw.choice(("standard", "standard", "standard", "intercompany", "credit_note", "return"))
    web = f"W{draw.randrange(3)}" if entity == "erp/orders" and draw.random() < 0.5 else ""
    name = f"{no}" if entity == "erp/orders" else f"W{no}"
    net = draw.choice(("10.00", "7.50", "-4.00", "0.00", ""))
    return (name, web, f"2024-06-{version + 1:02}", kind, f"C{draw.randrange(6)}", net, str(version))


def _invoice_row(entity: str, doc: int, pos: int, version: int) -> Row:
    """A version of an invoice line: billing an order of the ERP, of the shop, one that never comes, or none."""
    draw = random.Random(f"{entity} {doc} {pos} {version}")
    order = draw.choice(("0", "1", "2", "3", "0", "1", "99", "", ""))
    web = draw.choice(("W0", "W1", "W2", "", "W77"))
    kind = draw.choice(("invoice", "invoice", "credit_note"))
    net = draw.choice(("-2.00", "-3.50")) if kind == "credit_note" else draw.choice(("5.00", "-1.00", "2.25"))
    return (f"R{doc}", str(pos), kind, f"2024-07-{draw.randrange(1, 5):02}", order, web, net, str(version))


def _deliveries(draw: random.Random) -> list[Delivery]:
    """Files of all four entities; of a row several versions come, in one file or in several."""
    found: list[Delivery] = []
    for place in range(draw.randrange(4, 9)):
        entity = draw.choice(ENTITIES)
        if entity.endswith("orders"):
            rows = [_order_row(entity, draw.randrange(4), draw.randrange(6)) for _ in range(draw.randrange(1, 6))]
        else:
            rows = [
                _invoice_row(entity, draw.randrange(3), draw.randrange(2), draw.randrange(6)) for _ in range(draw.randrange(1, 7))
            ]
        found.append((entity, f"{place}.csv", rows))
    return found


def _runs(draw: random.Random, files: list[Delivery]) -> Iterator[list[Delivery]]:
    """The deliveries in any order, in any runs."""
    rest = draw.sample(files, len(files))
    while rest:
        count = draw.randrange(1, 4)
        yield rest[:count]
        rest = rest[count:]


def _cube(lake: PlainLake) -> list[Any]:
    return lake.content("cube_value")


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 2**32))
def test_any_order_of_arrival_in_any_runs_gives_the_lines_of_one_run(house: House, seed: int) -> None:
    draw = random.Random(seed)
    files = _deliveries(draw)
    at_once = house.lake()
    house.run(at_once, files)
    assert rows_of(at_once, "fact_invoice_line") == expected(at_once)
    one_by_one = house.lake()
    for some in _runs(draw, files):
        house.run(one_by_one, some)
        assert rows_of(one_by_one, "fact_invoice_line") == expected(one_by_one)
    for table in ("fact_order", "fact_invoice_line"):
        assert rows_of(one_by_one, table, "batch_id") == rows_of(at_once, table, "batch_id")
    assert _cube(one_by_one) == _cube(at_once)


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 2**32))
def test_what_is_withdrawn_leaves_the_lines_and_the_cube_as_from_scratch(house: House, seed: int) -> None:
    draw = random.Random(seed)
    lake = house.lake()
    standing: list[Delivery] = []
    for some in _runs(draw, _deliveries(draw)):
        house.run(lake, some)
        standing += some
        for entity, name, _ in draw.sample(standing, min(len(standing), draw.randrange(3))):
            house.withdraw(lake, entity, name)
            assert rows_of(lake, "fact_invoice_line") == expected(lake)
    stepwise = _cube(lake)
    with lake.transaction():
        rebuild_all(lake, house.model)
    assert stepwise == _cube(lake)


def _lines(lake: PlainLake) -> dict[str, tuple[Any, ...]]:
    listed = ", ".join(FILLED)
    return {row[0]: row[1:] for row in lake.rows(f"SELECT document_key || ' ' || line_id, {listed} FROM facts.fact_invoice_line")}


NOTHING = (None,) * len(FILLED)
FIRST: Row = ("R1", "1", "invoice", "2024-07-01", "1", "W1", "5.00", "1")


def _turnover(lake: PlainLake) -> Decimal:
    """What counts as invoiced."""
    return Decimal(
        lake.rows("SELECT coalesce(sum(net_amount), 0) FROM facts.fact_invoice_line WHERE coalesce(eligible, true)")[0][0]
    )


def test_an_invoice_that_comes_first_is_filled_when_its_order_comes_and_again_when_that_changes(house: House) -> None:
    lake = house.lake()
    house.run(lake, [("ledger/invoices", "a.csv", [FIRST])])
    assert _lines(lake) == {"ledger:R1 1": NOTHING}
    house.run(lake, [("shop/orders", "a.csv", [("W1", "", "2024-06-01", "standard", "C1", "5.00", "1")])])
    assert _lines(lake)["ledger:R1 1"] == ("shop:W1", "C1", "by C1", "standard", True, None)
    # The ERP's own word goes before the reference to the shop, whatever it is worth.
    house.run(lake, [("erp/orders", "a.csv", [("1", "", "2024-06-01", "standard", "C5", "5.00", "1")])])
    assert _lines(lake)["ledger:R1 1"] == ("erp:1", "C5", "by C5", "standard", True, None)
    house.run(lake, [("erp/orders", "b.csv", [("1", "", "2024-06-01", "intercompany", "C4", "5.00", "2")])])
    assert _lines(lake)["ledger:R1 1"] == ("erp:1", "C4", "by C4", "intercompany", False, "intercompany")
    assert _turnover(lake) == 0
    house.withdraw(lake, "erp/orders", "b.csv")
    assert _lines(lake)["ledger:R1 1"] == ("shop:W1", "C1", "by C1", "standard", True, None)
    house.withdraw(lake, "shop/orders", "a.csv")
    assert _lines(lake) == {"ledger:R1 1": NOTHING}


def test_a_copy_in_the_erp_leads_to_the_order_of_the_shop(house: House) -> None:
    lake = house.lake()
    shop_order = ("W1", "", "2024-06-01", "standard", "C1", "5.00", "1")
    house.run(lake, [("erp/orders", "a.csv", [("1", "W1", "2024-06-01", "standard", "C5", "5.00", "1")])])
    house.run(lake, [("erp/invoices", "a.csv", [(*FIRST[:5], "", *FIRST[6:])])])
    assert _lines(lake)["erp:R1 1"][:2] == ("shop:W1", "C5")
    house.run(lake, [("shop/orders", "a.csv", [shop_order])])
    assert _lines(lake)["erp:R1 1"][:2] == ("shop:W1", "C1")


def test_a_return_does_not_say_by_which_way_was_bought_and_stays_in_turnover(house: House) -> None:
    lake = house.lake()
    house.run(
        lake,
        [
            ("erp/orders", "a.csv", [("1", "", "2024-06-01", "return", "C1", "-5.00", "1"), ("2", "", "2024-06-01", "standard", "C1", "-9.00", "1")]),
            ("erp/invoices", "a.csv", [("G1", "1", "credit_note", "2024-07-01", "1", "", "-5.00", "1"), ("G2", "1", "credit_note", "2024-07-01", "2", "", "-9.00", "1")]),
        ],
    )  # fmt: skip
    assert _lines(lake) == {
        "erp:G1 1": ("erp:1", None, None, "return", True, "return"),
        "erp:G2 1": ("erp:2", None, None, "standard", True, "credit_note"),
    }


@pytest.mark.parametrize(
    ("row", "rules"),
    [
        (("G1", "1", "credit_note", "2024-07-01", "1", "", "5.00", "1"), "net_amount:sign"),
        (("G1", "1", "rebate", "2024-07-01", "1", "", "-5.00", "1"), "kind:enum"),
        (("G1", "1", "", "2024-07-01", "1", "", "-5.00", "1"), "kind:required"),
        (("G1", "1", "invoice", "", "1", "", "5.00", "1"), "invoiced_on:required"),
        (("G1", "1", "invoice", "2024-07-01", "1", "", "", "1"), "net_amount:required"),
    ],
)
def test_a_line_that_no_total_can_hold_is_held(house: House, row: Row, rules: str) -> None:
    lake = house.lake()
    good = ("G2", "1", "credit_note", "2024-07-01", "1", "", "0.00", "1")
    charge = ("R3", "1", "invoice", "2024-07-01", "1", "", "-1.00", "1")
    house.run(lake, [("ledger/invoices", "a.csv", [row, good, charge])])
    assert lake.rows("SELECT row_number, rules, document_key, data_on, value_amount FROM facts.quarantine_row") == [
        (1, rules, "ledger:G1", lake.rows("SELECT try_cast(? AS DATE)", [row[3]])[0][0], lake.rows("SELECT try_cast(? AS DECIMAL(18,4))", [row[6]])[0][0])
    ]  # fmt: skip
    assert sorted(_lines(lake)) == ["ledger:G2 1", "ledger:R3 1"]


def test_an_invoice_line_folds_no_order_again_and_is_written_once(house: House) -> None:
    lake = house.lake()
    house.run(lake, [("erp/orders", "a.csv", [("1", "", "2024-06-01", "standard", "C5", "5.00", "1")])])
    with_invoices: list[str] = []
    house.run(_Watched(lake, with_invoices), [("erp/invoices", "a.csv", [FIRST])])
    assert lake.rows("SELECT count(*) FROM touched_order") == [(0,)]
    assert [sql for sql in with_invoices if sql.startswith("UPDATE") and "fact_invoice_line" in sql] == []
    assert _lines(lake)["erp:R1 1"][:2] == ("erp:1", "C5")


def test_where_no_invoices_are_a_run_asks_once_whether_there_are_any(house: House) -> None:
    told: list[str] = []
    lake = house.lake()
    order = ("1", "", "2024-06-01", "standard", "C5", "5.00", "1")
    house.run(lake, [("erp/orders", "a.csv", [order])])
    house.run(_Watched(lake, told), [("erp/orders", "b.csv", [("2", *order[1:])])])
    reads = {sql for sql in told if 'facts."fact_invoice_line"' in sql}
    assert reads == {'SELECT 1 FROM facts."fact_invoice_line" LIMIT 1'}


class _Watched(PlainLake):
    """The same lake, telling what is run."""

    def __init__(self, lake: PlainLake, told: list[str]) -> None:
        self.__dict__.update(lake.__dict__)
        self.told = told

    def _run(self, sql: str, parameters: Any) -> Any:
        self.told.append(sql)
        return super()._run(sql, parameters)


def test_of_a_document_in_several_orders_the_first_counts_and_a_document_goes_before_a_root() -> None:
    lake = PlainLake()
    record = {"source": "erp", "entity": "o", "content_hash": "h", "batch_id": "b"}
    told = (("erp:1", "b"), ("erp:1", "a"), ("erp:1", "c"), ("c", "d"))
    lake.put(
        "order_record",
        [{**record, "row_key": str(at), "document_key": key, "root_key": root} for at, (key, root) in enumerate(told)],
    )
    orders = [{"root_key": root, "source": "erp", "document_count": 1, "line_count": 0, "commit_class": root} for root in "abcd"]
    lake.put("fact_order", orders)
    name_orders(lake, "SELECT unnest(['erp:1', 'c', 'b', 'erp:9', NULL]) AS key")
    assert lake.rows("SELECT key, root_key, commit_class FROM named_order ORDER BY 1") == [
        ("b", "b", "b"),
        ("c", "d", "d"),
        ("erp:1", "a", "a"),
    ]
