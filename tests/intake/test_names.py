"""Names that users choose, where they end up in keys, paths and statements: they stay names."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from shop import CONTRACT, SOURCE, Shop, noticed, told

from charter.app.doctor import examine
from charter.app.quarantine import held, held_row
from charter.errors import ContentError, UnavailableError, UsageError
from charter.intake import judge, take
from charter.intake.account import Account
from charter.warehouse.opening import open_writer

FILE = "no,pos,day,item,qty,net\nA1,1,2024-07-01,x,1,10\nA2,1,2024-07-01,,1,10\n"


def _with_check(name: str, action: str) -> str:
    check = (
        f'        quality:\n          - {{name: "{name}", metric: nullValues, mustBe: 0, type: library, '
        f"customProperties: [{{property: charterAction, value: {action}}}]}}\n"
    )
    item = "      - {name: item, logicalType: string}\n"
    return CONTRACT.replace(
        item, item.replace("{name: item, logicalType: string}", "name: item\n        logicalType: string") + check
    )


def test_a_rule_with_a_semicolon_in_its_name_holds_its_rows(tmp_path: Path) -> None:
    shop = Shop(tmp_path, contract=_with_check("no price; no sale", "quarantine"))
    shop.deliver("one.csv", FILE)
    assert told(shop.run()) == {"one.csv": (2, 1, 0, 0, 0, 1, None)}
    assert [row[1] for row in shop.held()] == ["item:no price, no sale"]
    assert shop.rows("SELECT rule, failed FROM {contract_result} WHERE failed > 0") == [("item:no price, no sale", 1)]


def test_and_blocks_the_delivery_where_it_says_so(tmp_path: Path) -> None:
    shop = Shop(tmp_path, contract=_with_check("no price; no sale", "block"))
    shop.deliver("one.csv", FILE)
    report = shop.run()
    assert told(report)["one.csv"][:6] == (2, 0, 0, 0, 0, 2)
    assert any("INT012" in line and "no price, no sale" in line for line in noticed(report))


@pytest.mark.parametrize("physical", [
    "DECIMAL(1,(SELECT/**/2))", "DECIMAL(18,4)) --", "DECIMAL(0,0)", "DECIMAL(39,2)", "DECIMAL(4,9)", "DECIMAL(\u00b2,1)",
])  # fmt: skip
def test_a_type_that_is_none_is_left_alone(tmp_path: Path, physical: str) -> None:
    asked = CONTRACT.replace("{name: net, logicalType: number}", f"{{name: net, logicalType: number, physicalType: '{physical}'}}")
    shop = Shop(tmp_path, contract=asked)
    shop.deliver("one.csv", FILE)
    assert told(shop.run()) == {"one.csv": (2, 2, 0, 0, 0, 0, None)}
    assert [row[-1] for row in shop.lines()] == [Decimal(10), Decimal(10)]


@pytest.mark.parametrize("bound", ["--5", "\u00b2", "1; DROP TABLE x", "1 OR 1=1", ")"])
def test_a_bound_that_is_no_number_is_told_before_anything_runs(tmp_path: Path, bound: str) -> None:
    options = f"{{name: qty, logicalType: integer, logicalTypeOptions: {{minimum: '{bound}'}}}}"
    shop = Shop(tmp_path, contract=CONTRACT.replace("{name: qty, logicalType: integer}", options))
    shop.deliver("one.csv", FILE)
    (finding,) = shop.check()
    assert (
        finding.startswith("group/contracts/orders.odcs.yaml:15:") and "MOD002" in finding and "is not of type 'number'" in finding
    )
    with pytest.raises(ContentError, match="nothing was taken in"):
        shop.run()


@pytest.mark.parametrize("bound", ["--5", "\u00b2", "1 OR 1=1", ")", "1e5"])
def test_and_is_a_text_where_it_would_be_compared(bound: str) -> None:
    assert judge._constant(bound) == f"'{bound}'"


@pytest.mark.parametrize("name", ["\u00b2.csv", "a\u00b2b10.csv", "\u0663.csv", "10.csv", "9.csv"])
def test_files_of_any_name_have_their_turn(tmp_path: Path, name: str) -> None:
    shop = Shop(tmp_path)
    shop.deliver(name, FILE)
    assert told(shop.run()) == {name: (2, 2, 0, 0, 0, 0, None)}


def test_a_source_without_a_base_is_told_and_not_left_out_in_silence(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    (tmp_path / "group" / "sources" / "erp.yaml").rename(tmp_path / "erp.yaml")
    shop.write("markets/de/sources/erp.yaml", SOURCE)
    with pytest.raises(ContentError) as caught:
        shop.run()
    assert "MOD012" in str(caught.value)


def test_a_market_s_own_database_is_read(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    (tmp_path / "group" / "sources" / "erp.yaml").unlink()
    local = SOURCE.replace('files: ["../../exports/*.csv"]', "table: lines").replace(
        "{type: files}", "{type: sql, file: ../../../shop.sqlite}"
    )
    local = local.replace("name: erp", "name: market/de/erp")
    shop.write("markets/de/sources/erp.yaml", local)
    connection = sqlite3.connect(tmp_path / "shop.sqlite")
    connection.execute("CREATE TABLE lines (no TEXT, pos INTEGER, day TEXT, item TEXT, qty INTEGER, net TEXT)")
    connection.execute("INSERT INTO lines VALUES ('A1', 1, '2024-07-01', 'x', 1, '10')")
    connection.commit()
    connection.close()
    assert told(shop.run()) == {"lines": (1, 1, 0, 0, 0, 0, None)}


def test_an_account_that_does_not_balance_takes_nothing_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(tmp_path)
    shop.deliver("one.csv", FILE)
    kept = take.record_batches

    def one_short(*arguments: Any) -> list[Account]:
        found = kept(*arguments)
        return [Account(**{**{name: getattr(one, name) for name in one.__slots__}, "accepted": one.accepted - 1}) for one in found]

    monkeypatch.setattr(take, "record_batches", one_short)
    with pytest.raises(UnavailableError) as caught:
        shop.run()
    assert caught.value.code == "INT040" and "2 rows came, and 1 are accounted for" in str(caught.value)
    assert shop.rows("SELECT count(*) FROM {batch}") == shop.rows("SELECT count(*) FROM {fact_order_line}") == [(0,)]
    monkeypatch.undo()
    assert told(shop.run()) == {"one.csv": (2, 2, 0, 0, 0, 0, None)}


def test_the_beginning_of_a_batch_is_enough_only_where_it_is_one_batch_s(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for name in ("one.csv", "two.csv"):
        shop.deliver(name, f"no,pos,day,item,qty,net\n{name},1,never,x,1,10\n")
    shop.run()
    batches = [row[0] for row in shop.rows("SELECT batch_id FROM {quarantine_row} ORDER BY 1")]
    with pytest.raises(UsageError) as caught:
        held_row(shop.project, "", 1)
    assert caught.value.code == "APP012" and all(batch[:12] in str(caught.value) for batch in batches)
    assert held_row(shop.project, batches[1][:12], 1).batch_id == batches[1]


def test_a_lake_whose_content_is_not_sound_is_told_by_the_doctor(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.deliver("one.csv", FILE)
    shop.run()
    assert all(one.ok for one in examine(tmp_path))
    with open_writer(shop.project.store, holder="test") as lake:
        lake.execute(f"UPDATE {lake.table('batch')} SET received = received + 1")
    (ill,) = [one for one in examine(tmp_path) if not one.ok]
    assert (ill.what, "1 batches do not balance" in ill.found) == ("lake", True) and "backup" in ill.mend


def test_a_row_that_came_mended_is_held_no_more(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.deliver("one.csv", FILE + "A3,1,2024-07-01,x,one,10\n")
    shop.run()
    (before,) = held(shop.project)
    assert (before.rule, before.rows, before.first_row) == ("qty:type", 1, 3)
    shop.deliver("two.csv", FILE + "A3,1,2024-07-01,x,1,10\n")
    assert told(shop.run()) == {"two.csv": (3, 1, 2, 0, 0, 0, None)}
    assert held(shop.project) == []
    assert held_row(shop.project, before.batch_id, 3).payload["qty"] == "one", "what came stays known"


def test_a_run_in_json_tells_each_finding_with_its_code_and_place(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.deliver("one.csv", "no,pos,day\nA1,1,2024-07-01\n")
    (finding,) = shop.run().as_dict()["findings"]
    assert (finding["code"], finding["file"], finding["severity"]) == ("INT006", "exports/one.csv", "error"), finding
    assert finding["hint"]
