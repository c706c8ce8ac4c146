"""What a broken rule does, as a contract says it in `customProperties`: charterAction, and what goes with a ratchet."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from charter.errors import nearest_hint

ACTION, ROWS, TOLERANCE = "charterAction", "charterRatchetRows", "charterRatchetTolerance"


class Action(enum.StrEnum):
    """What a broken rule does: refuse the batch, hold the row, be counted, or hold rows where a market got worse."""

    BLOCK = "block"
    QUARANTINE = "quarantine"
    WARN = "warn"
    RATCHET = "ratchet"


@dataclass(frozen=True, slots=True)
class Ratchet:
    """How the share of a ratchet counts.

    Attributes:
        rows: rows of a market that make a share; fewer are counted on, until they are so many.
        tolerance: percentage points by which a share may be above the best.
    """

    rows: int = 100
    tolerance: Decimal = Decimal(0)


def read_action(entry: Mapping[str, Any], otherwise: Action) -> Action:
    """Answers the action of a property or check; without `charterAction` its severity tells, else `otherwise`."""
    told = _own(entry).get(ACTION)
    if told in set(Action):
        return Action(told)
    severity = str(entry.get("severity") or "error").lower()
    return Action.WARN if severity in ("warning", "info", "warn") else otherwise


def read_ratchet(entry: Mapping[str, Any]) -> Ratchet:
    """Answers how the share counts; what is left out or cannot be read is as it ships (`what_is_wrong` tells it)."""
    own, ships = _own(entry), Ratchet()
    rows, tolerance = own.get(ROWS, ""), own.get(TOLERANCE, "")
    return Ratchet(int(rows) if _is_count(rows) else ships.rows, Decimal(tolerance) if _is_percent(tolerance) else ships.tolerance)


def what_is_wrong(entry: Mapping[str, Any]) -> str | None:
    """Answers what is wrong with what a property or check says of its action, or None."""
    own = _own(entry)
    told = own.get(ACTION)
    if told is not None and told not in set(Action):
        near = nearest_hint(told, list(Action), "use one of them")
        return f"{ACTION} is {told}; block, quarantine, warn and ratchet are allowed ({near})"
    if ROWS in own and not _is_count(own[ROWS]):
        return f"{ROWS} is {own[ROWS]}; a whole number from 1 on is allowed"
    if TOLERANCE in own and not _is_percent(own[TOLERANCE]):
        return f"{TOLERANCE} is {own[TOLERANCE]}; percentage points from 0 to 100 are allowed, such as 0.5"
    if told != Action.RATCHET and (stray := next((name for name in (ROWS, TOLERANCE) if name in own), None)):
        return f"it has {stray} and is no ratchet; write {ACTION}: ratchet as well"
    return None


def _own(entry: Mapping[str, Any]) -> dict[str, str]:
    pairs = entry.get("customProperties") or ()
    return {str(pair.get("property")): str(pair.get("value")) for pair in pairs if isinstance(pair, Mapping)}


def _is_count(text: str) -> bool:
    return re.fullmatch(r"0*[1-9][0-9]{0,8}", text) is not None


def _is_percent(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", text) is not None and Decimal(text) <= 100
