"""Each code of the kernel, on a tiny workspace: the whole text of every finding, with its place and its hint."""

from __future__ import annotations

import importlib.util
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from charter.app.findings import as_text
from charter.errors import CharterError
from charter.model import codes
from charter.model.check import check
from charter.model.diff import missing_approvals, plan
from charter.model.kind import Kind, KindRegistry, Spec
from charter.model.kinds import KINDS
from charter.model.workspace import Workspace, open_workspace

_SPEC = importlib.util.spec_from_file_location("laying", Path(__file__).parent / "laying.py")
assert _SPEC and _SPEC.loader
laying = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(laying)


class Step(Spec):
    rate: Decimal = Decimal(0)
    id: str = ""


class GoalSpec(Spec):
    target: Decimal | None = None
    unit: Literal["share", "percent"] | None = None
    country: str | None = None
    count: int | None = None
    on: bool | None = None
    needed: str = Field("x")
    tags: list[str] | None = None
    password: str | None = None
    steps: list[Step] = Field(default_factory=list)
    terms: dict[str, Any] = Field(default_factory=dict)
    after: list[str] = Field(default_factory=list)
    file: str | None = None


class StrictSpec(Spec):
    must: str


REGISTRY = KindRegistry(
    (
        *KINDS,
        Kind("Goal", GoalSpec, "a goal", merge_keys={"spec.steps": "id"}, refs={"spec.after": ("Goal",)}, acyclic=("spec.after",),
             tables=("spec.file",)),
        Kind("Strict", StrictSpec, "needs a value", local=False),
    )
)  # fmt: skip
TODAY = date(2026, 6, 1)


def doc(kind: str, name: str, *lines: str) -> str:
    """A document; its name stands at 3:18, its spec's first field at 5:3."""
    return f"apiVersion: charter/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n" + "".join(f"  {line}\n" for line in lines)


TREE = doc(
    "ScopeTable", "tree", "rows:", "  region/n: group", "  market/se: region/n", "  market/de: group", "  branch/b: market/se"
)
GOAL = doc("Goal", "g", "target: 0.30", "unit: share")


def lock(name: str, *rules: str, ref: str = "Goal:g") -> str:
    return doc("Lock", name, f"ref: {ref}", "rules:", *(f"  - {rule}" for rule in rules))


def waiver(name: str, **more: str) -> str:
    fields = {
        "ref": "Goal:g", "path": "spec.target", "scope": "market/se", "from": "2026-01-01", "expires": "2027-01-01",
        "requester": "person/ann", "approver": "person/bo", "reason": "ERP change", **more,
    }  # fmt: skip
    return doc("Waiver", name, *(f"{key}: {value}" for key, value in fields.items() if value))


def opened(root: Path, files: dict[str, str | bytes]) -> Workspace:
    for name, content in {"charter.yaml": "apiVersion: charter/v1\nkind: Workspace\nmetadata: {name: w}\n", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_workspace(root, REGISTRY)


def told(root: Path, files: dict[str, str | bytes]) -> list[str]:
    return [as_text(finding) for finding in check(opened(root, files), TODAY)]


CASES: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "MOD001 a bracket that is not closed": (
        {"markets/se/g.yaml": "apiVersion: charter/v1\nkind: Goal\nmetadata: {name: g\nspec: {target: 1}\n"},
        ["markets/se/g.yaml:4:5: error MOD001 cannot read markets/se/g.yaml: did not find expected ',' or '}' while parsing a flow mapping\n"
         "  hint: answers through this layer are unknown until it is mended\n  layer: market/se"],
    ),
    "MOD001 a document that is no map": (
        {"group/x.yaml": "- a\n- b\n"},
        ["group/x.yaml:1:1: error MOD001 cannot read group/x.yaml: a document is a map\n"
         "  hint: answers through this layer are unknown until it is mended\n  layer: group"],
    ),
    "MOD001 a key that stands twice": (
        {"group/x.yaml": doc("Goal", "x", "target: 1", "target: 2")},
        ["group/x.yaml:6:3: error MOD001 cannot read group/x.yaml: the key target stands twice in one map\n"
         "  hint: answers through this layer are unknown until it is mended\n  layer: group"],
    ),
    "MOD001 Latin-1": (
        {"group/x.yaml": doc("Goal", "x", "country: Österreich").encode("latin-1")},
        ["group/x.yaml:5:12: error MOD001 cannot read group/x.yaml: byte 71 is not UTF-8; save the file as UTF-8\n"
         "  hint: answers through this layer are unknown until it is mended\n  layer: group"],
    ),
    "MOD002 an unknown kind": (
        {"group/x.yaml": doc("Gaol", "x", "target: 1")},
        ["group/x.yaml:2:7: error MOD002 kind is Gaol; a document allows one of DataContract, Goal, Lock, ModelTest, SLO, Scope, "
         "ScopeTable, Strict, Waiver\n  hint: did you mean Goal?\n  layer: group"],
    ),
    "MOD002 no kind": (
        {"group/x.yaml": "apiVersion: charter/v1\nmetadata: {name: x}\n"},
        ["group/x.yaml:1:1: error MOD002 kind is missing; a document allows one of DataContract, Goal, Lock, ModelTest, SLO, Scope, "
         "ScopeTable, Strict, Waiver\n  hint: see docs/reference/kinds.md\n  layer: group"],
    ),
    "MOD002 what stands within the items of a list: a field, a choice, a field that is missing, an item that is no map": (
        {"group/g.yaml": GOAL, "group/l.yaml": lock("l", "{paths: [spec.target], mode: bounded, min: 1}"),
         "group/m.yaml": lock("m", "{paths: [spec.target], mode: lokced}"), "group/n.yaml": lock("n", "{paths: [spec.target]}"),
         "group/o.yaml": lock("o", "locked"), "group/p.yaml": lock("p", "{paths: [], mode: locked}")},
        ["group/l.yaml:7:50: error MOD002 spec.rules[0].min is not known; Lock allows paths, mode, bounds, override\n"
         "  hint: see docs/reference/kinds.md\n  layer: group",
         "group/m.yaml:7:36: error MOD002 spec.rules[0].mode is lokced; Lock allows locked or bounded or extendOnly or default or "
         "local\n  hint: did you mean locked?\n  layer: group",
         "group/n.yaml:7:7: error MOD002 spec.rules[0].mode is missing; Lock allows locked or bounded or extendOnly or default or "
         "local\n  hint: give it mode\n  layer: group",
         "group/o.yaml:7:7: error MOD002 spec.rules[0] is locked; Lock allows a map with paths, mode, bounds, override\n"
         "  hint: see docs/reference/kinds.md\n  layer: group",
         "group/p.yaml:7:15: error MOD002 spec.rules[0].paths is []; Lock allows at least 1 item\n"
         "  hint: see docs/reference/kinds.md\n  layer: group"],
    ),
    "MOD002 fields that are not known, with the nearest, and a wrong apiVersion": (
        {"group/x.yaml": "apiVersion: charter/v2\nkind: Goal\nmetadata: {name: x, tilte: X}\nspec:\n  tagret: 1\n  steps:\n    - {id: a, rte: 1}\n"},
        ["group/x.yaml:1:13: error MOD002 apiVersion is charter/v2; Goal allows charter/v1\n"
         "  hint: write apiVersion: charter/v1\n  layer: group",
         "group/x.yaml:3:28: error MOD002 metadata.tilte is not known; Goal allows name, title, labels, description, validFrom, validTo\n"
         "  hint: did you mean title?\n  layer: group",
         "group/x.yaml:5:11: error MOD002 spec.tagret is not known; Goal allows target, unit, country, count, on, needed, tags, "
         "password, steps, terms, after, file\n  hint: did you mean target?\n  layer: group",
         "group/x.yaml:7:20: error MOD002 spec.steps[a].rte is not known; Goal allows rate, id\n"
         "  hint: did you mean rate?\n  layer: group"],
    ),
    "MOD002 wrong types, all at once": (
        {"group/x.yaml": doc("Goal", "x", "target: a lot", "unit: pieces", "count: 1.5", "on: yes", "country: true", "tags: one",
                             "steps: [1]", "needed: {a: b}", "terms: 5")},
        ["group/x.yaml:5:11: error MOD002 spec.target is a lot; Goal allows a number\n  hint: see docs/reference/kinds.md\n  layer: group",
         "group/x.yaml:6:9: error MOD002 spec.unit is pieces; Goal allows share or percent\n  hint: did you mean percent?\n  layer: group",
         "group/x.yaml:7:10: error MOD002 spec.count is 1.5; Goal allows a whole number\n  hint: see docs/reference/kinds.md\n  layer: group",
         "group/x.yaml:8:7: error MOD002 spec.on is yes; Goal allows true or false\n  hint: see docs/reference/kinds.md\n  layer: group",
         "group/x.yaml:9:12: error MOD002 spec.country is true; Goal allows text\n  hint: see docs/reference/kinds.md\n  layer: group",
         "group/x.yaml:10:9: error MOD002 spec.tags is one; Goal allows a list\n  hint: see docs/reference/kinds.md\n  layer: group",
         "group/x.yaml:11:11: error MOD002 spec.steps item is 1; Goal allows a map with id\n  hint: give it a id\n  layer: group",
         "group/x.yaml:12:11: error MOD002 spec.needed is {'a': 'b'}; Goal allows text\n  hint: see docs/reference/kinds.md\n  layer: group",
         "group/x.yaml:13:10: error MOD002 spec.terms is 5; Goal allows a map\n  hint: see docs/reference/kinds.md\n  layer: group"],
    ),
    "MOD003 a folder that belongs to no scope": (
        {"group/tree.yaml": TREE, "markets/sweden/x.yaml": doc("Goal", "market/sweden/x", "target: 1")},
        ["markets/sweden/x.yaml:1:1: error MOD003 folder markets/sweden belongs to no scope\n"
         "  hint: did you mean markets/se?\n  layer: market/sweden"],
    ),
    "MOD003 a folder that is misspelt": (
        {"group/tree.yaml": TREE.replace("market/se", "market/sweden"), "markets/swedn/x.yaml": doc("Goal", "market/swedn/x", "target: 1")},
        ["markets/swedn/x.yaml:1:1: error MOD003 folder markets/swedn belongs to no scope\n"
         "  hint: did you mean markets/sweden?\n  layer: market/swedn"],
    ),
    "MOD004 a market that declares a scope": (
        {"group/tree.yaml": TREE, "markets/se/own.yaml": doc("Scope", "branch/mine", "parent: market/se")},
        ["markets/se/own.yaml:3:18: error MOD004 branch/mine is declared in market/se; only the group declares scopes\n"
         "  hint: move the row to group/\n  layer: market/se"],
    ),
    "MOD005 a parent that is not declared": (
        {"group/s.yaml": doc("Scope", "branch/b", "parent: market/sw"), "group/t.yaml": doc("Scope", "market/se", "parent: group")},
        ["group/s.yaml:5:11: error MOD005 no scope market/sw\n  hint: did you mean market/se?"],
    ),
    "MOD006 a parent that closes before its child": (
        {"group/s.csv": "scope,parent,from,to\nmarket/se,group,2020-01-01,2026-01-01\nbranch/b,market/se,2021-01-01,\n",
         "group/t.yaml": doc("ScopeTable", "t", "file: s.csv")},
        ["group/s.csv:3:1: error MOD006 market/se is not open on 2026-01-01 (open 2020-01-01 to 2026-01-01)\n"
         "  hint: add a slice, or end the child first"],
    ),
    "MOD007 two parents on one day, and one of no higher level": (
        {"group/s.csv": "scope,parent,from,to\nmarket/se,group,,\nbranch/b,group,2020-01-01,\nbranch/b,market/se,2021-01-01,\nmarket/de,branch/b,,\n",
         "group/t.yaml": doc("ScopeTable", "t", "file: s.csv")},
        ["group/s.csv:4:1: error MOD007 branch/b has two parents on 2021-01-01: group, market/se\n  hint: end the first with `to`",
         "group/s.csv:5:1: error MOD007 market/de has two parents on the beginning: branch/b, a higher level\n"
         "  hint: the parent of a market is of a higher level"],
    ),
    "MOD008 a name that is none": (
        {"group/x.yaml": doc("Goal", "My Goal", "target: 1")},
        ["group/x.yaml:3:18: error MOD008 Goal:My Goal is not Kind:name\n  hint: names are lower case, digits, hyphens\n  layer: group"],
    ),
    "MOD009 one Ref twice in one layer": (
        {"group/a.yaml": GOAL, "group/b.yaml": GOAL},
        ["group/b.yaml:3:18: error MOD009 Goal:g also stands in group/a.yaml:3:18 on every day; neither counts\n"
         "  hint: merge the files, or part them by validFrom and validTo\n  layer: group\n  see: group/a.yaml:3:18"],
    ),
    "MOD009 twice on some days only": (
        {"group/a.yaml": GOAL.replace("name: g", "name: g, validTo: 2026-02-01"),
         "group/b.yaml": GOAL.replace("name: g", "name: g, validFrom: 2026-01-01")},
        ["group/b.yaml:3:18: error MOD009 Goal:g also stands in group/a.yaml:3:18 on 2026-01-01; neither counts\n"
         "  hint: merge the files, or part them by validFrom and validTo\n  layer: group\n  see: group/a.yaml:3:18"],
    ),
    "MOD010 a lock twice": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "group/l.yaml": lock("l", "{paths: [spec.target], mode: default}"),
         "markets/se/l.yaml": lock("l", "{paths: [spec.target], mode: locked}")},
        ["markets/se/l.yaml:3:18: error MOD010 Lock:l is already declared in group/l.yaml:3:18\n"
         "  hint: rename one; a Lock is not overridden, it is narrowed\n  layer: market/se"],
    ),
    "MOD011 a local document of another market": (
        {"group/tree.yaml": TREE, "markets/de/g.yaml": doc("Goal", "market/de/g", "target: 1"),
         "markets/se/g.yaml": doc("Goal", "market/de/g", "target: 2")},
        ["markets/se/g.yaml:3:18: error MOD011 Goal:market/de/g is at home in market/de, which is not above market/se on 2026-06-01\n"
         "  hint: visible at: market/de\n  layer: market/se"],
    ),
    "MOD012 an override of nothing": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL.replace("name: g", "name: goal"),
         "markets/se/g.yaml": doc("Goal", "gaol", "target: 2")},
        ["markets/se/g.yaml:3:18: error MOD012 Goal:gaol has no document in group on 2026-06-01\n"
         "  hint: did you mean Goal:goal? for your own, name it market/se/gaol\n  layer: market/se"],
    ),
    "MOD013 a reference that leads nowhere": (
        {"group/a.yaml": doc("Goal", "fill", "after: [Goal:fll]"), "group/b.yaml": doc("Goal", "b", "after: [Lock:l]")},
        ["group/a.yaml:5:10: error MOD013 spec.after names Goal:fll, which does not exist\n  hint: did you mean Goal:fill?\n  layer: group",
         "group/b.yaml:5:10: error MOD013 spec.after names Lock:l, which does not exist\n  hint: names of Goal are allowed\n  layer: group"],
    ),
    "MOD014 a reference that is not visible": (
        {"group/tree.yaml": TREE, "group/a.yaml": doc("Goal", "a", "after: [Goal:market/de/x]"),
         "markets/de/x.yaml": doc("Goal", "market/de/x", "target: 1")},
        ["group/a.yaml:5:10: error MOD014 spec.after names Goal:market/de/x, not visible at group on 2026-06-01\n"
         "  hint: promote it, or refer to one of your own\n  layer: group"],
    ),
    "MOD015 a value over a map, and a map over a value": (
        {"group/tree.yaml": TREE, "group/g.yaml": doc("Goal", "g", "terms: {a: {x: 1}, b: 2}"),
         "group/l.yaml": lock("l", "{paths: [spec], mode: default}"),
         "markets/se/g.yaml": doc("Goal", "g", "terms: {a: 1, b: {x: 2}}")},
        ["markets/se/g.yaml:5:14: error MOD015 spec.terms.a is a map above, a value here\n  hint: write the same shape\n  layer: market/se",
         "markets/se/g.yaml:5:24: error MOD015 spec.terms.b.x is a value above, a map here\n  hint: write the same shape\n  layer: market/se"],
    ),
    "MOD016 a circle": (
        {"group/a.yaml": doc("Goal", "a", "after: [Goal:b]"), "group/b.yaml": doc("Goal", "b", "after:", "  - Goal:c"),
         "group/c.yaml": doc("Goal", "c", "after: [Goal:a, Goal:d]"), "group/d.yaml": doc("Goal", "d", "target: 1")},
        ["group/a.yaml:5:10: error MOD016 Goal:a -> Goal:b -> Goal:c -> Goal:a\n"
         "  hint: remove one of: group/a.yaml:5:10, group/b.yaml:6:5, group/c.yaml:5:10\n  layer: group\n"
         "  see: group/b.yaml:6:5\n  see: group/c.yaml:5:10"],
    ),
    "MOD017 what results is not whole": (
        {"group/s.yaml": "apiVersion: charter/v1\nkind: Strict\nmetadata: {name: s}\nspec: {}\n"},
        ["group/s.yaml:3:18: error MOD017 at group from 2026-06-01, spec.must is missing\n  hint: set it in group\n  layer: group"],
    ),
    "MOD018 a line that changes nothing": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "markets/se/g.yaml": doc("Goal", "g", "unit: share", "target: 0.3")},
        ["markets/se/g.yaml:5:9: warning MOD018 spec.unit changes nothing: it repeats group's value under its lock\n"
         "  hint: delete the line: it breaks when the value changes\n  layer: market/se",
         "markets/se/g.yaml:6:11: warning MOD018 spec.target changes nothing: it repeats group's value under its lock\n"
         "  hint: delete the line: it breaks when the value changes\n  layer: market/se"],
    ),
    "MOD018 a delete of nothing": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "markets/se/g.yaml": doc("Goal", "g", "count: null")},
        ["markets/se/g.yaml:5:10: warning MOD018 spec.count changes nothing: there is nothing to delete\n"
         "  hint: delete the line\n  layer: market/se"],
    ),
    "MOD020 a write under a lock, written and implicit": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "group/l.yaml": lock("l", "{paths: [spec.unit], mode: locked}"),
         "markets/se/g.yaml": doc("Goal", "g", "target: 0.25", "unit: percent", "count: 3")},
        ["markets/se/g.yaml:5:11: error MOD020 spec.target is locked by group (implicit); 0.25 has no effect, 0.30 stands\n"
         "  hint: ask the owner of group to open it, or for a waiver\n  layer: market/se",
         "markets/se/g.yaml:6:9: error MOD020 spec.unit is locked by group (group/l.yaml:7:16); percent has no effect, share stands\n"
         "  hint: ask the owner of group to open it, or for a waiver\n  layer: market/se",
         "markets/se/g.yaml:7:10: error MOD020 spec.count is locked by group (implicit); 3 has no effect, nothing stands\n"
         "  hint: ask the owner of group to open it, or for a waiver\n  layer: market/se"],
    ),
    "MOD020 a delete of a whole map, of which one part is locked": (
        {"group/tree.yaml": TREE, "group/g.yaml": doc("Goal", "g", "terms: {a: 1, b: 2}"),
         "group/l.yaml": lock("l", "{paths: [spec], mode: default}", "{paths: [spec.terms.b], mode: locked}"),
         "markets/se/g.yaml": doc("Goal", "g", "terms: null")},
        ["markets/se/g.yaml:5:10: error MOD020 spec.terms is locked by group (group/l.yaml:8:16); the delete has no effect, "
         "{a: 1, b: 2} stands\n  hint: ask the owner of group to open it, or for a waiver\n  layer: market/se"],
    ),
    "MOD021 a lock that allows more than the one above": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL,
         "group/l.yaml": lock("l", "{paths: [spec.target], mode: bounded, bounds: {min: 0.30}}"),
         "regions/n/l.yaml": lock("n", "{paths: [spec.target], mode: bounded, bounds: {min: 0.20}}")},
        ["regions/n/l.yaml:7:16: warning MOD021 region/n allows at least 0.20; group allows only at least 0.30\n"
         "  hint: only at least 0.30 holds; write that, or remove the rule\n  layer: region/n"],
    ),
    "MOD022 a value outside the bounds": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL,
         "group/l.yaml": lock("l", "{paths: [spec.target], mode: bounded, bounds: {min: 0.30, max: 0.40}}"),
         "markets/se/g.yaml": doc("Goal", "g", "target: 0.25"), "branches/b/g.yaml": doc("Goal", "g", "target: null")},
        ["branches/b/g.yaml:5:11: error MOD022 spec.target = the delete lies outside at least 0.30 and at most 0.40 of group; 0.30 stands\n"
         "  hint: choose a value in at least 0.30 and at most 0.40, or ask for a waiver\n  layer: branch/b",
         "markets/se/g.yaml:5:11: error MOD022 spec.target = 0.25 lies outside at least 0.30 and at most 0.40 of group; 0.30 stands\n"
         "  hint: choose a value in at least 0.30 and at most 0.40, or ask for a waiver\n  layer: market/se"],
    ),
    "MOD023 a holder that does not keep what it asks": (
        {"group/g.yaml": GOAL, "group/l.yaml": lock("l", "{paths: [spec.target], mode: bounded, bounds: {min: 0.35}}")},
        ["group/l.yaml:7:16: warning MOD023 group has 0.30, and asks others for at least 0.35\n"
         "  hint: change the value or the bounds\n  layer: group"],
    ),
    "MOD024 a holder that sets what it declared local": (
        {"group/g.yaml": GOAL, "group/l.yaml": lock("l", "{paths: [spec.target], mode: local}")},
        ["group/g.yaml:5:11: error MOD024 spec.target is local below group, yet set here\n"
         "  hint: remove the value, or use mode default\n  layer: group"],
    ),
    "MOD025 an item of the holder changed": (
        {"group/tree.yaml": TREE, "group/g.yaml": doc("Goal", "g", "steps: [{id: freight, rate: 3}]"),
         "group/l.yaml": lock("l", "{paths: [spec.steps], mode: extendOnly}"),
         "markets/se/g.yaml": doc("Goal", "g", "steps:", "  freight: {rate: 4}", "  own: {rate: 1}")},
        ["markets/se/g.yaml:6:21: error MOD025 spec.steps[freight] comes from group; it may be added to, not changed\n"
         "  hint: add an item under a key of your own\n  layer: market/se"],
    ),
    "MOD026 half an atomic set": (
        {"group/tree.yaml": TREE, "group/g.yaml": doc("Goal", "g", "count: 1", "target: 2"),
         "group/l.yaml": lock("l", "{paths: [spec], mode: default}") + "  atomic: [[spec.count, spec.target]]\n",
         "markets/se/g.yaml": doc("Goal", "g", "count: 5")},
        ["markets/se/g.yaml:5:10: error MOD026 spec.count, spec.target come together; spec.target is not written or was refused\n"
         "  hint: write all, or none\n  layer: market/se"],
    ),
    "MOD027 a bound that cannot be judged": (
        {"group/tree.yaml": TREE, "group/g.yaml": doc("Goal", "g", "unit: share"),
         "group/l.yaml": lock("l", "{paths: [spec.target], mode: bounded, bounds: {relative: {max: 5}}}"),
         "markets/se/g.yaml": doc("Goal", "g", "target: 5")},
        ["markets/se/g.yaml:5:11: error MOD027 at most 5 from the holder's needs group's value, which is unset on 2026-06-01\n"
         "  hint: set it at group, or use an absolute bound\n  layer: market/se"],
    ),
    "MOD027 a value of another type than the bound": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL,
         "group/l.yaml": lock("l", "{paths: [spec.unit], mode: bounded, bounds: {min: 3}}"),
         "markets/se/g.yaml": doc("Goal", "g", "unit: percent")},
        ["markets/se/g.yaml:5:9: error MOD027 percent is nothing to hold against at least 3\n"
         "  hint: write a value of the type that the bounds of group have\n  layer: market/se"],
    ),
    "MOD028 locks on nothing": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL.replace("name: g", "name: goal"), "group/a.yaml": lock("a", "{paths: [spec], mode: default}", ref="Goal:gaol"),
         "group/b.yaml": lock("b", "{paths: [spec.tagret], mode: default, override: {scopes: [market/sw]}}", ref="Goal:goal")},
        ["group/a.yaml:5:8: warning MOD028 Goal:gaol matches nothing\n  hint: did you mean Goal:goal?\n  layer: group",
         "group/b.yaml:7:16: warning MOD028 market/sw matches nothing\n  hint: did you mean market/se?\n  layer: group",
         "group/b.yaml:7:16: warning MOD028 spec.tagret matches nothing\n  hint: did you mean spec.target?\n  layer: group"],
    ),
    "MOD029 a waiver approved by its requester, and one without an end": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "group/w.yaml": waiver("w", approver="person/ann"),
         "group/x.yaml": waiver("x", expires="")},
        ["group/w.yaml:3:18: error MOD029 person/ann requested and approved Waiver:w\n"
         "  hint: another person must approve; give expires\n  layer: group",
         "group/x.yaml:3:18: error MOD029 Waiver:x has no day in `expires`\n"
         "  hint: give from and expires, as days such as 2027-01-01\n  layer: group"],
    ),
    "MOD030 a market that waives for itself": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "markets/se/g.yaml": doc("Goal", "g", "target: 0.25"),
         "markets/se/w.yaml": waiver("w")},
        ["markets/se/g.yaml:5:11: error MOD020 spec.target is locked by group (implicit); 0.25 has no effect, 0.30 stands\n"
         "  hint: ask the owner of group to open it, or for a waiver\n  layer: market/se",
         "markets/se/w.yaml:3:18: error MOD030 Waiver:w stands in market/se; the lock is held by group\n"
         "  hint: move it to group\n  layer: market/se"],
    ),
    "MOD031 a waiver that has ended": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "markets/se/g.yaml": doc("Goal", "g", "target: 0.25"),
         "group/w.yaml": waiver("w", expires="2026-05-01")},
        ["group/w.yaml:3:18: error MOD031 Waiver:w expired on 2026-05-01; 0.25 has no effect again\n"
         "  hint: mend the value, or renew\n  layer: group\n  see: markets/se/g.yaml:5:11",
         "markets/se/g.yaml:5:11: error MOD020 spec.target is locked by group (implicit); 0.25 has no effect, 0.30 stands\n"
         "  hint: ask the owner of group to open it, or for a waiver\n  layer: market/se"],
    ),
    "MOD032 renewed too often, and in a circle": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "markets/se/g.yaml": doc("Goal", "g", "target: 0.25"),
         **{f"group/w{n}.yaml": waiver(f"w{n}", **{"from": f"202{n + 2}-01-01", "expires": f"202{n + 3}-01-01",
                                                   "renews": f"Waiver:w{n - 1}" if n else ""}) for n in range(5)},
         "group/x.yaml": waiver("x", renews="Waiver:x")},
        ["group/w3.yaml:3:18: error MOD032 Waiver:w3 renews 3 times; 2 allowed\n  hint: change the lock or the value\n  layer: group",
         "group/w4.yaml:3:18: error MOD032 Waiver:w4 renews 4 times; 2 allowed\n  hint: change the lock or the value\n  layer: group",
         "group/x.yaml:3:18: error MOD032 Waiver:x renews itself: Waiver:x -> Waiver:x\n"
         "  hint: change the lock or the value\n  layer: group",
            "markets/se/g.yaml:5:11: error MOD020 spec.target is locked by group (implicit); 0.25 has no effect, 0.30 stands\n"
            "  hint: ask the owner of group to open it, or for a waiver\n  layer: market/se"],
    ),
    "MOD033 a waiver that ends soon, and one that waives nothing": (
        {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "markets/se/g.yaml": doc("Goal", "g", "target: 0.25"),
         "group/v.yaml": waiver("v", scope="market/de"), "group/w.yaml": waiver("w", expires="2026-06-20")},
        ["group/v.yaml:3:18: warning MOD033 Waiver:v waives nothing\n  hint: renew or remove\n  layer: group",
         "group/w.yaml:3:18: warning MOD033 Waiver:w ends in 19 days\n  hint: renew or remove\n  layer: group"],
    ),
    "MOD034 dated values that are broken": (
        {"group/x.yaml": doc("Goal", "x", "target: [{from: 2026-01-01, value: 1}, {from: 2026-01-01, value: 2}]",
                             "count: [{from: 2026-01-01, to: 2025-01-01, value: 1}]", "unit: [{from: soon, value: share}]",
                             "needed: [{from: 2026-01-01, value: a}, {value: b, to: 2027-01-01}]")},
        ["group/x.yaml:5:42: error MOD034 spec.target has two values from 2026-01-01\n  hint: keep one\n  layer: group",
         "group/x.yaml:6:11: error MOD034 spec.count ends on 2025-01-01, not after it begins on 2026-01-01\n  hint: let `to` be after `from`\n  layer: group",
         "group/x.yaml:7:10: error MOD034 spec.unit has soon as a day\n  hint: write days as 2026-01-01\n  layer: group",
         "group/x.yaml:8:42: error MOD034 spec.needed has an entry without `from`\n"
         "  hint: each entry holds from and value, and else only to, reference, reviewBy\n  layer: group"],
    ),
    "MOD035 a value that was to be reviewed": (
        {"group/x.yaml": doc("Goal", "x", "target: [{from: 2025-01-01, value: 1, reviewBy: 2026-01-01}]")},
        ["group/x.yaml:5:38: warning MOD035 spec.target was to be reviewed by 2026-01-01\n"
         "  hint: confirm or change the value, and set a new date\n  layer: group"],
    ),
    "MOD038 a local document of a kind that has none": (
        {"group/tree.yaml": TREE, "markets/se/s.yaml": doc("Strict", "market/se/s", "must: x")},
        ["markets/se/s.yaml:3:18: error MOD038 Strict has no local documents\n"
         "  hint: ask for promotion, or override what is open\n  layer: market/se"],
    ),
    "MOD040 secrets in plain text": (
        {"group/x.yaml": doc("Goal", "x", "password: hunter2", "needed: postgresql://shop:pass@host/db", "terms:", "  api_key: ${KEY}")},
        ["group/x.yaml:5:13: error MOD040 spec.password holds a secret in plain text\n"
         "  hint: name an environment variable: {env: NAME}\n  layer: group",
         "group/x.yaml:6:11: error MOD040 spec.needed holds a secret in plain text\n"
         "  hint: name an environment variable: {env: NAME}\n  layer: group"],
    ),
    "MOD041 tables outside the workspace": (
        {"group/a.yaml": doc("Goal", "a", "file: ../../etc/passwd"), "group/b.yaml": doc("Goal", "b", "file: /etc/passwd"),
         "group/c.yaml": doc("ScopeTable", "c", "file: ../../s.csv")},
        [f"group/{name}.yaml:5:9: error MOD041 spec.file leads outside the workspace: {text}\n"
         f"  hint: keep the file in the workspace, or declare a root in charter.yaml spec.inputs\n  layer: group"
         for name, text in (("a", "../../etc/passwd"), ("b", "/etc/passwd"), ("c", "../../s.csv"))],
    ),
    "MOD042 a table that is not there": (
        {"group/a.yaml": doc("Goal", "a", "file: scopse.csv"), "group/scopes.csv": "a,b\n"},
        ["group/a.yaml:5:9: error MOD042 scopse.csv is not there\n  hint: did you mean scopes.csv?\n  layer: group"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_whole_text_of(name: str, tmp_path: Path) -> None:
    files, wanted = CASES[name]
    assert told(tmp_path, files) == wanted


def test_mod036_no_revision_by_an_instant_is_told_with_the_first(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from charter.model.revision import Revisions

    with pytest.raises(CharterError) as error:
        Revisions(tmp_path).known_at(datetime(2020, 1, 1, tzinfo=UTC))
    assert str(error.value) == (
        "error MOD036 no revision by 2020-01-01T00:00:00Z (first: nothing was applied yet)\n"
        "  hint: ask for a later time; `charter doctor` checks the log"
    )


def test_mod037_a_kind_whose_items_could_pass_for_dated_values_is_refused_when_it_registers() -> None:
    class Row(Spec):
        from_: str = Field(alias="from")
        value: str

    class Bad(Spec):
        rows: list[Row]

    with pytest.raises(CharterError) as error:
        KindRegistry((Kind("Bad", Bad, "bad"),))
    assert str(error.value) == "error MOD037 Bad.spec.rows has items with from and value\n  hint: rename a field of the item"


def test_mod039_a_changed_write_needs_the_approval_of_a_role(tmp_path: Path) -> None:
    rule = "{paths: [spec.target], mode: default, override: {roles: [pricing, board]}}"
    files: dict[str, Any] = {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "group/l.yaml": lock("l", rule)}
    before = opened(tmp_path / "a", files)
    after = opened(tmp_path / "b", {**files, "markets/se/g.yaml": doc("Goal", "g", "target: 0.4")})
    planned = plan(before, after)
    assert [as_text(finding) for finding in missing_approvals(planned.needs, ["sales"])] == [
        "markets/se/g.yaml:5:11: error MOD039 spec.target needs the approval of pricing or board\n"
        "  hint: `charter apply --as pricing`\n  layer: market/se"
    ]
    assert missing_approvals(planned.needs, ["board"]) == missing_approvals(plan(after, after).needs, []) == ()


@pytest.mark.parametrize(
    ("ref", "path", "scope", "wanted"),
    [
        ("Goal:g", "spec.tagret", "group", "error MOD043 Goal:g has no spec.tagret\n  hint: did you mean spec.target?"),
        ("Goal:gg", "spec.target", "group", "error MOD044 Goal:gg does not exist\n  hint: did you mean Goal:g?"),
        ("no ref", "spec.target", "group", "error MOD008 no ref is not Kind:name\n  hint: names are lower case, digits, hyphens"),
        ("Goal:g", "spec.target", "market/sw", "error MOD005 no scope market/sw\n  hint: did you mean market/se?"),
        ("Goal:market/de/own", "spec.target", "market/se",
         "error MOD011 Goal:market/de/own is at home in market/de, which is not above market/se on 2026-06-01\n  hint: visible at: market/de"),
    ],
)  # fmt: skip
def test_a_call_that_is_wrong_is_an_error_with_the_nearest(ref: str, path: str, scope: str, wanted: str, tmp_path: Path) -> None:
    own = doc("Goal", "market/de/own", "target: 1")
    workspace = opened(tmp_path, {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "markets/de/own.yaml": own})
    with pytest.raises(CharterError) as error:
        workspace.model(TODAY).resolve(ref, path, scope)
    assert str(error.value) == wanted


def test_every_code_of_the_kernel_is_in_a_test() -> None:
    here = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [code.code for code in codes.CODES if here.count(code.code) == 0] == []


def test_a_write_that_only_another_day_refuses_is_an_error_ahead_and_a_warning_behind(tmp_path: Path) -> None:
    """The bound is at least 0.30 from 2026 on; today is 2026-06-01 (ADR 6)."""
    goal = "\n".join((
        "apiVersion: charter/v1", "kind: Goal", "metadata: {name: g}", "spec:", "  target:",
        "    - {from: 2026-01-01, to: 2026-03-01, value: 0.10}",
        "    - {from: 2026-03-01, to: 2026-09-01, value: 0.40}",
        "    - {from: 2026-09-01, value: 0.20}", "",
    ))  # fmt: skip
    bound = lock("l", "{paths: [spec.target], mode: bounded, bounds: {min: 0.30}}")
    found = check(opened(tmp_path, {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "group/l.yaml": bound,
                                    "markets/se/g.yaml": goal}), TODAY)  # fmt: skip
    told = [(str(one.origin), str(one.severity), one.code, one.message.rpartition("(")[2]) for one in found]
    assert told == [
        ("markets/se/g.yaml:6:49", "warning", "MOD022", "on 2026-01-01)"),
        ("markets/se/g.yaml:8:33", "error", "MOD022", "on 2026-09-01)"),
    ]


def test_the_address_of_a_database_stands_in_the_environment_and_not_in_the_settings(tmp_path: Path) -> None:
    settings = "apiVersion: charter/v1\nkind: Workspace\nmetadata: {name: w}\nspec:\n  store:\n    state: postgresql://db/charter\n"
    found = [as_text(one) for one in opened(tmp_path, {"charter.yaml": settings}).findings if one.code == "MOD052"]
    assert len(found) == 1
    assert found[0].startswith("charter.yaml:6:12: error MOD052 spec.store.state")
