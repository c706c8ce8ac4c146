"""A delivery that is not taken in: the finding that says why, carried up to the account."""

from __future__ import annotations

from typing import Any

from charter.errors import Code, Finding, Origin


class DeliveryRefused(Exception):
    """Raised where a delivery cannot be taken in; its rows (as far as they could be counted) stay in the account."""

    def __init__(self, finding: Finding, received: int = 0, outcomes: tuple[Any, ...] = ()) -> None:
        super().__init__(finding.message)
        self.finding = finding
        self.received = received
        self.outcomes = outcomes

    @property
    def reason(self) -> str:
        """Answers the reason as the batch keeps it: code, text and hint."""
        return f"{self.finding.code} {self.finding.message}" + (f" ({self.finding.hint})" if self.finding.hint else "")


def refused(code: Code, delivery: str, line: int = 1, *, received: int = 0, **fields: Any) -> DeliveryRefused:
    """Answers the refusal of `delivery` at `line`, to raise."""
    return DeliveryRefused(code.finding(Origin(delivery, line), delivery=delivery, line=line, **fields), received)
