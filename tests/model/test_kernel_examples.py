"""The examples of the kernel's specification, executed: each one's last document states the answers."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from charter.model.kind import Kind, KindRegistry, Spec
from charter.model.kinds import KINDS
from charter.model.testing import run_model_tests
from charter.model.workspace import open_workspace

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests" / "golden" / "kernel"
SHARED = ROOT.parent / "shared" / "KERNEL.md"


class OpenSpec(Spec):
    model_config = {"extra": "allow"}


REGISTRY = KindRegistry(
    (
        *KINDS,
        Kind("Metric", OpenSpec, "a metric of the tests"),
        Kind("PriceProcedure", OpenSpec, "steps of a price", merge_keys={"spec.steps": "id"}),
    )
)


def examples(text: str) -> dict[str, str]:
    blocks = re.findall(r"```yaml\n# example: (.*?)\n(.*?)```", text, re.S)
    return dict(blocks)


def lay_out(folder: Path, body: str) -> None:
    """Writes each `# path` section of an example as a file, adding the apiVersion."""
    for name, text in re.findall(r"^# ([\w/.-]+\.yaml)\n(.*?)(?=^# [\w/.-]+\.yaml\n|\Z)", body, re.S | re.M):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        flow = text.lstrip().startswith("{")
        text = text.replace("{kind:", "{apiVersion: charter/v1, kind:", 1) if flow else "apiVersion: charter/v1\n" + text
        path.write_text(text)
    (folder / "charter.yaml").write_text("apiVersion: charter/v1\nkind: Workspace\nmetadata: {name: example}\nspec: {}\n")


def run(folder: Path) -> list[str]:
    workspace = open_workspace(folder, REGISTRY)
    assert [str(finding) for finding in workspace.findings if finding.code in ("MOD001", "MOD002", "MOD008")] == []
    results = run_model_tests(workspace, date(2026, 1, 1))
    assert results
    return [f"{result.name}: {result.told}" for result in results if not result.passed]


@pytest.mark.skipif(not SHARED.exists(), reason="the specification lies beside the checkout")
@pytest.mark.parametrize("name", examples(SHARED.read_text()) if SHARED.exists() else [])
def test_the_example_of_the_specification_answers_as_it_says(name: str, tmp_path: Path) -> None:
    lay_out(tmp_path, examples(SHARED.read_text())[name])
    assert run(tmp_path) == []
