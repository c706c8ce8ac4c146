"""What follows from pairs and decisions: who is the same as whom, and why. Pure.

A decision holds until the next one about the same pair, or until it is undone. What stands decides first: `same` must link,
`different` must not, also by way of others. Then exact keys, then the pairs of the model, the most probable first; what would
join two that were decided to be different is left open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

SAME, DIFFERENT, UNDONE = "same", "different", "undone"
AUTOMATIC, REVIEW, DECIDED_SAME, DECIDED_DIFFERENT, IMPLIED, APART, UNLIKELY = (
    "automatic", "review", "decided same", "decided different", "implied", "apart", "unlikely",
)  # fmt: skip
Two = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """How one field of a pair agrees, and its part of the match weight (bits)."""

    field: str
    told: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be the same, the smaller key first; `sure`: the evidence is of the kind that needs no person."""

    left: str
    right: str
    exact_key: str | None
    probability: Decimal | None
    weight: Decimal | None
    sure: bool
    steps: tuple[Step, ...] = ()

    @property
    def two(self) -> Two:
        """Answers the pair of keys."""
        return (self.left, self.right)

    def is_accepted(self, accept: Decimal) -> bool:
        """Answers whether it holds without a person."""
        return self.exact_key is not None or (self.sure and (self.probability or 0) >= accept)


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log: the how many-th, about which two, what, by whom, when and why."""

    seq: int
    left: str
    right: str
    what: str
    by: str
    at: datetime
    reason: str

    @property
    def two(self) -> Two:
        """Answers the pair of keys."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Link:
    """Why a record belongs to an identity: the other one, how, in words, and the probability if the model has one."""

    identity: str
    how: str
    told: str
    with_key: str
    probability: Decimal | None


@dataclass(frozen=True)
class Identities:
    """Of each record that is the same as another its link; and the pairs of identities that must stay apart."""

    links: Mapping[str, Link]
    apart: frozenset[Two]

    def of(self, key: str) -> str:
        """Answers the identity of a record: its own key where it is the same as no other."""
        link = self.links.get(key)
        return link.identity if link else key

    def are_apart(self, one: str, other: str) -> bool:
        """Answers whether a decision keeps the two apart."""
        return two_of(self.of(one), self.of(other)) in self.apart


class Contradiction(Exception):
    """Decisions that cannot all hold: the chain of those that link two, and the one that keeps them apart."""

    def __init__(self, chain: Sequence[Decision], apart: Decision) -> None:
        super().__init__(f"{apart.left} and {apart.right}")
        self.chain, self.apart = tuple(chain), apart


def two_of(one: str, other: str) -> Two:
    """Answers two keys, the smaller first."""
    return (one, other) if one <= other else (other, one)


def standing(decisions: Iterable[Decision]) -> dict[Two, Decision]:
    """Answers the decision that holds of each pair: the last one, unless it was undone."""
    found: dict[Two, Decision] = {}
    for one in sorted(decisions, key=lambda line: line.seq):
        if one.what == UNDONE:
            found.pop(one.two, None)
        else:
            found[one.two] = one
    return dict(sorted(found.items()))


def contradiction(held: Mapping[Two, Decision]) -> Contradiction | None:
    """Answers the first two that were decided to be different, and that decisions link nevertheless; None: there are none."""
    links: dict[str, list[Decision]] = {}
    for one in held.values():
        if one.what == SAME:
            links.setdefault(one.left, []).append(one)
            links.setdefault(one.right, []).append(one)
    for one in held.values():
        if one.what == DIFFERENT and (chain := _chain(links, one.left, one.right)):
            return Contradiction(chain, one)
    return None


def _chain(links: Mapping[str, Sequence[Decision]], start: str, end: str) -> list[Decision]:
    """The shortest chain of links from one to the other; empty: there is none."""
    came: dict[str, Decision | None] = {start: None}
    waiting = [start]
    for here in waiting:
        for one in links.get(here, ()):
            other = one.right if one.left == here else one.left
            if other not in came:
                came[other] = one
                waiting.append(other)
    chain: list[Decision] = []
    here = end
    while (step := came.get(here)) is not None:
        chain.append(step)
        here = step.right if step.left == here else step.left
    return chain[::-1]


class _Groups:
    """Disjoint sets that know which of them must not meet."""

    def __init__(self) -> None:
        self.above: dict[str, str] = {}
        self.enemies: dict[str, set[str]] = {}

    def root(self, key: str) -> str:
        above = self.above
        root = key
        while (up := above.get(root, root)) != root:
            root = up
        while key != root:
            above[key], key = root, above.get(key, root)
        return root

    def part(self, one: str, other: str) -> None:
        a, b = self.root(one), self.root(other)
        self.enemies.setdefault(a, set()).add(b)
        self.enemies.setdefault(b, set()).add(a)

    def join(self, one: str, other: str) -> bool:
        """Joins the sets of the two under the smaller key, unless they must not meet; answers whether they are one now."""
        a, b = sorted((self.root(one), self.root(other)))
        if a == b:
            return True
        if b in self.enemies.get(a, ()):
            return False
        self.above[b] = a
        for enemy in self.enemies.pop(b, ()):
            self.enemies[enemy].discard(b)
            self.enemies[enemy].add(a)
            self.enemies.setdefault(a, set()).add(enemy)
        return True


def identities(pairs: Iterable[Pair], held: Mapping[Two, Decision], accept: Decimal) -> Identities:
    """Answers who is the same as whom. Raises Contradiction where the decisions cannot all hold.

    It depends on the pairs and on what stands, and not on the order in which either came.
    """
    found = contradiction(held)
    if found is not None:
        raise found
    groups, grounds = _Groups(), dict[str, Link]()
    for one in held.values():
        if one.what == SAME:
            groups.join(one.left, one.right)
            _ground(grounds, one.two, "decision", f"{one.by}: {one.reason}", None)
    for one in held.values():
        if one.what == DIFFERENT:
            groups.part(one.left, one.right)
    accepted = [pair for pair in pairs if pair.is_accepted(accept) and pair.two not in held]
    for pair in sorted(accepted, key=_strength):
        if groups.join(pair.left, pair.right):
            how, told = ("exact key", pair.exact_key) if pair.exact_key else ("probability", f"{pair.probability}")
            _ground(grounds, pair.two, how, told or "", pair.probability)
    roots = {key: groups.root(key) for key in sorted(grounds)}
    links = {key: Link(roots[key], one.how, one.told, one.with_key, one.probability) for key, one in sorted(grounds.items())}
    apart = frozenset(two_of(one, enemy) for one, many in groups.enemies.items() for enemy in many)
    return Identities(links, apart)


def _strength(pair: Pair) -> tuple[bool, Decimal, str, str]:
    return (pair.exact_key is None, -(pair.probability or Decimal(0)), pair.left, pair.right)


def _ground(grounds: dict[str, Link], two: Two, how: str, told: str, probability: Decimal | None) -> None:
    """A record stands on the first, and so the strongest, of its links."""
    for key, other in (two, two[::-1]):
        grounds.setdefault(key, Link("", how, told, other, probability))


def status(pair: Pair, held: Mapping[Two, Decision], who: Identities, accept: Decimal, review: Decimal) -> str:
    """Answers how a pair stands.

    Decided; automatic; implied by other pairs; kept apart by a decision about others; unlikely, below the queue; else to be reviewed.
    """
    decision = held.get(pair.two)
    if decision is not None:
        return DECIDED_SAME if decision.what == SAME else DECIDED_DIFFERENT
    if who.of(pair.left) == who.of(pair.right):
        return AUTOMATIC if pair.is_accepted(accept) else IMPLIED
    if who.are_apart(pair.left, pair.right):
        return APART
    return REVIEW if pair.exact_key is not None or (pair.probability or 0) >= review else UNLIKELY
