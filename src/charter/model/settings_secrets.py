"""Secrets and addresses that stand in charter.yaml instead of the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from charter.errors import Finding, Origin
from charter.model.codes import MOD040, MOD052

_SECRET = re.compile(r"(?i)(://[^/\s]*@|\bpassword\s*=|\bAKIA[0-9A-Z]{16}\b)")
_ADDRESS = re.compile(r"(?i)^(?!s3://)[a-z][a-z0-9+]*://|\b(host|dbname|service)\s*=")
_BY_NAME = {"keyId", "secret", "sessionToken", "password"}


def store_findings(store: Any, file: str, places: Mapping[Any, tuple[int, int]]) -> list[Finding]:
    """Answers a finding for each secret (MOD040) and each other address of a database (MOD052) below spec.store."""
    return list(_found(store, ("spec", "store"), file, places))


def _found(value: Any, path: tuple[str, ...], file: str, places: Mapping[Any, tuple[int, int]]) -> Iterator[Finding]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _found(child, (*path, str(name)), file, places)
    elif isinstance(value, str):
        origin, told = Origin(file, *places.get(path, (1, 1))), ".".join(path)
        if _SECRET.search(value) or path[-1] in _BY_NAME:
            yield MOD040.finding(origin, path=told)
        elif _ADDRESS.search(value):
            yield MOD052.finding(origin, path=told)
