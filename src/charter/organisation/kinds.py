"""The kinds of the organisation."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from charter.model.kind import Kind, Spec


class TeamSpec(Spec):
    """A team: its function, and where it works."""

    function: str = Field(description="Sales, service, digital, data, pricing, finance, IT, ...")
    scope: str = Field("group", description="Scope that it works for.")
    lead: str | None = Field(None, description="Person who leads it.")
    title: str | None = Field(None, description="Name for people.")


class PersonTableSpec(Spec):
    """People, as a table with the columns person, name, team, function, from, to, login."""

    file: str = Field(description="CSV file with a row per person and time.")


class DataObjectSpec(Spec):
    """Data that somebody answers for: quality, consistency, availability."""

    description: str = Field("", description="What it is.")
    tables: list[str] = Field(default_factory=list, description="Tables of the lake that hold it.")
    scopes: list[str] = Field(default_factory=list, description="Levels at which an owner is asked for; else the group.")


class ProcessSpec(Spec):
    """A whole workflow, from start event to end event, across systems."""

    start_event: str = Field(description="What begins it.")
    end_event: str = Field(description="What ends it.")
    steps: list[str] = Field(default_factory=list, description="Its steps, in order.")
    systems: list[str] = Field(default_factory=list, description="Systems that it runs through.")
    description: str = Field("", description="What it is for.")


class ExperienceSpec(Spec):
    """A digital experience: what customers meet, over all its touchpoints."""

    touchpoints: list[str] = Field(default_factory=list, description="Sites, portals, self-service.")
    description: str = Field("", description="What it is.")


class OwnershipSpec(Spec):
    """Who answers for one object at one scope."""

    object: str = Field(description="Ref of what is owned.")
    scope: str = Field("group", description="Where; a scope of this document's layer or below.")
    facet: str = Field("*", description="Which side of it; * for all.")
    accountable: str | None = Field(None, description="The one person who answers.")
    responsible: list[str] = Field(default_factory=list, description="Who works on it.")
    from_: date | None = Field(None, alias="from", description="First day.")
    to: date | None = Field(None, description="First day no longer.")


class OwnershipTableSpec(Spec):
    """Ownerships in hundreds: columns object, scope, facet, role, person, from, to."""

    file: str = Field(description="CSV file with a row per ownership.")


Role = Literal["accountable", "responsible"]

KINDS = (
    Kind("Team", TeamSpec, "A team with its function and scope."),
    Kind("PersonTable", PersonTableSpec, "People, as a table.", control=True, tables=("spec.file",)),
    Kind("DataObject", DataObjectSpec, "Data that a data owner answers for."),
    Kind("Process", ProcessSpec, "A workflow that a process owner answers for."),
    Kind("Experience", ExperienceSpec, "A digital experience that its owner answers for."),
    Kind("Ownership", OwnershipSpec, "Who answers for one object at one scope.", control=True, refs={"spec.object": ()}),
    Kind("OwnershipTable", OwnershipTableSpec, "Ownerships in hundreds, as a table.", control=True, tables=("spec.file",)),
)
