"""The commands about tasks as people call them: what they print, and how they end."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.nordfrost.group import write_demo

ME = f"{getpass.getuser()} (unauthenticated)"


def charter(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARTER_")}
    command = [sys.executable, "-m", "charter.cli.main", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tasks") / "group"
    write_demo(folder, seed=5, orders=200, months=2)
    done = charter("run", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "13 tasks open (13 opened): `charter tasks`" in done.stdout.splitlines()
    return folder


@pytest.fixture
def group(taken: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(taken, tmp_path / "group"))


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if line.count("\t") > 5]


def test_the_list_says_what_whose_since_when_and_until_when(group: Path) -> None:
    done = charter("tasks", "--kind", "contract", cwd=group)
    assert done.returncode == 0, done.stderr
    heads, *lines = rows(done.stdout)
    assert heads == ["id", "kind", "what", "scope", "owner", "since", "clock", ""]
    line = next(one for one in lines if "MENGE" in one[2])
    assert line[1:5] == ["contract", "erp-de/orders: 2 rows held by MENGE:type, worth EUR 6,808.62", "market/de", "person/anna"]
    assert line[6].endswith(" of 2 d")
    assert "3 open" in done.stdout.splitlines()


def test_a_task_goes_through_all_hands(group: Path) -> None:
    short = rows(charter("tasks", "--kind", "silence", "--at", "market/de", cwd=group).stdout)[1][0]
    asked = [
        (("comment", short, "asked the ERP team"), f"{short} commented by {ME}: "),
        (("handover", short, "person/lars", "--reason", "his desk"), f"{short} handed over to person/lars by {ME}: "),
        (("resolve", short, "--done", "the export runs"), f"{short} resolved by {ME}: "),
        (("reopen", short, "--reason", "it stopped"), f"{short} reopened by {ME}: "),
    ]
    for words, told in asked:
        done = charter("task", *words, cwd=group)
        assert (done.returncode, done.stdout.startswith(told)) == (0, True), done.stdout + done.stderr
    shown = charter("task", "show", short, cwd=group).stdout.splitlines()
    assert shown[0].startswith("erp-de: orders of the German ERP not received: 2024-03-01 to ")
    assert "owner\tperson/lars (handed over: his desk)" in shown
    assert [line.split("\t")[1] for line in shown if line.count("\t") == 4][1:] == [
        "opened", "commented", "handed over", "resolved", "reopened",
    ]  # fmt: skip
    assert short in charter("tasks", "--person", "person/lars", cwd=group).stdout


def test_a_resolved_task_leaves_the_list_and_stays_in_all(group: Path) -> None:
    short = rows(charter("tasks", "--kind", "silence", "--at", "market/de", cwd=group).stdout)[1][0]
    assert charter("task", "resolve", short, "--done", "agreed", cwd=group).returncode == 0
    assert (
        "no task is open at market/de or below it" in charter("tasks", "--kind", "silence", "--at", "market/de", cwd=group).stdout
    )
    assert short not in charter("tasks", cwd=group).stdout
    assert [one[7] for one in rows(charter("tasks", "--all", cwd=group).stdout) if one[0] == short] == ["resolved"]
    shown = charter("task", "show", short, cwd=group).stdout.splitlines()
    assert f"done\tagreed ({ME})" in shown


def test_json_holds_the_whole_task(group: Path) -> None:
    listed = json.loads(charter("tasks", "--json", cwd=group).stdout)
    assert len(listed) == 13
    shown = json.loads(charter("task", "show", listed[0]["id"], "--json", cwd=group).stdout)
    assert shown["history"] == listed[0]["history"]
    assert {"id", "kind", "what", "scope", "state", "owner", "clock", "history"} <= shown.keys()


@pytest.mark.parametrize(("words", "code", "told"), [
    (("task", "show", "zz"), 2, "TSK001 no task begins with zz"),
    (("task", "resolve", "965d"), 2, "TSK005 what was done is missing"),
    (("task", "reopen", "965d", "--reason", "x"), 2, "TSK004 task 965d909f is open"),
    (("tasks", "--mine"), 2, "give --person person/name"),
    (("tasks", "--person", "anna"), 2, "did you mean person/anna?"),
    (("tasks", "--kind", "silent"), 2, "did you mean silence?"),
    (("tasks", "--at", "market/sw"), 2, "did you mean market/se?"),
])  # fmt: skip
def test_what_cannot_be_is_told_with_the_next_step(group: Path, words: tuple[str, ...], code: int, told: str) -> None:
    done = charter(*words, cwd=group)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
