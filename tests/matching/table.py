"""Customers and items straight in a lake of its own, without documents: for what is asked of the search alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.matching.customers import Customer

from charter.matching.find import Search, search
from charter.matching.kinds import MatchingSpec
from charter.matching.rules import Pair
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_aside

_HEAD = ("source", "entity", "row_key", "content_hash", "batch_id")
_ACCOUNT = (
    *_HEAD,
    "account_key",
    "name",
    "street",
    "postal_code",
    "city",
    "country",
    "tax_id",
    "phone",
    "email",
    "parent_account_key",
)
_ITEM = (*_HEAD, "item_key", "title", "manufacturer", "manufacturer_item", "gtin")
Cells = Sequence[str | None]


@contextmanager
def lake_of(folder: Path, *, customers: Iterable[Customer] = (), items: Iterable[Cells] = ()) -> Iterator[Lake]:
    """Yields a lake with these accounts and items."""
    with open_aside(folder / "aside") as lake:
        lake.insert("dim_account", _ACCOUNT, [(one.system, "a", one.key, "h", "b", *_cells(one)) for one in customers])
        lake.insert("dim_item", _ITEM, [("erp", "i", one[0], "h", "b", *one) for one in items])
        yield lake


def _cells(one: Customer) -> Cells:
    return (one.key, one.name, one.street, one.postal_code, one.city, one.country, one.tax_id, one.phone, one.email, one.parent)


def searched(folder: Path, kind: str = "account", spec: MatchingSpec | None = None, **told: Iterable[object]) -> Search:
    """Answers what a search of these finds."""
    with lake_of(folder, **told) as lake:  # type: ignore[arg-type]
        return search(lake, kind, spec or MatchingSpec(), folder / "bench")


def in_sight(pairs: Iterable[Pair], spec: MatchingSpec | None = None) -> set[tuple[str, str]]:
    """Answers the pairs that are accepted or stand in the review queue."""
    spec = spec or MatchingSpec()
    return {pair.two for pair in pairs if pair.is_accepted(spec.accept) or (pair.probability or 0) >= spec.review}


def accepted(pairs: Iterable[Pair], spec: MatchingSpec | None = None) -> set[tuple[str, str]]:
    """Answers the pairs that are accepted without a person."""
    spec = spec or MatchingSpec()
    return {pair.two for pair in pairs if pair.is_accepted(spec.accept)}


def measured(found: set[tuple[str, str]], planted: set[tuple[str, str]]) -> tuple[float, float]:
    """Recall and precision."""
    both = len(found & planted)
    return both / len(planted), both / max(len(found), 1)
