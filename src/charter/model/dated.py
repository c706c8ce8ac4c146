"""Dated values: a list of maps that each hold `from` and `value`, of which one holds on a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from charter.errors import Code
from charter.model.codes import MOD034, MOD034_DAY, MOD034_FIELD, MOD034_FORM, MOD034_NODE, MOD034_ORDER

Problem = tuple[int, Code, dict[str, Any]]
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


def problems(value: list[Any]) -> list[Problem]:
    """Answers what is wrong with a dated value: the entry, the code, and its fields."""
    return judged(value)[1]


def judged(value: list[Any]) -> tuple[tuple[Entry, ...], list[Problem]]:
    """Answers the entries in the order of their days, and what is wrong with them; no entries, if it is no dated value."""
    found: list[Problem] = [(index, *problem) for index, item in enumerate(value) for problem in _entry_problems(item)]
    if not is_dated(value):
        return (), found
    read = entries(value)
    for entry in read:
        if entry.end is not None and entry.end <= entry.begin:
            found.append((entry.index, MOD034_ORDER, {"day": entry.begin, "end": entry.end}))
    for before, after in zip(read, read[1:], strict=False):
        if before.begin == after.begin or (before.end is not None and before.end > after.begin):
            found.append((after.index, MOD034, {"day": after.begin}))
    return read, found


def _entry_problems(item: Any) -> Iterator[tuple[Code, dict[str, Any]]]:
    if not isinstance(item, dict):
        yield MOD034_FORM, {"field": "from"}
        return
    yield from ((MOD034_FORM, {"field": name}) for name in ("from", "value") if name not in item)
    yield from ((MOD034_FIELD, {"field": name}) for name in item if name not in _ALLOWED)
    days = [item[name] for name in ("from", "to", "reviewBy") if name in item and (name == "from" or item[name] is not None)]
    yield from ((MOD034_DAY, {"day": "nothing" if text is None else text}) for text in days if day(text) is None)
    if isinstance(item.get("value"), dict):
        yield MOD034_NODE, {"shape": "a map"}
    elif looks_dated(item.get("value")):
        yield MOD034_NODE, {"shape": "dated values"}


def boundaries(value: list[dict[str, Any]]) -> set[date]:
    """Answers the days on which the value may change."""
    return {bound for entry in entries(value) for bound in (entry.begin, entry.end) if bound is not None}
