"""The kernel's own kinds, and the foreign standards that it reads as they are."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import ConfigDict, Field

from charter.model.kind import Kind, Spec


class ScopeSpec(Spec):
    """One scope of the organisation. `parent` may be dated."""

    parent: Any = Field(description="Scope above; a dated value where it moves.")
    title: str | None = Field(None, description="Name for people.")
    attributes: dict[str, Any] = Field(default_factory=dict, description="Legal entity, brand, ERP, time zone, ...")


class ScopeTableSpec(Spec):
    """Scopes in hundreds, as rows or as a file: scope, parent, from, to, title, country, time_zone, legal_entity, brand, erp."""

    rows: dict[str, Any] | None = Field(None, description="scope -> parent, or its dated parents.")
    file: str | None = Field(None, description="CSV file with a row per slice.")


class Bounds(Spec):
    """Limits for a value; all that are given must hold, inclusive."""

    min: Any = Field(None, description="Smallest value.")
    max: Any = Field(None, description="Greatest value.")
    one_of: list[Any] | None = Field(None, description="Allowed values.")
    subset_of: list[Any] | None = Field(None, description="For lists: allowed items.")
    relative: Bounds | None = Field(None, description="min and max of the value minus the holder's own.")


class Override(Spec):
    """Who may override: levels or single scopes; and whose approval `apply` asks for."""

    scopes: list[str] = Field(default_factory=list, description="Levels (market) or scopes (market/se).")
    roles: list[str] = Field(default_factory=list, description="Roles of which one must approve a changed write.")


class LockRule(Spec):
    """What lower layers may do with the paths."""

    paths: list[str] = Field(min_length=1, description="Patterns; each covers the node that it names and all beneath.")
    mode: Literal["locked", "bounded", "extendOnly", "default", "local"] = Field(description="What is allowed.")
    bounds: Bounds | None = Field(None, description="For mode bounded.")
    override: Override = Field(Override(), description="Who may.")


class LockSpec(Spec):
    """Rules on one Ref (or `Kind:*`, `Kind:**`) for all layers below the folder that the lock stands in."""

    ref: str = Field(description="A Ref, `Kind:*` (all at home in the group) or `Kind:**` (local ones too).")
    rules: list[LockRule] = Field(default_factory=list)
    atomic: list[list[str]] = Field(default_factory=list, description="Paths that come from one layer together.")


class WaiverSpec(Spec):
    """A permission for one write that a lock refuses."""

    ref: str = Field(description="Exactly this Ref.")
    path: str = Field(description="The path, and all beneath.")
    scope: str = Field(description="The layer whose write it lets through.")
    within: Bounds | None = Field(None, description="Bounds that the value must keep; without it a delete passes too.")
    from_: str = Field(alias="from", description="First day.")
    expires: str | None = Field(None, description="First day on which it no longer holds; mandatory.")
    requester: str = Field(description="Who asked.")
    approver: str = Field(description="Who approved; never the requester.")
    reason: str = Field(description="Why.")
    compensating_control: str = Field("", description="What is done instead.")
    renews: str | None = Field(None, description="The Waiver that it renews.")


class Expectation(Spec):
    """One answer that the model must give."""

    ref: str
    path: str
    at: str = "group"
    as_of: str
    value: Any = Field(None, description="The value expected; null: none.")
    presence: str | None = None
    state: str | None = None


class ModelTestSpec(Spec):
    """The workspace's own regression suite for its rules."""

    expect: list[Expectation]


class ForeignSpec(Spec):
    """A document of another standard: one leaf, as it is."""

    model_config = ConfigDict(extra="allow")


@cache
def _odcs_validator() -> Any:
    """Answers the validator of the official JSON Schema, from the package of the standard."""
    import json
    from importlib.resources import files

    from jsonschema.validators import validator_for

    schema = json.loads((files("open_data_contract_standard") / "schema.json").read_text(encoding="utf-8"))
    return validator_for(schema)(schema)


def contract_problems(data: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Answers what the official schema of the Open Data Contract Standard says against a contract, with places."""
    version = str(data.get("apiVersion", "")).removeprefix("v")
    if not version.startswith(("3.0", "3.1", "3.2")):
        return [(("apiVersion",), f"apiVersion v{version} is not read; v3.0.0 to v3.2.x are")]
    errors = sorted(_odcs_validator().iter_errors(_with_numbers(data)), key=lambda error: list(map(str, error.absolute_path)))
    return [(tuple(error.absolute_path), error.message.splitlines()[0][:200]) for error in errors]


def _with_numbers(value: Any) -> Any:
    """Answers the data with plain numbers as numbers: the schema asks for them, and our reader keeps text."""
    if isinstance(value, dict):
        return {key: child if key in _TEXT_FIELDS else _with_numbers(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_with_numbers(child) for child in value]
    if isinstance(value, str):
        digits = value.removeprefix("-")
        if digits.isdecimal() and (digits == "0" or not digits.startswith("0")):
            return int(value)
        whole, dot, part = digits.partition(".")
        if dot and whole.isdecimal() and part.isdecimal():
            return float(value)
    return value


_TEXT_FIELDS = {"version", "apiVersion", "id", "name", "description", "query", "pattern", "format"}


def slo_problems(data: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Answers what is wrong with an OpenSLO v1 document of kind SLO, as far as it is read here."""
    spec = data.get("spec") if isinstance(data, dict) else None
    if not isinstance(spec, dict):
        return [(("spec",), "spec is missing")]
    found: list[tuple[tuple[str | int, ...], str]] = []
    if not spec.get("objectives"):
        found.append((("spec",), "spec.objectives is missing"))
    if "indicator" not in spec and "indicatorRef" not in spec:
        found.append((("spec",), "spec.indicator (or indicatorRef) is missing"))
    return found


KINDS = (
    Kind("Scope", ScopeSpec, "One scope of the organisation tree.", control=True),
    Kind("ScopeTable", ScopeTableSpec, "Scopes in hundreds.", control=True, tables=("spec.file",)),
    Kind("Lock", LockSpec, "What lower layers may change.", control=True),
    Kind("Waiver", WaiverSpec, "A permission for one write that a lock refuses, with an end.", control=True),
    Kind("ModelTest", ModelTestSpec, "Answers that the model must give.", control=True),
    Kind("DataContract", ForeignSpec, "Open Data Contract Standard 3.0 to 3.2, as it is.", foreign=contract_problems),
    Kind("SLO", ForeignSpec, "An OpenSLO v1 objective, as it is.", foreign=slo_problems),
)
