"""Percent: a share as a type, so that 30 and 0.30 are never mixed up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from charter.values.codes import VAL003


@dataclass(frozen=True, slots=True, order=True)
class Percent:
    """A share; `fraction` is 0.30 for 30 %."""

    fraction: Decimal

    @classmethod
    def parse(cls, text: str) -> Percent:
        """Answers the share that a person wrote as `30%`, `30 %` or `0.30`."""
        bare = text.strip()
        scale = 100 if bare.endswith("%") else 1
        try:
            number = Decimal(bare.rstrip("%").strip())
        except InvalidOperation as error:
            raise VAL003.exception(text=text) from error
        if not number.is_finite():
            raise VAL003.exception(text=text)
        return cls(number / scale)

    def points(self, other: Percent) -> Decimal:
        """Answers the difference to another share in percentage points."""
        return (self.fraction - other.fraction) * 100

    def __str__(self) -> str:
        return f"{(self.fraction * 100).quantize(Decimal('0.1'))} %"
