"""What a metric counts: one typed, hashed definition, whether it ships with Charter or a workspace wrote it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from charter.errors import CharterError
from charter.values.duration import parse_duration

Unit = Literal["share", "count", "money", "seconds", "days", "ratio"]
Form = Literal["ratio", "sum", "duration", "distinct", "dispersion"]
_MATURITY = "an ISO 8601 duration of days, weeks or months is allowed, such as P14D, P2W or P1M"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Exclusion(_Part):
    """One reason for which something is left out of the population."""

    reason: str = Field(description="reason code")
    text: str = Field(description="what it means, in a sentence")


class DurationPart(_Part):
    """One duration of a metric, in whole seconds."""

    seconds: str = Field(
        description="a column with whole seconds, an expression over columns, or `business(a, b)`: the business "
        "seconds between two instants by the calendar of the metric's scope"
    )
    when: str | None = Field(default=None, description="which rows have this duration; left out: all of the filter")


class MemberPart(_Part):
    """One set of accounts (or other keys) that are counted once, however often they were seen."""

    member: str = Field(default="account_key", description="column with the key that is counted once")
    when: str | None = Field(default=None, description="which rows count; left out: all of the filter")


class Distinct(_Part):
    """A share of distinct members: those of the numerator among those of the denominator."""

    numerator: MemberPart = Field(description="members that count as reached")
    denominator: MemberPart = Field(description="all members")


class Declaration(_Part):
    """What people must know of a number (KPI rule 1), in words."""

    answers: str = Field(default="", description="the question that the number answers")
    unit_counted: str = Field(default="", description="what is counted: order, line, value, case, account")
    start_event: str = Field(default="", description="where it begins")
    end_event: str = Field(default="", description="where it ends")
    population: str = Field(default="", description="who is eligible")
    exclusions: tuple[Exclusion, ...] = Field(default=(), description="what is left out, by reason")
    calendar: str = Field(default="", description="which calendar times it")
    currency_basis: str = Field(default="", description="how money is converted")
    attribution: str = Field(default="", description="which scope and day it belongs to")
    notes: str = Field(default="", description="what else a reader must know")


class Definition(_Part):
    """How a number is counted. Its hash is its identity: what changes here is another definition."""

    fact: str = Field(description="table of facts that is counted")
    filter: str | None = Field(default=None, description="expression: which rows belong to the population")
    day: str = Field(description="column with the local day that a row belongs to")
    scope: str = Field(description="column with the scope that a row belongs to")
    numerator: str | None = Field(default=None, description="aggregate expression above the line, or the sum itself")
    denominator: str | None = Field(default=None, description="aggregate expression below the line")
    classified: str | None = Field(default=None, description="aggregate expression; coverage is classified / denominator")
    lowering: str | None = Field(
        default=None,
        description="aggregate expression, 0 or less: what is not classified and may lower the value, such as credit notes",
    )
    values: Mapping[str, str] = Field(default_factory=dict, description="further aggregates shown beside, by name")
    durations: Mapping[str, DurationPart] = Field(default_factory=dict, description="durations by name; the first heads the number")
    distinct: Distinct | None = Field(default=None, description="a share of distinct members")
    dispersion: bool = Field(default=False, description="price dispersion (PCI part C) over the fact's lines")
    dimensions: Mapping[str, str] = Field(
        default_factory=dict, description="dimensions by name: a column each, at most 4 with the currency"
    )
    currency: str | None = Field(default=None, description="column with the currency, where amounts are summed")
    needs: tuple[str, ...] = Field(
        default=(), description="further tables that a source must feed; else there is no value, which is not zero"
    )
    companions: tuple[str, ...] = Field(default=(), description="metrics that always stand beside it, where declared")
    unit: Unit = Field(default="share", description="unit of the value")
    version: str = Field(default="1", description="version of the definition")
    maturity: str = Field(default="P0D", description="ISO 8601 days after the period until the number is mature")
    minimum_n: int = Field(default=30, ge=0, description="least n for a status")
    declared: Declaration = Field(default_factory=Declaration, description="the definition in words")

    @cached_property
    def form(self) -> Form:
        """Answers how the value is made: ratio, sum, duration, distinct or dispersion."""
        if self.dispersion:
            return "dispersion"
        if self.distinct is not None:
            return "distinct"
        if self.durations:
            return "duration"
        return "ratio" if self.denominator is not None else "sum"

    @cached_property
    def hash(self) -> str:
        """Answers the identity of the definition: 16 hex digits of the SHA-256 of its canonical JSON.

        What came later and is not used is no part of it, so that a definition keeps its identity.
        """
        told = self.model_dump(mode="json", exclude={"lowering"} if self.lowering is None else None)
        body = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()[:16]

    @field_validator("maturity")
    @classmethod
    def _is_days(cls, value: str) -> str:
        try:
            told = parse_duration(value)
        except CharterError as error:
            raise ValueError(_MATURITY) from error
        if told.seconds:
            raise ValueError(_MATURITY)
        return value

    def mature_on(self, end: date) -> date:
        """Answers from which day on the number of a period that ends on `end` (exclusive) is mature."""
        return parse_duration(self.maturity).after(end)

    @property
    def headline(self) -> str | None:
        """Answers the name of the duration that heads the number."""
        return next(iter(self.durations), None)

    @property
    def all_dimensions(self) -> dict[str, str]:
        """Answers the declared dimensions with the currency that money carries by itself."""
        own = dict(self.dimensions)
        if self.currency is not None and self.currency not in own.values():
            own["currency"] = self.currency
        return own
