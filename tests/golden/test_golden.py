"""Small workspaces with everything that they answer, as a session: each `$` line is asked, what stands beneath is the answer.

`pytest tests/golden --golden-update` writes what comes now; read the difference before you commit it.
"""

from __future__ import annotations

import argparse
import importlib.util
import shlex
from datetime import date
from pathlib import Path

import pytest

from charter.app.findings import as_text, summary
from charter.app.project import Project
from charter.app.show import show
from charter.app.why import answer_as_text, why
from charter.errors import CharterError
from charter.model.check import check
from charter.model.workspace import open_workspace

HERE = Path(__file__).parent
_SPEC = importlib.util.spec_from_file_location("laying", HERE.parent / "model" / "laying.py")
assert _SPEC and _SPEC.loader
laying = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(laying)
CASES = sorted(path.parent.name for path in HERE.glob("*/workspace"))


def answer(project: Project, words: list[str]) -> str:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["check", "show", "why"])
    parser.add_argument("about", nargs="*")
    parser.add_argument("--at", default="group")
    parser.add_argument("--as-of", type=date.fromisoformat)
    asked = parser.parse_args(words)
    try:
        if asked.command == "check":
            found = check(project.workspace, asked.as_of)
            return "\n".join([*map(as_text, found), summary(found)])
        if asked.command == "show":
            shown = show(project, *asked.about, asked.at, asked.as_of)
            return "\n".join([shown.title, *("  ".join(row) for row in shown.rows)])
        return "\n".join(answer_as_text(why(project, *asked.about, asked.at, asked.as_of)))
    except CharterError as error:
        return str(error)


def session(folder: Path, questions: list[str]) -> str:
    project = Project(open_workspace(folder, laying.REGISTRY))
    return "\n".join(f"$ {question}\n{answer(project, shlex.split(question))}\n" for question in questions)


@pytest.mark.parametrize("case", CASES)
def test_the_workspace_answers_as_it_is_written(case: str, request: pytest.FixtureRequest) -> None:
    place = HERE / case / "expected" / "session.txt"
    wanted = place.read_text()
    questions = [line[2:] for line in wanted.splitlines() if line.startswith("$ ")]
    assert questions
    told = session(HERE / case / "workspace", questions)
    if request.config.getoption("--golden-update"):
        place.write_text(told)
    else:
        assert told == wanted
