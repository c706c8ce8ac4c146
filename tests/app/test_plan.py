"""Plan and apply: what a plan says comes true, digit for digit; nothing binds that was not applied; no log can be bent."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.nordfrost.group import write_demo

from charter.app.apply import apply
from charter.app.number import number
from charter.app.plan import PlanReport, plan
from charter.app.project import bound, open_project
from charter.app.run import run
from charter.errors import CharterError

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
CHANGES = int(os.environ.get("CHARTER_PLANS", "8"))
Change = Callable[[Path, random.Random], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan") / "group"
    write_demo(folder, seed=11, orders=400, months=3)
    run(open_project(folder), at=AT)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "group"))


def _edit(place: Path, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, new, place.read_text(), count=1)
    assert count, (place, pattern)
    place.write_text(text)


def _target(folder: Path, chance: random.Random) -> None:
    _edit(
        folder / "group/metrics/digital-order-ratio.yaml",
        r"value: [0-9.]+, reference: board 2023",
        f"value: 0.{chance.randint(16, 90)}, reference: board 2023",
    )


def _market_target(folder: Path, chance: random.Random) -> None:
    _edit(folder / f"markets/{chance.choice(['se', 'gb'])}/targets.yaml", r"value: [0-9.]+", f"value: 0.{chance.randint(16, 90)}")


def _move(folder: Path, chance: random.Random) -> None:
    branch, market = chance.choice(["malmo", "berlin", "bristol"]), chance.choice(["se", "gb", "de"])
    day = f"2024-{chance.randint(1, 3):02d}-{chance.randint(1, 28):02d}"
    place = folder / "group/organisation/scopes.csv"
    row = next(line for line in place.read_text().splitlines() if line.startswith(f"branch/{branch},"))
    fields = row.split(",")
    first, second = list(fields), list(fields)
    first[3] = second[2] = day
    second[1] = f"market/{market}"
    _edit(place, re.escape(row), f"{','.join(first)}\n{','.join(second)}")


def _least(folder: Path, chance: random.Random) -> None:
    metric = chance.choice(["average-order-time", "digital-order-ratio", "error-rate"])
    _edit(
        folder / f"group/metrics/{metric}.yaml", r"standard: (\S+?)(,|\s|\})", rf"standard: \1, minimumN: {chance.randint(1, 90)}\2"
    ) if "{standard" in (folder / f"group/metrics/{metric}.yaml").read_text() else _edit(
        folder / f"group/metrics/{metric}.yaml", r"  standard: (\S+)", rf"  standard: \1\n  minimumN: {chance.randint(1, 90)}"
    )


def _hours(folder: Path, chance: random.Random) -> None:
    _edit(
        folder / f"markets/{chance.choice(['de', 'gb', 'se'])}/calendar.yaml",
        r"\d\d:\d\d-\d\d:\d\d",
        f"{chance.randint(6, 10):02d}:00-{chance.randint(11, 12)}:30",
    )


def _own_metric(folder: Path, chance: random.Random) -> None:
    (folder / "group/metrics/own.yaml").write_text(
        "apiVersion: charter/v1\nkind: Metric\nmetadata: {name: own-share}\nspec:\n  target: 0.5\n  definition:\n    fact: fact_order\n"
        f'    day: ordered_on\n    scope: selling_scope\n    filter: "eligible and net_amount > {chance.randint(1, 9) * 100}"\n'
        '    numerator: "count(*) filter (where commit_class = \'C1\')"\n    denominator: "count(*)"\n'
    )


def _gone(folder: Path, chance: random.Random) -> None:
    (folder / f"group/metrics/{chance.choice(['edi-share', 'order-value', 'self-service-ratio'])}.yaml").unlink()


def _source_gone(folder: Path, chance: random.Random) -> None:
    (folder / f"group/sources/{chance.choice(['desk', 'erp-north'])}.yaml").unlink()


ALL: tuple[Change, ...] = (_target, _market_target, _move, _least, _hours, _own_metric, _gone, _source_gone)


def _asked(folder: Path, metric: str, scope: str, month: str) -> tuple[object, ...] | None:
    try:
        found = number(open_project(folder), metric, scope, month).number
    except CharterError:
        return None
    return (found.value, found.n, found.target.value if found.target else None, found.status)


def _told(report: PlanReport, metric: str, scope: str, month: str, side: str) -> tuple[object, ...] | None:
    one = next(one for one in report.numbers if (one.metric, one.scope, one.month) == (metric, scope, month))
    found = getattr(one, side)
    return None if found is None else (found.value, found.n, found.target, found.status)


@pytest.mark.parametrize("seed", range(CHANGES))
def test_what_a_plan_says_of_numbers_is_what_they_are_before_and_after_it_is_applied(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    apply(open_project(folder), at=AT)
    for change in {ALL[seed % len(ALL)], chance.choice(ALL)}:
        change(folder, chance)
    report = plan(open_project(folder))
    assert not report.is_empty
    places = [(one.metric, one.scope, one.month) for one in report.numbers]
    moved = chance.sample(places, min(8, len(places)))
    still = [(metric, scope, month) for metric in ("order-count", "digital-order-ratio", "average-order-time") for scope in ("group", "market/se", "branch/berlin")
             for month in ("2024-01", "2024-02") if (metric, scope, month) not in places]  # fmt: skip
    before = {place: _asked(folder, *place) for place in (*moved, *still)}
    assert {place: before[place] for place in moved} == {place: _told(report, *place, "before") for place in moved}
    apply(open_project(folder), at=AT + timedelta(days=1))
    after = {place: _asked(folder, *place) for place in (*moved, *still)}
    assert {place: after[place] for place in moved} == {place: _told(report, *place, "after") for place in moved}
    assert {place: after[place] for place in still} == {place: before[place] for place in still}
    assert plan(open_project(folder)).is_empty


def test_a_model_against_itself_is_empty_however_its_files_are_written(folder: Path) -> None:
    apply(open_project(folder), at=AT)
    assert plan(open_project(folder)).is_empty
    place = folder / "group/metrics/digital-order-ratio.yaml"
    place.write_text(f"# a remark\n{place.read_text()}\n")
    assert plan(open_project(folder)).is_empty


def test_what_is_not_applied_binds_nobody_and_what_was_can_be_asked_for(folder: Path) -> None:
    first = apply(open_project(folder), at=AT).revision
    asked = ("digital-order-ratio", "group", "2024-03")
    before = _asked(folder, *asked)
    _target(folder, random.Random(3))
    assert _asked(folder, *asked) == before
    assert bound(open_project(folder)).is_behind
    apply(open_project(folder), at=AT + timedelta(days=1))
    after = _asked(folder, *asked)
    assert after is not None and before is not None and after[2] != before[2]
    then = number(open_project(folder), *asked, known_at="2026-01-15T12:00:00+00:00")
    assert (then.number.target.value if then.number.target else None, then.revision) == (before[2], first.seq)
    with pytest.raises(CharterError, match="MOD036"):
        number(open_project(folder), *asked, known_at="2026-01-15T11:59:59+00:00")
    assert not apply(open_project(folder)).fresh


def test_a_saved_plan_is_applied_as_it_was_read_or_not_at_all(folder: Path) -> None:
    apply(open_project(folder), at=AT)
    _target(folder, random.Random(4))
    saved = json.loads(json.dumps(plan(open_project(folder)).as_dict(), default=str))
    _least(folder, random.Random(1))
    with pytest.raises(CharterError, match="APP014"):
        apply(open_project(folder), saved=saved, at=AT + timedelta(days=1))
    again = plan(open_project(folder)).as_dict()
    assert apply(open_project(folder), saved=again, at=AT + timedelta(days=1)).revision.seq == 2
    with pytest.raises(CharterError, match="APP014"):
        apply(open_project(folder), saved=again, at=AT + timedelta(days=2))


def test_documents_that_a_run_would_stop_at_are_neither_planned_nor_applied(folder: Path) -> None:
    apply(open_project(folder), at=AT - timedelta(days=1))
    _edit(folder / "group/metrics/order-count.yaml", "order-count@1", "order-cont@1")
    with pytest.raises(CharterError, match="APP015"):
        plan(open_project(folder))
    with pytest.raises(CharterError, match="APP015") as told:
        apply(open_project(folder), at=AT)
    assert "PRF003" in str(told.value)
    head = open_project(folder).revisions.head()
    assert head is not None and head.seq == 1


def test_a_changed_write_that_a_role_must_approve_waits_for_it(folder: Path) -> None:
    apply(open_project(folder), at=AT)
    locks = folder / "group/locks.yaml"
    locks.write_text(locks.read_text().replace("override: {scopes: [market]}", "override: {scopes: [market], roles: [board]}"))
    apply(open_project(folder), roles=("board",), at=AT + timedelta(days=1))
    _edit(folder / "markets/se/targets.yaml", r"value: [0-9.]+", "value: 0.61")
    report = plan(open_project(folder))
    assert [(one.layer, one.roles) for one in report.needs] == [("market/se", ("board",))]
    with pytest.raises(CharterError, match="APP016"):
        apply(open_project(folder), roles=("sales",), at=AT + timedelta(days=2))
    done = apply(open_project(folder), roles=("board",), at=AT + timedelta(days=2)).revision
    assert any(text.startswith("role/board by ") for text in done.approvals)


def test_a_tampered_log_is_found_with_its_entry(folder: Path) -> None:
    apply(open_project(folder), at=AT)
    _target(folder, random.Random(5))
    apply(open_project(folder), at=AT + timedelta(days=1))
    log = folder / ".charter/revisions/log.jsonl"
    lines = log.read_text().splitlines()
    log.write_text("\n".join([lines[0].replace("unauthenticated", "authenticated"), lines[1]]) + "\n")
    with pytest.raises(CharterError, match="MOD036") as told:
        plan(open_project(folder))
    assert "revision 1" in str(told.value)


def test_two_revisions_in_one_second_are_recorded_one_after_the_other_and_a_clock_that_went_back_is_told(folder: Path) -> None:
    first = apply(open_project(folder), at=AT).revision
    _target(folder, random.Random(1))
    second = apply(open_project(folder), at=AT).revision
    assert second.applied_at - first.applied_at == timedelta(seconds=1)
    _target(folder, random.Random(2))
    with pytest.raises(CharterError) as caught:
        apply(open_project(folder), at=AT - timedelta(minutes=5))
    assert caught.value.code == "MOD045"
