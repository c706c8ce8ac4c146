"""The first lines of tables, time zones, and people who grant: what is misspelt there is told and not passed over."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from charter.app.check import check
from charter.app.findings import as_text
from charter.app.init import init
from charter.app.project import open_project

SCOPES = "scope,parent,from,to,title,time_zone\nmarket/de,group,,,Germany,Europe/Berlin\nbranch/berlin,market/de,,,Berlin,\n"


def told(folder: Path) -> list[str]:
    return [as_text(finding) for finding in check(open_project(folder), date(2024, 6, 1))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init(tmp_path, name="shop", currency="EUR", time_zone="Etc/UTC")
    (tmp_path / "group" / "scopes.csv").write_text(SCOPES)
    assert told(tmp_path) == []
    return tmp_path


@pytest.mark.parametrize(
    ("table", "old", "new", "expected"),
    [
        ("scopes.csv", "parent", "parrent", ["error MOD048 group/scopes.csv lacks the column parent", "warning MOD049 parrent"]),
        ("scopes.csv", "time_zone", "timezone", ["warning MOD049 timezone is no column that ScopeTable reads; it says nothing\n  hint: did you mean time_zone?"]),
        ("scopes.csv", "from", "form", ["warning MOD049 form is no column that ScopeTable reads; it says nothing\n  hint: did you mean from?"]),
        ("scopes.csv", "Europe/Berlin", "Europe/Berln", ["error MOD050 Europe/Berln is no time zone\n  hint: an IANA time zone such as Europe/Berlin is allowed; did you mean Europe/Berlin?"]),
        ("owners.csv", "person", "preson", ["error MOD048 group/owners.csv lacks the column person", "warning MOD049 preson"]),
        ("owners.csv", "scope", "scop", ["warning MOD049 scop is no column that OwnershipTable reads"]),
        ("people.csv", "person", "who", ["error MOD048 group/people.csv lacks the column person", "warning MOD049 who"]),
    ],
)  # fmt: skip
def test_a_misspelt_column_or_zone_is_told(folder: Path, table: str, old: str, new: str, expected: list[str]) -> None:
    place = folder / "group" / table
    place.write_text(place.read_text().replace(old, new, 1))
    found = told(folder)
    assert all(any(one in text for text in found) for one in expected), found


def test_a_waiver_is_granted_by_people_who_exist(folder: Path) -> None:
    (folder / "group" / "waivers.yaml").write_text(
        "apiVersion: charter/v1\nkind: Waiver\nmetadata: {name: w}\nspec: {ref: 'Metric:digital-order-ratio', path: spec.target, scope: market/de, "
        "from: 2024-01-01, expires: 2025-01-01, requester: person/head-of-digital, approver: person/head-of-digitel, reason: r}\n"
    )
    expected = (
        "person/head-of-digitel, who granted Waiver:w, is in no table of people\n  hint: did you mean person/head-of-digital?"
    )
    assert [text for text in told(folder) if expected in text] != []
    assert [text for text in told(folder) if "who asked for" in text] == []


def test_a_folder_whose_name_is_nearly_right_is_told(folder: Path) -> None:
    place = folder / "market" / "de" / "targets.yaml"
    place.parent.mkdir(parents=True)
    place.write_text("apiVersion: charter/v1\n")
    assert [text for text in told(folder) if "MOD051 nothing in market/ is read\n  hint: did you mean markets/?" in text] != []
