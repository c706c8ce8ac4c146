"""Tasks of a small group: what opens them and whose they are, what people do with them, kills, and several at once."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.nordfrost.group import write_demo

from charter.app.derive import derive_tasks
from charter.app.ownership import accept_ownership
from charter.app.project import open_project
from charter.app.quarantine import dismiss, held
from charter.app.run import run
from charter.app.tasks import TaskRow, comment, hand_over, reopen, resolve, task, tasks
from charter.errors import CharterError
from charter.state.database import open_state
from charter.tasks.rules import Event
from charter.tasks.store import read_tasks

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)  # a Thursday
LATER = AT + timedelta(days=1)
ME = f"{getpass.getuser()} (unauthenticated)"
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COV")}


def write(folder: Path) -> None:
    """A group in which each of the causes is there: the demo has vacancies, held rows and silence of its own."""
    write_demo(folder, seed=5, orders=200, months=2)
    metric = folder / "group/metrics/digital-order-ratio.yaml"
    text = metric.read_text().replace("value: 0.20", "value: 0.95").replace("reviewBy: 2027-12-31", "reviewBy: 2026-01-10")
    metric.write_text(text)


@pytest.fixture(scope="module")
def untaken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untaken") / "group"
    write(folder)
    return folder


@pytest.fixture(scope="module")
def made(untaken: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(untaken, tmp_path_factory.mktemp("tasks") / "group"))
    report = run(open_project(folder), at=AT)
    assert report.tasks is not None and report.tasks.in_words() == "16 tasks open (16 opened): `charter tasks`"
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "group"))


def listed(folder: Path, moment: datetime = AT, **asked: object) -> tuple[TaskRow, ...]:
    return tasks(open_project(folder), moment=moment, **asked).rows  # type: ignore[arg-type]


def about(folder: Path, *parts: str, moment: datetime = AT) -> TaskRow:
    """The one task, open or resolved, that is about this."""
    (found,) = [one for one in listed(folder, moment, resolved=True) if one.task.about[: len(parts)] == parts]
    return found


def history(folder: Path) -> dict[str, tuple[Event, ...]]:
    with open_state(folder / ".charter/state.sqlite") as state:
        return {key: one.events for key, one in read_tasks(state.tasks).items()}


def told(row: TaskRow) -> list[tuple[str, str, str]]:
    return [(one.what, one.by, one.text) for one in row.task.events[1:]]


def test_each_cause_opens_one_task_with_who_is_accountable(folder: Path) -> None:
    found = {(row.task.kind, *row.task.about): (row.task.scope, row.owner, row.task.via) for row in listed(folder)}
    process = "accountable for Process:order-to-delivery at group"
    assert found["breach", "digital-order-ratio", "group", "2024-02"] == (
        "group", "person/anna", "accountable for Metric:digital-order-ratio at group",
    )  # fmt: skip
    assert found["vacancy", "Metric:order-value", "group", "*"] == (
        "group", "person/anna", f"{process}, as nobody who is there is for Metric:order-value",
    )  # fmt: skip
    assert found["acceptance", "person/priya", "market/gb"] == ("market/gb", "person/priya", "named at market/gb")
    assert found["stale", "Metric:digital-order-ratio", "spec.target", "group"] == (
        "group", "person/anna", "accountable for Metric:digital-order-ratio at group",
    )  # fmt: skip
    # Otto answers for the data and has left; so does the process that runs through the system.
    assert found["contract", "held", "erp-de", "orders", "MENGE:type"] == ("market/de", "person/anna", process)
    assert found["silence", "erp-north", "erp-north"] == ("region/north", "person/anna", process)
    count = {kind: sum(1 for key in found if key[0] == kind) for kind, *_ in found}
    assert count == {"breach": 2, "vacancy": 4, "acceptance": 3, "stale": 1, "contract": 3, "silence": 3}
    assert len(found) == len(listed(folder))


def test_what_a_task_says_is_enough_to_begin(folder: Path) -> None:
    said = {row.task.about: row.task.what for row in listed(folder)}
    assert said["digital-order-ratio", "group", "2024-02"] == "Digital order ratio, 2024-02: 43.5 % missed 95.0 % (n 92)"
    assert said["Metric:order-value", "group", "*"] == "Metric:order-value: person/otto is accountable, and left on 2025-07-01"
    assert said["person/lars", "group"] == "not accepted: Metric:case-count and 2 more"
    assert said["held", "erp-de", "orders", "MENGE:type"] == "erp-de/orders: 2 rows held by MENGE:type, worth EUR 6,808.62"
    assert said["shop", "shop"] == "shop: orders of the shop not received: 2024-03-01 to 2025-12-31"
    assert said["Metric:digital-order-ratio", "spec.target", "group"] == (
        "Metric:digital-order-ratio spec.target was to be looked at by 2026-01-10"
    )


def test_each_task_names_the_command_that_shows_what_is_behind_it(folder: Path) -> None:
    from charter.cli.main import application

    named = {row.task.kind: row.look_with for row in listed(folder)}
    assert named == {
        "breach": "charter number digital-order-ratio --at group --period 2024-02",
        "vacancy": "charter owners --at group",
        "acceptance": "charter owners --at market/gb --person person/priya --pending",
        "stale": "charter why Metric:digital-order-ratio spec.target --at group",
        "contract": "charter quarantine list --source erp-de/orders --rule MENGE:type",
        "silence": "charter show Source:erp-de",
    }
    for command in named.values():
        application()([*command.split()[1:], "-w", str(folder)], standalone_mode=False)


def test_a_market_that_sets_its_own_target_answers_for_it_and_branches_get_no_copies(folder: Path) -> None:
    place = folder / "markets/se/targets.yaml"
    place.write_text(place.read_text().replace("from: 2025-01-01, value: 0.50", "from: 2024-01-01, value: 0.99"))
    missed = {(row.task.about[1], row.task.about[2]) for row in listed(folder, LATER, kind="breach")}
    assert missed == {("group", "2024-01"), ("group", "2024-02")}, "too few orders in Sweden say nothing"
    metric = folder / "group/metrics/digital-order-ratio.yaml"
    metric.write_text(metric.read_text().replace("direction: up", "direction: up\n  minimumN: 1"))
    missed = {(row.task.about[1], row.task.about[2]) for row in listed(folder, LATER, kind="breach")}
    assert missed == {(scope, month) for scope in ("group", "market/se") for month in ("2024-01", "2024-02")}


def test_derived_twice_is_derived_once(folder: Path) -> None:
    before = history(folder)
    listed(folder)
    run(open_project(folder), at=LATER)
    listed(folder, LATER)
    assert history(folder) == before


def test_a_vacancy_that_is_filled_is_resolved_and_one_that_comes_back_is_the_same_task(folder: Path) -> None:
    owners = folder / "group/organisation/owners.csv"
    text = owners.read_text()
    owners.write_text(f"{text}Metric:order-count,group,*,accountable,person/lars,2020-01-01,\n")
    row = about(folder, "Metric:order-count", moment=LATER)
    assert told(row) == [("resolved", "charter", "somebody who is there is accountable")]
    owners.write_text(text)
    row = about(folder, "Metric:order-count", moment=LATER + timedelta(days=1))
    assert told(row)[1:] == [("reopened", "charter", "it is there again")]
    assert row.task.is_open


def test_who_accepts_all_that_is_theirs_is_asked_no_more(folder: Path) -> None:
    accept_ownership(open_project(folder), "person/priya", "Metric:digital-order-ratio", "market/gb", "*", AT.date())
    assert told(about(folder, "person/priya")) == [("resolved", "charter", "all of it was accepted, or is no longer theirs")]


def test_held_rows_that_were_dismissed_resolve_their_task(folder: Path) -> None:
    (one,) = [one for one in held(open_project(folder)) if one.rule == "BETRAG:type"]
    dismiss(open_project(folder), one.batch_id, one.first_row, "a test order")
    assert told(about(folder, "held", "erp-de", "orders", "BETRAG:type", moment=LATER)) == [
        ("resolved", "charter", "nothing of it is held or refused any more")
    ]


def test_more_held_rows_open_what_a_person_had_resolved_and_the_same_ones_do_not(folder: Path) -> None:
    first = about(folder, "held", "erp-de", "orders", "MENGE:type")
    resolve(open_project(folder), first.short, "told the ERP team", moment=AT)
    owners = folder / "group/organisation/owners.csv"
    owners.write_text(owners.read_text() + "\n")
    assert not about(folder, *first.task.about, moment=LATER).task.is_open
    export = sorted((folder / "exports/erp-de").glob("AUFTRAG_*.csv"))[-1]
    batch = next(one for one in held(open_project(folder)) if one.rule == "MENGE:type")
    lines = (folder / batch.delivery).read_bytes().splitlines(keepends=True)
    bad = lines[int(batch.first_row or 0)]
    (export.parent / "AUFTRAG_2024-03.csv").write_bytes(lines[0] + bad.replace(bad.split(b";")[0], b"99999", 1))
    run(open_project(folder), at=LATER)
    row = about(folder, *first.task.about, moment=LATER)
    assert [what for what, _, _ in told(row)] == ["resolved", "reopened"]
    assert row.task.what.startswith("erp-de/orders: 3 rows held by MENGE:type")


def test_a_delivery_that_is_refused_opens_a_task_until_it_is_replaced(folder: Path) -> None:
    place = folder / "exports/erp-de/AUFTRAG_2024-04.csv"
    good = sorted(place.parent.glob("AUFTRAG_2024-*.csv"))[0].read_bytes()
    place.write_bytes(b"\n".join(good.splitlines()[:1]).replace(b"AUFTRAG;", b"NUMMER;", 1) + b"\n1;2;3\n")
    assert run(open_project(folder), at=LATER).refused
    row = about(folder, "refused", "erp-de", "orders", moment=LATER)
    assert (row.task.kind, row.owner) == ("contract", "person/anna")
    assert row.task.what.startswith("erp-de/orders: exports/erp-de/AUFTRAG_2024-04.csv was refused: ")
    place.write_bytes(good)
    run(open_project(folder), at=LATER + timedelta(hours=1))
    assert told(about(folder, "refused", moment=LATER + timedelta(hours=1)))[-1][:2] == ("resolved", "charter")


def test_comment_hand_over_resolve_and_reopen_stand_in_the_history_with_the_login(folder: Path) -> None:
    short = about(folder, "shop", "shop").short
    comment(open_project(folder), short, "the shop moved ", moment=AT)
    hand_over(open_project(folder), short, "person/lars", "he runs the desk", moment=AT)
    resolve(open_project(folder), short, "the export runs again", moment=AT)
    row = reopen(open_project(folder), short, "it stopped once more", moment=LATER)
    assert told(row) == [
        ("commented", ME, "the shop moved"),
        ("handed over", ME, "he runs the desk"),
        ("resolved", ME, "the export runs again"),
        ("reopened", ME, "it stopped once more"),
    ]
    assert (row.owner, row.task.is_open, task(open_project(folder), short, moment=LATER).as_dict()) == (
        "person/lars", True, row.as_dict(),
    )  # fmt: skip
    assert row.short in {one.short for one in listed(folder, LATER, person="person/lars")}


@pytest.mark.parametrize(("act", "code", "said"), [
    (lambda p, i: task(p, "zz"), "TSK001", "no task begins with zz"),
    (lambda p, i: task(p, ""), "TSK001", "no task begins with"),
    (lambda p, i: resolve(p, i, "again"), "TSK003", f"is resolved since 2026-01-15, by {ME}: done"),
    (lambda p, i: hand_over(p, i, "person/lars", "x"), "TSK003", "is resolved since"),
    (lambda p, i: comment(p, i, "  "), "TSK005", "the comment is missing"),
    (lambda p, i: resolve(p, i, ""), "TSK005", "what was done is missing"),
    (lambda p, i: hand_over(p, i, "person/otto", "x", moment=AT), "TSK006", "left on 2025-07-01"),
    (lambda p, i: hand_over(p, i, "lars", "x", moment=AT), "TSK006", "did you mean person/lars?"),
    (lambda p, i: tasks(p, kind="breech"), "TSK008", "did you mean breach?"),
    (lambda p, i: tasks(p, at="market/sw"), "MOD005", "did you mean market/se?"),
    (lambda p, i: tasks(p, mine=True), "TSK007", "none of the people have the login"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_with_what_can(
    folder: Path, act: Callable[[object, str], object], code: str, said: str
) -> None:
    short = about(folder, "shop", "shop").short
    resolve(open_project(folder), short, "done", moment=AT)
    before = history(folder)
    with pytest.raises(CharterError) as error:
        act(open_project(folder), short)
    assert error.value.code == code
    assert said in str(error.value)
    assert history(folder) == before


def test_an_open_task_is_not_reopened_nor_handed_to_whom_it_is(folder: Path) -> None:
    short = about(folder, "shop", "shop").short
    with pytest.raises(CharterError, match="TSK004"):
        reopen(open_project(folder), short, "x")
    with pytest.raises(CharterError, match=f"TSK010 task {short} is person/anna's already"):
        hand_over(open_project(folder), short, "person/anna", "x", moment=AT)


def test_a_beginning_that_two_tasks_share_is_told_with_both(folder: Path) -> None:
    ids = [row.task.id for row in listed(folder)]
    shared = next(one[0] for one in ids if sum(other.startswith(one[0]) for other in ids) > 1)
    with pytest.raises(CharterError) as error:
        comment(open_project(folder), shared, "x")
    assert error.value.code == "TSK002"
    assert all(one in str(error.value) for one in ids if one.startswith(shared))


def test_mine_are_those_of_the_person_whose_login_it_is(folder: Path) -> None:
    people = folder / "group/organisation/people.csv"
    lines = people.read_text().splitlines()
    people.write_text(
        "\n".join([f"{lines[0]},login", *(f"{one},{getpass.getuser() if 'lars' in one else ''}" for one in lines[1:])])
    )
    mine = tasks(open_project(folder), mine=True, moment=AT)
    assert (mine.person, {row.owner for row in mine.rows}) == ("person/lars", {"person/lars"})


def test_a_scope_shows_its_own_tasks_and_those_below_it(folder: Path) -> None:
    assert {row.task.scope for row in listed(folder, at="region/north")} == {"region/north", "market/gb"}
    assert {row.task.scope for row in listed(folder, at="market/de")} == {"market/de"}
    assert len(listed(folder, at="group")) == len(listed(folder))


def test_the_policy_of_the_group_says_until_when(folder: Path) -> None:
    # Germany works from 8 to 12 and 13 to 17. Opened on Thursday at 13:00 in Berlin: 4 h that day, 1 h until Friday at 9.
    assert about(folder, "person/lars").clock.text == "0 h of 10 d"
    (folder / "group/tasks.yaml").write_text(
        "apiVersion: charter/v1\nkind: TaskPolicy\nmetadata: {name: standard}\nspec: {hours: {contract: 11}, months: 1}\n"
    )
    friday = datetime(2026, 1, 16, 8, tzinfo=UTC)
    run(open_project(folder), at=friday)
    row = about(folder, "held", "erp-de", "orders", "MENGE:type", moment=friday)
    assert (row.clock.allowed, row.clock.spent) == (11 * 3600, 5 * 3600)
    assert row.clock.due_at == datetime(2026, 1, 16, 15, tzinfo=UTC)
    assert row.clock.text == "5 h of 1 d 3 h"


def test_a_market_has_a_policy_of_its_own_only_where_a_lock_lets_it(folder: Path) -> None:
    head = "apiVersion: charter/v1\nkind: TaskPolicy\nmetadata: {name: standard}\n"
    (folder / "group/tasks.yaml").write_text(head + "spec: {hours: {contract: 11}}\n")
    (folder / "markets/de/tasks.yaml").write_text(head + "spec: {hours: {contract: 8}}\n")
    held_there = ("held", "erp-de", "orders", "MENGE:type")
    assert about(folder, *held_there).clock.allowed == 11 * 3600
    lock = "apiVersion: charter/v1\nkind: Lock\nmetadata: {name: tasks}\nspec:\n  ref: TaskPolicy:standard\n  rules:\n"
    (folder / "group/lock.yaml").write_text(f"{lock}    - {{paths: [spec.hours], mode: default, override: {{scopes: [market]}}}}\n")
    assert about(folder, *held_there).clock.allowed == 8 * 3600


def test_a_policy_that_nothing_reads_is_found(folder: Path) -> None:
    from charter.app.check import check

    (folder / "group/tasks.yaml").write_text(
        "apiVersion: charter/v1\nkind: TaskPolicy\nmetadata: {name: other}\nspec: {months: 1}\n"
    )
    found = [one for one in check(open_project(folder), AT.date()) if one.code == "TSK009"]
    assert [(one.message, str(one.origin)) for one in found] == [("TaskPolicy:other is read by nothing", "group/tasks.yaml:3:18")]


def test_documents_with_errors_leave_the_tasks_as_they_were(folder: Path) -> None:
    before = history(folder)
    (folder / "group/organisation/owners.csv").write_text("nothing\n")
    found = tasks(open_project(folder), moment=LATER)
    assert found.derived.problem is not None and "MOD048" in found.derived.problem.message
    assert history(folder) == before and len(found.rows) == len(before)


def test_a_lake_that_cannot_be_read_hides_no_task_and_resolves_none(folder: Path) -> None:
    before = history(folder)
    (folder / ".charter/lake/catalog.sqlite").write_bytes(b"nothing")
    found = tasks(open_project(folder), moment=LATER)
    assert found.derived.problem is not None and found.derived.problem.message.startswith("tasks were not derived: ")
    assert history(folder) == before and len(found.rows) == len(before)


def test_a_tree_that_no_run_has_measured_yet_resolves_no_breach_and_the_next_run_looks_again(folder: Path) -> None:
    short = about(folder, "digital-order-ratio", "group", "2024-02").short
    scopes = folder / "group/organisation/scopes.csv"
    scopes.write_text(scopes.read_text().replace("branch/malmo,market/se", "branch/malmo,market/de"))
    assert short in {row.short for row in listed(folder, LATER, kind="breach")}
    resolve(open_project(folder), short, "agreed", moment=LATER)
    run(open_project(folder), at=LATER)
    assert [row.task.about[2] for row in listed(folder, LATER, kind="breach")] == ["2024-01"]


def test_before_the_first_run_the_documents_alone_open_tasks(tmp_path: Path) -> None:
    write(tmp_path / "group")
    assert {row.task.kind for row in listed(tmp_path / "group")} == {"vacancy", "acceptance", "stale"}


RUN = (
    "from datetime import UTC, datetime; from pathlib import Path; from charter.app.project import open_project; "
    "from charter.app.run import run; run(open_project(Path('group')), at=datetime(2026, 1, 15, 12, tzinfo=UTC))"
)
KILLED_WHILE_WRITING = (
    "import os, signal; from sqlalchemy import Engine, event\n"
    "def kill(conn, cursor, statement, *_):\n"
    "    if 'INSERT INTO task_event' in statement: os.kill(os.getpid(), signal.SIGKILL)\n"
    "event.listen(Engine, 'after_cursor_execute', kill)\n"
)


def _killed(where: Path, script: str, **environment: str) -> None:
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=where, env={**UNMEASURED, **environment}, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def test_a_kill_between_the_commit_and_the_state_loses_no_task(untaken: Path, made: Path, tmp_path: Path) -> None:
    shutil.copytree(untaken, tmp_path / "group")
    # The layout, then one commit for each of the five sources: the last of them is the sixth.
    _killed(tmp_path, RUN, CHARTER_KILL_AT="committed:6")
    assert not (tmp_path / "group/.charter/state.sqlite").exists()
    listed(tmp_path / "group")
    assert history(tmp_path / "group") == history(made)


def test_a_kill_in_the_middle_of_deriving_loses_no_task_and_opens_none_twice(untaken: Path, made: Path, tmp_path: Path) -> None:
    shutil.copytree(untaken, tmp_path / "group")
    _killed(tmp_path, KILLED_WHILE_WRITING + RUN)
    assert history(tmp_path / "group") == {}
    run(open_project(tmp_path / "group"), at=AT)
    listed(tmp_path / "group")
    assert history(tmp_path / "group") == history(made)


def test_several_processes_that_derive_at_once_open_each_task_once(folder: Path, made: Path) -> None:
    for place in (folder / ".charter").glob("state.sqlite*"):
        place.unlink()
    script = (
        "from datetime import UTC, datetime; from pathlib import Path; from charter.app.project import open_project; "
        "from charter.app.derive import derive_tasks; "
        f"derive_tasks(open_project(Path({str(folder)!r})), datetime(2026, 1, 15, 12, tzinfo=UTC))"
    )
    several = [subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [one.communicate()[1] for one in several]
    assert [one.returncode for one in several] == [0, 0, 0], errors
    assert history(folder) == history(made)


def test_several_people_who_comment_at_once_lose_no_word(folder: Path) -> None:
    short = about(folder, "shop", "shop").short
    command = [sys.executable, "-m", "charter.cli.main", "task", "comment", short, "-w", str(folder)]
    several = [subprocess.Popen([*command, f"word {n}"], stderr=subprocess.PIPE, text=True) for n in range(4)]
    errors = [one.communicate()[1] for one in several]
    assert [one.returncode for one in several] == [0] * 4, errors
    assert {text for _, _, text in told(about(folder, "shop", "shop"))} == {f"word {n}" for n in range(4)}


def test_what_was_seen_before_another_look_is_not_written_over_it(folder: Path) -> None:
    with open_state(folder / ".charter/state.sqlite") as state:
        seen = state.tasks.look()
        assert state.tasks.derive(seen, "newer", LATER, lambda _: [])
        assert not state.tasks.derive(seen, "older", LATER, lambda _: [])
        assert state.tasks.look().basis == "newer"


def test_a_run_whose_state_does_not_answer_has_taken_in_all_the_same(untaken: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(untaken, tmp_path / "group"))
    state = folder / ".charter/state.sqlite"
    state.mkdir(parents=True)
    report = run(open_project(folder), at=AT)
    assert report.received > 1000 and report.tasks is None
    assert [(one.code, one.severity.value) for one in report.findings if one.code == "STA001"] == [("STA001", "warning")]
    state.rmdir()
    assert derive_tasks(open_project(folder), AT).news.opened == 16


def test_the_answer_in_json_is_plain(folder: Path) -> None:
    said = json.loads(json.dumps(about(folder, "digital-order-ratio", "group", "2024-02").as_dict()))
    assert (said["kind"], said["state"], said["owner"]) == ("breach", "open", "person/anna")
    # The group works from 8 to 17: 4 h of Thursday, 9 each of Friday, Monday, Tuesday and Wednesday are 40.
    assert said["clock"] == {"spent_seconds": 0, "allowed_seconds": 144000, "overdue": False, "due_at": "2026-01-21T16:00:00+00:00"}
    assert [one["what"] for one in said["history"]] == ["opened"]
