"""Random small worlds for the laws: one metric, six scopes, locks, waivers and dated values; and how they are asked."""

from __future__ import annotations

import importlib.util
import random
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

_SPEC = importlib.util.spec_from_file_location("laying", Path(__file__).parents[1] / "model" / "laying.py")
assert _SPEC and _SPEC.loader
laying = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(laying)

DAYS = ["2025-01-01", "2025-07-01", "2026-01-01"]
ASKED = [date(2024, 6, 1), date(2025, 3, 1), date(2025, 9, 1), date(2026, 2, 1)]
ROWS = {"region/n": "group", "market/a": "region/n", "market/b": "group", "branch/x": "market/a", "branch/y": "market/b"}
CHAINS = {
    "group": ["group"], "region/n": ["group", "region/n"], "market/a": ["group", "region/n", "market/a"],
    "market/b": ["group", "market/b"], "branch/x": ["group", "region/n", "market/a", "branch/x"],
    "branch/y": ["group", "market/b", "branch/y"],
}  # fmt: skip
FOLDERS = {
    s: s if s == "group" else {"r": "regions", "m": "markets", "b": "branches"}[s[0]] + "/" + s.split("/")[1] for s in CHAINS
}
LEAVES = ["a", "b", "c"]

numbers = st.integers(0, 9)
plain = st.one_of(numbers, st.none())
dated = st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True).flatmap(
    lambda starts: st.tuples(*[plain] * len(starts)).map(
        lambda values: [{"from": day, "value": value} for day, value in zip(sorted(starts), values, strict=True)]
    )
)
specs = st.dictionaries(st.sampled_from(LEAVES), st.one_of(plain, dated), max_size=3)
rules = st.fixed_dictionaries(
    {
        "paths": st.lists(st.sampled_from(["spec.a", "spec.b", "spec.c", "spec"]), min_size=1, max_size=2),
        "mode": st.sampled_from(["locked", "bounded", "default"]),
        "bounds": st.fixed_dictionaries({"min": st.integers(0, 4), "max": st.integers(5, 9)}),
        "override": st.fixed_dictionaries({"scopes": st.lists(st.sampled_from(["market", "branch", "market/a"]), max_size=2)}),
    }
)
waivers = st.fixed_dictionaries(
    {
        "path": st.sampled_from(["spec.a", "spec"]), "scope": st.sampled_from(list(CHAINS)[1:]), "from": st.sampled_from(DAYS),
        "expires": st.just("2026-06-01"), "requester": st.just("person/r"), "approver": st.sampled_from(["person/r", "person/s"]),
    }
)  # fmt: skip
worlds = st.fixed_dictionaries(
    {
        "specs": st.fixed_dictionaries({"group": specs}, optional=dict.fromkeys(list(CHAINS)[1:], specs)),
        "locks": st.lists(st.tuples(st.sampled_from(["group", "region/n", "market/a"]), rules), max_size=3),
        "waivers": st.lists(st.tuples(st.sampled_from(["group", "market/a"]), waivers), max_size=2),
    }
)


def files(world: dict[str, Any], seed: int | None = None) -> dict[str, str]:
    made = [("group/tree.yaml", laying.tree(ROWS))]
    made += [(f"{FOLDERS[scope]}/m.yaml", laying.document("Metric", "m", spec)) for scope, spec in world["specs"].items()]
    for index, (holder, rule) in enumerate(world["locks"]):
        made.append(
            (f"{FOLDERS[holder]}/lock{index}.yaml", laying.document("Lock", f"l{index}", {"ref": "Metric:m", "rules": [rule]}))
        )
    for index, (layer, waiver) in enumerate(world["waivers"]):
        spec = {"ref": "Metric:m", "reason": "r", **waiver}
        made.append((f"{FOLDERS[layer]}/waiver{index}.yaml", laying.document("Waiver", f"w{index}", spec)))
    if seed is not None:
        random.Random(seed).shuffle(made)
    return dict(made)


def answers(workspace: Any, scopes: Any = CHAINS, days: Any = ASKED) -> dict[Any, Any]:
    found = {}
    for day in days:
        for scope in scopes:
            for leaf in LEAVES:
                answer = workspace.model(day).resolve("Metric:m", f"spec.{leaf}", scope)
                found[day, scope, leaf] = (answer.value, answer.state, answer.presence)
    return found
