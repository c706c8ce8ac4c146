"""Ratchets: rows that break a rule are taken in while their market is no worse than its best; where it got worse they are held."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from markets import HEAD, IN_MARKETS, ITEM, PLACED, delivered, shop_in_markets, sold
from shop import AT, CONTRACT, SOURCE, Shop, noticed, told
from test_again import content
from tests.app.whole import everything

from charter.app.quarantine import held
from charter.app.ratchets import ratchets, why_held
from charter.errors import CharterError

NO_DETECTED = {"INT016", "INT017"}


@pytest.fixture
def markets(tmp_path: Path) -> Shop:
    return shop_in_markets(tmp_path / "shop")


def held_keys(shop: Shop) -> list[str]:
    return [row[0] for row in shop.rows("SELECT row_key FROM {quarantine_row} WHERE settled_by IS NULL ORDER BY row_key")]


def test_a_market_that_gets_worse_has_its_failing_rows_held_and_the_others_do_not(markets: Shop) -> None:
    delivered(markets, "1.csv", [sold("A", "market/de", 10, 2), sold("B", "branch/b1", 10), sold("C", "market/se", 20, 2)])
    first = markets.run()
    # The first delivery sets the marks: 2 of 20 in Germany, branch and all, and 2 of 20 in Sweden.
    assert told(first)["1.csv"] == (40, 40, 0, 0, 0, 0, None)
    delivered(markets, "2.csv", [sold("D", "branch/b1", 10, 2), sold("E", "market/se", 10, 1)])
    second = markets.run(AT + timedelta(days=1))
    # Germany: 2 of 10 is worse than 2 of 20. Sweden: 1 of 10 is as good as 2 of 20.
    assert told(second)["2.csv"] == (20, 18, 0, 0, 0, 2, None)
    assert held_keys(markets) == ["D0|1", "D1|1"]
    said = [text for text in noticed(second) if not any(code in text for code in NO_DETECTED)]
    assert said == [
        "exports/2.csv:1:1: warning INT060 exports/2.csv: market/de got worse in item:required: 20.00 % (2 of 10 rows), its best is "
        "10.00 % (2 of 20 rows) since exports/1.csv; its 2 failing rows of this delivery are held\n"
        "  hint: mend the rows in the source and deliver them again; `charter quarantine ratchets` shows each market's mark"
    ]
    assert markets.rows("SELECT rule, severity, failed FROM {contract_result} WHERE rule = 'item:required' ORDER BY failed") == [
        ("item:required", "ratchet", 3),
        ("item:required", "ratchet", 4),
    ]
    (row,) = [one for one in held(markets.project) if one.rule == "item:required"]
    assert (row.rows, row.value) == (2, Decimal("2.0000"))
    assert why_held(markets.project, row.batch_id, 1) == {
        "item:required": "market/de got worse: 20.00 % (2 of 10 rows), its best is 10.00 % (2 of 20 rows) since exports/1.csv, 2024-08-01"
    }


def test_which_market_got_worse_and_since_when_can_be_asked(markets: Shop) -> None:
    for day, failing in enumerate((3, 1, 2, 2, 0)):
        delivered(markets, f"{day}.csv", [sold(f"D{day}", "market/de", 10, failing), sold(f"S{day}", "market/se", 10, 1)])
        markets.run(AT + timedelta(days=day))
        if day == 3:
            de, se = ratchets(markets.project)
            assert (de.scope, de.failed, de.rows, de.best_failed, de.best_rows, de.best_delivery) == (
                "market/de", 2, 10, 1, 10, "exports/1.csv"
            )  # fmt: skip
            assert (de.worse_since, str(de.worse_at)[:10]) == ("exports/2.csv", "2024-08-03")
            assert (se.scope, se.failed, se.worse_since, se.best_delivery) == ("market/se", 1, None, "exports/0.csv")
    de = next(one for one in ratchets(markets.project, source="erp/lines") if one.scope == "market/de")
    assert (de.worse_since, de.best_failed, de.best_delivery) == (None, 0, "exports/4.csv")
    with pytest.raises(CharterError, match="APP018"):
        ratchets(markets.project, source="crm")
    # What no market got worse by is counted, and not held: 3 + 1 taken in, 2 + 2 held.
    assert markets.rows("SELECT delivery, failed, held FROM {ratchet_share} WHERE scope = 'market/de' ORDER BY position, delivery") == [
        ("exports/0.csv", 3, 0), ("exports/1.csv", 1, 0), ("exports/2.csv", 2, 2), ("exports/3.csv", 2, 2), ("exports/4.csv", 0, 0),
    ]  # fmt: skip


def test_small_deliveries_are_counted_on_until_they_make_a_share(markets: Shop) -> None:
    delivered(markets, "0.csv", [sold("A", "market/de", 20, 2)])
    delivered(markets, "1.csv", [sold("B", "market/de", 3, 3)])
    delivered(markets, "2.csv", [sold("C", "market/de", 6, 0)])
    delivered(markets, "3.csv", [sold("D", "market/de", 2, 1)])
    delivered(markets, "4.csv", [sold("E", "market/de", 9, 0)])
    markets.run()
    # 3 rows, then 9, are no share yet; with the 2 of 3.csv they are 11, of which 4 fail: worse. Only what 3.csv brought is held.
    assert held_keys(markets) == ["D0|1"]
    shares = markets.rows("SELECT counted_failed, counted_rows, counts, worse FROM {ratchet_share} ORDER BY position")
    assert shares == [(2, 20, True, False), (3, 3, False, False), (3, 9, False, False), (4, 11, True, True), (0, 9, False, False)]
    # 9 rows without a failing one are too few to be the best.
    assert [(one.best_failed, one.best_rows) for one in ratchets(markets.project)] == [(2, 20)]


def test_what_cannot_be_placed_is_a_market_of_its_own_and_rows_that_name_no_scope_are_the_sources(markets: Shop) -> None:
    delivered(markets, "0.csv", [sold("A", "nowhere", 10, 5), sold("B", "", 10, 1), sold("C", "market/de", 10)])
    markets.run()
    found = markets.rows("SELECT scope, failed, rows FROM {ratchet_share} ORDER BY scope NULLS LAST")
    assert found == [("group", 1, 10), ("market/de", 0, 10), (None, 5, 10)]


def test_a_tolerance_lets_a_share_be_so_many_points_above_the_best(tmp_path: Path) -> None:
    shop = shop_in_markets(
        tmp_path / "shop", IN_MARKETS.replace("value: 10}]", "value: 10}, {property: charterRatchetTolerance, value: 10}]")
    )
    delivered(shop, "0.csv", [sold("A", "market/de", 10, 1)])
    delivered(shop, "1.csv", [sold("B", "market/de", 10, 2)])
    delivered(shop, "2.csv", [sold("C", "market/de", 10, 3)])
    shop.run()
    assert held_keys(shop) == ["C0|1", "C1|1", "C2|1"]


def test_a_refused_delivery_sets_no_mark(tmp_path: Path) -> None:
    contract = IN_MARKETS + "    quality:\n      - {metric: rowCount, mustBeLessThan: 15}\n"
    shop = shop_in_markets(tmp_path / "shop", contract)
    delivered(shop, "0.csv", [sold("A", "market/de", 20)])
    delivered(shop, "1.csv", [sold("B", "market/de", 10, 5)])
    report = shop.run()
    assert [line.refused_because is None for line in sorted(report.accounts, key=lambda line: line.delivery)] == [False, True]
    assert held_keys(shop) == []
    assert shop.rows("SELECT delivery FROM {ratchet_share}") == [("exports/1.csv",)]


def test_one_by_one_or_at_once_and_read_again_the_same_rows_are_held(markets: Shop, tmp_path: Path) -> None:
    other = shop_in_markets(tmp_path / "other")
    for day, failing in enumerate((3, 4, 1, 1, 2, 0, 1)):
        for shop in (markets, other):
            delivered(shop, f"{day}.csv", [sold(f"D{day}", "market/de", 8, failing), sold(f"S{day}", "branch/b1", 7, day % 3)])
        markets.run(AT + timedelta(days=day))
    other.run()
    assert held_keys(markets) == held_keys(other) != []
    before = content(markets)
    markets.run(AT + timedelta(days=20), again=True)
    assert content(markets) == before


def test_a_ratchet_that_is_tightened_is_judged_anew_when_all_is_read_again(markets: Shop) -> None:
    delivered(markets, "0.csv", [sold("A", "market/de", 20, 1)])
    delivered(markets, "1.csv", [sold("B", "market/de", 20, 4)])
    markets.run()
    assert len(held_keys(markets)) == 4
    markets.write("group/contracts/orders.odcs.yaml", IN_MARKETS.replace("value: 10}]", "value: 30}]"))
    markets.run(AT + timedelta(days=1), again=True)
    # Of 30 rows only both deliveries together make a share, and the first that counts sets the mark.
    assert held_keys(markets) == []


def test_a_delivery_that_cannot_be_read_again_keeps_its_place_among_the_marks(markets: Shop) -> None:
    for day, failing in enumerate((4, 1, 2)):
        delivered(markets, f"{day}.csv", [sold(f"D{day}", "market/de", 10, failing)])
        markets.run(AT + timedelta(days=day))
    assert held_keys(markets) == ["D20|1", "D21|1"]
    before = content(markets)
    (markets.folder / "exports/1.csv").unlink()
    markets.run(AT + timedelta(days=9), again=True)
    assert content(markets) == before


def test_checks_of_a_column_can_be_ratchets_and_latin_letters_are_told_as_they_came(tmp_path: Path) -> None:
    check = (
        "quality: [{metric: invalidValues, arguments: {validValues: [Größe]}, mustBe: 0, "
        "customProperties: [{property: charterAction, value: ratchet}, {property: charterRatchetRows, value: 2}]}]"
    )
    contract = CONTRACT.replace(ITEM, ITEM[:-1] + f", {check}}}") + "      - {name: sc, logicalType: string}\n"
    shop = shop_in_markets(tmp_path / "shop", contract, PLACED.replace("format: {}", "format: {encoding: latin-1}"))
    shop.deliver(
        "0.csv", (HEAD + "A,1,2024-03-01,Größe,1,1.00,market/de\nB,1,2024-03-01,Größe,1,1.00,market/de\n").encode("latin-1")
    )
    shop.deliver(
        "1.csv", (HEAD + "C,1,2024-03-01,Höhe,1,1.00,market/de\nD,1,2024-03-01,Größe,1,1.00,market/de\n").encode("latin-1")
    )
    shop.run()
    ((number, rules, payload),) = shop.held()
    assert (number, rules, payload["item"]) == (1, "item:invalidValues", "Höhe")


def test_what_cannot_be_a_ratchet_is_told_before_a_run(tmp_path: Path) -> None:
    ratchet = "customProperties: [{property: charterAction, value: ratchet}]"
    contract = (
        CONTRACT.replace(
            "{name: no, logicalType: string, required: true}", f"{{name: no, logicalType: string, required: true, {ratchet}}}"
        )
        .replace(ITEM, ITEM[:-1] + ", customProperties: [{property: charterAction, value: rachet}]}")
        .replace("{name: qty, logicalType: integer}", f"{{name: qty, logicalType: integer, {ratchet}}}")
        .replace(
            "{name: net, logicalType: number}",
            f"{{name: net, logicalType: number, quality: [{{metric: nullValues, mustBeLessThan: 5, unit: percent, {ratchet}}}]}}",
        )
        + f"    quality:\n      - {{metric: rowCount, mustBeGreaterThan: 1, {ratchet}}}\n"
    )
    found = [text.partition("\n")[0].partition(" error ")[2] for text in Shop(tmp_path / "shop", SOURCE, contract).check()]
    assert sorted(found) == [
        "INT061 orders 1.0.0: item: charterAction is rachet; block, quarantine, warn and ratchet are allowed (did you mean ratchet?)",
        "INT061 orders 1.0.0: net:nullValues: a ratchet is held against its best share, not against a number; write mustBe: 0 instead "
        "of mustBeLessThan",
        "INT061 orders 1.0.0: no:required: no tells rows apart, and a row without it is always held; it cannot be a ratchet",
        "INT061 orders 1.0.0: qty: it has no rule whose share could be counted; that can be required, enum, pattern, format, a length or "
        "a bound",
        "INT061 orders 1.0.0: rows:rowCount: it judges the delivery as a whole, and a ratchet holds rows; nullValues, missingValues and "
        "invalidValues can be one",
    ]


@pytest.mark.parametrize("moments", [("contract:1", "contract:2"), ("merge:1", "commit:2")])
def test_a_run_that_is_killed_leaves_the_marks_as_an_undisturbed_one(moments: tuple[str, ...], tmp_path: Path) -> None:
    script = (
        "from datetime import UTC, datetime; from pathlib import Path; from charter.app.project import open_project; "
        "from charter.app.run import run; run(open_project(Path('shop')), at=datetime(2024, 8, 2, 6, tzinfo=UTC))"
    )
    shops = [shop_in_markets(tmp_path / name / "shop") for name in ("killed", "calm")]
    for shop in shops:
        delivered(shop, "0.csv", [sold("A", "market/de", 20, 2)])
        shop.run()
        delivered(shop, "1.csv", [sold("B", "market/de", 20, 1), sold("C", "market/se", 5, 5)])
        delivered(shop, "2.csv", [sold("D", "market/de", 20, 2), sold("E", "market/se", 5, 5)])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    for moment in moments:
        killed = subprocess.run(
            [sys.executable, "-c", script], cwd=shops[0].folder.parent, capture_output=True, check=False,
            env={**environment, "CHARTER_KILL_AT": moment},
        )  # fmt: skip
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    for shop in shops:
        shop.run(AT + timedelta(days=1))
    assert held_keys(shops[0]) == ["D0|1", "D1|1"]
    ours, calm = (everything(shop.project) for shop in shops)
    assert {name for name in ours if ours[name] != calm[name]} == set()
