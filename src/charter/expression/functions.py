"""The functions that expressions may use: the allow-list, with what each means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class FunctionEntry:
    """One allowed function.

    `literal` tells which arguments (from 0) must be written out as text; `greatest` the largest number that may be
    written in an argument; `aggregate` that it stands in components of metrics only.
    """

    name: str
    meaning: str
    example: str
    least: int = 1
    most: int = 1
    literal: tuple[int, ...] = ()
    aggregate: bool = False
    greatest: int | None = None


def _entries() -> dict[str, FunctionEntry]:
    many = 16
    return {
        entry.name: entry
        for entry in (
            FunctionEntry("coalesce", "the first that is known", "coalesce(net_amount, 0)", 1, many),
            FunctionEntry("nullif", "unknown where both are equal", "nullif(code, '?')", 2, 2),
            FunctionEntry("lower", "in lower case", "lower(country)"),
            FunctionEntry("upper", "in upper case", "upper(sku)"),
            FunctionEntry("trim", "without blanks (or the given characters) at both ends", "trim(code)", 1, 2),
            FunctionEntry("ltrim", "without blanks at the beginning", "ltrim(code, '0')", 1, 2),
            FunctionEntry("rtrim", "without blanks at the end", "rtrim(code)", 1, 2),
            FunctionEntry("substring", "a part: from a position (from 1), with a length", "substring(sku, 1, 4)", 2, 3),
            FunctionEntry("length", "how many characters", "length(code)"),
            FunctionEntry("replace", "each occurrence replaced", "replace(code, ' ', '')", 3, 3, (2,)),
            FunctionEntry("concat", "joined texts", "concat(a, '-', b)", 1, many),
            FunctionEntry("left", "the first characters", "left(invoice, 1)", 2, 2, greatest=1000),
            FunctionEntry("right", "the last characters", "right(code, 2)", 2, 2, greatest=1000),
            FunctionEntry("lpad", "filled at the beginning to a length", "lpad(code, 6, '0')", 3, 3, greatest=1000),
            FunctionEntry("split_part", "the n-th part of a text", "split_part(ref, '/', 2)", 3, 3),
            FunctionEntry("starts_with", "whether a text begins so", "starts_with(invoice, 'C')", 2, 2),
            FunctionEntry("contains", "whether a text holds another", "contains(note, 'urgent')", 2, 2),
            FunctionEntry("regexp_matches", "whether a pattern is found", "regexp_matches(sku, '^[0-9]{5}')", 2, 2, (1,)),
            FunctionEntry("regexp_extract", "what a pattern (or its group) finds", "regexp_extract(ref, '([0-9]+)', 1)", 2, 3, (1,)),
            FunctionEntry("abs", "the size of a number", "abs(quantity)"),
            FunctionEntry("round", "rounded to decimals", "round(price, 2)", 1, 2, greatest=12),
            FunctionEntry("floor", "the next whole number below", "floor(quantity)"),
            FunctionEntry("ceil", "the next whole number above", "ceil(quantity)"),
            FunctionEntry("greatest", "the greatest of several", "greatest(a, b)", 2, many),
            FunctionEntry("least", "the least of several", "least(a, b)", 2, many),
            FunctionEntry("year", "the year of a day", "year(ordered_on)"),
            FunctionEntry("month", "the month of a day, 1 to 12", "month(ordered_on)"),
            FunctionEntry("day", "the day of the month", "day(ordered_on)"),
            FunctionEntry("date_trunc", "the first day of the month, year, ...", "date_trunc('month', ordered_on)", 2, 2, (0,)),
            FunctionEntry("date_diff", "how many boundaries of a unit lie between", "date_diff('day', ordered_on, shipped_on)", 3, 3, (0,)),
            FunctionEntry("strptime", "an instant read by a format", "strptime(opened, '%d/%m/%Y %H:%M')", 2, 2, (1,)),
            FunctionEntry("try_strptime", "an instant read by a format, unknown if it does not fit", "try_strptime(d, '%Y%m%d')", 2, 2, (1,)),
            FunctionEntry("timezone", "an instant of a local time, or the local time of an instant", "timezone('Europe/Berlin', at)", 2, 2, (0,)),
            FunctionEntry("count", "how many rows (or known values)", "count(*)", 0, 1, aggregate=True),
            FunctionEntry("sum", "the sum", "sum(net_amount)", aggregate=True),
            FunctionEntry("min", "the least", "min(ordered_on)", aggregate=True),
            FunctionEntry("max", "the greatest", "max(ordered_on)", aggregate=True),
        )
    }  # fmt: skip


FUNCTIONS: Mapping[str, FunctionEntry] = MappingProxyType(_entries())
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "substr": "substring", "ceiling": "ceil", "datediff": "date_diff", "dayofmonth": "day", "len": "length",
        "regexp_like": "regexp_matches", "prefix": "starts_with",
    }
)  # fmt: skip
