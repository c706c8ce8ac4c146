"""The commands about who is the same as people call them: what they print, how they end, and their JSON."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.matching.customers import Customer, generate
from tests.matching.group import Group

ME = f"{getpass.getuser()} (unauthenticated)"
BERLIN = Customer(
    "k1",
    "erp",
    "Müller Bau GmbH",
    "Hauptstraße 12",
    "10115",
    "Berlin",
    "DE",
    "DE811907980",
    "+49 30 1234567",
    "info@mueller-bau.de",
)
LIKELY = replace(BERLIN, key="k3", street="Hauptstr. 17")


def charter(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARTER_")}
    command = [sys.executable, "-m", "charter.cli.main", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Group(tmp_path_factory.mktemp("match") / "group")
    items = [("i1", "Pumpe 12", "Wilo", "4711-A", None), ("i2", "Pumpe zwölf", "WILO SE", "4711A", None)]
    made.deliver([*generate(2, 300, 0.0).customers, BERLIN, LIKELY], [("o1", "k1", "2026-08-03", "100.00", "C1")], items)
    return made.folder


def test_a_session_from_the_search_to_the_undo(group: Path) -> None:
    assert charter("match", "list", cwd=group).stderr.startswith("error MAT009 no search for pairs was made yet")
    done = charter("match", cwd=group)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "302 accounts: 1 to review (1 new), 0 pairs accepted (0 new)",
        "2 items: 0 to review (0 new), 1 pair accepted (1 new); 2 are 1",
        "what to review, the dearest first: charter match list",
    ]
    heads, row, hint = charter("match", "list", cwd=group).stdout.splitlines()
    assert heads.split("\t") == ["one", "other", "they are", "probability", "turnover (EUR)"]
    assert (row.split("\t")[:3], row.split("\t")[4]) == (["k1", "k3", "Müller Bau GmbH"], "100.00")
    assert hint == "side by side: charter match show k1 k3"
    shown = charter("match", "show", "k3", "k1", cwd=group).stdout.splitlines()
    assert "street\tHauptstraße 12\tHauptstr. 17" in shown
    assert "last 12 months\t1 order, EUR 100.00\t0 orders" in shown
    assert "to be reviewed; they are two" in shown
    assert [line.split("\t")[0] for line in shown[shown.index("to be reviewed; they are two") + 2 :]] == [
        "before looking", "name", "address", "tax id", "phone", "email", "together",
    ]  # fmt: skip
    decided = charter("match", "decide", "k3", "k1", "--same", "--reason", "phoned them", cwd=group)
    assert decided.stdout == f"same: k1 and k3, by {ME}; decided same; both are k1\n"
    assert charter("match", "list", cwd=group).stdout == "no account is to be reviewed\n"
    again = charter("match", "decide", "k1", "k3", "--different", "--reason", "x", cwd=group)
    assert (again.returncode, again.stderr.split(" ")[1]) == (2, "MAT004")
    undone = charter("match", "undo", "k1", "k3", "--reason", "a branch", cwd=group)
    assert undone.stdout == f"undone: k1 and k3, by {ME}; to be reviewed; they are two\n"
    neither = charter("match", "decide", "k1", "k3", "--reason", "x", cwd=group)
    assert (neither.returncode, neither.stderr.split(" ")[1]) == (2, "APP065")
    assert "nothing new since the last time (1 to review)" in charter("match", "--accounts", cwd=group).stdout


def test_each_answer_is_also_json(group: Path) -> None:
    accounts, items = json.loads(charter("match", "--json", cwd=group).stdout)
    assert (accounts["kind"], accounts["records"], items["merged"], items["identities"]) == ("account", 302, 2, 1)
    (row,) = json.loads(charter("match", "list", "--items", "--all", "--json", cwd=group).stdout)
    assert (row["left"], row["right"], row["status"], row["exact_key"]) == ("i1", "i2", "automatic", "maker, number")
    shown = json.loads(charter("match", "show", "i1", "i2", "--items", "--json", cwd=group).stdout)
    assert (shown["status"], shown["identity"]) == ("automatic", ["i1", "i1"])
