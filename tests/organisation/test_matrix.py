"""Who answers: the nearest scope that says so, on its days, by a person who is there and took it on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from charter.app.check import check
from charter.app.init import init
from charter.app.ownership import accept_ownership, owners_at
from charter.app.project import Project, open_project
from charter.errors import UsageError

DAY = date(2026, 6, 1)
DOR, COUNT = "Metric:digital-order-ratio", "Metric:order-count"
HEAD = "object,scope,facet,role,person,from,to\n"
PEOPLE = "person,name,team,function,from,to\nperson/ann,Ann,,digital,2020-01-01,\nperson/bo,Bo,,digital,2020-01-01,2026-03-01\n"
PEOPLE += "person/cy,Cy,,sales,2020-01-01,\n"
Group = Callable[..., Project]


@pytest.fixture
def group(tmp_path: Path) -> Group:
    def made(*rows: str, people: str = PEOPLE, **files: str) -> Project:
        folder = tmp_path / "group-of-the-test"
        init(folder, name="group", currency="EUR", time_zone="Etc/UTC")
        (folder / "group" / "people.csv").write_text(people)
        (folder / "group" / "owners.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows))
        for name, text in files.items():
            place = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_csv", ".csv")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return open_project(folder)

    return made


def who(project: Project, ref: str, scope: str, day: date = DAY) -> str | None:
    (row,) = [row for row in owners_at(project, scope, day) if row.object == ref]
    return row.person


def told(project: Project, code: str, day: date = DAY) -> list[str]:
    return [finding.message for finding in check(project, day) if finding.code == code]


def test_the_nearest_scope_that_names_somebody_has_the_say(group: Group) -> None:
    project = group(f"{DOR},group,*,accountable,person/ann,,", f"{DOR},market/de,*,accountable,person/cy,,")
    scopes = ("group", "market/de", "branch/berlin")
    assert [who(project, DOR, scope) for scope in scopes] == ["person/ann", "person/cy", "person/cy"]
    assert who(project, COUNT, "branch/berlin") is None
    assert told(project, "ORG001") == [f"{COUNT} has nobody accountable at group on 2026-06-01"]


def test_days_are_half_open_and_a_gap_is_a_vacancy(group: Group) -> None:
    project = group(
        f"{DOR},group,*,accountable,person/ann,2026-01-01,2026-02-01", f"{DOR},group,*,accountable,person/cy,2026-03-01,"
    )
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1)]
    assert [who(project, DOR, "group", day) for day in days] == [None, "person/ann", "person/ann", None, None, "person/cy"]
    assert told(project, "ORG002") == []


def test_a_document_in_force_for_a_time_gives_no_ownership_on_other_days(group: Group) -> None:
    given = (
        "apiVersion: charter/v1\nkind: Ownership\nmetadata: {name: interim, validFrom: 2026-04-01, validTo: 2026-05-01}\n"
        f"spec: {{object: '{DOR}', accountable: person/cy, from: 2026-01-01}}\n"
    )
    project = group(group__interim_yaml=given)
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 1)]
    assert [who(project, DOR, "group", day) for day in days] == [None, "person/cy", "person/cy", None]


def test_an_owner_who_left_is_a_vacancy_and_is_told_with_the_day(group: Group) -> None:
    project = group(f"{DOR},group,*,accountable,person/bo,,")
    assert who(project, DOR, "group", date(2026, 2, 28)) == "person/bo"
    assert who(project, DOR, "group", date(2026, 3, 1)) is None
    assert told(project, "ORG003") == [f"person/bo answers for {DOR} at group, and left on 2026-03-01"]


def test_two_accountable_on_one_day_are_none(group: Group) -> None:
    project = group(f"{DOR},group,*,accountable,person/ann,2026-01-01,", f"{DOR},group,*,accountable,person/cy,2026-05-01,")
    assert who(project, DOR, "group", date(2026, 4, 30)) == "person/ann"
    assert who(project, DOR, "group", date(2026, 5, 1)) is None
    (message,) = told(project, "ORG002")
    assert "on 2026-05-01: person/ann, person/cy" in message


def test_a_layer_speaks_for_itself_and_below(group: Group) -> None:
    table = "apiVersion: charter/v1\nkind: OwnershipTable\nmetadata: {name: own}\nspec: {file: own.csv}\n"
    rows = HEAD + f"{DOR},branch/berlin,*,accountable,person/cy,,\n{COUNT},group,*,accountable,person/cy,,\n"
    project = group(markets__de__own_yaml=table, markets__de__own_csv=rows)
    assert who(project, DOR, "branch/berlin") == "person/cy"
    (message,) = told(project, "ORG005")
    assert message == f"accountable of {COUNT} speaks for group, which is not market/de or below it"


@pytest.mark.parametrize(("row", "code"), [
    (f"{DOR},group,*,accountable,person/anne,,", "ORG006"),
    ("Metric:digital-order-ration,group,*,accountable,person/ann,,", "ORG007"),
    (f"{DOR},group,*,owner,person/ann,,", "ORG008"),
    (f"{DOR},group,*,accountable,person/ann,1.1.2026,", "ORG010"),
    (f"{DOR},market/dee,*,accountable,person/ann,,", "ORG011"),
])  # fmt: skip
def test_a_row_that_says_nothing_true_is_told_at_its_line(group: Group, row: str, code: str) -> None:
    project = group(f"{COUNT},group,*,accountable,person/ann,,", row)
    (finding,) = [one for one in check(project, DAY) if one.code == code]
    assert finding.origin is not None and str(finding.origin).startswith("group/owners.csv:3:")
    assert finding.hint


def test_acceptance_is_of_exactly_this_row_by_exactly_this_person(group: Group) -> None:
    project = group(f"{DOR},group,*,accountable,person/ann,2026-01-01,", f"{COUNT},group,*,accountable,person/cy,,")
    assert [row.object for row in owners_at(project, "group", DAY, pending=True)] == [DOR, COUNT]
    with pytest.raises(UsageError) as caught:
        accept_ownership(project, "person/cy", DOR, "group", "*", DAY)
    assert caught.value.code == "ORG009"
    assert "accepts accountable" in accept_ownership(project, "person/ann", DOR, "group", "*", DAY)
    assert "had accepted" in accept_ownership(project, "person/ann", DOR, "group", "*", DAY)
    assert [row.object for row in owners_at(project, "group", DAY, pending=True)] == [COUNT]
    again = group(f"{DOR},group,*,accountable,person/ann,2026-04-01,", f"{COUNT},group,*,accountable,person/cy,,")
    assert [row.object for row in owners_at(again, "group", DAY, pending=True)] == [DOR, COUNT], "a changed row is another one"


@pytest.mark.parametrize(("person", "ref", "scope", "hint"), [
    ("ann", DOR, "group", "did you mean person/ann?"),
    ("person/anm", DOR, "group", "did you mean person/ann?"),
    ("person/ann", DOR.partition(":")[2], "group", f"did you mean {DOR}?"),
    ("person/ann", DOR, "market/de", "person/ann is named at group: give --at"),
    ("person/cy", DOR, "group", "named are person/ann at group"),
])  # fmt: skip
def test_who_may_not_accept_is_told_what_was_meant(group: Group, person: str, ref: str, scope: str, hint: str) -> None:
    project = group(f"{DOR},group,*,accountable,person/ann,2026-01-01,", f"{COUNT},group,*,accountable,person/cy,,")
    with pytest.raises(UsageError) as caught:
        accept_ownership(project, person, ref, scope, "*", DAY)
    assert caught.value.hint == hint


def test_ownership_holds_where_it_stands_and_is_no_layer_of_another(group: Group) -> None:
    one = "apiVersion: charter/v1\nkind: Ownership\nmetadata: {name: dor}\nspec: {object: '%s', accountable: person/%s}\n"
    project = group(group__dor_yaml=one % (DOR, "ann"), markets__de__dor_yaml=one % (DOR, "cy"))
    (message,) = told(project, "MOD010")
    assert message.startswith("Ownership:dor is already declared in ")
