"""Dated values: a list of maps that each hold `from` and `value`, of which one holds on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

_ALLOWED = {"from", "to", "value", "reference", "reviewBy"}


@dataclass(frozen=True)
class Entry:
    """One entry of a dated value: from a day until another (half-open), with the value."""

    index: int
    begin: date
    end: date | None
    value: Any
    review_by: date | None


def is_dated(value: Any) -> bool:
    """Answers whether a list is a dated value: not empty, and each item a map with `from` and `value`."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and "from" in item and "value" in item and item.keys() <= _ALLOWED for item in value)
    )


def looks_dated(value: Any) -> bool:
    """Answers whether somebody meant a dated value, whether or not it is a whole one."""
    return (
        isinstance(value, list)
        and bool(value)
        and any(isinstance(item, dict) and "value" in item and ("from" in item or "to" in item) for item in value)
    )


def day(text: Any) -> date | None:
    """Answers the day that a text writes as 2026-09-01, or None."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def entries(value: list[dict[str, Any]]) -> tuple[Entry, ...]:
    """Answers the entries in the order of their days; those without a day that can be read are left out."""
    read = []
    for index, item in enumerate(value):
        begin = day(item["from"])
        if begin is not None:
            read.append(Entry(index, begin, day(item.get("to")), item["value"], day(item.get("reviewBy"))))
    return tuple(sorted(read, key=lambda entry: (entry.begin, entry.index)))


def problems(value: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Answers what is wrong with a dated value, as (index, day or text)."""
    found = []
    for index, item in enumerate(value):
        bad_day = day(item["from"]) is None or ("to" in item and item["to"] is not None and day(item["to"]) is None)
        if bad_day or isinstance(item["value"], dict) or is_dated(item["value"]):
            found.append((index, str(item["from"])))
    read = entries(value)
    for entry in read:
        if entry.end is not None and entry.end <= entry.begin:
            found.append((entry.index, str(entry.begin)))
    for before, after in zip(read, read[1:], strict=False):
        if before.begin == after.begin or (before.end is not None and before.end > after.begin):
            found.append((after.index, str(after.begin)))
    return found


def in_force(value: list[dict[str, Any]], on: date) -> Entry | None:
    """Answers the entry that holds on the day: until its `to` or the next `from`, whichever is first."""
    holding = None
    for entry in entries(value):
        if entry.begin <= on:
            holding = entry
    if holding is None or (holding.end is not None and on >= holding.end):
        return None
    return holding


def boundaries(value: list[dict[str, Any]]) -> set[date]:
    """Answers the days on which the value may change."""
    return {bound for entry in entries(value) for bound in (entry.begin, entry.end) if bound is not None}
