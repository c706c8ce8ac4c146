"""What doctor found of one thing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at. Where `ok` has a mend, nothing is broken, and something is due."""

    what: str
    ok: bool
    found: str
    mend: str

    def as_dict(self) -> dict[str, Any]:
        """Answers the result as a plain mapping."""
        return asdict(self)
