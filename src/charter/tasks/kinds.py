"""The document of tasks: TaskPolicy, how long they may stay open."""

from __future__ import annotations

from pydantic import Field

from charter.model.kind import Kind, Spec

POLICY = "TaskPolicy:standard"


class Hours(Spec):
    """Business hours until a task of each kind is due."""

    breach: int = Field(default=40, gt=0, description="A metric missed its target in a month.")
    vacancy: int = Field(default=40, gt=0, description="Nobody who is there is accountable.")
    acceptance: int = Field(default=80, gt=0, description="A person has not accepted what the documents give them.")
    stale: int = Field(default=80, gt=0, description="The day on which a value was to be looked at again has passed.")
    contract: int = Field(default=16, gt=0, description="A contract refused deliveries, or holds rows.")
    silence: int = Field(default=16, gt=0, description="A stream of a source is silent.")


class TaskPolicySpec(Spec):
    """How long tasks may stay open, and how far back a breach opens one."""

    hours: Hours = Field(default=Hours(), description="Business hours until a task is due, by kind.")
    months: int = Field(
        default=3, ge=1, le=24, description="Whole months, counted from the last one with data, whose breaches open tasks."
    )


KINDS = (Kind("TaskPolicy", TaskPolicySpec, "How long tasks may stay open; the one that counts is named `standard`."),)
