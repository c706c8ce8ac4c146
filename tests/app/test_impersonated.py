"""Who placed orders, from a shop's logins to the answer: pseudonyms in the lake, nobody's login, and the same in every run."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from charter.app.export import Wanted, export
from charter.app.impersonated import impersonated
from charter.app.init import init
from charter.app.project import Project, open_project
from charter.app.pseudonyms import key_of
from charter.app.run import run
from charter.app.tryout import tryout
from charter.errors import CharterError
from charter.values.pseudonym import pseudonym
from charter.warehouse.opening import open_writer

AT = datetime(2024, 8, 1, 6, tzinfo=UTC)
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
name: orders
version: 1.0.0
status: active
schema:
  - name: orders
    logicalType: object
    properties:
      - {name: no, logicalType: string, required: true}
      - {name: at, logicalType: timestamp, required: true}
      - {name: who, logicalType: string, required: true}
      - {name: class, logicalType: string, required: true}
      - {name: user, logicalType: string}
      - {name: role, logicalType: string}
"""
SOURCE = """\
apiVersion: charter/v1
kind: Source
metadata: {name: shop}
spec:
  system: shop
  connection: {type: files}
  entities:
    - id: orders
      files: ["../../exports/*.csv"]
      format: {}
      contract: DataContract:orders
      key: [no]
      targets:
        order: {document: no, account: who, confirmed_at: at, commit_class: class, net_amount: "10", currency: "'EUR'", confirmed: "true", eligible: "true", placed_by: user, placed_by_side: role}
"""
PEOPLE = "person,name,team,function,from,to,login\nperson/head-of-digital,Ann,,digital,2020-01-01,,\nperson/rita,Rita,,sales,2020-01-01,,rita@ourselves.example\n"
HEADS = "no,at,who,class,user,role\n"
JUNE = (
    "n1,2024-06-01T08:00:00,a,C1,buyer@a.example,\n"  # a buyer
    "n2,2024-06-02T08:00:00,a,C1,rita@ourselves.example,\n"  # a person of the organisation
    "n3,2024-06-03T08:00:00,b,C1,otto@ourselves.example,agent\n"  # the shop tells it
    "n4,2024-06-04T08:00:00,b,C1,,\n"  # nobody is told
    "n5,2024-06-05T08:00:00,c,C3,ivo@ourselves.example,\n"
    "n6,2024-06-06T08:00:00,d,C3,ivo@ourselves.example,\n"
    "n7,2024-06-07T08:00:00,e,C3,ivo@ourselves.example,\n"
    "n8,2024-06-08T08:00:00,f,C2, ivo@ourselves.example ,\n"  # keys for others
    "n9,2024-06-09T08:00:00,f,C1,buyer@f.example,wizard\n"  # no such side: held
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A shop that tells its users, and June of it taken in."""
    folder = tmp_path_factory.mktemp("placed") / "w"
    init(folder, name="placed", currency="EUR", time_zone="Etc/UTC")
    for name, text in (("contracts/orders.odcs.yaml", CONTRACT), ("sources/shop.yaml", SOURCE)):
        path = folder / "group" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    next(iter(folder.rglob("people.csv"))).write_text(PEOPLE)
    (folder / "exports").mkdir()
    (folder / "exports" / "june.csv").write_text(HEADS + JUNE)
    run(open_project(folder), at=AT)
    return open_project(folder)


def placed(project: Project) -> dict[str, tuple[str | None, str | None]]:
    with project.reading() as lake:
        rows = lake.rows(f"SELECT root_key, placed_by, placed_by_side FROM {lake.table('fact_order')}")
    return {root.removeprefix("shop:"): (user, side) for root, user, side in rows}


def test_each_suspect_is_told_with_why_and_what_they_do_to_the_ratio(project: Project) -> None:
    told = impersonated(project, "group", "2024-06").as_dict()
    assert {one["root"]: (one["rule"], one["why"]) for one in told["suspects"]} == {
        "shop:n2": ("person", "placed by a person of the organisation"),
        "shop:n3": ("told", "shop tells that an employee placed it"),
        "shop:n8": ("serves", "the same user keys manual orders, or works cases, of 3 accounts that do not belong together"),
    }
    assert told["digital-order-ratio"] == {
        "as_told": "0.625", "without": "0.25", "digital": 5, "orders": 8, "digital_without": 2,
    }  # fmt: skip
    assert told["by_rule"] == {"told": 1, "person": 1, "serves": 1, "many": 0}
    sources = [{"source": "shop", "told": 4, "orders": 5}]
    assert told["cannot_be_told"] == {"orders": 1, "share": "0.2", "sources": sources}
    assert told["accountable"]["person"] == "person/head-of-digital"


def test_the_lake_holds_keyed_pseudonyms_and_nobodys_login(project: Project) -> None:
    key = key_of(project)
    assert key is not None and len(key) == 64
    kept = placed(project)
    assert kept["n1"] == (pseudonym(key, "shop:buyer@a.example"), None)
    assert kept["n3"] == (pseudonym(key, "shop:otto@ourselves.example"), "agent")
    assert kept["n4"] == (None, None)
    assert kept["n5"] == kept["n8"] != kept["n2"]
    with project.reading() as lake:
        for table in ("order_record", "fact_order"):
            assert not lake.rows(f"SELECT 1 FROM {lake.table(table)} AS t WHERE contains(CAST(t AS VARCHAR), 'ourselves')")
    assert key.encode() not in b"".join(
        path.read_bytes() for path in (project.root / ".charter" / "lake").rglob("*") if path.is_file()
    )


def test_a_later_run_and_one_that_reads_again_give_the_same_pseudonyms(project: Project) -> None:
    before, key = placed(project), key_of(project)
    (project.root / "exports" / "july.csv").write_text(HEADS + "n10,2024-07-01T08:00:00,g,C1,rita@ourselves.example,\n")
    run(project, at=AT.replace(day=2))
    assert placed(project) == before | {"n10": before["n2"]}
    run(project, again=True, at=AT.replace(day=3))
    assert placed(project) == before | {"n10": before["n2"]}
    assert key_of(project) == key


def test_a_side_that_is_none_is_held(project: Project) -> None:
    with project.reading() as lake:
        rules = lake.rows(f"SELECT rules FROM {lake.table('quarantine_row')}")
    assert rules == [("placed_by_side:enum",)]


def test_an_export_leaves_the_user_out_unless_it_is_asked_for(project: Project, tmp_path: Path) -> None:
    done = export(project, Wanted("fact_order"), tmp_path / "orders.csv")
    assert "placed_by" in done.left_out
    heads = (tmp_path / "orders.csv").read_text().splitlines()[0].split(",")
    assert "placed_by_side" in heads and "placed_by" not in heads


def test_a_trial_shows_pseudonyms_of_a_passing_key_and_makes_none(tmp_path: Path, project: Project) -> None:
    folder = tmp_path / "w"
    init(folder, name="tried", currency="EUR", time_zone="Etc/UTC")
    for name, text in (("contracts/orders.odcs.yaml", CONTRACT), ("sources/shop.yaml", SOURCE)):
        (folder / "group" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "group" / name).write_text(text)
    (folder / "exports").mkdir()
    (folder / "exports" / "june.csv").write_text(HEADS + JUNE)
    fresh = open_project(folder)
    [column] = [one for one in tryout(fresh, "shop").columns if one.column == "order.placed_by"]
    assert (column.filled, column.rows) == (7, 8)
    assert all(len(one or "") == 32 and "@" not in (one or "") for one in column.first)
    assert key_of(fresh) is None


def test_the_command_prints_the_table_and_json_prints_all(project: Project) -> None:
    text = charter(project, "suspects", "impersonated", "--period", "2024-06", "--limit", "1")
    assert "shop:n3\tC1\t2024-06-03\tEUR 10.00" in text and "and 2 more" in text
    assert "62.5 % as told, 25.0 % if each counted as keyed by a rep (C3)" in text
    assert "of 1 of 5 self-service or assisted orders (20.0 %) it cannot be told who placed them: map placed_by (shop)" in text
    told = json.loads(charter(project, "suspects", "impersonated", "--period", "2024-06", "--json"))
    assert told == json.loads(json.dumps(impersonated(project, "group", "2024-06").as_dict()))


def test_a_month_without_any_says_so(project: Project) -> None:
    told = "no digital order that tells who placed it was placed by an identity that looks like an employee's"
    assert impersonated(project, "group", "2024-05").lines() == [told]


def test_a_lake_of_before_the_column_says_what_to_do_and_a_run_adds_it(project: Project) -> None:
    with open_writer(project.store, holder="test") as lake:
        for table in ("fact_order", "order_record"):
            lake.execute(f"ALTER TABLE {lake.table(table)} DROP COLUMN placed_by")
    with pytest.raises(CharterError, match="WHS017 the lake has no column placed_by yet"):
        impersonated(project, "group", "2024-06")
    run(project, at=AT.replace(day=4))
    assert impersonated(project, "group", "2024-06").untold == (4, 5)
    run(project, again=True, at=AT.replace(day=5))
    assert impersonated(project, "group", "2024-06").untold == (1, 5)


def charter(project: Project, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "charter.cli.main", *arguments, "-w", str(project.root)], capture_output=True, text=True, check=True
    )
    return done.stdout
