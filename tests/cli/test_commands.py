"""The commands as people call them: in a process of their own, with what they print and how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.nordfrost.group import write_demo


def charter(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARTER_")}
    command = [sys.executable, "-m", "charter.cli.main", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "group"
    write_demo(folder, seed=3, orders=400, months=3)
    done = charter("run", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DOES NOT BALANCE" not in done.stdout
    return folder


def test_help_lists_the_commands(tmp_path: Path) -> None:
    done = charter("--help", cwd=tmp_path)
    assert done.returncode == 0
    for name in ("init", "check", "show", "why", "test", "run", "number", "scorecard", "quarantine", "accept", "doctor", "demo"):
        assert f"  {name} " in done.stdout


def test_outside_of_a_workspace_the_error_says_what_to_do(tmp_path: Path) -> None:
    done = charter("check", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error APP002 no charter.yaml in {tmp_path} or above it")
    assert "charter init" in done.stderr


def test_init_writes_a_workspace_that_passes_check_and_keeps_files(tmp_path: Path) -> None:
    assert charter("init", "new", "--currency", "sek", cwd=tmp_path).returncode == 0
    done = charter("check", cwd=tmp_path / "new")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "6 documents, no findings"), done.stdout
    assert "kept" in charter("init", "new", cwd=tmp_path).stdout
    assert "currency: SEK" in (tmp_path / "new" / "charter.yaml").read_text()


@pytest.mark.parametrize(("given", "hint"), [
    (("--currency", "Euro"), "three letters are allowed"),
    (("--time-zone", "Berlin"), "did you mean Europe/Berlin?"),
    (("--time-zone", "Europe/Berln"), "did you mean Europe/Berlin?"),
])  # fmt: skip
def test_init_refuses_what_check_would_and_writes_nothing(tmp_path: Path, given: tuple[str, str], hint: str) -> None:
    done = charter("init", "new", *given, cwd=tmp_path)
    assert done.returncode == 2
    assert "APP011" in done.stderr and hint in done.stderr
    assert not (tmp_path / "new").exists()


def test_number_in_json_holds_what_every_door_promises(group: Path) -> None:
    done = charter(
        "number", "digital-order-ratio", "--at", "market/se", "--period", "2024-02", "--by", "channel", "--json", cwd=group
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    wanted = {"metric", "scope", "period", "value", "numerator", "denominator", "n", "coverage", "certified", "why_not_certified",
              "unit", "interval", "as_of", "owner", "passport"}  # fmt: skip
    assert wanted <= answer.keys()
    assert {"definition", "version", "sources", "reconciliation", "freshness"} <= answer["passport"].keys()
    assert {"batch", "rows"} <= answer["passport"]["sources"][0].keys()
    assert isinstance(answer["value"], str)
    parts = [row for row in answer["breakdown"]]
    assert sum(int(row["denominator"]) for row in parts) == int(answer["denominator"])


def test_an_accepted_ownership_stands_beside_the_number_and_is_recorded_once(group: Path) -> None:
    said = charter("accept", "person/anna", "Metric:digital-order-ratio", cwd=group)
    assert (said.returncode, said.stdout.strip()) == (
        0, "person/anna accepts accountable for Metric:digital-order-ratio at group, facet *",
    )  # fmt: skip
    assert "had accepted" in charter("accept", "person/anna", "Metric:digital-order-ratio", cwd=group).stdout
    other = charter("accept", "person/lars", "Metric:digital-order-ratio", cwd=group)
    assert other.returncode == 2 and "ORG009" in other.stderr
    answer = json.loads(charter("number", "digital-order-ratio", "--period", "2024-02", "--json", cwd=group).stdout)
    assert answer["owner"] == {"person": "person/anna", "accepted": True, "inherited_from": None}
    assert answer["certified"] is True, answer["why_not_certified"]


def test_why_tells_the_chain_with_places(group: Path) -> None:
    done = charter("why", "Metric:digital-order-ratio", "spec.target", "--at", "branch/malmo", "--as-of", "2025-06-01", cwd=group)
    lines = done.stdout.splitlines()
    assert lines[0] == "0.50   set by market/se, compliant   from 2025-01-01"
    assert lines[1].split()[:3] == ["group", "0.40", "group/metrics/digital-order-ratio.yaml:9:33"]
    assert lines[3].endswith("wins") and "at least 0.15" in lines[3]
    assert lines[4].split() == ["branch/malmo", "not", "set"]


def test_a_misspelt_metric_scope_path_and_period_are_told_with_the_nearest(group: Path) -> None:
    asked = [
        (("number", "digital-order-rati", "--period", "2024-02"), 2, "did you mean digital-order-ratio?"),
        (("number", "order-count", "--at", "market/sw", "--period", "2024-02"), 2, "did you mean market/se?"),
        (("number", "order-count", "--period", "february"), 2, "is not a period"),
        (("why", "Metric:digital-order-ratio", "spec.tagret"), 2, "MOD043"),
        (("why", "Metric:digital-order-rato", "spec.target"), 2, "did you mean Metric:digital-order-ratio?"),
        (("show", "Metrc"), 2, "did you mean Metric?"),
        (("run", "erp-dee"), 2, "did you mean erp-de?"),
        (("check", "--format", "xml"), 2, "text, json and sarif are allowed"),
        (("quarantine", "show", "zz", "1"), 2, "charter quarantine list"),
    ]
    for arguments, code, told in asked:
        done = charter(*arguments, cwd=group)
        assert (done.returncode, told in done.stderr) == (code, True), (arguments, done.stderr)
        assert "Traceback" not in done.stderr


def test_check_tells_everything_as_text_json_and_sarif(group: Path) -> None:
    text, raw, sarif = (
        charter("check", "--as-of", "2026-01-01", "--format", form, cwd=group) for form in ("text", "json", "sarif")
    )
    assert "ORG003 person/otto answers for Metric:order-value at group, and left on 2025-07-01" in text.stdout
    assert "ORG001 Metric:order-count has nobody accountable at group on 2026-01-01" in text.stdout
    assert len(json.loads(raw.stdout)) == len(json.loads(sarif.stdout)["runs"][0]["results"])
    assert text.returncode == raw.returncode == sarif.returncode == 0
    assert charter("check", "--as-of", "2026-01-01", "--strict", cwd=group).returncode == 1


def test_the_workspaces_own_tests_run_and_a_failing_one_fails_the_command(group: Path) -> None:
    done = charter("test", cwd=group)
    assert (done.returncode, done.stdout.strip()) == (0, "4 passed, 0 failed")
    path = group / "tests" / "wrong.yaml"
    path.write_text((group / "tests" / "targets.yaml").read_text().replace("name: targets", "name: wrong").replace("0.20", "0.21"))
    try:
        failed = charter("test", cwd=group)
    finally:
        path.unlink()
    assert failed.returncode == 1
    assert "value is 0.20, not 0.21" in failed.stdout


def test_scorecard_quarantine_owners_worklist_show_and_doctor_answer(group: Path) -> None:
    card = charter("scorecard", "--at", "market/de", "--period", "2024-02", cwd=group)
    assert card.returncode == 0 and "Digital order ratio" in card.stdout
    assert json.loads(charter("scorecard", "--period", "2024-02", "--json", cwd=group).stdout)["period"] == "2024-02"
    assert charter("quarantine", "list", cwd=group).returncode == 0
    assert "vacant" in charter("owners", cwd=group).stdout
    assert json.loads(charter("owners", "--person", "person/lars", "--json", cwd=group).stdout)
    assert charter("number", "digital-order-ratio", "--worklist", "--period", "2024-02", cwd=group).returncode == 0
    assert "0.20" in charter("show", "Metric:digital-order-ratio", "--as-of", "2024-06-01", cwd=group).stdout
    assert "Source:erp-de" in charter("show", "Source", cwd=group).stdout
    assert charter("doctor", cwd=group).returncode == 0


def test_a_held_row_is_shown_with_its_payload_and_rules(group: Path) -> None:
    path = group / "exports" / "erp-de" / "AUFTRAG_2024-04.csv"
    head = next((group / "exports" / "erp-de").glob("AUFTRAG_*.csv")).read_bytes().split(b"\r\n")[0]
    row = "9999999;1;B99;K1;TEL;N;;32.13.2024 10:00:00;01.04.2024 11:00:00;;;;0;;R1;Kühler;zwei;1,00;2,00"
    path.write_bytes(head + b"\r\n" + row.encode("latin-1") + b"\r\n")
    done = charter("run", "erp-de", cwd=group)
    assert done.returncode == 0, done.stdout + done.stderr
    held = [
        entry for entry in json.loads(charter("quarantine", "list", "--json", cwd=group).stdout) if "2024-04" in entry["delivery"]
    ]
    rules = {entry["rule"] for entry in held}
    assert {"MENGE:type", "ERFASST:type"} <= rules, rules
    shown = json.loads(charter("quarantine", "show", held[0]["batch_id"][:10], "1", "--json", cwd=group).stdout)
    assert shown["payload"]["BEZEICHNUNG"] == "Kühler" and shown["payload"]["MENGE"] == "zwei"


def test_a_lake_that_another_process_writes_is_told_by_its_holder(group: Path) -> None:
    hold = (
        "import sys; from pathlib import Path; from charter.warehouse.opening import open_writer; from charter.warehouse.store import Store\n"
        "with open_writer(Store(Path('.charter/lake')), holder='the other run'):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", hold], cwd=group, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline().strip() == "held"
        done = charter("run", "--wait", "0.2", cwd=group)
        assert done.returncode == 3
        assert f"another run holds the lake: the other run, process {holder.pid}" in done.stderr
        assert charter("number", "order-count", "--period", "2024-02", cwd=group).returncode == 0
    finally:
        holder.communicate("")


def test_show_tells_of_a_lock_as_it_stands_and_of_the_organisation(group: Path) -> None:
    listed = charter("show", "Lock", cwd=group).stdout
    name = next(line.partition("\t")[0] for line in listed.splitlines() if line.startswith("Lock:"))
    assert "spec.rules.0.mode" in charter("show", name, cwd=group).stdout
    missing = charter("show", f"{name}x", cwd=group)
    assert missing.returncode == 2 and f"did you mean {name}?" in missing.stderr
    scopes = charter("show", "Scope", "--at", "market/se", cwd=group).stdout
    assert "branch/malmo\tMalmö\tmarket/se" in scopes and "market/gb" not in scopes
