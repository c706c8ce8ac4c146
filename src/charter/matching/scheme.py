"""By what accounts and items are compared: the columns, the steps of agreement, what brings two of them together.

A scheme is data. `m` is how often a step is seen between two records of the same; splink's EM moves it where there is enough
to learn from. `chance` is how many others agree with a record by chance, so that u is `chance` / records; None: it is
estimated from pairs at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from charter.errors import nearest_hint


@dataclass(frozen=True)
class Step:
    """One step of agreement: in words, as a condition on the columns `x_l` and `x_r`, and how telling it is.

    `common` names the column whose frequent values say less (term frequency).
    """

    told: str
    when: str
    m: float
    chance: float | None = None
    common: str | None = None
    u: float | None = None


@dataclass(frozen=True)
class Comparison:
    """One field that is compared, by steps from the closest to none; null: the pair says nothing about it."""

    field: str
    unknown: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Scheme:
    """How records of a kind are compared.

    Attributes:
        kind: account or item.
        columns: what a normalised record has, beside its key.
        comparisons: the fields.
        blocks: name -> SQL expression; only records that share a value of one are compared.
        keys: the exact keys, each as columns that must all be there and be equal.
        at_odds: SQL over `_l` and `_r`: what no exact key overrules.
        never: SQL over `_l` and `_r`: what is not a pair at all, whatever agrees.
        surely: SQL over `_l` and `_r`: without it a pair is never accepted without a person.
        training: the columns that, equal, make a block in which most pairs are the same; EM learns the other fields there.
    """

    kind: str
    columns: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    blocks: Mapping[str, str]
    keys: tuple[tuple[str, ...], ...]
    at_odds: str
    never: str
    surely: str
    training: tuple[tuple[str, ...], ...]


def _both(column: str) -> str:
    return f"{column}_l IS NOT NULL AND {column}_r IS NOT NULL"


_LIKE = (
    "(coalesce(way_l = way_r, true) AND (street_l = street_r OR contains(' ' || street_l || ' ', ' ' || street_r || ' ') "
    "OR contains(' ' || street_r || ' ', ' ' || street_l || ' ') OR jaro_winkler_similarity(street_l, street_r) >= 0.88))"
)
_PLACE = "(coalesce(postal_l = postal_r, false) OR coalesce(town_l = town_r, false))"
_HOUSE = "house_l = house_r"
_TURNED_HOUSE = "(house_l = house_r OR digits_l = digits_r)"
_CLOSE_HOUSE = "(length(house_l) > 1 AND length(house_r) > 1 AND damerau_levenshtein(house_l, house_r) <= 1)"
_NO_PLACE = "((postal_l IS NULL OR postal_r IS NULL) AND (town_l IS NULL OR town_r IS NULL))"
# The street may be written in a way that no rule reads; with the same postal code and number it need only be somewhat alike.
_SAME_DOOR = f"(coalesce(postal_l = postal_r AND {_HOUSE}, false) AND jaro_winkler_similarity(street_l, street_r) >= 0.6)"
_SITE = (
    f"(({_LIKE} AND coalesce({_TURNED_HOUSE}, true) AND ({_PLACE} OR {_NO_PLACE} OR coalesce({_HOUSE}, false))) OR {_SAME_DOOR})"
)
_ELSEWHERE = f"({_both('street')} AND NOT {_SITE})"
_ODD_TAX = (
    f"({_both('tax')} AND damerau_levenshtein(tax_l, tax_r) > 2 AND NOT contains(tax_l, tax_r) AND NOT contains(tax_r, tax_l))"
)
_KIN = "(coalesce(parent_l = parent_r, false) OR coalesce(parent_l = key_r, false) OR coalesce(parent_r = key_l, false))"


def _name(field: str, close: float) -> Comparison:
    one, two = f"{field}_l", f"{field}_r"
    return Comparison(
        field,
        f"{one} IS NULL OR {two} IS NULL",
        (
            Step("the same", f"{one} = {two}", 0.62, 1, field),
            Step("the same words", f"sorted_{one} = sorted_{two} OR compact_{one} = compact_{two}", 0.06, 0.5),
            Step(
                "a letter or two differ",
                f"damerau_levenshtein({one}, {two}) <= CASE WHEN least(length({one}), length({two})) >= 8 THEN 2 ELSE 1 END",
                0.22,
            ),
            Step("alike", f"jaro_winkler_similarity({one}, {two}) >= {close}", 0.06),
            Step("different", "ELSE", 0.04),
        ),
    )


ACCOUNT = Scheme(
    "account",
    (
        "name",
        "sorted_name",
        "compact_name",
        "street",
        "way",
        "house",
        "digits",
        "postal",
        "town",
        "country",
        "tax",
        "phone",
        "email",
        "domain",
        "parent",
    ),
    (
        _name("name", 0.9),
        Comparison(
            "address",
            f"((street_l IS NULL OR street_r IS NULL) AND {_NO_PLACE})",
            (
                Step("the same", f"street_l = street_r AND {_HOUSE} AND {_PLACE} AND coalesce(way_l = way_r, true)", 0.62, 0.3),
                Step("the same number, the street alike", f"{_HOUSE} AND {_PLACE} AND {_LIKE}", 0.1, 0.1),
                Step("the street alike, the number turned", f"{_PLACE} AND {_TURNED_HOUSE} AND {_LIKE}", 0.1, 0.5),
                Step("the street alike, a digit of the number differs", f"{_PLACE} AND {_CLOSE_HOUSE} AND {_LIKE}", 0.02, 2),
                Step("the same postal code and number", f"postal_l = postal_r AND {_HOUSE}", 0.02, 1),
                Step("the same street and number, another place", f"{_HOUSE} AND {_LIKE}", 0.03, 3),
                Step("the same street, another number", f"{_PLACE} AND {_LIKE}", 0.02),
                Step("the same place, a street unknown", f"(street_l IS NULL OR street_r IS NULL) AND {_PLACE}", 0.05),
                Step("the same place, another street", _PLACE, 0.02),
                Step("elsewhere", "ELSE", 0.01),
            ),
        ),
        Comparison(
            "tax id",
            "tax_l IS NULL OR tax_r IS NULL",
            (
                Step("the same", f"tax_l = tax_r AND NOT {_ELSEWHERE}", 0.82, 1, "tax"),
                Step("the same, at another address", "tax_l = tax_r", 0.02, u=0.01),
                Step(
                    "a digit differs",
                    "least(length(tax_l), length(tax_r)) >= 8 AND (damerau_levenshtein(tax_l, tax_r) <= 1 OR contains(tax_l, tax_r) OR contains(tax_r, tax_l))",
                    0.12,
                    0.2,
                ),
                Step("different", "ELSE", 0.04),
            ),
        ),
        Comparison(
            "phone",
            "phone_l IS NULL OR phone_r IS NULL",
            (
                Step("the same", "phone_l = phone_r", 0.62, 1, "phone"),
                Step("a digit differs", "damerau_levenshtein(phone_l, phone_r) <= 1", 0.05, 0.5),
                Step("different", "ELSE", 0.33),
            ),
        ),
        Comparison(
            "email",
            "email_l IS NULL OR email_r IS NULL",
            (
                Step("the same", f"email_l = email_r AND NOT {_ELSEWHERE}", 0.72, 1, "email"),
                Step("the same, at another address", "email_l = email_r", 0.02, u=0.0005),
                Step("the same domain", f"domain_l = domain_r AND NOT {_ELSEWHERE}", 0.1, 1, "domain"),
                Step("the same domain, at another address", "domain_l = domain_r", 0.01, u=0.005),
                Step("different", "ELSE", 0.15),
            ),
        ),
    ),
    {
        "tax id": "tax",
        "phone": "phone",
        "email": "email",
        "name": "compact_name",
        "postal code and house number": "postal || ' ' || digits",
        "postal code and street": "postal || ' ' || left(street, 4)",
        "postal code and name": "postal || ' ' || left(compact_name, 4)",
        "town and name": "left(town, 8) || ' ' || left(compact_name, 6)",
        "street, house number and name": "left(street, 4) || ' ' || digits || ' ' || left(compact_name, 2)",
        "words of the name and town": "left(sorted_name, 7) || ' ' || left(town, 4)",
    },
    (("name", "street", "house", "postal"), ("tax", "name", "house", "postal"), ("tax", "name", "street", "house")),
    _ODD_TAX,
    f"({_KIN} AND {_ELSEWHERE})",
    f"{_SITE} AND NOT {_ODD_TAX}",
    (("tax", "postal", "house"), ("compact_name", "postal", "house")),
)

_NUMBERS = "numbers_l IS NOT DISTINCT FROM numbers_r"
ITEM = Scheme(
    "item",
    ("title", "sorted_title", "compact_title", "numbers", "maker", "number", "gtin", "category"),
    (
        Comparison(
            "title",
            "title_l IS NULL OR title_r IS NULL",
            (
                Step("the same", "title_l = title_r", 0.55, 1, "title"),
                Step("the same words", "sorted_title_l = sorted_title_r OR compact_title_l = compact_title_r", 0.1, 0.5),
                Step("a letter or two differ", f"{_NUMBERS} AND damerau_levenshtein(title_l, title_r) <= 2", 0.15, 0.3),
                Step("alike, the same numbers in it", f"{_NUMBERS} AND jaro_winkler_similarity(title_l, title_r) >= 0.9", 0.12),
                Step("other numbers in it", f"NOT ({_NUMBERS})", 0.03),
                Step("different", "ELSE", 0.05),
            ),
        ),
        Comparison(
            "manufacturer",
            "maker_l IS NULL OR maker_r IS NULL",
            (
                Step("the same", "maker_l = maker_r", 0.85, None, "maker"),
                Step("alike", "jaro_winkler_similarity(maker_l, maker_r) >= 0.88", 0.1),
                Step("different", "ELSE", 0.05),
            ),
        ),
        Comparison(
            "manufacturer's number",
            "number_l IS NULL OR number_r IS NULL",
            (
                Step("the same", "number_l = number_r", 0.85, 1, "number"),
                Step("contained", "(length(number_l) >= 5 AND contains(number_r, number_l)) OR (length(number_r) >= 5 AND contains(number_l, number_r))", 0.06, 1),
                Step("different", "ELSE", 0.09),
            ),
        ),
        Comparison(
            "GTIN",
            "gtin_l IS NULL OR gtin_r IS NULL",
            (Step("the same", "gtin_l = gtin_r", 0.9, 1, "gtin"), Step("a digit differs", "damerau_levenshtein(gtin_l, gtin_r) <= 1", 0.05, 2), Step("different", "ELSE", 0.05)),
        ),
        Comparison(
            "category",
            "category_l IS NULL OR category_r IS NULL",
            (Step("the same", "category_l = category_r", 0.8, None, "category"), Step("different", "ELSE", 0.2)),
        ),
    ),
    {
        "GTIN": "gtin",
        "manufacturer's number": "number",
        "title": "compact_title",
        "manufacturer and title": "maker || ' ' || left(compact_title, 6)",
        "numbers and title": "numbers || ' ' || left(sorted_title, 5)",
        "words of the title and manufacturer": "left(sorted_title, 6) || ' ' || left(maker, 4)",
    },
    (("gtin",), ("maker", "number")),
    f"({_both('gtin')} AND gtin_l <> gtin_r) OR ({_both('numbers')} AND numbers_l <> numbers_r AND NOT coalesce(gtin_l = gtin_r, false))",
    "false",
    f"NOT ({_both('gtin')} AND gtin_l <> gtin_r) AND NOT ({_both('number')} AND number_l <> number_r) AND {_NUMBERS} "
    "AND (coalesce(maker_l = maker_r, true) OR coalesce(gtin_l = gtin_r, false))",
    (("gtin",), ("maker", "number")),
)  # fmt: skip

SCHEMES = {scheme.kind: scheme for scheme in (ACCOUNT, ITEM)}


def near_column(scheme: Scheme, column: str) -> str:
    """Answers the columns that a wrong one may have meant."""
    return nearest_hint(column, scheme.columns, f"{', '.join(scheme.columns)} are")
