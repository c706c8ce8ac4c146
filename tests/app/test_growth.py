"""The same workspace on SQLite and files, and on PostgreSQL, another folder and an object store: by charter.yaml alone, digit for digit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.growing import AT, ELSEWHERE, IN_POSTGRES, deliver, settle_in, told, write_group
from tests.objects import KEY, SECRET, Objects, storing
from tests.postgres import PASSWORD, Postgres, running

from charter.app.apply import apply
from charter.app.close import close
from charter.app.doctor import examine
from charter.app.export import Wanted, export
from charter.app.maintain import maintain
from charter.app.number import number
from charter.app.plan import plan
from charter.app.project import open_project
from charter.app.quarantine import dismiss
from charter.app.run import run
from charter.app.tasks import tasks
from charter.errors import CharterError, UnavailableError

PLACES = ("postgres, elsewhere", "objects")
LATER = datetime(2026, 1, 16, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("pgserver")
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def objects() -> Iterator[Objects]:
    pytest.importorskip("moto")
    with storing() as found:
        yield found


@pytest.fixture(autouse=True)
def environment(postgres: Postgres, objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    """Says where catalog and state are; nothing of an earlier test is there."""
    for name, value in (
        ("GROWING_CATALOG", postgres.address()), ("GROWING_STATE", postgres.url()),
        ("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    with postgres.admin("lake") as connection:
        connection.execute("DROP SCHEMA IF EXISTS charter CASCADE")
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public AUTHORIZATION lake")


def _settings(places: str, objects: Objects, name: str) -> str:
    found = IN_POSTGRES if "postgres" in places else ""
    found += ELSEWHERE if "elsewhere" in places else ""
    return found + (objects.settings.replace("/group", f"/{name}") if "objects" in places else "")


def _lived(folder: Path) -> dict[str, Any]:
    """A life in short: taken in, applied, planned, rows dismissed, more taken in, closed, asked, exported, maintained, examined."""
    found: dict[str, Any] = {}
    run(open_project(folder), at=AT)
    apply(open_project(folder), at=AT)
    source = folder / "group" / "sources" / "erp.yaml"
    text = source.read_text()
    source.write_text(text.replace("commit_class: class\n", "commit_class: \"'C1'\"\n"))
    planned = plan(open_project(folder))
    assert planned.again is not None and planned.again.problem is None, planned.again
    found["planned"] = [one.as_dict() for one in planned.again.numbers]
    assert found["planned"]
    source.write_text(text)
    with open_project(folder).reading() as lake:
        batch = lake.rows(f"SELECT min(batch_id) FROM {lake.table('quarantine_row')}")[0][0]
    found["dismissed"] = dismiss(open_project(folder), batch, None, "nobody knows it")
    deliver(folder, 2)
    run(open_project(folder), at=LATER)
    found["closed"] = close(open_project(folder), "2025-10", at=LATER).in_words()
    found["tasks"] = sorted(one.task.id for one in tasks(open_project(folder), moment=LATER).rows)
    asked = number(open_project(folder), "digital-order-ratio", "group", "2025-10", restated=True).number
    found["number"] = (asked.value, asked.n)
    found["exported"] = export(open_project(folder), Wanted("cube_value"), folder.parent / f"{folder.name}.csv").rows
    found["csv"] = (folder.parent / f"{folder.name}.csv").read_bytes()
    before = told(open_project(folder))
    found["kept"] = maintain(open_project(folder), keep_days=0, at=LATER).in_words()
    found["tables"] = told(open_project(folder))
    assert found["tables"] == before
    found["examined"] = [(one.what, one.ok) for one in examine(folder)]
    return found


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the workspace is on SQLite and files."""
    folder = tmp_path_factory.mktemp("home") / "group"
    write_group(folder)
    return _lived(folder)


@pytest.mark.parametrize("places", PLACES)
def test_wherever_catalog_state_and_data_lie_everything_is_the_same(
    places: str, at_home: dict[str, Any], objects: Objects, tmp_path: Path
) -> None:
    folder = tmp_path / "group"
    write_group(folder)
    settle_in(folder, _settings(places, objects, places.replace(", ", "-")))
    found = _lived(folder)
    closes = {"period_close"}  # it names the snapshot and the model's hash, by which a close is told from another
    for name, rows in at_home["tables"].items():
        if name not in closes and not name.startswith("closed_"):
            assert found["tables"][name] == rows, name
        assert len(found["tables"][name]) == len(rows), name
    for what in at_home.keys() - {"tables"}:
        assert found[what] == at_home[what], what
    there = {path.name for path in (folder / ".charter" / "lake").rglob("*") if path.is_file()}
    assert not [name for name in there if name.endswith(".parquet")], "data is elsewhere"
    assert ("catalog.sqlite" in there) == ("postgres" not in places)
    if "objects" in places:
        assert [name for name in objects.names() if name.endswith(".parquet")]


def test_catalog_and_state_in_postgresql_and_data_in_an_object_store(objects: Objects, tmp_path: Path) -> None:
    folder, home = tmp_path / "group", tmp_path / "home"
    write_group(folder)
    shutil.copytree(folder, home)
    run(open_project(home), at=AT)
    settle_in(folder, _settings("postgres, objects", objects, "both"))
    run(open_project(folder), at=AT)
    maintain(open_project(folder), keep_days=0, at=LATER)
    assert told(open_project(folder)) == told(open_project(home))


# --- killed -----------------------------------------------------------------------------------------------------------

SCRIPT = (
    "import sys; from datetime import UTC, datetime; from pathlib import Path; from charter.app.project import open_project; from charter.app.run import run\n"
    "from charter.cli.main import exit_code\nfrom charter.errors import CharterError\n"
    "def began(phase):\n  global left\n  left -= phase == sys.argv[2]\n  if left == 0: left = -1; print('now', flush=True); sys.stdin.readline()\n"
    "left = int(sys.argv[3])\n"
    "try: run(open_project(Path(sys.argv[1])), at=datetime(2026, 1, 15, 12, tzinfo=UTC), on_phase=began)\n"
    "except CharterError as error: print(error, file=sys.stderr); sys.exit(exit_code(error))"
)


@pytest.mark.parametrize(("phase", "count"), [("contract", 1), ("cube", 1), ("commit", 3)])
def test_a_run_whose_server_is_killed_says_so_and_the_next_one_ends_with_the_same_tables(
    phase: str, count: int, postgres: Postgres, tmp_path: Path
) -> None:
    folder = tmp_path / "group"
    write_group(folder)
    home = tmp_path / "home"
    shutil.copytree(folder, home)
    run(open_project(home), at=AT)
    settle_in(folder, IN_POSTGRES + ELSEWHERE)
    command = [sys.executable, "-c", SCRIPT, str(folder), phase, str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n", process.stderr.read() if process.stderr else ""
        postgres.kill()
        _, err = process.communicate("go on\n", timeout=120)
    finally:
        postgres.start()
    assert (process.returncode, err.splitlines()[0][:13]) == (3, "error WHS022 "), err
    assert "run the command again when it answers" in err
    assert PASSWORD not in err
    report = run(open_project(folder), at=AT)
    assert report.tasks is not None
    assert told(open_project(folder)) == told(open_project(home))


# --- what is wrong with the settings ----------------------------------------------------------------------------------


def test_a_variable_that_is_not_set_is_named_with_its_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "group"
    write_group(folder)
    settle_in(folder, IN_POSTGRES)
    monkeypatch.delenv("GROWING_CATALOG")
    with pytest.raises(UnavailableError) as caught:
        run(open_project(folder), at=AT)
    assert (caught.value.code, caught.value.message) == ("APP058", "the environment variable GROWING_CATALOG is not set")
    assert "spec.store.catalog" in str(caught.value.hint)
    looked = {one.what: one for one in examine(folder)}
    assert not looked["lake"].ok and "GROWING_CATALOG" in looked["lake"].found


def test_the_keys_of_an_object_store_that_are_wrong_or_missing_are_told_and_never_shown(
    objects: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "group"
    write_group(folder)
    settle_in(folder, objects.settings.replace("s3://growing-lake", "s3://no-such-bucket"))
    with pytest.raises(UnavailableError) as caught:
        run(open_project(folder), at=AT)
    assert caught.value.code == "WHS026"
    assert SECRET not in str(caught.value)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(UnavailableError, match=r"APP058 .*AWS_SECRET_ACCESS_KEY"):
        run(open_project(folder), at=AT)


@pytest.mark.parametrize(
    ("store", "code", "path"),
    [
        ("    catalog: postgresql://lake:geheim@db/lake\n", "MOD040", "spec.store.catalog"),
        ("    catalog: {env: 'host=db password=geheim'}\n", "MOD040", "spec.store.catalog.env"),
        ("    state: postgresql://db/charter\n", "MOD052", "spec.store.state"),
        ("    data: s3://AKIAIOSFODNN7EXAMPLE@bucket/x\n", "MOD040", "spec.store.data"),
        ("    objectStore: {secret: geheim}\n", "MOD040", "spec.store.objectStore.secret"),
        ("    data: gs://bucket/x\n", "MOD052", "spec.store.data"),
    ],
)  # fmt: skip
def test_secrets_and_addresses_in_charter_yaml_are_findings_that_stop_a_run(
    store: str, code: str, path: str, tmp_path: Path
) -> None:
    folder = tmp_path / "group"
    write_group(folder)
    settle_in(folder, store)
    found = [one for one in open_project(folder).workspace.findings if one.code == code]
    assert [(one.message.split()[0], one.origin.file if one.origin else "") for one in found] == [(path, "charter.yaml")]
    with pytest.raises(CharterError, match="APP004"):
        run(open_project(folder), at=AT)
    assert not (folder / ".charter" / "lake").exists()
    told_all = repr(open_project(folder).workspace.findings)
    assert "geheim" not in told_all and "AKIA" not in told_all


def test_a_server_with_another_password_is_told_by_doctor_as_well(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "group"
    write_group(folder)
    settle_in(folder, IN_POSTGRES)
    run(open_project(folder), at=AT)
    with postgres.admin() as connection:
        assert connection.execute("SELECT count(*) FROM pg_database WHERE datname = 'lake'").fetchone() == (1,)
    monkeypatch.setenv("GROWING_CATALOG", postgres.address(password="verkehrt"))
    monkeypatch.setenv("GROWING_STATE", postgres.url(password="verkehrt"))
    looked = {one.what: one for one in examine(folder)}
    assert {what for what, one in looked.items() if not one.ok} == {"state", "lake"}
    assert "password authentication failed" in looked["lake"].found and "verkehrt" not in repr(looked)
    assert looked["lake"].mend
