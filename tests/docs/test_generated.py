"""What is generated from the code is what the code says; commands in the documentation exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import typer

from charter.cli.main import application
from charter.model.yaml_reader import read_documents

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


@pytest.mark.parametrize("script", ["reference.py", "schemas.py"])
def test_generated_files_have_not_drifted(script: str) -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts" / script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_command_and_option_in_the_documentation_exists() -> None:
    root = typer.main.get_command(application())
    wrong = []
    for page in PAGES:
        for line in re.findall(r"(?:^\$ |`|^  )(charter [a-z][^`\n]*)", page.read_text(), re.M):
            words = line.split()
            command = root
            for word in words[1:]:
                child = getattr(command, "commands", {}).get(word)
                if child is None:
                    break
                command = child
            if command is root:
                wrong.append((page.name, line))
                continue
            known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {
                "--help",
                "-h",
            }
            wrong += [(page.name, line, word) for word in words if re.fullmatch(r"--[a-z-]+", word) and word not in known]
    planned = {"close", "serve", "intake", "price"}
    assert [entry for entry in wrong if entry[1].split()[1] not in planned] == []


DOCUMENTS = sorted([*(ROOT / "examples").rglob("*.yaml"), *(ROOT / "tests/nordfrost/workspace").rglob("*.yaml")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_examples_satisfy_the_schemas_for_editors(path: Path) -> None:
    for raw in read_documents(path.read_bytes().replace(b"@closed@", b"2024-01-01")):
        file = ROOT / "schemas" / f"{raw.data['kind']}.schema.json"
        if file.exists() and raw.data["apiVersion"] == "charter/v1":
            validator = jsonschema.Draft202012Validator(json.loads(file.read_text()))
            assert [error.message for error in validator.iter_errors(raw.data)] == []
