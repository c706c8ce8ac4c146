"""The rules of tasks: what a look adds to their history, and what the history makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from charter.tasks.rules import (
    COMMENTED,
    HANDED,
    KINDS,
    REOPENED,
    RESOLVED,
    STATES,
    SYSTEM,
    Condition,
    Event,
    Task,
    derive,
    fold,
    id_of,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def held(*batches: str, person: str | None = "person/anna") -> Condition:
    what = f"{len(batches)} batches"
    return Condition("contract", ("held", "erp", "orders", "site"), "market/de", what, frozenset(batches), person, "her process")


class History:
    """Events as they are written one after the other, as a person would see them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at = AT

    @property
    def tasks(self) -> dict[str, Task]:
        return fold(self.events)

    @property
    def only(self) -> Task:
        (one,) = self.tasks.values()
        return one

    def look(self, *conditions: Condition, kinds: frozenset[str] = frozenset(KINDS), gone: tuple[str, ...] = ()) -> list[str]:
        self.at += DAY
        added = derive(self.tasks, conditions, kinds, self.at, lambda who: who not in gone)
        self.events += added
        return [one.what for one in added]

    def act(self, what: str, text: str = "", person: str | None = None) -> None:
        self.at += DAY
        one = self.only
        self.events.append(Event(one.id, len(one.events) + 1, what, self.at, "me (unauthenticated)", text, person))


def test_a_condition_opens_one_task_and_a_second_look_adds_nothing() -> None:
    story = History()
    assert story.look(held("b1")) == ["opened"]
    assert story.look(held("b1")) == []
    assert (story.only.person, story.only.via, story.only.is_open) == ("person/anna", "her process", True)


def test_a_condition_that_is_gone_resolves_its_task_and_one_that_comes_back_opens_the_same_again() -> None:
    story = History()
    story.look(held("b1"))
    assert story.look() == ["resolved"]
    assert (story.only.resolved_by, story.only.done) == (SYSTEM, "nothing of it is held or refused any more")
    assert story.look() == []
    assert story.look(held("b1")) == ["reopened"]
    assert [one.what for one in story.only.events] == ["opened", "resolved", "reopened"]


def test_what_a_person_resolved_stays_so_while_the_same_evidence_stands_and_opens_with_more_of_it() -> None:
    story = History()
    story.look(held("b1", "b2"))
    story.act(RESOLVED, "asked the supplier")
    assert story.look(held("b1", "b2")) == []
    assert story.look(held("b2")) == [], "less of the same is nothing new"
    assert story.look(held("b2", "b3")) == ["reopened"]
    assert story.only.what == "2 batches"


def test_what_ended_after_a_person_resolved_it_is_confirmed_once_and_opens_when_it_comes_back() -> None:
    story = History()
    story.look(held("b1"))
    story.act(RESOLVED, "mended")
    assert story.look() == ["confirmed"]
    assert story.look() == []
    assert story.only.resolved_by == "me (unauthenticated)"
    assert story.look(held("b1")) == ["reopened"]


def test_what_could_not_be_looked_at_is_left_as_it_is() -> None:
    story = History()
    story.look(held("b1"))
    assert story.look(kinds=frozenset({"vacancy"})) == []
    assert story.only.is_open


def test_what_a_person_reopened_a_person_resolves() -> None:
    story = History()
    story.look(held("b1"))
    story.look()
    story.act(REOPENED, "it was not mended at all")
    assert story.look() == []
    story.act(RESOLVED, "now it is")
    assert not story.only.is_open


def test_a_missed_month_waits_for_a_person_and_says_when_it_is_no_longer_missed() -> None:
    missed = Condition("breach", ("dor", "group", "2026-01"), "group", "38 % missed 40 %", frozenset({"d1 0.4"}), "person/anna")
    story = History()
    story.look(missed)
    assert story.look() == [], "the month left the window"
    assert story.look(replace(missed, what="41 % is now met", holds=False)) == ["told"]
    assert (story.only.is_open, story.only.what) == (True, "41 % is now met")
    story.act(RESOLVED, "late orders came")
    assert story.look(missed) == []
    assert story.look(replace(missed, evidence=frozenset({"d1 0.5"}))) == ["reopened"]


def test_a_month_that_met_its_target_opens_nothing() -> None:
    assert History().look(Condition("breach", ("dor", "group", "2026-01"), "group", "met", frozenset({"x"}), holds=False)) == []


def test_a_task_follows_its_owner_until_it_is_handed_over_and_returns_when_that_person_leaves() -> None:
    story = History()
    story.look(held("b1"))
    assert story.look(held("b1", person="person/lars")) == ["routed"]
    story.act(HANDED, "he knows the supplier", "person/bo")
    assert story.look(held("b1", person="person/anna")) == []
    assert (story.only.person, story.only.via) == ("person/bo", "handed over: he knows the supplier")
    assert story.look(held("b1", person="person/anna"), gone=("person/bo",)) == ["routed"]
    assert (story.only.person, story.only.handed_over) == ("person/anna", False)


def test_a_clock_goes_on_within_fourteen_days_and_begins_anew_after() -> None:
    story = History()
    story.look(held("b1"))
    story.look()
    story.at += 12 * DAY
    story.look(held("b1"))
    assert len(story.only.spans) == 2
    story.look()
    story.at += 14 * DAY
    story.look(held("b1"))
    assert story.only.spans == ((story.at, None),)


def test_a_task_is_not_opened_in_the_future_nor_later_than_what_it_rests_on() -> None:
    for since, opened in ((AT - DAY, AT - DAY), (AT + 9 * DAY, AT + DAY), (None, AT + DAY)):
        story = History()
        story.look(replace(held("b1"), since=since))
        assert story.only.opened_at == opened


def test_an_id_is_of_its_parts_and_not_of_how_they_are_joined() -> None:
    assert id_of("contract", "a b", "c") != id_of("contract", "a", "b c")
    assert id_of("breach", "dor", "group", "2026-01") == "813aa6832902"


PEOPLE = st.sampled_from(["person/anna", "person/lars", None])
CONDITIONS = st.builds(
    Condition,
    kind=st.sampled_from(KINDS),
    about=st.tuples(st.sampled_from("abc")),
    scope=st.just("group"),
    what=st.sampled_from(["little", "much"]),
    evidence=st.frozensets(st.sampled_from("xyz"), min_size=1),
    person=PEOPLE,
    via=st.just("as it is"),
    holds=st.just(True),
)
WORLDS = st.lists(CONDITIONS, max_size=8, unique_by=lambda one: one.id)
ACTS = st.sampled_from([COMMENTED, HANDED, RESOLVED, REOPENED])


@given(worlds=st.lists(WORLDS, min_size=1, max_size=5), data=st.data())
def test_any_order_and_any_repetition_of_looks_gives_the_same_tasks(worlds: list[list[Condition]], data: st.DataObject) -> None:
    once, often = History(), History()
    for world in worlds:
        once.look(*world)
        often.at = once.at - DAY
        shuffled = data.draw(st.permutations([*world, *world]))
        often.look(*shuffled)
        for _ in range(data.draw(st.integers(0, 2))):
            assert often.look(*data.draw(st.permutations(world))) == []
            often.at = once.at
        assert often.tasks == once.tasks


@given(worlds=st.lists(WORLDS, min_size=1, max_size=5), kept=st.data())
def test_looks_that_never_happened_lose_no_task_of_a_state(worlds: list[list[Condition]], kept: st.DataObject) -> None:
    """A kill between the commit and the state leaves a look out; the last one makes up for it."""
    whole, broken = History(), History()
    for world in worlds[:-1]:
        whole.look(*world)
        if kept.draw(st.booleans()):
            broken.look(*world)
    whole.look(*worlds[-1])
    broken.look(*worlds[-1])
    waiting = {one.id for one in worlds[-1] if one.kind in STATES}
    for story in (whole, broken):
        assert {one.id for one in story.tasks.values() if one.is_open and one.kind in STATES} == waiting


@given(worlds=st.lists(WORLDS, min_size=1, max_size=6), data=st.data())
def test_whatever_people_do_the_next_look_adds_nothing_twice(worlds: list[list[Condition]], data: st.DataObject) -> None:
    story = History()
    for world in worlds:
        story.look(*world)
        for one in data.draw(st.lists(st.sampled_from(sorted(story.tasks.values(), key=lambda t: t.id) or [None]), max_size=3)):
            if one is not None:
                now = story.tasks[one.id]
                what = data.draw(ACTS)
                if (what == REOPENED) != now.is_open or what == COMMENTED:
                    seq = len(now.events) + 1
                    story.events.append(Event(now.id, seq, what, story.at, "me", "x", "person/bo" if what == HANDED else None))
        story.look(*world)
        assert story.look(*world) == []
    keys = [(one.task, one.seq) for one in story.events]
    assert len(keys) == len(set(keys))


@given(world=WORLDS)
def test_a_history_read_twice_is_the_history(world: list[Condition]) -> None:
    story = History()
    story.look(*world)
    assert fold([*story.events, *reversed(story.events)]) == story.tasks
