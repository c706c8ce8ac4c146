"""Who is the same as whom: what stands decides, undoing restores, and contradictions are told with their chain."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.matching.rules import (
    DIFFERENT,
    SAME,
    UNDONE,
    Contradiction,
    Decision,
    Pair,
    contradiction,
    identities,
    standing,
    status,
    two_of,
)

AT = datetime(2026, 9, 1, tzinfo=UTC)
ACCEPT, REVIEW = Decimal("0.99"), Decimal("0.9")
KEYS = st.sampled_from("abcdefg")


def pair(left: str, right: str, probability: str | None = "0.999", exact: str | None = None, sure: bool = True) -> Pair:
    return Pair(*two_of(left, right), exact, None if probability is None else Decimal(probability), Decimal(10), sure)


def decision(seq: int, left: str, right: str, what: str) -> Decision:
    return Decision(seq, *two_of(left, right), what, f"person{seq}", AT, "known")


def groups(pairs: list[Pair], decisions: list[Decision]) -> dict[str, str]:
    who = identities(pairs, standing(decisions), ACCEPT)
    return {key: who.of(key) for key in "abcdefg"}


PAIRS = st.lists(
    st.builds(
        pair,
        KEYS,
        KEYS,
        st.sampled_from(["0.95", "0.991", "0.995", "0.9999"]),
        st.sampled_from([None, None, "name"]),
        st.booleans(),
    ),
    max_size=10,
    unique_by=lambda one: one.two,
).map(lambda some: [one for one in some if one.left != one.right])
DECISIONS = st.lists(st.tuples(KEYS, KEYS, st.sampled_from([SAME, DIFFERENT])).filter(lambda one: one[0] != one[1]), max_size=8)


def naive(pairs: list[Pair], held: dict[tuple[str, str], Decision]) -> dict[str, str]:
    """The groups by hand: sets that are merged one link after the other, unless two that must differ would meet."""
    sets = [{key} for key in "abcdefg"]
    apart = [two for two, one in held.items() if one.what == DIFFERENT]
    links = [two for two, one in held.items() if one.what == SAME]
    strong = [one for one in pairs if one.two not in held and (one.exact_key or (one.sure and one.probability >= ACCEPT))]
    strong.sort(key=lambda one: (0 if one.exact_key else 1, -one.probability, one.left, one.right))
    for left, right in [*links, *(one.two for one in strong)]:
        first, second = (next(some for some in sets if key in some) for key in (left, right))
        if first is not second and not any({a, b} <= first | second for a, b in apart):
            sets.remove(second)
            first |= second
    return {key: min(some) for some in sets for key in some}


@given(PAIRS, DECISIONS)
def test_identities_are_what_a_merge_by_hand_gives(pairs: list[Pair], told: list[tuple[str, str, str]]) -> None:
    held = standing(decision(seq, *one) for seq, one in enumerate(told, start=1))
    if contradiction(held) is not None:
        with pytest.raises(Contradiction):
            identities(pairs, held, ACCEPT)
        return
    who = identities(pairs, held, ACCEPT)
    assert {key: who.of(key) for key in "abcdefg"} == naive(pairs, held)
    for one in held.values():
        assert (who.of(one.left) == who.of(one.right)) == (one.what == SAME)


@given(
    PAIRS,
    st.lists(st.tuples(st.sampled_from([SAME, DIFFERENT, UNDONE]), KEYS, KEYS).filter(lambda one: one[1] != one[2]), max_size=12),
)
def test_any_sequence_of_deciding_and_undoing_is_the_replay_of_what_stands(
    pairs: list[Pair], acts: list[tuple[str, str, str]]
) -> None:
    log: list[Decision] = []
    kept: dict[tuple[str, str], Decision] = {}
    seen: dict[frozenset[tuple[str, str, str]], dict[str, str]] = {}
    for what, left, right in acts:
        two = two_of(left, right)
        new = decision(len(log) + 1, left, right, what)
        if (two in kept) == (what != UNDONE) or contradiction(standing([*log, new])) is not None:
            continue  # refused at the door
        log.append(new)
        if what == UNDONE:
            kept.pop(two)
        else:
            kept[two] = new
        now = groups(pairs, log)
        assert now == groups(pairs, list(kept.values()))
        # What stood once and stands again gives what it gave: nothing is lost by a merge that was undone.
        same = frozenset((*held, one.what) for held, one in kept.items())
        assert seen.setdefault(same, now) == now


@given(PAIRS, DECISIONS, st.randoms())
def test_the_order_of_pairs_and_decisions_changes_nothing(pairs: list[Pair], told: list[tuple[str, str, str]], rng) -> None:
    lines = list({two_of(a, b): (a, b, what) for a, b, what in told}.values())
    first = [decision(seq, *one) for seq, one in enumerate(lines, start=1)]
    if contradiction(standing(first)) is not None:
        return
    before = identities(pairs, standing(first), ACCEPT)
    mixed = list(pairs)
    rng.shuffle(mixed)
    assert identities(mixed, standing(reversed(first)), ACCEPT) == before


def test_a_contradiction_shows_the_chain_that_links_what_must_differ() -> None:
    lines = [decision(1, "a", "b", SAME), decision(2, "b", "c", SAME), decision(3, "a", "c", DIFFERENT)]
    found = contradiction(standing(lines))
    assert found is not None
    assert ([one.seq for one in found.chain], found.apart.seq) == ([1, 2], 3)
    assert contradiction(standing([*lines, decision(4, "b", "c", UNDONE)])) is None


def test_what_was_decided_to_differ_is_not_joined_by_way_of_others_and_the_weaker_link_gives_way() -> None:
    pairs = [pair("a", "b", "0.9999"), pair("b", "c", "0.995")]
    held = standing([decision(1, "a", "c", DIFFERENT)])
    who = identities(pairs, held, ACCEPT)
    assert (who.of("b"), who.of("c")) == ("a", "c")
    assert [status(one, held, who, ACCEPT, REVIEW) for one in pairs] == ["automatic", "apart"]


def test_each_pair_says_how_it_stands() -> None:
    pairs = [
        pair("a", "b"), pair("b", "c", "0.95"), pair("a", "c", None, "name"), pair("d", "e", "0.95"), pair("d", "f", "0.5"),
        pair("e", "f", "0.9999", sure=False),
    ]  # fmt: skip
    held = standing([decision(1, "d", "e", SAME)])
    who = identities(pairs, held, ACCEPT)
    assert [status(one, held, who, ACCEPT, REVIEW) for one in pairs] == [
        "automatic", "implied", "automatic", "decided same", "unlikely", "review",
    ]  # fmt: skip
    assert who.links["d"].told == "person1: known"
    assert (who.links["c"].how, who.links["c"].with_key, who.links["b"].how) == ("exact key", "a", "probability")
