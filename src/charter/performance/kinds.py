"""The document kinds of performance: Metric and Calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from charter.model.kind import Kind, Spec
from charter.performance.definition import Definition

Direction = Literal["up", "down"]
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class MetricSpec(Spec):
    """A number that the group measures: by a standard definition or by one of its own, with target and thresholds."""

    standard: str | None = Field(default=None, description="standard definition that ships with Charter, as `name@version`")
    definition: Definition | None = Field(default=None, description="own definition, where no standard one serves")
    target: Decimal | None = Field(default=None, description="what is aimed at; may be dated")
    direction: Direction | None = Field(
        default=None, description="which way is better; left out: down for times, error rate, pauses and price dispersion, else up"
    )
    minimum_n: int | None = Field(default=None, ge=0, description="least n for a status; left out: the definition's own")
    coverage_threshold: Decimal = Field(default=Decimal("0.95"), ge=0, le=1, description="least coverage of a certified number")
    reconciliation_tolerance: Decimal = Field(
        default=Decimal("0.005"),
        ge=0,
        description="largest share of a source's own totals that may be unexplained or held in quarantine",
    )
    sources: tuple[str, ...] = Field(
        default=(), description="Sources that feed it; left out: each one with a target that feeds the fact"
    )
    calendar: str = Field(default="Calendar:standard", description="Calendar that times it, where it is business time")
    rate_set: str | None = Field(
        default=None, description="rate set for money; left out: `plan-<year>` where there is one, else `daily`"
    )
    description: str = Field(default="", description="what a reader must know beyond the definition")


class CalendarSpec(Spec):
    """Business hours: working hours by weekday, public holidays by country, days that are closed or open besides."""

    country: str | None = Field(default=None, description="country whose public holidays are closed (`de`)")
    subdivision: str | None = Field(default=None, description="part of the country with holidays of its own (`by`)")
    time_zone: str | None = Field(
        default=None, description="IANA time zone; left out: the scope's own, the nearest ancestor's, the workspace's"
    )
    hours: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="by weekday (mon to sun): intervals such as `08:00-12:00`; left out: closed"
    )
    closed: tuple[date, ...] = Field(default=(), description="further days that are closed")
    open: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="by day (2026-12-19): intervals that hold that day, holiday or not"
    )


KINDS = (
    Kind(
        "Metric",
        MetricSpec,
        "A number with its definition, target and thresholds.",
        refs={"spec.sources": ("Source",), "spec.calendar": ("Calendar",)},
    ),
    Kind("Calendar", CalendarSpec, "Business hours with public holidays, for business time."),
)
