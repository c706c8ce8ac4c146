"""What people and machines get wrong: every case is a finding with its place, in time, and never a stack trace."""

from __future__ import annotations

import copy
import importlib.util
import json
import os
import sys
import tempfile
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.app.findings import as_text
from charter.model.check import check
from charter.model.workspace import Workspace

_SPEC = importlib.util.spec_from_file_location("findings", Path(__file__).parent / "test_findings.py")
assert _SPEC and _SPEC.loader
findings = importlib.util.module_from_spec(_SPEC)
sys.modules["findings"] = findings
_SPEC.loader.exec_module(findings)
doc, lock, waiver, told, opened, TREE, GOAL = (
    findings.doc, findings.lock, findings.waiver, findings.told, findings.opened, findings.TREE, findings.GOAL
)  # fmt: skip
TODAY = date(2026, 6, 1)
UNREAD = "\n  hint: answers through this layer are unknown until it is mended\n  layer: group"


def value(workspace: Workspace, path: str, ref: str = "Goal:x") -> Any:
    return workspace.model(TODAY).resolve(ref, path).value


def test_yaml_1_1_eats_no_value_of_commerce(tmp_path: Path) -> None:
    text = doc("Goal", "x", "country: NO", "needed: 00123", "target: 0.10", "terms:", "  off: off", "  sci: 1e3", "  time: 12:30",
               "  day: 2026-01-01", "  octal: 0o17", "  hex: 0x1F", "  under: 1_000", "  tilde: ~", "  yes: y")  # fmt: skip
    workspace = opened(tmp_path, {"group/x.yaml": text})
    assert [as_text(one) for one in check(workspace, TODAY)] == []
    assert (value(workspace, "spec.country"), value(workspace, "spec.needed")) == ("NO", "00123")
    assert str(value(workspace, "spec.target")) == "0.10" and value(workspace, "spec.target") == Decimal("0.1")
    assert value(workspace, "spec.terms") == {
        "off": "off", "sci": "1e3", "time": "12:30", "day": "2026-01-01", "octal": "0o17", "hex": "0x1F", "under": "1_000", "yes": "y",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_changes_nothing_not_even_the_columns(encoding: str, tmp_path: Path) -> None:
    assert told(tmp_path, {"group/x.yaml": doc("Goal", "x", "country: Österreich", "tagret: 1").encode(encoding)})[0].startswith(
        "group/x.yaml:6:11: error MOD002 spec.tagret is not known"
    )


def test_windows_lines_and_an_empty_file_and_one_of_comments_are_read(tmp_path: Path) -> None:
    files = {
        "group/x.yaml": doc("Goal", "x", "target: 1").replace("\n", "\r\n"),
        "group/e.yaml": "",
        "group/c.yaml": "# nothing\n---\n# yet\n",
    }
    assert told(tmp_path, files) == []


def test_a_bomb_of_aliases_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    start = time.perf_counter()
    found = told(tmp_path, {"group/x.yaml": doc("Goal", "x", "terms:", *(f"  {line}" for line in lines))})
    assert time.perf_counter() - start < 5
    assert found == ["group/x.yaml:11:19: error MOD001 cannot read group/x.yaml: it unfolds to more than 200,000 values" + UNREAD]


def test_an_alias_of_itself_is_refused(tmp_path: Path) -> None:
    found = told(tmp_path, {"group/x.yaml": doc("Goal", "x", "terms: &a", "  b: *a")})
    assert [one.split("cannot read")[0] for one in found] == ["group/x.yaml:6:8: error MOD001 "]


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{a: " * 50_000, "- " * 100_000 + "x", "\n".join(" " * n + "a:" for n in range(3000)), "? " * 100_000, "[" * 60 + "]" * 60],
    ids=["lists", "maps", "dashes", "indents", "questions", "sixty"],
)  # fmt: skip
def test_what_is_nested_too_deep_is_refused_at_once(text: str, tmp_path: Path) -> None:
    start = time.perf_counter()
    found = told(tmp_path, {"group/x.yaml": f"apiVersion: charter/v1\nkind: Goal\nmetadata: {{name: x}}\nspec:\n  {text}\n"})
    assert time.perf_counter() - start < 5
    assert len(found) == 1 and "error MOD001 cannot read group/x.yaml: " in found[0]


def test_a_document_of_100_mb_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    opened(tmp_path, {"group/x.yaml": "a: 1\n"})
    with (tmp_path / "group" / "x.yaml").open("r+b") as stream:
        stream.truncate(100 * 1024 * 1024)
    start = time.perf_counter()
    found = told(tmp_path, {})
    assert time.perf_counter() - start < 1
    assert found == [
        "group/x.yaml:1:1: error MOD001 cannot read group/x.yaml: it has 104,857,600 bytes; 5,242,880 are allowed" + UNREAD
    ]


def test_a_table_that_is_too_big_is_refused_without_being_read(tmp_path: Path) -> None:
    opened(tmp_path, {"group/x.yaml": doc("Goal", "x", "file: t.csv"), "group/t.csv": "a\n"})
    with (tmp_path / "group" / "t.csv").open("r+b") as stream:
        stream.truncate(2**33)
    assert told(tmp_path, {}) == [
        "group/x.yaml:5:9: error MOD001 cannot read t.csv: it has 8,589,934,592 bytes; 67,108,864 are allowed" + UNREAD
    ]


def test_links_that_lead_outside_are_refused_and_those_inside_are_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_text(doc("Goal", "secret", "target: 1"))
    (tmp_path / "outside" / "t.csv").write_text("a\n")
    root = tmp_path / "w"
    files = {
        "group/a.yaml": doc("Goal", "a", "file: link.csv"), "group/b.yaml": doc("Goal", "b", "file: good.csv"), "group/t.csv": "a\n",
        "group/deep/x.yaml": doc("Goal", "x", "target: 1"),
    }  # fmt: skip
    opened(root, files)
    (root / "group" / "link.csv").symlink_to(tmp_path / "outside" / "t.csv")
    (root / "group" / "good.csv").symlink_to(root / "group" / "t.csv")
    (root / "group" / "secret.yaml").symlink_to(tmp_path / "outside" / "secret.yaml")
    (root / "group" / "gone.yaml").symlink_to(root / "group" / "nothing.yaml")
    (root / "group" / "more").symlink_to(tmp_path / "outside")
    (root / "group" / "same").symlink_to(root / "group" / "deep")
    hint = "\n  hint: keep the file in the workspace, or declare a root in charter.yaml spec.inputs"
    assert told(root, {}) == [
        f"group/a.yaml:5:9: error MOD041 spec.file leads outside the workspace: link.csv{hint}\n  layer: group",
        "group/gone.yaml:1:1: error MOD001 cannot read group/gone.yaml: No such file or directory" + UNREAD,
        "group/more:1:1: error MOD001 cannot read group/more: a link to a folder is not followed" + UNREAD,
        "group/same:1:1: error MOD001 cannot read group/same: a link to a folder is not followed" + UNREAD,
        f"group/secret.yaml:1:1: error MOD041 the link leads outside the workspace: group/secret.yaml{hint}\n  layer: group",
    ]


def test_a_file_beside_the_folders_of_the_markets_is_nobodys_and_never_the_groups(tmp_path: Path) -> None:
    assert told(tmp_path, {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "markets/se.yaml": doc("Goal", "g", "target: 9")}) == [
        "markets/se.yaml:1:1: error MOD003 folder markets belongs to no scope\n"
        "  hint: put the file into the folder of its scope: markets/<name>/"
    ]


def test_a_named_pipe_is_refused_and_nobody_waits_for_it(tmp_path: Path) -> None:
    opened(tmp_path, {"group/x.yaml": GOAL})
    os.mkfifo(tmp_path / "group" / "p.yaml")
    os.mkfifo(tmp_path / "group" / "p.csv")
    assert told(tmp_path, {"group/t.yaml": doc("Goal", "t", "file: p.csv")}) == [
        "group/p.yaml:1:1: error MOD001 cannot read group/p.yaml: it is no regular file" + UNREAD,
        "group/t.yaml:5:9: error MOD042 p.csv is not there\n  hint: did you mean p.csv?\n  layer: group",
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "",
            "group/s.csv:1:1: error MOD048 group/s.csv lacks the column scope, parent\n  hint: ScopeTable has the columns scope, parent, from, to",
        ),
        (
            "title,parent\na,b\n",
            "group/s.csv:1:1: error MOD048 group/s.csv lacks the column scope\n",
        ),
        ("scope,parent\nMarket SE,group\n", "group/s.csv:2:1: error MOD008 Market SE is not level/name"),
        ("scope,parent\ngroup,group\n", "group/s.csv:2:1: error MOD008 group is not level/name"),
        (
            "scope,parent\nmarket/se,group,x\n",
            "group/s.csv:2:1: error MOD001 cannot read group/s.csv: row 2 has 3 fields; the head has 2",
        ),
        (
            "scope,parent,from\nmarket/se,group,1.1.2020\n",
            "group/s.csv:2:1: error MOD034 from of market/se has 1.1.2020 as a day",
        ),
        ("scope,parent\nmarket/ö,group\n", "group/s.csv:2:1: error MOD008 market/ö is not level/name"),
        ("scope,parent\nmarket/se,Group\n", "group/s.csv:2:1: error MOD005 no scope Group"),
        (
            "scope,parent,from,to\nmarket/se,group,2026-01-01,2025-01-01\n",
            "group/s.csv:2:1: error MOD034 market/se ends on 2025-01-01, not after it begins on 2026-01-01",
        ),
    ],
)
def test_a_table_of_scopes_that_is_wrong_says_where(text: str, wanted: str, tmp_path: Path) -> None:
    found = told(tmp_path, {"group/t.yaml": doc("ScopeTable", "t", "file: s.csv"), "group/s.csv": text})
    assert len(found) == 1 and found[0].startswith(wanted), found


def test_a_table_in_latin_1_says_which_line(tmp_path: Path) -> None:
    table = "scope,parent,title\nmarket/se,group,Sverige\nmarket/at,group,Österreich\n".encode("latin-1")
    found = told(tmp_path, {"group/t.yaml": doc("ScopeTable", "t", "file: s.csv"), "group/s.csv": table})
    assert found[0].startswith(
        "group/s.csv:3:17: error MOD001 cannot read group/s.csv: byte 59 is not UTF-8; save the file as UTF-8"
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("spec: [", "charter.yaml:2:1: error MOD001 cannot read charter.yaml: "),
        ("- a\n", "charter.yaml:1:1: error MOD001 cannot read charter.yaml: it is no document of kind Workspace"),
        ("spec: {currency: euro}\n", "charter.yaml:1:18: error MOD002 spec.currency is euro; Workspace allows "),
        ("spec: {curency: EUR}\n", "charter.yaml:1:17: error MOD002 spec.curency is not known; Workspace allows "),
        (
            "spec: {timeZone: Mars/Olympus}\n",
            "charter.yaml:1:18: error MOD002 spec.timeZone is Mars/Olympus; Workspace allows an IANA",
        ),
        (
            "spec: {waivers: {maxRenewals: -1}}\n",
            "charter.yaml:1:31: error MOD002 spec.waivers.maxRenewals is -1; Workspace allows ",
        ),
    ],
)
def test_settings_that_are_wrong_say_where(text: str, wanted: str, tmp_path: Path) -> None:
    found = told(tmp_path, {"charter.yaml": text})
    assert len(found) == 1 and found[0].startswith(wanted), found


def test_an_unreadable_file_makes_answers_through_its_layer_unknown_not_those_of_others(tmp_path: Path) -> None:
    workspace = opened(
        tmp_path, {"group/tree.yaml": TREE, "group/g.yaml": GOAL, "markets/se/g.yaml": "kind: [", "markets/de/g.yaml": GOAL}
    )
    states = {
        scope: workspace.model(TODAY).resolve("Goal:g", "spec.target", scope).state for scope in ("group", "market/se", "branch/b")
    }
    assert states == {"group": "compliant", "market/se": "unknown", "branch/b": "unknown"}


SOUND = {
    "group/tree.yaml": [{"kind": "ScopeTable", "metadata": {"name": "tree"}, "spec": {"rows": {
        "market/se": "group", "branch/b": [{"from": "2020-01-01", "value": "market/se"}]}, "file": "s.csv"}}],
    "group/s.yaml": [{"kind": "Scope", "metadata": {"name": "market/de"}, "spec": {
        "parent": "group", "title": "x", "attributes": {"a": "b"}}}],
    "group/g.yaml": [{"kind": "Goal", "metadata": {"name": "g", "validFrom": "2020-01-01", "title": "x"}, "spec": {
        "target": [{"from": "2025-01-01", "to": "2026-01-01", "value": "0.3", "reviewBy": "2025-06-01"}], "unit": "share",
        "steps": [{"id": "a", "rate": "1"}], "terms": {"a": {"b": "c"}}, "after": ["Goal:g"], "file": "t.csv"}}],
    "markets/se/g.yaml": [{"kind": "Goal", "metadata": {"name": "g"}, "spec": {
        "target": "0.2", "steps": {"a": {"rate": "2"}, "b": None}, "terms": None, "count": "3"}}],
    "group/l.yaml": [{"kind": "Lock", "metadata": {"name": "l"}, "spec": {"ref": "Goal:g", "atomic": [["spec.unit", "spec.count"]], "rules": [
        {"paths": ["spec.target"], "mode": "bounded", "bounds": {"min": "0.1", "max": "1", "oneOf": ["0.2"], "relative": {"max": "5"}},
         "override": {"scopes": ["market"], "roles": ["r"]}},
        {"paths": ["spec.steps"], "mode": "extendOnly"}]}}],
    "group/w.yaml": [{"kind": "Waiver", "metadata": {"name": "w"}, "spec": {
        "ref": "Goal:g", "path": "spec.target", "scope": "market/se", "within": {"min": "0.1"}, "from": "2026-01-01",
        "expires": "2027-01-01", "requester": "a", "approver": "b", "reason": "c", "renews": "Waiver:v"}}],
    "tests/t.yaml": [{"kind": "ModelTest", "metadata": {"name": "t"}, "spec": {"expect": [
        {"ref": "Goal:g", "path": "spec.target", "at": "market/se", "asOf": "2026-06-01", "value": "0.2", "state": "waived"}]}}],
}  # fmt: skip
JUNK = [None, True, "", "x", "0", "-1", "NaN", "1e999999", "2026-13-45", "../..", "Goal:**", "market/se", "ü" * 200, "[", "spec.a[", "*",
        [], {}, [None], [[]], [{}], ["x"], {"": None}, {"x": {"y": []}}, [{"from": "2026-01-01", "value": "1"}], [{"from": None, "value": {}}]]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(child, (*path, key))
    return found


@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(JUNK)), min_size=1, max_size=3))
def test_whatever_stands_wherever_everything_is_a_finding_and_nothing_a_stack_trace(changes: list[tuple[int, Any]]) -> None:
    from charter.model.testing import run_model_tests

    made = copy.deepcopy(SOUND)
    for number, junk in changes:
        at = places(made)
        path = at[number % len(at)]
        node: Any = made
        for part in path[:-1]:
            node = node[part]
        if len(path) > 2:
            node[path[-1]] = copy.deepcopy(junk)
    with tempfile.TemporaryDirectory() as folder:
        files = {
            name: "\n---\n".join(
                json.dumps({"apiVersion": "charter/v1", **one} if isinstance(one, dict) else one) for one in several
            )
            for name, several in made.items()
        }
        workspace = opened(Path(folder), {**files, "group/t.csv": "a\n1\n", "group/s.csv": "scope,parent\nregion/n,group\n"})
        for finding in check(workspace, TODAY):
            assert "<" not in finding.message.replace("-> ", ""), finding
        run_model_tests(workspace, TODAY)
        assert workspace.manifest.hash


def test_a_large_workspace_that_was_read_before_answers_the_same_and_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    files = {
        f"group/g{n:03}.yaml": doc("Goal", f"g{n}", f"target: {n}", "unit: pieces" if n == 7 else "unit: share") for n in range(250)
    }
    first = told(tmp_path, files)
    assert (tmp_path / ".charter" / "cache" / "parsed.json").is_file()
    assert first == told(tmp_path, {}) and first[0].startswith("group/g007.yaml:6:9: error MOD002 spec.unit is pieces")
    warm = opened(tmp_path, {"group/g008.yaml": doc("Goal", "g8", "# moved", "target: 88")})
    answer = warm.model(TODAY).resolve("Goal:g8", "spec.target")
    assert (answer.value, str(answer.winner.origin)) == (88, "group/g008.yaml:6:11")
    (tmp_path / ".charter" / "cache" / "parsed.json").write_text('{"version": "1", "files": [')
    assert first == told(tmp_path, {"group/g008.yaml": files["group/g008.yaml"]})
