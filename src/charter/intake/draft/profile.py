"""What the columns of an export hold: types, how they are written, gaps, ranges, lists of values, and what tells rows apart.

Types are guessed on the first rows and judged on all of them, by the same SQL that intake will read them with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING, Any

from charter.intake.contract import ContractColumn
from charter.intake.draft.form import Form
from charter.intake.draft.words import plain
from charter.intake.judge import typed
from charter.intake.value_sql import DATE_FORMATS, ISO_TIMESTAMPS, NumberStyle, TextStyle, identifier, literal

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

LISTED = 40
"""So many different values, or fewer, are a list."""
_SAMPLE = 5000
_LONGEST_LISTED = 60
_KEY_COLUMNS = 12
_KEYS_PROVED = 3
_NEAR = 0.9
_FIT = 0.98
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_DAYS = (*DATE_FORMATS, "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d %b %Y")
_STAMPS = (*ISO_TIMESTAMPS, *(f"{day} {time}" for day in _DAYS for time in _TIMES), "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S.%f")
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)")
_WORDS_OF_TRUTH = {"true", "false", "yes", "no", "t", "f", "y", "n"}
_TYPES = {
    "string": "VARCHAR", "integer": "BIGINT", "number": "DECIMAL(18,4)", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp": "TIMESTAMP", "time": "TIME",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it is called, its type, and what stands in it.

    Attributes:
        name: as expressions call it; `physical` is the export's own name.
        rivals: formats of days that fit the values as well: which is meant, the values do not say.
        misfits: values that are none of the type.
        values: the values with their counts, where they are few.
        distinct: how many different values, about; 0 where it was not counted.
    """

    physical: str
    name: str
    logical: str
    format: str | None = None
    rivals: tuple[str, ...] = ()
    zoned: bool = False
    rows: int = 0
    filled: int = 0
    misfits: int = 0
    distinct: int = 0
    least: str | None = None
    greatest: str | None = None
    shortest: int = 0
    longest: int = 0
    scale: int = 0
    values: tuple[tuple[str, int], ...] = ()

    @property
    def null_rate(self) -> float:
        """Answers the share of rows without a value."""
        return 1 - self.filled / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """An export's columns, how many rows it has, how numbers are written, and the sets of columns that tell rows apart."""

    rows: int
    columns: tuple[Column, ...]
    numbers: NumberStyle
    keys: tuple[tuple[str, ...], ...]
    odd: int = 0


def profile(lake: Lake, form: Form, identifying: Callable[[Sequence[Column]], set[str]]) -> Profile:
    """Answers what an export holds, by one pass over its sample and one over all of it.

    `identifying` answers, of columns with their types, the (physical) names that likely number documents and their lines: sets of
    them are looked at first for what tells rows apart.
    """
    if not form.columns:
        form = _described(lake, form)
    samples = {name: [cell for row in form.samples if (cell := row[at]) is not None] for at, name in enumerate(form.columns)}
    numbers = NumberStyle() if form.typed else number_style([value for values in samples.values() for value in values])
    guessed = [
        replace(_guess(name, samples[name], numbers, form.typed, form.physical[name]), name=given)
        for name, given in zip(form.columns, names_of(form.columns), strict=True)
    ]
    amounts = {one.physical for one in guessed if one.logical in ("number", "boolean")}
    likely = identifying([replace(one, filled=1) for one in guessed])
    keys = [key for key in _candidates(form) if not amounts & set(key)]
    keys = sorted(keys, key=lambda key: (len(set(key) - likely), len(key)))[:_KEYS_PROVED]
    found = _measured(lake, form, guessed, numbers, keys)
    if (revised := _revised(found.columns, guessed, likely)) != guessed:
        again = _measured(lake, form, revised, numbers, keys)
        better = (new if new.misfits < old.misfits else old for old, new in zip(found.columns, again.columns, strict=True))
        return replace(found, columns=tuple(better))
    return found


def _revised(columns: Sequence[Column], guessed: Sequence[Column], likely: set[str]) -> list[Column]:
    """Answers the guesses anew, now that every row was read: whole numbers that are not all whole, and numbers of documents with letters."""
    found = []
    for one, guess in zip(columns, guessed, strict=True):
        if guess.logical == one.logical == "integer" and one.misfits:
            guess = replace(guess, logical="string") if guess.physical in likely else replace(guess, logical="number", scale=4)
        found.append(guess)
    return found


def _described(lake: Lake, form: Form) -> Form:
    physical = {str(row[0]): str(row[1]) for row in lake.rows(f"DESCRIBE SELECT * FROM {form.relation}")}
    listed = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in physical)
    samples = lake.rows(f"SELECT {listed} FROM {form.relation} LIMIT {_SAMPLE}")
    return replace(form, columns=tuple(physical), physical=physical, samples=samples)


def names_of(physical: Sequence[str]) -> list[str]:
    """Answers a name for each column that expressions can use: small letters, digits and underscores, none twice."""
    found: list[str] = []
    for at, one in enumerate(physical, 1):
        parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain(one))
        name = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_") or f"column_{at}"
        name = f"c_{name}" if name[0].isdigit() else name
        name = f"{name}_" if name in _RESERVED else name
        while name in found:
            name = f"{name}_{at}"
        found.append(name)
    return found


_RESERVED = frozenset(
    [
        "all",
        "and",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "cross",
        "current_date",
        "desc",
        "distinct",
        "else",
        "end",
        "except",
        "exists",
        "false",
        "from",
        "full",
        "group",
        "having",
        "in",
        "inner",
        "intersect",
        "into",
        "is",
        "join",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "null",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "right",
        "select",
        "set",
        "table",
        "then",
        "true",
        "union",
        "unique",
        "using",
        "values",
        "when",
        "where",
        "with",
        "interval",
        "date",
        "time",
        "timestamp",
        "default",
        "check",
        "column",
        "primary",
    ]
)


def number_style(values: Sequence[str]) -> NumberStyle:
    """Answers how decimal numbers are written: the sign that stands last and is not followed by three digits alone decides."""
    shapes = [value.strip() for value in values if re.fullmatch(r"\s*[+-]?[\d.,' \u00a0\u202f]*\d\s*", value)]
    commas = sum(
        1
        for one in shapes
        if re.fullmatch(r"[+-]?\d+,\d+|[+-]?\d{1,3}([. '\u00a0\u202f]\d{3})+,\d+", one) and not _threes(one, ",")
    )
    points = sum(
        1
        for one in shapes
        if re.fullmatch(r"[+-]?\d*\.\d+|[+-]?\d{1,3}([,' \u00a0\u202f]\d{3})+\.\d+", one) and not _threes(one, ".")
    )
    decimal = "," if commas > points else "."
    grouped = [
        one for one in (".", ",", "'", " ", "\u00a0", "\u202f")
        if one != decimal and any(re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(one)}\d{{3}})+({re.escape(decimal)}\d+)?", shape) for shape in shapes)
    ]  # fmt: skip
    return NumberStyle(decimal, grouped[0] if grouped else "")


def _threes(text: str, sign: str) -> bool:
    return text.count(sign) == 1 and len(text.rpartition(sign)[2]) == 3 and "." not in text.replace(sign, "")


def _guess(physical: str, values: Sequence[str], numbers: NumberStyle, is_typed: bool, sql_type: str) -> Column:
    """Answers the column with the type that nearly all of its first values have."""
    found = Column(physical, "", "string")
    if sql_type != "VARCHAR":
        return replace(found, logical=_logical_of(sql_type), zoned="ZONE" in sql_type.upper())
    if not values:
        return found
    if _mostly(values, lambda value: value.strip().lower() in _WORDS_OF_TRUTH):
        return replace(found, logical="boolean")
    day = _moment(values, _DAYS)
    if day:
        return replace(found, logical="date", format=day[0], rivals=day[1:])
    if _mostly(values, lambda value: bool(_ZONED.fullmatch(value.strip()))):
        return replace(found, logical="timestamp", zoned=True)
    stamp = _moment(values, _STAMPS)
    if stamp:
        return replace(found, logical="timestamp", format=stamp[0], rivals=stamp[1:])
    if _mostly(values, lambda value: _parses(value, "%H:%M:%S") or _parses(value, "%H:%M")):
        return replace(found, logical="time")
    if any(re.fullmatch(r"\s*0\d+\s*", value) for value in values):
        return found  # 00123 is a code: as a number it would be another one
    if _mostly(values, lambda value: bool(re.fullmatch(r"\s*[+-]?\d{1,18}\s*", value))):
        return replace(found, logical="integer")
    pattern = _number_pattern(numbers)
    if _mostly(values, lambda value: bool(pattern.fullmatch(value))):
        places = max((len(value.strip().rpartition(numbers.decimal)[2]) for value in values if numbers.decimal in value), default=0)
        return replace(found, logical="number", scale=places)
    del is_typed
    return found


def _logical_of(sql_type: str) -> str:
    base = sql_type.upper()
    if base in ("BOOLEAN", "DATE", "TIME"):
        return base.lower()
    if base.startswith("TIMESTAMP"):
        return "timestamp"
    if base in ("FLOAT", "DOUBLE") or base.startswith("DECIMAL"):
        return "number"
    return "integer" if "INT" in base else "string"


def _number_pattern(numbers: NumberStyle) -> re.Pattern[str]:
    point = re.escape(numbers.decimal)
    whole = r"\d+" if not numbers.thousands else rf"(\d+|\d{{1,3}}({re.escape(numbers.thousands)}\d{{3}})+)"
    return re.compile(rf"\s*[+-]?({whole}({point}\d+)?|{point}\d+)\s*")


def _mostly(values: Sequence[str], fits: Any) -> bool:
    return sum(1 for value in values if fits(value)) >= len(values) * _FIT


def _moment(values: Sequence[str], formats: Sequence[str]) -> tuple[str, ...]:
    """Answers the formats that fit most values, and nearly all of them: the first, then those that fit as many."""
    if not _mostly(values[:20], lambda value: bool(re.match(r"\s*\d", value))):
        return ()
    near = [one for one in formats if any(_parses(value, one) for value in values[:20])]
    counts = {one: sum(1 for value in values if _parses(value, one)) for one in near}
    most = max(counts.values(), default=0)
    if not most or most < len(values) * _FIT:
        return ()
    return tuple(one for one in near if counts[one] == most)


def _parses(value: str, form: str) -> bool:
    try:
        # Only the form is looked at; the time zone is the source's affair.
        return 1900 <= datetime.strptime(value.strip(), form).year < 2200  # noqa: DTZ007
    except ValueError:
        return False


def _candidates(form: Form) -> list[tuple[str, ...]]:
    """Answers the smallest sets of columns that tell all sampled rows apart: one column, else two, else three."""
    filled = [at for at in range(len(form.columns)) if form.samples and all(row[at] is not None for row in form.samples)]
    different = {at: len({row[at] for row in form.samples}) for at in filled}
    rows = len(form.samples)
    single = [at for at in filled if different[at] == rows]
    if single or rows < 2:
        return [(form.columns[at],) for at in single[:_KEY_COLUMNS]]
    useful = sorted((at for at in filled if different[at] > 1), key=lambda at: -different[at])[:_KEY_COLUMNS]
    for size in (2, 3):
        found = [
            many
            for many in combinations(sorted(useful), size)
            if len({tuple(row[at] for at in many) for row in form.samples}) == rows
        ]
        if found:
            return [tuple(form.columns[at] for at in many) for many in found[:_KEY_COLUMNS]]
    return []


def _measured(lake: Lake, form: Form, guessed: Sequence[Column], numbers: NumberStyle, keys: Sequence[tuple[str, ...]]) -> Profile:
    contract = [ContractColumn(one.name, one.physical, one.logical, _TYPES[one.logical], zoned=one.zoned) for one in guessed]
    style = TextStyle(
        numbers, {one.name: (one.format,) for one in guessed if one.format}, frozenset(one.name for one in guessed if one.zoned)
    )
    outputs = ["count(*)"]
    for at, one in enumerate(guessed):
        outputs += _outputs(at, one, _is_short(form, one.physical), form.physical[one.physical])
    places = {name: at for at, name in enumerate(form.columns)}
    # An exact count of all rows' keys costs as much as half of the rest: only the first set is proved at once.
    rowwise = [f"hash({', '.join(f'r{places[name]}' for name in key)})" for key in keys]
    outputs += [f"count(DISTINCT {one})" if at == 0 else f"approx_count_distinct({one})" for at, one in enumerate(rowwise)]
    query = f"SELECT {', '.join(outputs)} FROM ({typed(contract, form.relation, form.physical, style)}) AS settled"
    (row,) = lake.rows(query)
    told = iter(row)
    rows = int(next(told))
    columns = tuple(_settled(one, rows, [next(told) for _ in range(_WIDTH + len(one.rivals))]) for one in guessed)
    sure = _proved(lake, form, keys, [int(next(told)) for _ in keys], rows)
    return Profile(rows, tuple(_narrowed(columns)), numbers, sure, _odd(lake, form))


def _proved(
    lake: Lake, form: Form, keys: Sequence[tuple[str, ...]], counts: Sequence[int], rows: int
) -> tuple[tuple[str, ...], ...]:
    """Answers the sets that tell all rows apart: the first was counted exactly; where it fails, those that may are looked at again."""
    if not keys or counts[0] == rows:
        return tuple(keys[:1])
    maybe = [key for key, count in zip(keys[1:], counts[1:], strict=True) if count > rows * _NEAR]
    if not maybe:
        return ()
    listed = ", ".join(f"count(DISTINCT hash({', '.join(identifier(name) for name in key)}))" for key in maybe)
    (exact,) = lake.rows(f"SELECT {listed} FROM {form.relation}")
    return tuple(key for key, count in zip(maybe, exact, strict=True) if int(count) == rows)


_WIDTH = 9


def _outputs(at: int, one: Column, short: bool, sql_type: str) -> Iterator[str]:
    text = f"r{at}" if sql_type == "VARCHAR" else f"CAST(r{at} AS VARCHAR)"
    yield f"count(r{at})"
    yield f"count(r{at}) - count(t{at})"
    # Hashing every value costs as much as reading it: only where it may tell a number of a document from a list.
    yield f"approx_count_distinct(r{at})" if not short and one.logical in ("string", "integer") else "0"
    ranged, long = one.logical != "string", one.logical == "string" and not short
    yield f"CAST(min(t{at}) AS VARCHAR)" if ranged else "NULL"
    yield f"CAST(max(t{at}) AS VARCHAR)" if ranged else "NULL"
    yield f"min(length({text}))" if long else "0"
    yield f"max(length({text}))" if long else "0"
    yield f"count(*) FILTER (WHERE starts_with({text}, '0') AND length({text}) > 1)" if one.logical == "integer" else "0"
    yield f"histogram({text})" if short else "NULL"
    for rival in one.rivals:
        yield f"count(try_strptime({text}, {literal(rival)}))"


def _is_short(form: Form, physical: str) -> bool:
    """Whether so few different and short values stand in the sample that it may be a list: only then are all of them counted."""
    at = form.columns.index(physical)
    seen = {row[at] for row in form.samples}
    return len(seen) <= LISTED and all(len(value or "") <= _LONGEST_LISTED for value in seen)


def _settled(one: Column, rows: int, told: Sequence[Any]) -> Column:
    filled, misfits, distinct, least, greatest, shortest, longest, zeros, values, *rivals = told
    counted = sorted(((str(k), int(v)) for k, v in (values or {}).items() if k is not None), key=lambda pair: (-pair[1], pair[0]))
    lengths = [len(value) for value, _ in counted] or [0]
    found = replace(
        one, rows=rows, filled=int(filled), misfits=int(misfits), distinct=int(distinct) or len(counted), least=least, greatest=greatest,
        shortest=int(shortest or 0) or min(lengths), longest=int(longest or 0) or max(lengths), values=tuple(counted) if len(counted) <= LISTED else (),
    )  # fmt: skip
    fits = [found.filled - found.misfits, *map(int, rivals)]
    if max(fits) > fits[0]:
        at = fits.index(max(fits))
        better = (one.format, *one.rivals)[at]
        found = replace(found, format=better, misfits=found.filled - fits[at], rivals=(), least=None, greatest=None)
    elif rivals:
        found = replace(found, rivals=tuple(rival for rival, count in zip(one.rivals, fits[1:], strict=True) if count == fits[0]))
    # What the sample did not show: values that are none of the type, or codes with leading zeros, make it a text.
    if int(zeros) or found.misfits > found.filled * (1 - _FIT):
        return replace(found, logical="string", format=None, rivals=(), misfits=0, least=None, greatest=None)
    return found


def _narrowed(columns: Sequence[Column]) -> Iterator[Column]:
    """Columns whose days fit in two ways take the way of those that fit in one only."""
    sure = {one.format for one in columns if one.format and not one.rivals}
    for one in columns:
        known = [
            form for form in (one.format, *one.rivals) if form in sure or any(str(other).startswith(f"{form} ") for other in sure)
        ]
        yield replace(one, format=known[0], rivals=()) if one.rivals and known else one


def _odd(lake: Lake, form: Form) -> int:
    if form.rejects is None:
        return 0
    return int(lake.rows(f"SELECT count(DISTINCT line) FROM {form.rejects}_errors")[0][0])
