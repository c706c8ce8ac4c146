"""The workspace's own regression suite."""

from __future__ import annotations

from charter.app.project import Project, today
from charter.model.testing import TestResult, run_model_tests


def run_tests(project: Project) -> tuple[TestResult, ...]:
    """Answers the result of each expectation in the workspace's documents of kind ...Test."""
    return run_model_tests(project.workspace, today(project))
