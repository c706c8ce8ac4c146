"""The laws of the kernel, on random workspaces, beside a naive second resolver."""

from __future__ import annotations

import importlib.util
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

_SPEC = importlib.util.spec_from_file_location("worlds", Path(__file__).parent / "worlds.py")
assert _SPEC and _SPEC.loader
worlds_ = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(worlds_)
laying, files, answers, worlds, specs = worlds_.laying, worlds_.files, worlds_.answers, worlds_.worlds, worlds_.specs
ASKED, ROWS, CHAINS, FOLDERS, LEAVES = worlds_.ASKED, worlds_.ROWS, worlds_.CHAINS, worlds_.FOLDERS, worlds_.LEAVES


# -- the naive second resolver: a transcript of the specification's words, with no sharing and no caches ---------------


def on_day(value: Any, day: date) -> Any:
    if not isinstance(value, list):
        return ("set", value)
    best = None
    for entry in value:
        if date.fromisoformat(entry["from"]) <= day:
            best = entry
    return None if best is None else ("set", best["value"])


def naive(world: dict[str, Any], day: date, scope: str) -> dict[str, Any]:
    line = CHAINS[scope]
    value: dict[str, Any] = {}
    for layer in line:
        above = dict(value)
        for leaf, raw in world["specs"].get(layer, {}).items():
            said = on_day(raw, day)
            if said is None:
                continue
            want = said[1]
            refusing = []
            opened = False
            for holder, rule in world["locks"]:
                if holder not in line or line.index(holder) >= line.index(layer):
                    continue
                if not any(pattern in ("spec", f"spec.{leaf}") for pattern in rule["paths"]):
                    continue
                opened = opened or holder == "group"
                for pattern in rule["paths"]:
                    if pattern in ("spec", f"spec.{leaf}") and not allows(rule, layer, want):
                        refusing.append(holder)
            if layer != "group" and not opened:
                refusing.append("group")
            if refusing and not all(waived(world, line, day, layer, leaf, holder) for holder in refusing):
                continue
            if refusing and (want == above.get(leaf) if want is not None else leaf not in above):
                continue
            if want is None:
                value.pop(leaf, None)
            else:
                value[leaf] = want
    return value


def allows(rule: dict[str, Any], layer: str, want: Any) -> bool:
    scopes = rule["override"]["scopes"]
    if scopes and layer not in scopes and layer.split("/")[0] not in scopes:
        return False
    if rule["mode"] == "locked":
        return False
    if rule["mode"] == "default":
        return True
    return want is not None and rule["bounds"]["min"] <= want <= rule["bounds"]["max"]


def waived(world: dict[str, Any], line: list[str], day: date, layer: str, leaf: str, holder: str) -> bool:
    return any(
        w["requester"] != w["approver"]
        and w["scope"] == layer
        and w["path"] in ("spec", f"spec.{leaf}")
        and date.fromisoformat(w["from"]) <= day < date.fromisoformat(w["expires"])
        and where in line
        and line.index(where) <= line.index(holder)
        for where, w in world["waivers"]
    )


@given(worlds)
def test_the_resolver_equals_the_naive_one(world: dict[str, Any]) -> None:
    workspace = laying.laid(files(world))
    for day in ASKED:
        for scope in CHAINS:
            wanted = naive(world, day, scope)
            for leaf in LEAVES:
                got = workspace.model(day).resolve("Metric:m", f"spec.{leaf}", scope).value
                assert got == (None if leaf not in wanted else Decimal(wanted[leaf])), (day, scope, leaf)


@given(worlds, st.integers(0, 1000))
def test_l01_order_never_matters(world: dict[str, Any], seed: int) -> None:
    assert answers(laying.laid(files(world))) == answers(laying.laid(files(world, seed)))


@given(worlds, st.sampled_from(list(CHAINS)[1:]))
def test_l02_a_document_that_writes_nothing_changes_nothing(world: dict[str, Any], scope: str) -> None:
    assume(scope not in world["specs"])
    more = {**world, "specs": {**world["specs"], scope: {}}}
    assert answers(laying.laid(files(world))) == answers(laying.laid(files(more)))


@given(worlds)
def test_l04_l05_what_the_home_does_not_open_equals_its_value_everywhere(world: dict[str, Any]) -> None:
    closed = {**world, "waivers": [], "locks": [(h, r) for h, r in world["locks"] if h != "group"]}
    found = answers(laying.laid(files(closed)))
    for (day, _, leaf), (value, _, _) in found.items():
        assert value == found[day, "group", leaf][0]


@given(worlds)
def test_l06_under_an_absolute_bound_each_value_is_within_it_or_the_homes_own(world: dict[str, Any]) -> None:
    bound = {"paths": ["spec"], "mode": "bounded", "bounds": {"min": 2, "max": 6}, "override": {"scopes": []}}
    bounded = {**world, "waivers": [], "locks": [*world["locks"], ("group", bound)]}
    found = answers(laying.laid(files(bounded)))
    for (day, _, leaf), (value, _, _) in found.items():
        assert value == found[day, "group", leaf][0] or 2 <= value <= 6


@given(worlds)
def test_l09_rules_meet_in_any_order_and_twice_is_once(world: dict[str, Any]) -> None:
    doubled = {**world, "locks": [*reversed(world["locks"]), *world["locks"]]}
    assert answers(laying.laid(files(world))) == answers(laying.laid(files(doubled)))


@given(worlds)
def test_l12_from_its_expiry_on_a_waiver_leaves_no_trace(world: dict[str, Any]) -> None:
    after = [date(2026, 6, 1), date(2027, 1, 1)]
    without = {**world, "waivers": []}
    assert answers(laying.laid(files(world)), days=after) == answers(laying.laid(files(without)), days=after)


@given(worlds)
def test_l13_a_waiver_approved_by_its_requester_or_below_the_holder_changes_nothing(world: dict[str, Any]) -> None:
    void = [(layer, {**w, "approver": "person/r"}) for layer, w in world["waivers"]]
    below = [("market/a", w) for _, w in world["waivers"]]
    group_only = {**world, "locks": [(h, r) for h, r in world["locks"] if h == "group"]}
    plain_answers = answers(laying.laid(files({**group_only, "waivers": []})))
    assert answers(laying.laid(files({**group_only, "waivers": void}))) == plain_answers
    assert answers(laying.laid(files({**group_only, "waivers": below}))) == plain_answers


@given(worlds)
def test_l14_an_answer_won_by_a_waiver_is_never_compliant(world: dict[str, Any]) -> None:
    workspace = laying.laid(files(world))
    for day in ASKED:
        for scope in CHAINS:
            for leaf in LEAVES:
                answer = workspace.model(day).resolve("Metric:m", f"spec.{leaf}", scope)
                if answer.winner is not None and answer.winner.verdict == "waived":
                    assert answer.state != "compliant"


@given(worlds, specs)
def test_l15_a_document_changes_nothing_where_its_scope_is_not_in_the_chain(world: dict[str, Any], spec: dict[str, Any]) -> None:
    changed = {**world, "specs": {**world["specs"], "market/b": spec}}
    others = [scope for scope, line in CHAINS.items() if "market/b" not in line]
    assert answers(laying.laid(files(world)), others) == answers(laying.laid(files(changed)), others)


@given(worlds, st.sampled_from(ASKED))
def test_l17_slicing_to_the_day_first_gives_the_same(world: dict[str, Any], day: date) -> None:
    def sliced(spec: dict[str, Any]) -> dict[str, Any]:
        said = {leaf: on_day(raw, day) for leaf, raw in spec.items()}
        return {leaf: found[1] for leaf, found in said.items() if found is not None}

    undated = {**world, "specs": {scope: sliced(spec) for scope, spec in world["specs"].items()}}
    assert answers(laying.laid(files(world)), days=[day]) == answers(laying.laid(files(undated)), days=[day])


@given(worlds)
def test_l18_answers_are_constant_between_declared_dates(world: dict[str, Any]) -> None:
    workspace = laying.laid(files(world))
    for a, b in [(date(2025, 1, 2), date(2025, 6, 30)), (date(2026, 1, 1), date(2026, 5, 31))]:
        first, second = answers(workspace, days=[a]), answers(workspace, days=[b])
        assert {key[1:]: value for key, value in first.items()} == {key[1:]: value for key, value in second.items()}


@given(worlds)
def test_l19_l20_each_value_stands_in_a_document_of_the_chain_and_replaying_the_steps_gives_it(world: dict[str, Any]) -> None:
    workspace = laying.laid(files(world))
    for day in ASKED:
        for scope in CHAINS:
            for leaf in LEAVES:
                answer = workspace.model(day).resolve("Metric:m", f"spec.{leaf}", scope)
                replayed = None
                for layer, steps in answer.chain:
                    assert layer in CHAINS[scope]
                    for step in steps:
                        if step.verdict in ("accepted", "waived"):
                            replayed = None if step.delete else step.value
                assert replayed == answer.value
                if answer.value is not None:
                    assert answer.winner is not None and answer.winner.layer in CHAINS[scope]


@given(worlds)
def test_l24_a_new_scope_without_documents_answers_as_its_parent(world: dict[str, Any]) -> None:
    made = files(world)
    before = answers(laying.laid(made))
    made["group/tree.yaml"] = laying.tree({**ROWS, "branch/new": "market/a"})
    workspace = laying.laid(made)
    assert answers(workspace) == before
    for day in ASKED:
        for leaf in LEAVES:
            new, parent = (workspace.model(day).resolve("Metric:m", f"spec.{leaf}", s) for s in ("branch/new", "market/a"))
            assert (new.value, new.state) == (parent.value, parent.state)


@given(worlds, st.sampled_from(list(CHAINS)[1:]))
def test_l28_two_documents_of_one_ref_in_one_layer_count_for_nothing(world: dict[str, Any], scope: str) -> None:
    assume(scope in world["specs"])
    made = files(world)
    made[f"{FOLDERS[scope]}/again.yaml"] = laying.document("Metric", "m", {"a": 1})
    without = {**world, "specs": {s: v for s, v in world["specs"].items() if s != scope}}
    double, none = laying.laid(made), laying.laid(files(without))
    for day in ASKED:
        for where in CHAINS:
            for leaf in LEAVES:
                a, b = (w.model(day).resolve("Metric:m", f"spec.{leaf}", where) for w in (double, none))
                assert a.value == b.value
                # What a lower layer may write for itself is not stained by what was refused above it.
                if a.winner is not None and len(CHAINS[a.winner.layer]) > len(CHAINS[scope]):
                    assert a.state == b.state
                elif scope in CHAINS[where]:
                    assert a.state in ("unknown", "violated")


@given(worlds)
def test_l29_taking_out_refused_writes_changes_no_value(world: dict[str, Any]) -> None:
    day = ASKED[2]
    undated = {
        **world,
        "specs": {s: {k: on_day(v, day)[1] for k, v in spec.items() if on_day(v, day)} for s, spec in world["specs"].items()},
    }
    workspace = laying.laid(files(undated))
    kept: dict[str, Any] = {}
    for scope, spec in undated["specs"].items():
        steps = [s for s in workspace.model(day).fold(workspace.model(day).find_ref("Metric:m"), scope).steps if s.layer == scope]
        refused = {s.segments[-1] for s in steps if s.verdict == "rejected"}
        kept[scope] = {leaf: value for leaf, value in spec.items() if leaf not in refused}
    less = laying.laid(files({**undated, "specs": kept}))
    first, second = answers(workspace, days=[day]), answers(less, days=[day])
    assert {k: v[0] for k, v in first.items()} == {k: v[0] for k, v in second.items()}


def test_l07_under_a_relative_bound_every_value_is_within_reach_of_the_holders_at_every_depth() -> None:
    lock = {"ref": "Metric:m", "rules": [{"paths": ["spec.a"], "mode": "bounded", "bounds": {"relative": {"min": -1, "max": 1}}}]}
    made = {
        "group/tree.yaml": laying.tree(ROWS), "group/m.yaml": laying.document("Metric", "m", {"a": 5}),
        "group/lock.yaml": laying.document("Lock", "l", lock), "regions/n/m.yaml": laying.document("Metric", "m", {"a": 6}),
        "markets/a/m.yaml": laying.document("Metric", "m", {"a": 7}), "branches/x/m.yaml": laying.document("Metric", "m", {"a": 4}),
    }  # fmt: skip
    model = laying.laid(made).model(ASKED[0])
    values = [model.resolve("Metric:m", "spec.a", scope).value for scope in CHAINS["branch/x"]]
    assert values == [5, 6, 6, 4]


def test_l16_a_branch_that_moves_answers_before_as_in_the_old_place_and_after_as_in_the_new() -> None:
    lock = {"ref": "Metric:m", "rules": [{"paths": ["spec"], "mode": "default"}]}
    moving = [{"from": "2020-01-01", "value": "market/a"}, {"from": "2025-07-01", "value": "market/b"}]
    made = {
        "group/lock.yaml": laying.document("Lock", "l", lock), "group/m.yaml": laying.document("Metric", "m", {"a": 1}),
        "markets/a/m.yaml": laying.document("Metric", "m", {"a": 2}), "markets/b/m.yaml": laying.document("Metric", "m", {"a": 3}),
        "group/tree.yaml": laying.tree({**ROWS, "branch/x": moving}),
    }  # fmt: skip
    workspace = laying.laid(made)
    values = [workspace.model(d).resolve("Metric:m", "spec.a", "branch/x").value for d in (date(2025, 6, 30), date(2025, 7, 1))]
    assert values == [2, 3]


def test_l26_the_members_of_an_atomic_set_come_from_one_layer() -> None:
    lock = {"ref": "Metric:m", "rules": [{"paths": ["spec"], "mode": "default"}], "atomic": [["spec.a", "spec.b"]]}
    made = {
        "group/tree.yaml": laying.tree(ROWS), "group/lock.yaml": laying.document("Lock", "l", lock),
        "group/m.yaml": laying.document("Metric", "m", {"a": 1, "b": 1}), "markets/a/m.yaml": laying.document("Metric", "m", {"a": 2}),
        "markets/b/m.yaml": laying.document("Metric", "m", {"a": 2, "b": 3}),
    }  # fmt: skip
    model = laying.laid(made).model(ASKED[0])
    pairs = {scope: tuple(model.resolve("Metric:m", f"spec.{leaf}", scope).value for leaf in "ab") for scope in CHAINS}
    assert pairs == {
        "group": (1, 1), "region/n": (1, 1), "market/a": (1, 1), "branch/x": (1, 1), "market/b": (2, 3), "branch/y": (2, 3)
    }  # fmt: skip


def test_l30_unset_inherited_equal_false_and_deleted_are_told_apart() -> None:
    lock = {"ref": "Metric:m", "rules": [{"paths": ["spec"], "mode": "default"}]}
    made = {
        "group/tree.yaml": laying.tree(ROWS), "group/lock.yaml": laying.document("Lock", "l", lock),
        "group/m.yaml": laying.document("Metric", "m", {"a": 1, "b": 2, "d": True}),
        "market_": "",
        "markets/a/m.yaml": laying.document("Metric", "m", {"a": 1, "b": None, "d": False}),
    }  # fmt: skip
    del made["market_"]
    model = laying.laid(made).model(ASKED[0])
    told = {leaf: model.resolve("Metric:m", f"spec.{leaf}", "market/a") for leaf in "abcd"}
    assert {leaf: (answer.value, answer.presence) for leaf, answer in told.items()} == {
        "a": (1, "equal"), "b": (None, "deleted"), "c": (None, "unset"), "d": (False, "set")
    }  # fmt: skip
    assert model.resolve("Metric:m", "spec.a", "branch/x").presence == "inherited"
