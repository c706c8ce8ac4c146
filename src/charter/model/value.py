"""Equality and order of values by their kind's type, never by their text: `0.30` is `0.3`, and `false` is not `0`."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def typed(value: Any, declared: Any) -> Any:
    """Answers the value converted to its declared type: numbers as Decimal, days as dates; else as it was read.

    Where the kind is open (`Any`), what is written as a plain number is a number.
    """
    if isinstance(value, list):
        return tuple(typed(item, Any) for item in value)
    if isinstance(value, dict):
        return {key: typed(item, Any) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    types = declared if isinstance(declared, tuple) else (declared,)
    if Decimal in types or int in types or float in types:
        return _number(value)
    if date in types and datetime not in types:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    if str not in types and any(kind is Any for kind in types) and _NUMBER.fullmatch(value):
        return Decimal(value)
    return value


def _number(text: str) -> Any:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def canonical(value: Any) -> Any:
    """Answers what two equal values have in common, for comparison; hashable."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int | Decimal):
        return ("number", Decimal(value).normalize())
    if isinstance(value, list | tuple):
        return ("list", tuple(canonical(item) for item in value))
    if isinstance(value, dict):
        return ("map", tuple(sorted((key, canonical(item)) for key, item in value.items())))
    return (type(value).__name__, value)


def same(a: Any, b: Any) -> bool:
    """Answers whether two values are equal by their types."""
    return bool(canonical(a) == canonical(b))


def is_number(value: Any) -> bool:
    """Answers whether the value is a number (a truth value is none)."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
