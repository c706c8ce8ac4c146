"""Everything that is wrong with a workspace, at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from charter.app.project import Project
from charter.errors import Finding, Severity
from charter.model.check import check as check_model
from charter.model.check import load_checks

STANDS_ON = (
    "MOD001",
    "MOD002",
    "MOD003",
    "MOD005",
    "MOD006",
    "MOD007",
    "MOD009",
    "MOD012",
    "MOD013",
    "MOD017",
    "MOD040",
    "MOD041",
    "MOD042",
    "MOD048",
    "MOD050",
    "MOD052",
)
"""Errors of the kernel without whose mending nothing can be taken in and measured."""


def check(project: Project, as_of: date) -> tuple[Finding, ...]:
    """Answers every finding of the kernel and of the rooms' checks, in the order of the files."""
    return check_model(project.workspace, as_of, load_checks())


def broken(project: Project, as_of: date) -> tuple[Finding, ...]:
    """Answers the errors that a run cannot stand on: in sources, contracts, metrics and the tree. A vacancy is none."""
    return tuple(
        finding
        for finding in check(project, as_of)
        if finding.severity is Severity.ERROR and (finding.code in STANDS_ON or finding.code[:3] in ("INT", "PRF", "EXP"))
    )


def first_of(found: Sequence[Finding]) -> str:
    """Answers a hint that tells the first of many findings."""
    return f"the first: {found[0].code} {found[0].message}; `charter check` lists all"
