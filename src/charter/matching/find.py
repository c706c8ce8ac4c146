"""The search: records normalised, exact keys first, then the model; what it found, as pairs with their explanation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charter.matching.candidates import exact_pairs, lay_blocks, sided
from charter.matching.codes import MAT002, MAT010
from charter.matching.kinds import MatchingSpec
from charter.matching.record import ACCOUNT_COLUMNS, ITEM_COLUMNS, Row, account_record, item_record
from charter.matching.rules import Pair, Step, two_of
from charter.matching.scheme import SCHEMES, Scheme, near_column
from charter.matching.scoring import TABLE, score, train
from charter.matching.store import records_query
from charter.warehouse.linkage import fill, open_bench, splink_on

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

RULES = 2
"""Rises with what finds pairs, so that a later version looks again at records that it has seen."""
KEPT = Decimal("0.1")
"""Pairs below the review queue are kept from here on, so that `show` can tell why they do not stand in it."""
Tell = Callable[[str, int], None]
_MAKE: dict[str, tuple[tuple[str, ...], Callable[[tuple[Any, ...]], Row]]] = {
    "account": (ACCOUNT_COLUMNS, account_record),
    "item": (ITEM_COLUMNS, item_record),
}
_EXACT_PART = 0.4
"""How much of what is entered twice the exact keys find, about."""


@dataclass(frozen=True)
class Search:
    """What a search found: how many records it looked at, the pairs, what was trained, and what was too common to compare by."""

    records: int
    pairs: tuple[Pair, ...]
    model: dict[str, Any]
    common: tuple[str, ...]


def scheme_of(kind: str, spec: MatchingSpec) -> Scheme:
    """Answers the scheme of a kind, with the exact keys of the document. Raises MAT002 where one names a column which there is not."""
    scheme = SCHEMES[kind]
    for column in (name for key in spec.exact_keys or () for name in key):
        if column not in scheme.columns:
            raise MAT002.exception(column=column, kind=kind, near=near_column(scheme, column))
    return replace(scheme, keys=spec.exact_keys) if spec.exact_keys is not None else scheme


def basis(lake: Lake, kind: str, spec: MatchingSpec) -> tuple[str, int]:
    """Answers a hash of all that the pairs follow from, and how many records there are: the same hash, the same pairs."""
    columns = ", ".join(f"r.{column}" for column in ("key", *_MAKE[kind][0]))
    told = f"SELECT count(*), coalesce(bit_xor(hash({columns})), 0), coalesce(sum(hash({columns}) % 1000000007), 0) FROM ({records_query(lake, kind)}) AS r"
    count, mixed, summed = lake.one(told) or (0, 0, 0)
    text = f"{RULES} {kind} {count} {mixed} {summed} {spec.model_dump_json()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32], int(count)


def search(
    lake: Lake, kind: str, spec: MatchingSpec, temp: Path, tell: Tell = lambda *_: None, memory_limit: str = "3GB"
) -> Search:
    """Answers the pairs of a kind. The lake is only read; all that is worked out lies on a bench beside it."""
    scheme = scheme_of(kind, spec)
    with open_bench(temp, memory_limit=memory_limit) as bench:
        count = fill(bench, TABLE, ("key", *scheme.columns), _rows(lake, kind), lambda rows: tell("normalise", rows))
        if count < 2:
            return Search(count, (), {}, ())
        tell("block", count)
        common = lay_blocks(bench, scheme, spec.largest_block)
        common += exact_pairs(bench, scheme, "exact")
        try:
            api = splink_on(bench)
        except ImportError as error:
            raise MAT010.exception(reason=error) from error
        exact = int((bench.one("SELECT count(*) FROM exact") or (0,))[0])
        tell("train", count)
        parameters = train(bench, api, scheme, exact / count / _EXACT_PART)
        tell("compare", count)
        score(bench, api, scheme, parameters, float(min(KEPT, spec.review)), "scored")
        return Search(count, tuple(_pairs(bench, scheme)), parameters.as_dict(), tuple(one.in_words() for one in common))


def _rows(lake: Lake, kind: str) -> Iterator[Row]:
    columns, make = _MAKE[kind]
    named = ", ".join(f"r.{column}" for column in ("key", *columns))
    for row in lake.stream(f"SELECT {named} FROM ({records_query(lake, kind)}) AS r ORDER BY r.key"):
        yield (row[0], *make(row[1:]))


def _pairs(bench: Lake, scheme: Scheme) -> Iterator[Pair]:
    """Pairs of exact keys and of the model, by keys; what the model did not see has no probability."""
    fields = ", ".join(f"s.s{at}, s.w{at}" for at in range(len(scheme.comparisons)))
    query = (
        f"SELECT l.key_l, r.key_r, e.key, s.probability, s.weight, coalesce({scheme.surely}, false), {fields} "
        f"FROM scored AS s FULL JOIN exact AS e ON e.id_l = s.id_l AND e.id_r = s.id_r "
        f"JOIN {sided('l', scheme)} AS l ON l.id = coalesce(s.id_l, e.id_l) "
        f"JOIN {sided('r', scheme)} AS r ON r.id = coalesce(s.id_r, e.id_r) "
        f"WHERE e.key IS NOT NULL OR NOT coalesce({scheme.never}, false) ORDER BY l.key_l, r.key_r"
    )
    for left, right, key, probability, weight, sure, *steps in bench.stream(query):
        told = tuple(_steps(scheme, steps)) if probability is not None else ()
        yield Pair(*two_of(left, right), key, _decimal(probability, "0.000001"), _decimal(weight, "0.001"), bool(sure), told)


def _steps(scheme: Scheme, told: list[Any]) -> Iterator[Step]:
    for at, comparison in enumerate(scheme.comparisons):
        value, weight = told[2 * at], told[2 * at + 1]
        # splink counts the steps from the last, which is 0; -1 is what is not known.
        step = "not known" if value < 0 else comparison.steps[len(comparison.steps) - 1 - int(value)].told
        yield Step(comparison.field, step, _decimal(weight, "0.01") or Decimal(0))


def _decimal(value: float | None, digits: str) -> Decimal | None:
    return None if value is None else Decimal(repr(value)).quantize(Decimal(digits))
