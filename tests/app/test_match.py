"""Matching as a use case: searched once, decided, undone without loss, derived again after a kill, read through by numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.matching.customers import Customer, generate
from tests.matching.group import AT, Group

from charter.app.apply import apply
from charter.app.check import check
from charter.app.close import close
from charter.app.match import crosswalk, find, found_pairs
from charter.app.match_review import decide, queue, show, undo
from charter.app.number import number
from charter.errors import CharterError
from charter.performance.closing.closed_cube import recount
from charter.performance.closing.store import closings
from charter.performance.figure import Figure
from charter.performance.worklist import worklist
from charter.values.period import Period
from charter.warehouse.lake import grain_violations

BERLIN = Customer(
    "k1", "erp", "Müller Bau GmbH", "Hauptstraße 12", "10115", "Berlin", "DE", "DE811907980", "+49 30 1234567", "info@mueller-bau.de",
    scope="branch/berlin",
)  # fmt: skip
AGAIN = replace(BERLIN, key="k2", name="MUELLER BAU G.M.B.H.", tax_id=None)
# The same firm at a number that is one digit off: probable, and not for a machine to decide.
LIKELY = replace(BERLIN, key="k3", street="Hauptstr. 17", scope=None)
OTHER = Customer("k4", "erp", "Nordlicht AB", "Storgatan 1", "11122", "Stockholm", "SE", "SE556677889901", None, None)


@pytest.fixture
def group(tmp_path: Path) -> Group:
    made = Group(tmp_path / "group")
    orders = [
        ("o1", "k1", "2026-08-03", "100.00", "C1"), ("o2", "k2", "2026-08-04", "50.00", "C4"), ("o3", "k3", "2026-08-05", "7.00", "C4"),
        ("o4", "k4", "2026-08-05", "7.00", "C4"), ("o5", "k2", "2026-08-06", "1.00", "C4"), ("o6", "k2", "2026-08-07", "1.00", "C4"),
    ]  # fmt: skip
    made.deliver([*generate(2, 300, 0.0).customers, BERLIN, AGAIN, LIKELY, OTHER], orders)
    return made


def mine(group: Group) -> dict[str, str]:
    return {f"{one.left} {one.right}": one.status for one in found_pairs(group.project) if one.left.startswith("k")}


def test_a_search_accepts_queues_and_says_the_second_time_that_nothing_is_new(group: Group) -> None:
    first = find(group.project, moment=AT)
    assert first[0].in_words() == "304 accounts: 2 to review (2 new), 1 pair accepted (1 new); 2 are 1"
    assert first[1].in_words() == "no item is known"
    assert mine(group) == {"k1 k2": "automatic", "k1 k3": "review", "k2 k3": "review"}
    assert crosswalk(group.project) == {"k1": "k1", "k2": "k1"}
    with group.project.reading() as lake:
        before = lake.snapshot()
    again = find(group.project, moment=AT + timedelta(days=1))
    assert again[0].in_words() == "304 accounts: nothing new since the last time (2 to review)"
    with group.project.reading() as lake:
        assert lake.snapshot() == before
    group.deliver([replace(OTHER, key="k5", name="NORDLICHT AB")])
    assert find(group.project, moment=AT)[0].in_words() == "305 accounts: 2 to review (0 new), 2 pairs accepted (1 new); 4 are 2"


def test_the_queue_is_the_dearest_first_and_of_a_scope_where_asked(group: Group) -> None:
    find(group.project, moment=AT)
    told = [(row.pair.left, row.pair.right, f"{row.value:.2f}", row.currency) for row in queue(group.project)]
    assert told == [("k1", "k3", "107.00", "EUR"), ("k2", "k3", "59.00", "EUR")]
    assert len(queue(group.project, at="branch/berlin")) == 2
    assert {row.pair.status for row in queue(group.project, everything=True)} == {"automatic", "review"}


def test_deciding_merges_and_undoing_restores_what_was(group: Group) -> None:
    find(group.project, moment=AT)
    before = crosswalk(group.project)
    facts = decide(group.project, "k3", "k1", same=True, reason="phoned them", moment=AT)
    assert (facts.pair.status, facts.identity, [one.what for one in facts.history]) == ("decided same", ("k1", "k1"), ["same"])
    assert crosswalk(group.project) == {"k1": "k1", "k2": "k1", "k3": "k1"}
    assert mine(group) == {"k1 k2": "automatic", "k1 k3": "decided same", "k2 k3": "implied"}
    undo(group.project, "k1", "k3", reason="another branch", moment=AT)
    assert crosswalk(group.project) == before
    decide(group.project, "k1", "k2", same=False, reason="two firms", moment=AT)
    assert crosswalk(group.project) == {}
    undo(group.project, "k1", "k2", reason="one after all", moment=AT)
    assert crosswalk(group.project) == before
    assert [one.what for one in show(group.project, "k1", "k2").history] == ["different", "undone"]


def refused(call, *arguments: object, **named: object) -> CharterError:
    with pytest.raises(CharterError) as told:
        call(*arguments, **named)
    return told.value


def test_what_cannot_be_decided_is_refused_with_what_to_do(group: Group) -> None:
    project = group.project
    assert refused(found_pairs, project).code == "MAT009"
    assert refused(find, project, kinds=("person",)).code == "APP064"
    find(project, moment=AT)
    unknown = refused(decide, project, "k1", "k33", same=True, reason="x")
    assert (unknown.code, unknown.hint) == ("MAT003", "did you mean k3?")
    assert refused(decide, project, "k1", "k1", same=True, reason="x").code == "MAT007"
    assert refused(decide, project, "k1", "k3", same=True, reason=" ").code == "MAT008"
    assert refused(undo, project, "k1", "k2", reason="x").code == "MAT006"
    decide(project, "k1", "k3", same=True, reason="phoned them", moment=AT)
    assert "phoned them" in refused(decide, project, "k3", "k1", same=False, reason="x").message
    decide(project, "k3", "k4", same=True, reason="one owner", moment=AT)
    before = crosswalk(project)
    contradiction = refused(decide, project, "k1", "k4", same=False, reason="two firms", moment=AT)
    assert contradiction.code == "MAT005"
    assert [contradiction.message.index(word) for word in ("k1 is k3", "k3 is k4", "but k1 is not k4")] == sorted(
        contradiction.message.index(word) for word in ("k1 is k3", "k3 is k4", "but k1 is not k4")
    )
    assert crosswalk(project) == before
    assert len(show(project, "k1", "k4").history) == 0


def test_a_kill_between_decision_and_crosswalk_loses_neither(group: Group) -> None:
    find(group.project, moment=AT)
    child = (
        "import sys; from pathlib import Path; from charter.app.project import open_project; from charter.app import match_review as m; "
        "from charter.warehouse import opening; plain = opening.open_writer; "
        "opening.open_writer = lambda *a, **k: plain(*a, **k, kill_at='decided'); "
        "m.decide(open_project(Path(sys.argv[1])), 'k1', 'k3', same=True, reason='phoned them')"
    )
    done = subprocess.run([sys.executable, "-c", child, str(group.folder)], env=dict(os.environ), capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    assert crosswalk(group.project) == {"k1": "k1", "k2": "k1"}
    assert mine(group)["k1 k3"] == "decided same"
    find(group.project, moment=AT)
    assert crosswalk(group.project) == {"k1": "k1", "k2": "k1", "k3": "k1"}


def counted(group: Group) -> None:
    (group.folder / "group" / "metrics" / "digital-customer-share.yaml").write_text(
        "apiVersion: charter/v1\nkind: Metric\nmetadata: {name: digital-customer-share, title: x}\nspec: {standard: digital-customer-share@1}\n"
    )


def test_a_closed_month_keeps_the_customers_that_it_was_closed_by(group: Group) -> None:
    counted(group)
    group.deliver([], [("o9", "k1", "2026-08-04", "1.00", "C1")])
    find(group.project, moment=AT)
    apply(group.project, at=AT)
    close(group.project, "2026-08", only=["digital-customer-share"], at=AT + timedelta(days=60))
    decide(group.project, "k1", "k2", same=False, reason="two firms", moment=AT)
    answer = number(group.project, "digital-customer-share", "group", "2026-08")
    assert (answer.number.figure.numerator, answer.number.figure.denominator) == (1, 3)
    today = number(group.project, "digital-customer-share", "group", "2026-08", restated=True)
    assert (today.number.figure.numerator, today.number.figure.denominator) == (1, 4)
    with group.project.reading() as lake:
        (act,) = closings(lake)
        again = list(recount(lake, act))
        assert [one for one in again if one.closed.value != one.again.value or one.closed.n != one.again.n] == []
        assert len(again) >= 1
        assert grain_violations(lake, "closed_member") == 0


def test_customers_are_counted_and_not_account_numbers(group: Group) -> None:
    def told() -> tuple[Figure, list[tuple[str, int, int]]]:
        answer = number(group.project, "digital-customer-share", "group", "2026-08")
        with group.project.reading() as lake:
            rows = worklist(lake, "group", Period.parse("2026-08"))
        return answer.number.figure, [(row.account, row.manual_orders, row.digital_orders) for row in rows]

    counted(group)
    group.deliver([], [("o9", "k1", "2026-08-09", "1.00", "C1")])
    before, alone = told()
    assert alone == [("k2", 3, 0)]
    find(group.project, moment=AT)
    after, together = told()
    assert together == [("k1", 3, 2)]
    assert (before.numerator, before.denominator) == (1, 4)
    assert (after.numerator, after.denominator) == (1, 3)
    decide(group.project, "k1", "k2", same=False, reason="two firms", moment=AT)
    assert told() == (before, alone)


def test_documents_that_nothing_reads_and_columns_that_there_are_not_are_found(group: Group) -> None:
    head = "apiVersion: charter/v1\nkind: Matching\nmetadata: {name: %s}\nspec: {exactKeys: [[%s]]}\n"
    (group.folder / "group" / "matching.yaml").write_text(head % ("accounts", "taxx") + "---\n" + head % ("customers", "tax"))
    told = {one.code: (one.message, one.hint) for one in check(group.project, AT.date()) if one.code.startswith("MAT")}
    assert told["MAT002"] == ("taxx is no column by which an account is compared", "did you mean tax?")
    assert "customers is read by nothing" in told["MAT001"][0]


def test_the_weights_of_a_pair_add_up_to_its_own(group: Group) -> None:
    find(group.project, moment=AT)
    told = show(group.project, "k1", "k3").as_dict()
    assert told["before_looking"] < 0 < told["weight"]
    assert told["before_looking"] + sum(one["weight"] for one in told["steps"]) == pytest.approx(
        told["weight"], abs=Decimal("0.02")
    )


def test_an_exact_key_that_is_no_column_is_refused_before_anything_is_searched(group: Group) -> None:
    head = "apiVersion: charter/v1\nkind: Matching\nmetadata: {name: accounts}\nspec: {exactKeys: [['%s']]}\n"
    for told in ("taxid", "(SELECT content FROM read_text(''/etc/hostname''))"):
        (group.folder / "group" / "matching.yaml").write_text(head % told)
        assert refused(find, group.project, moment=AT).code == "MAT002"
    with pytest.raises(CharterError) as none:
        show(group.project, "k1", "k2")
    assert none.value.code == "MAT009"


def test_a_decision_that_was_taken_during_a_search_holds_in_its_crosswalk(group: Group) -> None:
    find(group.project, moment=AT)
    group.deliver([replace(OTHER, key="k5", name="NORDLICHT AB")])
    decided: list[str] = []

    def meanwhile(stage: str, *_: object) -> None:
        if "derive" in stage and not decided:
            decided.append(stage)
            decide(group.project, "k1", "k2", same=False, reason="two firms", moment=AT)

    find(group.project, moment=AT, advance=meanwhile)
    assert decided
    assert "k1" not in crosswalk(group.project)
    assert mine(group)["k1 k2"] == "decided different"
