"""The standard definitions that ship with Charter: read once, by name and version."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import yaml

from charter.performance.definition import Definition

# libyaml's safe loader where PyYAML was built with it: it reads them 15 times faster.
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def standards() -> Mapping[str, Definition]:
    """Answers every standard definition under `name@version`, sorted."""
    folder = resources.files("charter.performance") / "standard"
    found = {}
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".yaml"):
            body = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)
            name = body.pop("name")
            definition = Definition.model_validate(body)
            found[f"{name}@{definition.version}"] = definition
    return MappingProxyType(dict(sorted(found.items())))


@cache
def standard_names() -> frozenset[str]:
    """Answers the names that no workspace may redefine."""
    return frozenset(key.partition("@")[0] for key in standards())
