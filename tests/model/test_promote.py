"""Promotion: whole texts before and after, with comments and layout kept, and nothing changed in the market."""

from __future__ import annotations

import importlib.util
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from charter.errors import CharterError
from charter.model.promote import promote, promote_override

_SPEC = importlib.util.spec_from_file_location("laying", Path(__file__).parent / "laying.py")
assert _SPEC and _SPEC.loader
laying = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(laying)

DAY = date(2026, 1, 1)
TREE = laying.tree({"market/se": "group", "market/de": "group", "branch/malmo": "market/se", "branch/kiel": "market/de"})
BASE = """# the share of shelves that are filled in time
apiVersion: charter/v1
kind: Metric
metadata: {name: market/se/shelf-fill, title: Shelf fill}
spec:
  target: 0.90   # agreed with the branches
  unit: share
"""
LOCK = """apiVersion: charter/v1
kind: Lock
metadata: {name: shelf-fill}
spec:
  ref: "Metric:market/se/shelf-fill"
  rules:
    - {paths: [spec.target], mode: bounded, bounds: {min: 0.80}}
"""
LOCAL = {
    "group/tree.yaml": TREE,
    "markets/se/metrics/shelf-fill.yaml": BASE,
    "markets/se/locks.yaml": LOCK,
    "branches/malmo/targets.yaml": laying.document("Metric", "market/se/shelf-fill", {"target": 0.85}),
    "markets/de/shelf-fill.yaml": laying.document("Metric", "market/de/shelf-fill", {"target": 0.5}),
    "markets/se/link.yaml": laying.document("Link", "market/se/l", {"to": "Metric:market/se/shelf-fill"}),
}


def text(promotion: object, name: str) -> str | None:
    content = promotion.files[name]  # type: ignore[attr-defined]
    return None if content is None else content.decode()


def test_a_local_document_goes_to_the_group_with_its_rules_and_what_names_it_is_renamed() -> None:
    done = promote(laying.laid(LOCAL), "Metric:market/se/shelf-fill")
    assert {name: text(done, name) for name in done.files} == {
        "markets/se/metrics/shelf-fill.yaml": None,
        "group/metrics/shelf-fill.yaml": BASE.replace("market/se/shelf-fill", "shelf-fill"),
        "markets/se/locks.yaml": None,
        "group/locks.yaml": LOCK.replace("Metric:market/se/shelf-fill", "Metric:shelf-fill"),
        "branches/malmo/targets.yaml": LOCAL["branches/malmo/targets.yaml"].replace("market/se/shelf-fill", "shelf-fill"),
        "markets/se/link.yaml": LOCAL["markets/se/link.yaml"].replace("Metric:market/se/", "Metric:"),
    }
    assert [str(other) for other in done.others] == ["Metric:market/de/shelf-fill"]
    after = done.after.model(DAY)
    assert [after.resolve("Metric:shelf-fill", "spec.target", scope).value for scope in ("market/se", "branch/malmo")] == [
        Decimal("0.90"), Decimal("0.85"),
    ]  # fmt: skip
    assert [str(one.ref) + " " + one.scope for one in done.plan.changes if one.path == "spec.unit" and one.after] == [
        f"Metric:shelf-fill {scope}" for scope in ("branch/kiel", "branch/malmo", "group", "market/de", "market/se")
    ]


def test_one_document_of_a_file_with_several_leaves_the_others_as_they_are() -> None:
    other = laying.document("Metric", "market/se/other", {"target": 1}) + "\n"
    done = promote(
        laying.laid(
            {"group/tree.yaml": TREE, "markets/se/m.yaml": other + "---\n" + BASE + "--- # last\n" + other.replace("other", "x")}
        ),
        "Metric:market/se/shelf-fill",
    )
    assert text(done, "markets/se/m.yaml") == other + "--- # last\n" + other.replace("other", "x")
    assert text(done, "group/m-shelf-fill.yaml") == "---\n" + BASE.replace("market/se/shelf-fill", "shelf-fill")


def test_a_name_that_the_group_has_and_a_ref_that_is_not_local_are_refused() -> None:
    files = {**LOCAL, "group/own.yaml": laying.document("Metric", "shelf-fill", {"target": 1})}
    with pytest.raises(CharterError) as taken:
        promote(laying.laid(files), "Metric:market/se/shelf-fill")
    assert str(taken.value) == (
        "error MOD047 Metric:market/se/shelf-fill cannot be promoted: the group has Metric:shelf-fill already\n"
        "  hint: give one of the two another name"
    )
    for ref in ("Metric:shelf-fill", "Metric:market/se/nothing", "no ref"):
        with pytest.raises(CharterError, match="it is no local document with a base"):
            promote(laying.laid(files), ref)


def test_a_promotion_that_would_change_the_market_is_refused_and_says_where() -> None:
    lock = laying.document("Lock", "all", {"ref": "Metric:**", "rules": [{"paths": ["spec.target"], "mode": "locked"}]})
    with pytest.raises(CharterError) as changed:
        promote(laying.laid({**LOCAL, "group/lock.yaml": lock}), "Metric:market/se/shelf-fill")
    assert changed.value.message == (
        "Metric:market/se/shelf-fill cannot be promoted: spec.target at market/se from the beginning would be 0.90, and is nothing"
    )


GROUP = """apiVersion: charter/v1
kind: Metric
metadata: {name: dor}
spec:
  # the board's
  target:
    - from: 2025-01-01
      value: 0.30
  unit: share # of orders
  steps: {a: 1}
"""
SE = """apiVersion: charter/v1
kind: Metric
metadata: {name: dor}
spec:
  target: # better
    - {from: 2025-01-01, value: 0.30}
    - {from: 2025-07-01, value: 0.40, reference: board se}
  note: ours
"""
OPEN = laying.document("Lock", "dor", {"ref": "Metric:dor", "rules": [{"paths": ["spec"], "mode": "default"}]})
OVER = {"group/tree.yaml": TREE, "group/dor.yaml": GROUP, "group/lock.yaml": OPEN, "markets/se/dor.yaml": SE}


def test_what_a_market_overrides_becomes_the_bases_and_its_own_line_goes() -> None:
    done = promote_override(laying.laid(OVER), "Metric:dor", "market/se", "spec.target")
    assert {name: text(done, name) for name in done.files} == {
        "group/dor.yaml": GROUP.replace(
            "\n    - from: 2025-01-01\n      value: 0.30\n",
            " [{from: 2025-01-01, value: 0.30}, {from: 2025-07-01, value: 0.40, reference: board se}]\n",
        ),
        "markets/se/dor.yaml": SE[: SE.index("  target")] + "  note: ours\n",
    }
    assert [(one.scope, one.begin, one.before.value, one.after.value) for one in done.plan.changes if one.before and one.after] == [
        (scope, date(2025, 7, 1), Decimal("0.30"), Decimal("0.40")) for scope in ("branch/kiel", "group", "market/de")
    ]
    assert done.after.model(DAY).resolve("Metric:dor", "spec.target", "market/se").presence == "inherited"


def test_a_value_that_the_base_does_not_have_is_added_and_an_override_that_says_nothing_more_is_gone() -> None:
    files = {**OVER, "markets/se/dor.yaml": laying.document("Metric", "dor", {"limits": {"low": 2}})}
    done = promote_override(laying.laid(files), "Metric:dor", "market/se", "spec.limits.low")
    assert {name: text(done, name) for name in done.files} == {
        "group/dor.yaml": GROUP.replace("  # the board's\n  target", "  # the board's\n  limits: {low: 2}\n  target"),
        "markets/se/dor.yaml": None,
    }


@pytest.mark.parametrize(
    ("ref", "scope", "path", "told"),
    [
        ("Metric:dor", "market/se", "spec.unit", "market/se writes no value at spec.unit"),
        ("Metric:dor", "market/de", "spec.target", "market/de has not one override of it, or its home not one base"),
        ("Metric:dor", "group", "spec.target", "group has not one override of it, or its home not one base"),
        ("Metric:drr", "market/se", "spec.target", "market/se has not one override of it, or its home not one base"),
    ],
)
def test_an_override_that_is_not_there_is_refused(ref: str, scope: str, path: str, told: str) -> None:
    with pytest.raises(CharterError) as refused:
        promote_override(laying.laid(OVER), ref, scope, path)
    assert refused.value.message == f"{ref} cannot be promoted: {told}"


def test_an_override_that_another_layer_above_hides_from_the_market_is_refused() -> None:
    files = {
        **OVER, "group/tree.yaml": laying.tree({"region/n": "group", "market/se": "region/n"}),
        "regions/n/dor.yaml": laying.document("Metric", "dor", {"note": "the region's"}),
    }  # fmt: skip
    with pytest.raises(CharterError, match=r"spec\.note at market/se from the beginning would be the region's, and is ours"):
        promote_override(laying.laid(files), "Metric:dor", "market/se", "spec.note")
