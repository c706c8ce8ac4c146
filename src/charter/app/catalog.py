"""The one list of what this installation knows: kinds, checks, codes. Built-ins and plug-ins register alike."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache

from charter.errors import Code

_ROOMS_WITH_CODES = (
    "values",
    "expression",
    "model",
    "warehouse",
    "state",
    "organisation",
    "intake",
    "intake.connectors",
    "performance",
    "tasks",
    "matching",
    "app",
)


@cache
def all_codes() -> Mapping[str, Code]:
    """Answers every code of every room, by code, sorted."""
    found: dict[str, Code] = {}
    for room in _ROOMS_WITH_CODES:
        found.update({code.code: code for code in importlib.import_module(f"charter.{room}.codes").CODES})
    return dict(sorted(found.items()))
