"""Suspects through the use case and the command line: a shop and an ERP that know nothing of each other."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from charter.app.init import init
from charter.app.project import Project, open_project
from charter.app.run import run
from charter.app.suspects import paused, rekeyed
from charter.errors import CharterError

AT = datetime(2024, 8, 1, 6, tzinfo=UTC)
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
name: orders
version: 1.0.0
status: active
schema:
  - name: lines
    logicalType: object
    properties:
      - {name: no, logicalType: string, required: true}
      - {name: pos, logicalType: integer, required: true}
      - {name: at, logicalType: timestamp, required: true}
      - {name: who, logicalType: string, required: true}
      - {name: class, logicalType: string, required: true}
      - {name: item, logicalType: string, required: true}
      - {name: qty, logicalType: integer, required: true}
      - {name: net, logicalType: number, required: true}
"""
SOURCE = """\
apiVersion: charter/v1
kind: Source
metadata: {name: erp}
spec:
  system: erp
  connection: {type: files}
  entities:
    - id: lines
      files: ["../../exports/*.csv"]
      format: {}
      contract: DataContract:orders
      key: [no, pos]
      targets:
        order: {document: no, account: who, confirmed_at: at, entered_at: at, commit_class: class, net_amount: net, currency: "'EUR'", confirmed: "true", eligible: "true"}
        order_line: {document: no, line: pos, account: who, item: item, quantity: qty, net_amount: net, currency: "'EUR'"}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Forty orders of one account, and two of its shop orders keyed again."""
    folder = tmp_path_factory.mktemp("twice") / "w"
    init(folder, name="twice", currency="EUR", time_zone="Etc/UTC")
    for name, text in (("contracts/orders.odcs.yaml", CONTRACT), ("sources/erp.yaml", SOURCE)):
        path = folder / "group" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    rows = []
    for number in range(40):
        at = datetime(2024, 6, 1, 8) + timedelta(hours=17 * number)
        rows += _order(f"n{number}", at, "C1" if number % 2 else "C5", number)
    rows += _order("c1", datetime(2024, 6, 1, 8) + timedelta(hours=17 * 5 + 20), "C5", 5)
    rows += _order("c2", datetime(2024, 6, 1, 8) + timedelta(hours=17 * 7 + 40), "C3", 7)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("no", "pos", "at", "who", "class", "item", "qty", "net"), *rows])
    (folder / "exports").mkdir()
    (folder / "exports" / "june.csv").write_text(out.getvalue())
    run(open_project(folder), at=AT)
    return open_project(folder)


def _order(no: str, at: datetime, commit: str, seed: int) -> list[tuple[object, ...]]:
    return [(no, pos, at.isoformat(), "kunde", commit, f"i{seed * 3 + pos}", seed + pos, "10.50") for pos in (1, 2)]


def test_the_pairs_are_answered_with_what_they_do_to_the_ratio_and_whose_they_are(project: Project) -> None:
    answer = rekeyed(project, "group", "2024-06")
    assert set(answer.pairs) == {("erp:n5", "erp:c1"), ("erp:n7", "erp:c2")}
    told = answer.as_dict()
    assert told["digital-order-ratio"]["as_told"] == "0.47619" and told["digital-order-ratio"]["without"] == "0.5"
    assert told["accountable"]["person"] == "person/head-of-digital"
    assert (
        told["suspects"][0]["why"]
        == "same 2 lines with the same quantities; it reached no other system; 20 h later; ordered no other time within a year"
    )
    assert answer.lines()[0] == "2 manual orders look re-keyed; digital-order-ratio 47.6 % as told, 50.0 % if each were one order"


def test_asking_changes_nothing_and_answers_the_same_again(project: Project) -> None:
    with project.reading() as lake:
        before = lake.snapshot(), lake.rows(f"SELECT * FROM {lake.table('fact_order')} ORDER BY root_key")
    assert rekeyed(project, "group", "2024-06").as_dict() == rekeyed(project, "group", "2024-06").as_dict()
    with project.reading() as lake:
        assert before == (lake.snapshot(), lake.rows(f"SELECT * FROM {lake.table('fact_order')} ORDER BY root_key"))


def test_a_month_without_any_says_so(project: Project) -> None:
    assert rekeyed(project, "group", "2024-05").lines() == ["no manual order looks like a digital one keyed again"]


@pytest.mark.parametrize("hours", [0, -3, 745])
def test_a_window_that_is_none_is_refused(project: Project, hours: int) -> None:
    with pytest.raises(CharterError, match="APP060"):
        rekeyed(project, "group", "2024-06", within_hours=hours)


def test_a_scope_that_does_not_exist_is_refused(project: Project) -> None:
    with pytest.raises(CharterError):
        rekeyed(project, "branch/nowhere", "2024-06")


CASES = """\
apiVersion: charter/v1
kind: Source
metadata: {name: desk}
spec:
  system: desk
  connection: {type: files}
  entities:
    - id: events
      files: ["../../cases/*.csv"]
      format: {}
      contract: DataContract:events
      key: [no, n]
      targets:
        case_event: {case: no, sequence: n, occurred_at: at, state: state, actor_side: side, contact: contact, assigned_team: team, priority: "'1'"}
"""
EVENTS = """\
apiVersion: v3.1.0
kind: DataContract
id: events
name: events
version: 1.0.0
status: active
schema:
  - name: events
    logicalType: object
    properties:
      - {name: no, logicalType: string, required: true}
      - {name: n, logicalType: integer, required: true}
      - {name: at, logicalType: timestamp, required: true}
      - {name: state, logicalType: string, required: true}
      - {name: side, logicalType: string}
      - {name: contact, logicalType: string}
      - {name: team, logicalType: string}
"""
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: quick}
spec:
  indicator: {spec: {thresholdMetric: {metricSource: {type: charter, spec: {metric: time-to-resolution}}}}}
  objectives: [{op: lte, value: 14400, target: 0.9}]
"""
CALENDAR = """\
apiVersion: charter/v1
kind: Calendar
metadata: {name: standard}
spec: {hours: {mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"], fri: ["00:00-24:00"]}}
"""
METRIC = "apiVersion: charter/v1\nkind: Metric\nmetadata: {name: time-to-resolution}\nspec: {standard: time-to-resolution@1}\n"


def test_a_clock_that_our_side_stopped_is_told_with_what_it_hides(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    init(folder, name="desk", currency="EUR", time_zone="Etc/UTC")
    files = {"contracts/events.odcs.yaml": EVENTS, "sources/desk.yaml": CASES, "slo.yaml": SLO, "calendar.yaml": CALENDAR}
    for name, text in (files | {"metrics/time-to-resolution.yaml": METRIC}).items():
        (folder / "group" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "group" / name).write_text(text)
    rows = ["no,n,at,state,side,contact,team"]
    for case, asked, answer in (("gamed", "none", "agent"), ("fair", "to_customer", "customer"), ("veiled", "none", "")):
        steps = ((8, "open", "customer", "from_customer"), (9, "waiting_customer", "agent", asked), (15, "open", answer, "none"),
                 (16, "resolved", "agent", "to_customer"))  # fmt: skip
        rows += [
            f"{case},{n},2024-06-04T{hour:02}:00:00,{state},{side},{contact},north"
            for n, (hour, state, side, contact) in enumerate(steps)
        ]
    (folder / "cases").mkdir()
    (folder / "cases" / "june.csv").write_text("\n".join(rows) + "\n")
    run(open_project(folder), at=AT)
    project = open_project(folder)
    answer = paused(project, "group", "2024-06")
    assert answer.pauses == (("desk:gamed", "2024-06-04T09:00:00+00:00"),)
    told = answer.as_dict()
    assert (told["suspects"][0]["business_seconds"], told["suspects"][0]["without"]) == (2 * 3600, 8 * 3600)
    assert told["suspects"][0]["met_only_because"] is True
    assert told["cannot_be_told"] == {"pauses": 1, "share": "0.333333"}
    text = charter(project, "suspects", "paused", "--period", "2024-06")
    assert "desk:gamed\tnorth\t2024-06-04 09:00 UTC\t6 h\t2 h\t8 h\tmet only so (4 h)" in text
    assert "north\t1\t2\t50.0 %" in text and "of 1 of 3 pauses (33.3 %) it cannot be told" in text
    assert json.loads(charter(project, "suspects", "paused", "--period", "2024-06", "--json")) == json.loads(json.dumps(told))


def charter(project: Project, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "charter.cli.main", *arguments, "-w", str(project.root)], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_command_prints_the_table_and_json_prints_all(project: Project) -> None:
    text = charter(project, "suspects", "rekeyed", "--period", "2024-06", "--limit", "1")
    assert "erp:n5 (C1)\terp:c1 (C5)\t20.0\tEUR 21.00" in text and "and 1 more" in text
    told = json.loads(charter(project, "suspects", "rekeyed", "--period", "2024-06", "--json"))
    assert [one["manual_root"] for one in told["suspects"]] == ["erp:c1", "erp:c2"]
