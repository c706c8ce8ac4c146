"""The workspace's own regression suite: documents of kind ModelTest, each a list of answers that the model must give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from charter.errors import CharterError, Origin
from charter.model.dated import day
from charter.model.document import Document
from charter.model.ref import parse_ref
from charter.model.value import same, typed
from charter.model.workspace import Workspace


@dataclass(frozen=True)
class TestResult:
    """One expectation: what was asked, whether it held, and what came instead."""

    __test__ = False
    name: str
    origin: Origin
    passed: bool
    told: str

    def as_dict(self) -> dict[str, Any]:
        """Answers the result as a plain mapping."""
        return {"name": self.name, "origin": str(self.origin), "passed": self.passed, "told": self.told}


def run_model_tests(workspace: Workspace, default_day: date) -> tuple[TestResult, ...]:
    """Answers the result of each expectation of each ModelTest, in the order of the files."""
    results = []
    for document in workspace.documents:
        if document.kind.name == "ModelTest":
            listed = document.spec.get("expect") if isinstance(document.spec, dict) else None
            for index, raw in enumerate(listed if isinstance(listed, list) else ()):
                told = raw if isinstance(raw, dict) else {}
                results.append(_run(workspace, document, index, told, default_day))
    return tuple(results)


def _run(workspace: Workspace, document: Document, index: int, raw: dict[str, Any], default_day: date) -> TestResult:
    name = f"{document.ref} {raw.get('ref')} {raw.get('path')} at {raw.get('at', 'group')} on {raw.get('asOf', default_day)}"
    origin = document.origin_of(("spec", "expect", index))
    try:
        told = _differences(workspace, raw, day(raw.get("asOf")) or default_day)
    except CharterError as error:
        told = [f"{error.code} {error.message}"]
    return TestResult(name, origin, not told, "; ".join(told))


def _differences(workspace: Workspace, raw: dict[str, Any], on: date) -> list[str]:
    answer = workspace.model(on).resolve(str(raw.get("ref")), str(raw.get("path")), str(raw.get("at", "group")))
    told = []
    if "value" in raw:
        ref = parse_ref(str(raw.get("ref")))
        kind = workspace.registry.find(ref.kind) if ref else None
        from charter.model.path import parse_path

        wanted = typed(raw["value"], kind.type_at(parse_path(str(raw.get("path")))) if kind else Any)
        if not same(answer.value, wanted):
            told.append(f"value is {answer.value}, not {wanted}")
    told += [
        f"{field} is {getattr(answer, field)}, not {raw[field]}"
        for field in ("presence", "state")
        if field in raw and str(getattr(answer, field)) != str(raw[field])
    ]
    return told
