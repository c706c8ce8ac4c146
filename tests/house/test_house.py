"""The house rules that no linter knows."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
from pathlib import Path

import charter

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "service", "services", "base", "misc"}


def test_no_module_is_longer_than_600_lines() -> None:
    long = {str(path.relative_to(ROOT)): n for path in SOURCES if (n := len(path.read_text().splitlines())) > 600}
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in SOURCES if path.stem in VAGUE] == []


def test_each_code_is_declared_once_with_the_letters_of_its_room_and_is_documented() -> None:
    seen: dict[str, str] = {}
    for module in pkgutil.walk_packages(charter.__path__, "charter."):
        if module.name.endswith(".codes"):
            for code in importlib.import_module(module.name).CODES:
                assert code.code not in seen, f"{code.code} is declared in {seen.get(code.code)} and {module.name}"
                seen[code.code] = module.name
                assert re.fullmatch(r"[A-Z]{3}\d{3}", code.code)
                assert code.text, code.code
                assert code.why and code.mend and code.example, f"{code.code} lacks why, example or mend"
    assert seen


def test_each_code_that_a_room_declares_is_one_of_its_codes() -> None:
    for module in pkgutil.walk_packages(charter.__path__, "charter."):
        if module.name.endswith(".codes"):
            room = importlib.import_module(module.name)
            declared = {name for name in vars(room) if re.fullmatch(r"[A-Z]{3}\d{3}", name)}
            assert declared == {code.code for code in room.CODES}, module.name


def test_each_code_has_a_page_and_each_page_a_code() -> None:
    from charter.app.catalog import all_codes

    pages = {path.stem for path in (ROOT / "docs/reference/codes").glob("[A-Z][A-Z][A-Z][0-9]*.md")}
    assert pages == set(all_codes())


def test_what_is_committed_names_no_path_of_a_machine_and_no_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:  # an unpacked source archive has no history to look at
        return
    forbidden = re.compile(rb"(/work/main|/root/|/home/[a-z]+/|files\.pythonhosted|pypi\.org/simple|registry\.npmjs)")
    bad = []
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file() and path != Path(__file__).resolve() and forbidden.search(path.read_bytes()):
            bad.append(name)
    assert bad == []
