"""Revisions: what was applied stays readable as it was, and what was changed afterwards is found by its number."""

from __future__ import annotations

import json
import multiprocessing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from charter.errors import CharterError
from charter.model.kind import Kind, KindRegistry, Spec
from charter.model.kinds import KINDS
from charter.model.revision import FOLDER, LOG, Revisions
from charter.model.workspace import open_workspace


class OpenSpec(Spec):
    model_config = {"extra": "allow"}


REGISTRY = KindRegistry((*KINDS, Kind("Metric", OpenSpec, "a metric"), Kind("List", OpenSpec, "a table", tables=("spec.file",))))
DAY = date(2026, 1, 1)
NINE = datetime(2026, 5, 1, 9, tzinfo=UTC)


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def metric(target: str) -> str:
    return f"apiVersion: charter/v1\nkind: Metric\nmetadata: {{name: m}}\nspec: {{target: {target}}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    table = "apiVersion: charter/v1\nkind: {}\nmetadata: {{name: t}}\nspec: {{file: {}}}\n"
    write(tmp_path, "charter.yaml", "apiVersion: charter/v1\nkind: Workspace\nmetadata: {name: w}\nspec: {currency: SEK}\n")
    write(tmp_path, "group/m.yaml", metric("0.30"))
    write(tmp_path, "group/tree.yaml", table.format("ScopeTable", "scopes.csv"))
    write(tmp_path, "group/scopes.csv", "scope,parent\nmarket/se,group\n")
    return tmp_path


def apply(root: Path, at: datetime, **more: object) -> Revisions:
    revisions = Revisions(root)
    revisions.apply(open_workspace(root, REGISTRY), at, **more)  # type: ignore[arg-type]
    return revisions


def target(revisions: Revisions, instant: datetime, scope: str = "group") -> str:
    return str(revisions.known_at(instant, REGISTRY).workspace.model(DAY).resolve("Metric:m", "spec.target", scope).value)


def test_l23_later_revisions_change_no_answer_at_an_earlier_known_at(root: Path) -> None:
    revisions = apply(root, NINE)
    write(root, "group/m.yaml", metric("0.40"))
    write(root, "group/scopes.csv", "scope,parent\nmarket/de,group\n")
    write(root, "charter.yaml", "apiVersion: charter/v1\nkind: Workspace\nmetadata: {name: w}\nspec: {currency: EUR}\n")
    apply(root, NINE + timedelta(hours=1))
    write(root, "group/m.yaml", metric("0.99"))  # a draft, never applied
    assert target(revisions, NINE, "market/se") == "0.30"
    assert target(revisions, NINE + timedelta(minutes=59), "market/se") == "0.30"
    assert target(revisions, NINE + timedelta(hours=1), "market/de") == "0.40"
    first = revisions.known_at(NINE, REGISTRY).workspace
    assert (first.settings.currency, first.tree.scopes(), first.findings) == ("SEK", ("group", "market/se"), ())
    with pytest.raises(CharterError, match="no scope market/de"):
        target(revisions, NINE, "market/de")


def test_an_instant_is_the_same_in_any_time_zone_and_one_without_is_refused(root: Path) -> None:
    revisions = apply(root, NINE.astimezone(timezone(timedelta(hours=2))))
    assert revisions.log()[0].applied_at == NINE and "09:00:00+00:00" in (root / FOLDER / LOG).read_text()
    with pytest.raises(ValueError, match="time zone"):
        revisions.known_at(NINE.replace(tzinfo=None))


def test_before_the_first_apply_nothing_is_known_and_the_error_says_when_it_was(root: Path) -> None:
    with pytest.raises(CharterError) as none:
        Revisions(root).known_at(NINE)
    assert (none.value.code, none.value.message) == (
        "MOD036", "no revision by 2026-05-01T09:00:00Z (first: nothing was applied yet)",
    )  # fmt: skip
    apply(root, NINE)
    with pytest.raises(CharterError) as early:
        Revisions(root).known_at(NINE - timedelta(seconds=1))
    assert early.value.message == "no revision by 2026-05-01T08:59:59Z (first: 2026-05-01T09:00:00Z)"
    assert early.value.hint == "ask for a later time; `charter doctor` checks the log"


def test_the_log_holds_the_approvals_and_each_line_the_hash_of_the_line_before(root: Path) -> None:
    apply(root, NINE, approvals=("role/pricing person/bo",))
    log = apply(root, NINE + timedelta(seconds=1)).log()
    assert [(one.seq, one.approvals) for one in log] == [(1, ("role/pricing person/bo",)), (2, ())]
    assert log[0].previous == "0" * 64 and log[1].previous == log[0].hash
    assert log[0].manifest == log[1].manifest == open_workspace(root, REGISTRY).manifest.hash


def test_the_same_bytes_are_stored_once(root: Path) -> None:
    apply(root, NINE)
    before = sorted(path.name for path in (root / FOLDER / "blobs").rglob("*") if path.is_file())
    write(root, "group/m.yaml", metric("0.40"))
    apply(root, NINE + timedelta(hours=1))
    after = sorted(path.name for path in (root / FOLDER / "blobs").rglob("*") if path.is_file())
    assert len(before) == 5 and len(after) == 7 and set(before) < set(after)


def test_the_manifest_is_the_same_whatever_was_asked_before(root: Path) -> None:
    asked, fresh = open_workspace(root, REGISTRY), open_workspace(root, REGISTRY)
    asked.model(DAY).resolve("Metric:m", "spec.target", "market/se")
    assert asked.manifest == fresh.manifest
    assert sorted(fresh.manifest.files) == ["charter.yaml", "group/m.yaml", "group/scopes.csv", "group/tree.yaml"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_line_that_was_changed_is_found_by_its_number_and_what_stands_before_it_is_still_known(root: Path, number: int) -> None:
    for hour in range(3):
        write(root, "group/m.yaml", metric(f"0.{hour + 1}"))
        revisions = apply(root, NINE + timedelta(hours=hour))
    place = root / FOLDER / LOG
    lines = place.read_text().splitlines()
    lines[number - 1] = lines[number - 1].replace("2026-05-01", "2026-04-30")
    place.write_text("\n".join(lines) + "\n")
    told = [f"{one.origin}: {one.code} {one.message}" for one in revisions.verify()]
    assert told == [
        f".charter/revisions/log.jsonl:{number}:1: MOD036 revision {number} of the log is broken: the line is not what was written"
    ]
    with pytest.raises(CharterError) as error:
        revisions.known_at(NINE)
    assert error.value.code == "MOD036"


def test_a_line_that_was_changed_with_its_own_hash_is_found_by_the_line_after_it(root: Path) -> None:
    from charter.model.revision import _hash

    for hour in range(3):
        revisions = apply(root, NINE + timedelta(hours=hour))
    place = root / FOLDER / LOG
    lines = place.read_text().splitlines()
    body = json.loads(lines[1])
    body["approvals"] = ["role/pricing person/nobody"]
    del body["hash"]
    lines[1] = json.dumps({**body, "hash": _hash(body)})
    place.write_text("\n".join(lines) + "\n")
    assert [one.message for one in revisions.verify()] == ["revision 3 of the log is broken: it does not follow revision 2"]
    del lines[1]
    place.write_text("\n".join(lines) + "\n")
    assert [one.message for one in revisions.verify()] == ["revision 2 of the log is broken: the line is not what was written"]


def test_a_blob_that_was_changed_or_is_gone_is_found_with_its_file_and_revision(root: Path) -> None:
    revisions = apply(root, NINE)
    write(root, "group/m.yaml", metric("0.40"))
    apply(root, NINE + timedelta(hours=1))
    digest = open_workspace(root, REGISTRY).manifest.files["group/m.yaml"]
    blob = root / FOLDER / "blobs" / digest[:2] / digest
    blob.write_text(metric("0.41"))
    assert [one.message for one in revisions.verify()] == ["revision 2 of the log is broken: group/m.yaml is not what was applied"]
    assert target(revisions, NINE) == "0.30"
    with pytest.raises(CharterError, match=r"group/m\.yaml is not what was applied"):
        target(revisions, NINE + timedelta(hours=1))
    blob.unlink()
    assert [one.message for one in revisions.verify()] == [
        "revision 2 of the log is broken: group/m.yaml cannot be read: No such file or directory"
    ]


def test_a_line_that_was_torn_while_it_was_written_was_never_applied_and_the_next_apply_goes_on(root: Path) -> None:
    revisions = apply(root, NINE)
    place = root / FOLDER / LOG
    whole = place.read_bytes()
    apply(root, NINE + timedelta(hours=1))
    line = place.read_bytes()[len(whole) :]
    for cut in range(1, len(line)):
        place.write_bytes(whole + line[:cut])
        assert [one.seq for one in revisions.log()] == [1] and revisions.verify() == ()
    apply(root, NINE + timedelta(hours=2))
    assert [one.seq for one in revisions.log()] == [1, 2] and revisions.verify() == ()


def test_apply_refuses_a_base_that_has_moved_and_an_instant_that_does_not_rise(root: Path) -> None:
    revisions = apply(root, NINE, base="")
    head = revisions.head()
    assert head is not None
    with pytest.raises(CharterError) as moved:
        apply(root, NINE + timedelta(hours=1), base="")
    assert (moved.value.code, moved.value.hint) == ("MOD045", "plan again")
    assert (
        moved.value.message == f"nothing was applied: the plan was made against revision none, and {head.manifest[:12]} is applied"
    )
    with pytest.raises(CharterError) as still:
        apply(root, NINE)
    assert still.value.message == (
        "nothing was applied: 2026-05-01T09:00:00Z is not after 2026-05-01T09:00:00Z, when revision 1 was applied"
    )
    apply(root, NINE + timedelta(hours=1), base=head.manifest)
    assert len(revisions.log()) == 2


def _hold(root: Path, ready: object, done: object) -> None:
    with Revisions(root)._alone():
        ready.set()  # type: ignore[attr-defined]
        done.wait(30)  # type: ignore[attr-defined]


def test_two_applies_at_once_are_one_after_the_other_and_a_holder_that_was_killed_holds_nothing(root: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(root, ready, done))
    holder.start()
    try:
        assert ready.wait(30)
        with pytest.raises(CharterError) as held:
            apply(root, NINE)
        assert (held.value.code, held.value.message) == ("MOD046", "another apply is at work in .charter/revisions")
    finally:
        holder.kill()
        holder.join()
    assert len(apply(root, NINE).log()) == 1
