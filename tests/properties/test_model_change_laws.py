"""The laws of the kernel about change: between layers, locks, scopes, days, revisions and plans."""

from __future__ import annotations

import importlib.util
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from charter.errors import CharterError
from charter.model.diff import diff, plan
from charter.model.fold import Judge
from charter.model.promote import promote, promote_override
from charter.model.ref import Ref
from charter.model.revision import Revisions

_SPEC = importlib.util.spec_from_file_location("worlds", Path(__file__).parent / "worlds.py")
assert _SPEC and _SPEC.loader
worlds_ = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(worlds_)
laying, files, answers, worlds, specs = worlds_.laying, worlds_.files, worlds_.answers, worlds_.worlds, worlds_.specs
ASKED, ROWS, CHAINS, FOLDERS, LEAVES = worlds_.ASKED, worlds_.ROWS, worlds_.CHAINS, worlds_.FOLDERS, worlds_.LEAVES
BELOW = list(CHAINS)[1:]
M = Ref("Metric", "m")


def laid(world: dict[str, Any]) -> Any:
    return laying.laid(files(world))


def values(workspace: Any, scopes: Any = CHAINS, days: Any = ASKED) -> dict[Any, Any]:
    return {key: value for key, (value, _, _) in answers(workspace, scopes, days).items()}


@given(worlds, st.sampled_from(BELOW), st.sampled_from(ASKED))
def test_l03_restating_all_inherited_values_changes_no_value_there_or_below(world: dict[str, Any], scope: str, day: date) -> None:
    without = {**world, "specs": {where: spec for where, spec in world["specs"].items() if where != scope}}
    before = values(laid(without), days=[day])
    inherited = {leaf: before[day, scope, leaf] for leaf in LEAVES if before[day, scope, leaf] is not None}
    restated = {leaf: int(value) for leaf, value in inherited.items()}
    assert values(laid({**without, "specs": {**without["specs"], scope: restated}}), days=[day]) == before


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(1, 9), min_size=1),
    st.dictionaries(
        st.sampled_from(BELOW),
        st.dictionaries(st.sampled_from("abcde"), st.one_of(st.integers(1, 9), st.none()), min_size=1),
        max_size=4,
    ),
    st.booleans(),
)
def test_l08_under_extend_only_each_item_of_the_holder_is_there_unchanged_at_every_depth(
    mine: dict[str, int], theirs: dict[str, dict[str, int | None]], as_map: bool
) -> None:
    lock = {"ref": "PriceProcedure:p", "rules": [{"paths": ["spec.steps"], "mode": "extendOnly"}]}
    made = {
        "group/tree.yaml": laying.tree(ROWS), "group/lock.yaml": laying.document("Lock", "l", lock),
        "group/p.yaml": laying.document("PriceProcedure", "p", {"steps": [{"id": key, "rate": n} for key, n in mine.items()]}),
    }  # fmt: skip
    for scope, items in theirs.items():
        steps: Any = {key: None if n is None else {"rate": n} for key, n in items.items()}
        if not as_map:
            steps = [{"id": key, "rate": n, "more": n} for key, n in items.items() if n is not None]
        made[f"{FOLDERS[scope]}/p.yaml"] = laying.document("PriceProcedure", "p", {"steps": steps})
    model = laying.laid(made).model(ASKED[0])
    for scope, line in CHAINS.items():
        got = {item["id"]: item for item in model.resolve("PriceProcedure:p", "spec.steps", scope).value}
        assert {key: got[key] for key in mine} == {key: {"id": key, "rate": n} for key, n in mine.items()}
        added = {key for layer in line for key, n in theirs.get(layer, {}).items() if n is not None and layer != "group"}
        assert set(got) <= set(mine) | added


@given(worlds, st.sampled_from(["region/n", "market/a", "market/b"]), worlds_.rules, st.sampled_from(ASKED))
def test_l10_for_the_same_values_from_above_a_lower_rule_never_permits_what_was_not_permitted(
    world: dict[str, Any], holder: str, rule: dict[str, Any], day: date
) -> None:
    model = laid(world).model(day)
    more = laid({**world, "locks": [*world["locks"], (holder, rule)]}).model(day)
    for scope in BELOW:
        chain = CHAINS[scope]
        above = model.fold(M, chain[-2])
        for document in model.layers_of(M).get(scope, []):
            for write in document.writes(day):
                less, extra = (
                    Judge(M, scope, tuple(chain), day, one.locks.about(M), one.waivers, above).judge(write) for one in (model, more)
                )
                assert less.effective or not extra.effective


@given(worlds, st.sampled_from(["region/n", "market/a", "market/b"]), worlds_.rules)
def test_l11_over_the_whole_tree_an_extra_absolute_lock_below_the_home_never_lets_more_writes_through(
    world: dict[str, Any], holder: str, rule: dict[str, Any]
) -> None:
    less, more = laid(world), laid({**world, "locks": [*world["locks"], (holder, rule)]})
    for day in ASKED:
        for scope in CHAINS:
            passing = [
                {step.segments for step in one.model(day).fold(M, scope).steps if step.layer == scope and step.effective}
                for one in (less, more)
            ]
            assert passing[1] <= passing[0]


@given(worlds, st.sampled_from(["min", "max"]))
def test_l07_under_a_relative_bound_every_value_is_within_reach_of_the_holders_at_every_depth(
    world: dict[str, Any], side: str
) -> None:
    reach = {"min": -2, "max": 2}
    rule = {"paths": ["spec"], "mode": "bounded", "bounds": {"relative": reach}, "override": {"scopes": []}}
    lower = {"paths": ["spec"], "mode": "bounded", "bounds": {"relative": {side: 0}}, "override": {"scopes": []}}
    found = values(laid({**world, "waivers": [], "locks": [*world["locks"], ("group", rule), ("region/n", lower)]}))
    for (day, scope, leaf), value in found.items():
        home, region = found[day, "group", leaf], found[day, "region/n", leaf]
        assert value == home or -2 <= value - home <= 2
        if "region/n" in CHAINS[scope] and value != region:
            assert value <= region if side == "max" else value >= region


@given(worlds)
def test_l16_a_branch_that_moves_answers_before_as_in_the_old_place_and_after_as_in_the_new(world: dict[str, Any]) -> None:
    made = files(world)
    moving = [{"from": "2020-01-01", "value": "market/a"}, {"from": "2025-07-01", "value": "market/b"}]
    old, new, moves = (
        laying.laid({**made, "group/tree.yaml": laying.tree({**ROWS, "branch/x": parent})})
        for parent in ("market/a", "market/b", moving)
    )
    before, after = [day for day in ASKED if day < date(2025, 7, 1)], [day for day in ASKED if day >= date(2025, 7, 1)]
    assert answers(moves, days=before) == answers(old, days=before)
    assert answers(moves, days=after) == answers(new, days=after)


@given(worlds)
def test_l21_a_plan_of_a_model_against_itself_is_empty_whatever_the_order_of_its_files(world: dict[str, Any]) -> None:
    one, again = laid(world), laying.laid(files(world, seed=3))
    for planned in (plan(one, one), plan(one, again)):
        assert (planned.changes, planned.lost, planned.needs, bool(planned)) == ((), (), (), False)
    assert diff(one.model(ASKED[1]), again.model(ASKED[1])) == ()


@given(worlds, worlds)
def test_l22_the_plan_back_is_the_plan_with_before_and_after_exchanged(a: dict[str, Any], b: dict[str, Any]) -> None:
    there, back = plan(laid(a), laid(b)), plan(laid(b), laid(a))
    assert [change.exchanged() for change in there.changes] == list(back.changes)
    assert (there.before, there.after) == (back.after, back.before)


@given(worlds, worlds)
def test_a_plan_names_exactly_the_answers_that_differ_on_each_day(a: dict[str, Any], b: dict[str, Any]) -> None:
    """The naive way: ask both models everything on every day that either declares."""
    old, new = laid(a), laid(b)
    days = sorted({date(2020, 1, 1), *old.index.days(M), *new.index.days(M)})
    planned = plan(old, new).changes
    for day in days:
        first, second = answers(old, days=[day]), answers(new, days=[day])
        wanted = {key[1:] for key in first if first[key][:2] != second[key][:2]}
        told = {
            (change.scope, change.path.removeprefix("spec."))
            for change in planned
            if (change.begin or date.min) <= day < (change.end or date.max) and change.path != "spec"
        }
        assert told == wanted
        exact = {(one.scope, one.path): (one.before, one.after) for one in diff(old.model(day), new.model(day))}
        assert {(scope, f"spec.{leaf}") for scope, leaf in wanted} == {key for key in exact if key[1] != "spec"}


@settings(max_examples=10 if settings().max_examples <= 100 else 200)
@given(st.lists(worlds, min_size=2, max_size=4))
def test_l23_later_revisions_change_no_answer_at_an_earlier_known_at(several: list[dict[str, Any]]) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        revisions = Revisions(Path(folder))
        told: list[Any] = []
        for number, world in enumerate(several):
            workspace = laid(world)
            revisions.apply(workspace, start + timedelta(days=number))
            told.append(answers(workspace))
            for earlier, wanted in enumerate(told):
                known = revisions.known_at(start + timedelta(days=earlier, hours=5), laying.REGISTRY)
                assert known.revision.seq == earlier + 1 and answers(known.workspace) == wanted
        assert revisions.verify() == ()


@given(worlds, st.sampled_from(BELOW))
def test_l25_renaming_a_scope_that_no_lock_names_changes_nothing(world: dict[str, Any], scope: str) -> None:
    assume(not any(scope in rule["override"]["scopes"] for _, rule in world["locks"]))
    new = scope + "-new"
    rows = {new if where == scope else where: new if parent == scope else parent for where, parent in ROWS.items()}
    made = files({**world, "waivers": []})
    folder, renamed = FOLDERS[scope] + "/", FOLDERS[scope] + "-new/"
    for index, (layer, waiver) in enumerate(world["waivers"]):
        spec = {"ref": "Metric:m", "reason": "r", **waiver}
        made[f"{FOLDERS[layer]}/waiver{index}.yaml"] = laying.document("Waiver", f"w{index}", spec)
    before = answers(laying.laid(made))
    for index, (layer, waiver) in enumerate(world["waivers"]):
        spec = {"ref": "Metric:m", "reason": "r", **waiver, "scope": new if waiver["scope"] == scope else waiver["scope"]}
        made[f"{FOLDERS[layer]}/waiver{index}.yaml"] = laying.document("Waiver", f"w{index}", spec)
    made = {name.replace(folder, renamed): text for name, text in made.items()}
    made["group/tree.yaml"] = laying.tree(rows)
    after = answers(laying.laid(made), [new if one == scope else one for one in CHAINS])
    assert {(day, new if one == scope else one, leaf): told for (day, one, leaf), told in before.items()} == after


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 9), min_size=1),
    st.dictionaries(
        st.sampled_from(BELOW), st.dictionaries(st.sampled_from("abc"), st.one_of(st.integers(0, 9), st.none()), min_size=1)
    ),
    st.one_of(st.none(), st.sampled_from(["region", "market", "branch"])),
)
def test_l26_the_members_of_an_atomic_set_come_from_one_layer_at_every_scope(
    base: dict[str, int], theirs: dict[str, Any], who: str | None
) -> None:
    rule = {"paths": ["spec"], "mode": "default", "override": {"scopes": [who] if who else []}}
    lock = {"ref": "Metric:m", "rules": [rule], "atomic": [["spec.a", "spec.b"]]}
    made = {"group/tree.yaml": laying.tree(ROWS), "group/lock.yaml": laying.document("Lock", "l", lock)}
    made["group/m.yaml"] = laying.document("Metric", "m", base)
    made.update({f"{FOLDERS[scope]}/m.yaml": laying.document("Metric", "m", spec) for scope, spec in theirs.items()})
    model = laying.laid(made).model(ASKED[0])
    for scope in CHAINS:
        fold = model.fold(M, scope)
        below = {leaf: next((s.layer for s in reversed(fold.steps) if s.effective and s.segments == ("spec", leaf)), "group")
                 for leaf in "ab"}  # fmt: skip
        assert below["a"] == below["b"]


local_worlds = st.fixed_dictionaries(
    {
        "base": specs,
        "specs": st.dictionaries(st.sampled_from(["branch/x", "region/n", "market/b", "branch/y"]), specs, max_size=3),
        "named": st.sampled_from(["market/a/m", "market/a/m", "m"]),
        "locks": st.lists(
            st.tuples(
                st.sampled_from(["group", "region/n", "market/a", "market/a", "branch/x"]),
                st.sampled_from(["Metric:market/a/m", "Metric:market/a/m", "Metric:m", "Metric:*", "Metric:**"]),
                worlds_.rules,
            ),
            max_size=3,
        ),
    }
)


@given(local_worlds)
def test_l27_promotion_changes_no_value_in_the_market_that_the_idea_came_from(world: dict[str, Any]) -> None:
    made = {"group/tree.yaml": laying.tree(ROWS), "markets/a/m.yaml": laying.document("Metric", "market/a/m", world["base"])}
    for scope, spec in world["specs"].items():
        made[f"{FOLDERS[scope]}/m.yaml"] = laying.document("Metric", world["named"], spec)
    for index, (holder, target, rule) in enumerate(world["locks"]):
        lock = {"ref": target, "rules": [rule]}
        made[f"{FOLDERS[holder]}/lock{index}.yaml"] = laying.document("Lock", f"l{index}", lock)
    before = laying.laid(made)
    try:
        after = promote(before, "Metric:market/a/m").after
    except CharterError as error:
        assert error.code == "MOD047"
        event("refused")
        return
    event("promoted")
    assert [str(ref) for ref in after.index.refs() if ref.name == "m"] == ["Metric:m"]
    for day in ASKED:
        for scope in ("market/a", "branch/x"):
            for leaf in LEAVES:
                was = before.model(day).resolve("Metric:market/a/m", f"spec.{leaf}", scope).value
                assert after.model(day).resolve("Metric:m", f"spec.{leaf}", scope).value == was


@given(worlds, st.data())
def test_l27_promotion_of_an_override_keeps_the_values_of_who_wrote_it(world: dict[str, Any], data: Any) -> None:
    written = [(scope, leaf) for scope, spec in world["specs"].items() if scope != "group" for leaf in spec]
    assume(written)
    scope, leaf = data.draw(st.sampled_from(written))
    opened = {"paths": ["spec"], "mode": "default", "override": {"scopes": []}}
    below = [(holder, rule) for holder, rule in world["locks"] if holder != "group"]
    world = {**world, "locks": [("group", opened), *below]}
    before = laid(world)
    try:
        done = promote_override(before, M, scope, f"spec.{leaf}")
    except CharterError as error:
        assert error.code == "MOD047"
        event("refused")
        return
    event("promoted")
    below = [where for where, line in CHAINS.items() if scope in line]
    assert values(before, below) == values(done.after, below)
    was, now = values(before), values(done.after)
    changed = {(key[1], f"spec.{key[2]}") for key in was if was[key] != now[key]}
    assert changed <= {(change.scope, change.path) for change in done.plan.changes}


@given(worlds, st.sampled_from(list(CHAINS)), st.sampled_from(LEAVES), st.integers(0, 9))
def test_l31_a_dated_value_of_one_entry_leaves_no_trace_outside_its_days(
    world: dict[str, Any], scope: str, leaf: str, value: int
) -> None:
    outside = [date(2024, 6, 1), date(2024, 12, 31), date(2025, 7, 1), date(2026, 2, 1)]
    spec = {name: said for name, said in world["specs"].get(scope, {}).items() if name != leaf}
    entry = [{"from": "2025-01-01", "to": "2025-07-01", "value": value}]
    without, dated = ({**world, "specs": {**world["specs"], scope: one}} for one in (spec, {**spec, leaf: entry}))
    assert answers(laid(without), days=outside) == answers(laid(dated), days=outside)


@given(worlds)
def test_l32_a_scope_answers_as_the_lowest_layer_of_its_chain_with_a_document_does(world: dict[str, Any]) -> None:
    found = answers(laid(world))
    for (day, scope, leaf), (value, state, _) in found.items():
        lowest = next(layer for layer in reversed(CHAINS[scope]) if layer in world["specs"])
        assert (value, state) == found[day, lowest, leaf][:2]
