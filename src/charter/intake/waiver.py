"""Which rows may pass although they break a rule: the ContractWaiver documents of an entity, and how many passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from charter.errors import Origin
from charter.intake.kinds import ContractWaiverSpec
from charter.model.document import Document
from charter.model.model import Model
from charter.model.ref import Ref, parse_ref

KIND = "ContractWaiver"


@dataclass(frozen=True, slots=True)
class Waived:
    """One waiver: rows of `scope` and below that break `rule` pass, if they come from `begin` until `expires` (half-open)."""

    name: str
    rule: str
    scope: str
    begin: date
    expires: date

    def holds_on(self, day: date) -> bool:
        """Answers whether a delivery that comes on the day is let through."""
        return self.begin <= day < self.expires


@dataclass(frozen=True, slots=True)
class Passed:
    """How many rows of a delivery broke a rule and passed by a waiver."""

    rule: str
    waiver: str
    rows: int


@dataclass(frozen=True, slots=True)
class Written:
    """A ContractWaiver document with its typed spec, its source, and where it stands."""

    document: Document
    spec: ContractWaiverSpec
    source: Ref | None

    @property
    def name(self) -> str:
        """Answers its Ref."""
        return str(self.document.ref)

    def origin(self, field: str) -> Origin:
        """Answers where a field of its spec stands."""
        return self.document.origin_of(("spec", field))

    def waived(self) -> Waived:
        """Answers what it lets through, on the days on which its document is in force."""
        begins = [day for day in (self.spec.from_, self.document.valid_from) if day]
        ends = [day for day in (self.spec.expires, self.document.valid_to) if day]
        return Waived(self.name, self.spec.rule, self.spec.scope, max(begins), min(ends))


def written_waivers(model: Model) -> tuple[Written, ...]:
    """Answers the waivers that can be read, in the order of the documents; what is wrong with the others the kernel tells."""
    found = []
    for document in model.workspace.documents:
        if document.kind.name == KIND:
            try:
                spec = ContractWaiverSpec.model_validate(document.spec)
            except ValidationError:
                continue
            found.append(Written(document, spec, parse_ref(spec.source)))
    return tuple(found)


def waivers_of(model: Model, source: Ref, entity: str) -> tuple[Waived, ...]:
    """Answers what lets rows of an entity through, on whatever day, by name. Void ones are errors, which no run begins with."""
    found = (one.waived() for one in written_waivers(model) if one.source == source and one.spec.entity == entity)
    return tuple(sorted(found, key=lambda one: one.name))
