"""Waivers of contract rules: rows that break only waived rules are taken in, and counted as waived, from a day until another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from markets import IN_MARKETS, RATCHET, delivered, shop_in_markets, sold, waiver
from shop import AT, Shop, noticed, told
from test_again import content

from charter.app.quarantine import release
from charter.app.ratchets import passed

STRICT = IN_MARKETS.replace(f", {RATCHET}", "")


def besides_people(found: list[str]) -> list[str]:
    """Findings but for those about persons, whom this workspace lists otherwise."""
    return [one for one in found if "ORG012" not in one]


@pytest.fixture
def strict(tmp_path: Path) -> Shop:
    """The shop whose rule that an item is named holds rows."""
    return shop_in_markets(tmp_path / "shop", STRICT)


def held(shop: Shop) -> list[tuple[str, str]]:
    return shop.rows("SELECT row_key, rules FROM {quarantine_row} WHERE settled_by IS NULL ORDER BY row_key")  # type: ignore[return-value]


def late(noted: list[str]) -> list[str]:
    return [text.partition("\n")[0] for text in noted if "INT067" in text]


def test_a_waiver_releases_what_is_held_and_says_how_many_passed(strict: Shop) -> None:
    delivered(strict, "0.csv", [sold("A", "market/de", 4, 2), sold("B", "market/de", 1, 1, quantity=0)])
    strict.run()
    assert held(strict) == [("A0|1", "item:required"), ("A1|1", "item:required"), ("B0|1", "item:required; qty:minimum")]
    strict.write("group/waivers.yaml", waiver())
    done = release(strict.project, at=AT + timedelta(days=3))
    assert (done.before, done.after) == (3, 1)
    (line,) = done.report.accounts
    assert (line.received, line.accepted, line.quarantined) == (5, 4, 1)
    assert line.waived == (("item:required", "ContractWaiver:no-item", 2),)
    # Of the row that breaks another rule as well, that one still holds it; and no row that passed counts as compliant.
    assert held(strict) == [("B0|1", "qty:minimum")]
    assert strict.rows("SELECT failed FROM {contract_result} WHERE rule = 'item:required'") == [(3,)]
    assert strict.rows("SELECT rule, waiver, rows FROM {waived_result}") == [("item:required", "ContractWaiver:no-item", 2)]
    assert [(one.source, one.rule, one.rows, one.deliveries) for one in passed(strict.project)] == [("erp", "item:required", 2, 1)]


def test_once_a_waiver_has_expired_later_deliveries_are_held_and_earlier_rows_stay_even_read_again(strict: Shop) -> None:
    strict.write("group/waivers.yaml", waiver())
    delivered(strict, "0.csv", [sold("A", "market/de", 2, 1)])
    strict.run()
    delivered(strict, "1.csv", [sold("B", "market/de", 2, 1)])
    report = strict.run(AT.replace(month=9))
    assert held(strict) == [("B0|1", "item:required")]
    assert late(noticed(report)) == [
        "exports/1.csv:1:1: warning INT067 exports/1.csv: 1 rows that break item:required are held: ContractWaiver:no-item lets through "
        "what comes from 2024-08-01 until 2024-09-01, and it came on 2024-09-01"
    ]
    before = content(strict)
    strict.run(AT.replace(year=2025), again=True)
    assert content(strict) == before
    assert len(strict.lines()) == 3


def test_the_day_of_a_delivery_counts_in_the_workspaces_zone_and_not_when_it_is_released(strict: Shop) -> None:
    settings = (strict.folder / "charter.yaml").read_text()
    strict.write("charter.yaml", settings.replace("Etc/UTC", "Pacific/Auckland"))
    delivered(strict, "0.csv", [sold("A", "market/de", 1, 1)])
    # Noon of 31 July in London is midnight, and 1 August, in Auckland.
    strict.run(AT.replace(month=7, day=31, hour=12))
    delivered(strict, "1.csv", [sold("B", "market/de", 1, 1)])
    strict.run(AT.replace(month=7, day=31, hour=11), only=["erp"])
    strict.write("group/waivers.yaml", waiver())
    done = release(strict.project, at=AT + timedelta(days=9))
    assert (done.before, done.after) == (2, 1)
    assert held(strict) == [("B0|1", "item:required")]
    assert len(late(noticed(done.report))) == 1


def test_a_waiver_of_a_scope_lets_only_rows_of_it_and_below_through(strict: Shop) -> None:
    strict.write("group/waivers.yaml", waiver(scope="market/de") + waiver("branch", scope="branch/b1", expires="2024-08-20"))
    delivered(
        strict, "0.csv",
        [sold("A", "market/de", 1, 1), sold("B", "branch/b1", 1, 1), sold("C", "market/se", 1, 1), sold("D", "", 1, 1)],
    )  # fmt: skip
    (line,) = strict.run().accounts
    assert [row[0] for row in held(strict)] == ["C0|1", "D0|1"]
    # Where two let a row through, it counts once, for the first by name.
    assert line.waived == (("item:required", "ContractWaiver:branch", 1), ("item:required", "ContractWaiver:no-item", 1))


def test_rows_that_a_ratchet_would_hold_pass_by_a_waiver_and_the_mark_stays(tmp_path: Path) -> None:
    shop = shop_in_markets(tmp_path / "shop")
    shop.write("group/waivers.yaml", waiver(from_="2024-08-02"))
    for day, failing in enumerate((1, 4)):
        delivered(shop, f"{day}.csv", [sold(f"D{day}", "market/de", 10, failing)])
        (line,) = shop.run(AT + timedelta(days=day)).accounts
    assert (told(shop.run()), line.quarantined) == ({}, 0)
    assert line.waived == (("item:required", "ContractWaiver:no-item", 4),)
    assert shop.rows("SELECT worse, held, best_failed FROM {ratchet_share} ORDER BY received_at") == [
        (False, 0, None),
        (True, 0, 1),
    ]


def test_a_code_that_no_list_has_can_be_waived(strict: Shop) -> None:
    source = (strict.folder / "group/sources/erp.yaml").read_text()
    strict.write(
        "group/sources/erp.yaml",
        source.replace("      value: net\n", '      lookups: [{id: known, list: "CodeList:items", on: [item], required: true}]\n      value: net\n'),
    )  # fmt: skip
    strict.write(
        "group/sources/items.yaml",
        "apiVersion: charter/v1\nkind: CodeList\nmetadata: {name: items}\nspec: {key: [code], rows: [{code: valve, item: V}]}\n",
    )
    strict.write("group/waivers.yaml", waiver(rule="known:lookup"))
    delivered(strict, "0.csv", [sold("A", "market/de", 3)])
    (line,) = strict.run().accounts
    assert (line.accepted, line.quarantined, line.waived) == (3, 0, (("known:lookup", "ContractWaiver:no-item", 3),))
    assert strict.rows("SELECT failed, severity FROM {contract_result} WHERE rule = 'known:lookup'") == [(3, "quarantine")]


@pytest.mark.parametrize(
    ("said", "code", "text"),
    [
        ({"rule": "item:requred"}, "INT062", "Source:erp/lines has no rule item:requred"),
        ({"entity": "line"}, "INT062", "Source:erp has no entity line; there is: lines"),
        ({"source": "Source:epr"}, "INT020", "spec.source names Source:epr, which does not exist"),
        ({"rule": "qty:type"}, "INT063", "qty:type cannot be waived: a value that cannot be read is never taken in as nothing"),
        ({"rule": "no:required"}, "INT063", "no:required cannot be waived: without its key a row cannot be told from others"),
        ({"rule": "row:columns"}, "INT063", "row:columns cannot be waived: such a line is no row"),
        ({"rule": "selling_scope:scope"}, "INT063", "a row of no known scope would be in no number"),
        ({"approver": "person/ann"}, "INT064", "is void: person/ann requested and approved it"),
        ({"expires": "2024-08-01"}, "INT064", "is void: it begins on 2024-08-01 and ends on 2024-08-01"),
        ({"approver": "bo"}, "MOD002", "spec.approver is bo; ContractWaiver allows a person such as person/ann"),
        ({"scope": "market/dee"}, "INT037", "market/dee"),
        ({"from_": "2024-06-01", "expires": "2024-07-01"}, "INT066", "ended on 2024-07-01: rows that break item:required are held again"),
        ({"expires": "2024-08-11"}, "INT066", "ends in 10 days, on 2024-08-11"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_waiver_is_told(strict: Shop, said: dict[str, str], code: str, text: str) -> None:
    strict.write("group/waivers.yaml", waiver(**({"expires": "2024-12-01"} | said)))
    (found,) = besides_people(strict.check())
    assert code in found
    assert text in found


def test_a_waiver_without_an_end_or_a_control_is_none(strict: Shop) -> None:
    strict.write("group/waivers.yaml", waiver().replace("  expires: '2024-09-01'\n", "").replace("  reason: 'new ERP'\n", ""))
    found = besides_people(strict.check())
    assert len(found) == 2
    assert all("MOD002" in text for text in found)


def test_a_waiver_below_the_contract_and_one_of_a_rule_that_only_warns_are_told(tmp_path: Path) -> None:
    warns = IN_MARKETS.replace("value: ratchet}, {property: charterRatchetRows, value: 10}]", "value: warn}]")
    shop = shop_in_markets(tmp_path / "shop", warns)
    shop.write("markets/de/waivers.yaml", waiver(expires="2024-12-01"))
    assert [text.partition("\n")[0].partition(" ")[2] for text in besides_people(shop.check())] == [
        "error INT065 ContractWaiver:no-item stands in market/de; DataContract:orders is written in group",
        "warning INT068 ContractWaiver:no-item waives nothing: item:required only warns, and holds no row",
    ]
