"""A closed number as a value, and how it is written down and read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from charter.performance.number import Number
from charter.performance.plan import Measured
from charter.performance.rates import Rates
from charter.performance.slo import SloStatus
from charter.values.period import Period

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from charter.performance.definition import Definition
    from charter.performance.passport import BatchRows


@dataclass(frozen=True, slots=True)
class Closing:
    """One act of closing a period: when, by whom, by which revision, from which snapshot, in which home currency."""

    close_id: str
    period: Period
    closed_at: datetime
    closed_by: str
    revision: int
    model: str
    snapshot: int
    home: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A number with what it was counted by: a definition with its calendar, and rates of exchange."""

    number: Number
    measured: Measured
    rates: Rates


@dataclass(frozen=True, slots=True)
class Closed:
    """A number as it was closed: `measured` and `rate_set` say how it was counted, `definition` by which hash it was known then."""

    number: Number
    closing: Closing
    measured: Measured
    rate_set: str
    definition: str


@lru_cache(maxsize=2)
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def to_json(number: Number) -> str:
    """Answers the number as JSON. Batches and the definition in words are left out: they stand in tables of their own."""
    bare = replace(number, passport=replace(number.passport, sources=(), declared={}))
    return _adapter(Number).dump_json(bare).decode()


def from_json(text: str, sources: Sequence[BatchRows], definition: Definition) -> Number:
    """Answers the number that was written down, with its batches and its definition in words."""
    found: Number = _adapter(Number).validate_json(text)
    declared: dict[str, Any] = definition.declared.model_dump(mode="json")
    return replace(found, passport=replace(found.passport, sources=tuple(sources), declared=declared))


def objective_to_json(one: SloStatus) -> str:
    """Answers how an objective stands as JSON."""
    return _adapter(SloStatus).dump_json(one).decode()


def objective_from_json(text: str) -> SloStatus:
    """Answers how an objective stood that was written down."""
    found: SloStatus = _adapter(SloStatus).validate_json(text)
    return found


def rates_held(rates: Rates, period: Period) -> list[tuple[str, date | None, Decimal]]:
    """Answers the rates that amounts of the period are converted by: (currency, day from which it holds, rate).

    The day is None where one rate holds for the whole period.
    """
    if not rates.by_day:
        return [(code, None, known[-1][1]) for code, known in sorted(rates.by_currency.items()) if known]
    found: list[tuple[str, date | None, Decimal]] = []
    for code, known in sorted(rates.by_currency.items()):
        before = [at for at, (on, _) in enumerate(known) if on <= period.start]
        found += [(code, on, rate) for on, rate in known[before[-1] if before else 0 :] if on < period.end]
    return found


def rates_of(home: str, name: str, held: Sequence[tuple[str, date | None, Decimal]]) -> Rates:
    """Answers the rates that `rates_held` told of."""
    by_currency: dict[str, list[tuple[date, Decimal]]] = {}
    for code, on, rate in held:
        by_currency.setdefault(code, []).append((on or date.min, rate))
    return Rates(home, name, by_currency)
