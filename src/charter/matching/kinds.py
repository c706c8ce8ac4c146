"""The document of matching: Matching, by what accounts and items are found to be the same. Without one, the defaults hold."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, model_validator

from charter.model.kind import Kind, Spec

DOCUMENTS = {"account": "Matching:accounts", "item": "Matching:items"}


class MatchingSpec(Spec):
    """By which exact keys, and from which probability, two are the same."""

    exact_keys: tuple[tuple[str, ...], ...] | None = Field(
        default=None,
        description="Each a list of normalised columns that, all there and all equal, make two the same; else those that ship "
        "(account: name, street, house, postal, town, country, tax, phone, email; item: title, maker, number, gtin, category).",
    )
    accept: Decimal = Field(
        default=Decimal("0.99"),
        gt=0,
        le=1,
        description="Probability from which a pair is accepted without a person, where its evidence is of that kind.",
    )
    review: Decimal = Field(
        default=Decimal("0.9"), gt=0, le=1, description="Probability from which a pair stands in the review queue."
    )
    largest_block: int = Field(
        default=200, ge=2, le=2000, description="Records that may share a value for all of them to be compared with each other."
    )

    @model_validator(mode="after")
    def _ordered(self) -> MatchingSpec:
        if self.review > self.accept:
            raise ValueError(f"review ({self.review}) is above accept ({self.accept}): nothing could be reviewed")
        if self.exact_keys is not None and any(not key for key in self.exact_keys):
            raise ValueError("an exact key without columns would make everything the same")
        return self


KINDS = (
    Kind(
        "Matching", MatchingSpec,
        "By what accounts and items are found to be the same; those that count are named `accounts` and `items`.",
    ),
)  # fmt: skip
