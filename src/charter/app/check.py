"""Everything that is wrong with a workspace, at once."""

from __future__ import annotations

from datetime import date

from charter.app.project import Project
from charter.errors import Finding
from charter.model.check import check as check_model
from charter.model.check import load_checks


def check(project: Project, as_of: date) -> tuple[Finding, ...]:
    """Answers every finding of the kernel and of the rooms' checks, in the order of the files."""
    return check_model(project.workspace, as_of, load_checks())
