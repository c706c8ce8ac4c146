"""Taken in again: after a mended mapping, contract or list the lake is what it would be had they always been so."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from shop import AT, SOURCE, Shop

from charter.app.quarantine import held, release
from charter.errors import CharterError
from charter.warehouse.tables import TABLES

HEAD = "no,pos,day,item,qty,net\n"
# What says when something was done, and under which model.
_OF_THE_RUN = {"received_at", "model_hash", "built_under", "settled_by"}
_LISTED = """\
apiVersion: charter/v1
kind: CodeList
metadata: {name: items}
spec:
  key: [code]
  rows:
    - {code: pump, item: P}
"""


def content(shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    """Every table of the lake, but for when and under which model its rows came to be."""
    found = {}
    with shop.project.reading() as lake:
        for name, table in TABLES.items():
            columns = ", ".join(f'"{column}"' for column in table.column_names() if column not in _OF_THE_RUN)
            found[name] = sorted(lake.rows(f"SELECT {columns} FROM {lake.table(name)}"), key=repr)
    return found


def mended(shop: Shop, *changes: tuple[str, str]) -> None:
    place = shop.folder / "group/sources/erp.yaml"
    text = place.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    place.write_text(text)


def fresh(shop: Shop, tmp_path: Path) -> Shop:
    """The same workspace and files, with nothing taken in."""
    other = object.__new__(Shop)
    other.folder = Path(shutil.copytree(shop.folder, tmp_path / "fresh", ignore=shutil.ignore_patterns(".charter")))
    return other


@pytest.mark.parametrize("seed", range(8))
def test_what_is_taken_in_again_is_what_would_stand_from_the_beginning(shop: Shop, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    at = AT
    for number in range(4):
        rows = [
            f"A{chance.randint(1, 6)},{chance.randint(1, 3)},2024-03-{chance.randint(1, 9):02d},{chance.choice(('pump', 'valve', ''))},"
            f"{chance.choice(('1', '2', 'x'))},{chance.randint(1, 99)}.50"
            for _ in range(chance.randint(3, 12))
        ]
        shop.deliver(f"{number}.csv", HEAD + "\n".join(rows) + "\n")
        shop.run(at=at)
        at += timedelta(days=1)
    changes: list[Callable[[], None]] = [
        lambda: mended(shop, ("net_amount: net,", "net_amount: net * 2,")),
        lambda: mended(shop, ("item: item,", "item: upper(item),"), ("value: net", "value: net + 1")),
        lambda: mended(shop, ("      day: day", "      exclude: [{reason: valves, when: \"item = 'valve'\"}]\n      day: day")),
        lambda: mended(shop, ("ordered_on: day", "ordered_on: case when qty = 2 then null else day end")),
    ]
    for change in chance.sample(changes, 2):
        change()
    shop.run(at=at, again=True)
    other = fresh(shop, tmp_path)
    other.run()
    assert content(shop) == content(other)


def test_a_code_added_to_a_list_releases_the_rows_that_lacked_it(shop: Shop) -> None:
    shop.write("group/sources/items.yaml", _LISTED)
    text = SOURCE.replace(
        "      value: net\n", '      lookups: [{id: known, list: "CodeList:items", on: [item], required: true}]\n      value: net\n'
    )
    shop.write("group/sources/erp.yaml", text.replace("item: item,", "item: known.item,"))
    shop.deliver("a.csv", HEAD + "A1,1,2024-03-01,pump,1,1.00\nA1,2,2024-03-01,valve,1,2.00\n")
    shop.run()
    assert [(row[0], row[1]) for row in shop.held()] == [(2, "known:lookup")]
    shop.write("group/sources/items.yaml", _LISTED + "    - {code: valve, item: V}\n")
    done = release(shop.project, source="erp", at=AT + timedelta(days=1))
    assert (done.before, done.after) == (1, 0)
    assert [line[3] for line in shop.lines()] == ["P", "V"]
    assert [(line.received, line.accepted, line.quarantined) for line in done.report.accounts] == [(2, 2, 0)]
    assert held(shop.project) == []
    with pytest.raises(CharterError, match="APP018"):
        release(shop.project)


def test_a_delivery_that_is_gone_stays_as_it_was_and_so_does_what_came_before_it(shop: Shop) -> None:
    for number, name in enumerate(("a", "b", "c")):
        shop.deliver(f"{name}.csv", HEAD + f"A{number},1,2024-03-0{number + 1},pump,1,1.00\n")
        shop.run(at=AT + timedelta(days=number))
    (shop.folder / "exports/b.csv").unlink()
    mended(shop, ("net_amount: net,", "net_amount: net * 2,"))
    report = shop.run(at=AT + timedelta(days=9), again=True)
    assert [(line[0], str(line[5])) for line in shop.lines()] == [("erp:A0", "1.0000"), ("erp:A1", "1.0000"), ("erp:A2", "2.0000")]
    told = "erp/lines: 1 deliveries are no longer there as they came, the last of them exports/b.csv; it and what came before it stays as it was taken in"
    assert told in [finding.message for finding in report.findings]


def test_a_delivery_that_cannot_be_read_now_keeps_what_it_brought(shop: Shop) -> None:
    shop.deliver("a.csv", HEAD + "A1,1,2024-03-01,pump,1,1.00\n")
    shop.run()
    contract = (shop.folder / "group/contracts/orders.odcs.yaml").read_text()
    shop.write("group/contracts/orders.odcs.yaml", contract.replace("{name: qty,", "{name: qty, physicalName: quantity,"))
    report = shop.run(at=AT + timedelta(days=1), again=True)
    assert [finding.code for finding in report.findings] == ["INT006"]
    assert [line[0] for line in shop.lines()] == ["erp:A1"]
    assert shop.rows("SELECT state, accepted FROM {batch}") == [("taken", 1)]


def test_taking_in_again_without_a_change_changes_nothing(shop: Shop) -> None:
    shop.deliver("a.csv", HEAD + "A1,1,2024-03-01,pump,1,1.00\nA1,1,2024-03-01,pump,2,1.00\nA2,1,x,pump,1,1.00\nbroken\n")
    shop.deliver("b.csv", HEAD + "A1,1,2024-03-01,pump,3,1.00\nA2,1,2024-03-02,pump,1,1.00\n")
    shop.run()
    before = content(shop)
    shop.run(at=AT + timedelta(days=1), again=True)
    assert content(shop) == before
