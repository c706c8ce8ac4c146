"""How the text of a field becomes a typed value, as SQL that answers null for what is no such value.

The rule beside it says: a text that is there and a value that is null = the type rule is broken. So nothing becomes
null silently. All is ASCII-strict: no exponent, no underscore, no sign behind the number, no year outside 1900..2199.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

ISO_DATES = ("%Y-%m-%d",)
ISO_TIMESTAMPS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f",
)
# In the order of how sure they are; the first that fits all sampled values is taken, if no rival fits them as well.
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d")

_WORDS_OF_TIME = "('epoch', 'infinity', '-infinity')"
# Offsets in use go from -12:00 to +14:00.
_OFFSET = r"(-(0[0-9]|1[0-2])|\+(0[0-9]|1[0-4]))(:?[0-5][0-9])?"
_OFFSET_LAST = r"(Z|" + _OFFSET + r")\s*$"
_ZONED = r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?\s*(Z|" + _OFFSET + r")\s*"
_JDK = (
    ("yyyy", "%Y"), ("uuuu", "%Y"), ("yy", "%y"), ("MMM", "%b"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("hh", "%I"),
    ("mm", "%M"), ("SSSSSS", "%f"), ("SSS", "%g"), ("ss", "%S"), ("XXX", "%z"), ("xx", "%z"), ("Z", "%z"), ("X", "%z"),
    ("a", "%p"), ("M", "%m"), ("d", "%d"), ("H", "%H"), ("h", "%I"), ("m", "%M"), ("s", "%S"), ("y", "%Y"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are written: `1.234,56` has the decimal `,` and the thousands `.`."""

    decimal: str = "."
    thousands: str = ""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How the values of one delivery are written: numbers, and the formats of each date or timestamp column."""

    numbers: NumberStyle = NumberStyle()
    formats: dict[str, tuple[str, ...]] = field(default_factory=dict)
    zoned: frozenset[str] = frozenset()


def literal(text: str) -> str:
    """Answers `text` as an SQL string literal. For values that the documents declare; data goes through parameters."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Answers `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def strptime_format(jdk: str) -> str:
    """Answers the strptime format for a JDK DateTimeFormatter pattern (what ODCS writes); strptime stays as it is."""
    if "%" in jdk:
        return jdk
    out, at = "", 0
    while at < len(jdk):
        if jdk[at] == "'":
            end = jdk.find("'", at + 1)
            end = len(jdk) if end < 0 else end
            out, at = out + jdk[at + 1 : end].replace("%", "%%"), end + 1
            continue
        for pattern, directive in _JDK:
            if jdk.startswith(pattern, at):
                out, at = out + directive, at + len(pattern)
                break
        else:
            out, at = out + jdk[at], at + 1
    return out


_DIRECTIVES = re.compile(r"%(-?[a-zA-Z%])")
_KNOWN = frozenset(
    [
        "a",
        "A",
        "w",
        "u",
        "d",
        "-d",
        "b",
        "B",
        "m",
        "-m",
        "y",
        "-y",
        "Y",
        "H",
        "-H",
        "I",
        "-I",
        "p",
        "M",
        "-M",
        "S",
        "-S",
        "g",
        "n",
        "f",
        "z",
        "Z",
        "j",
        "-j",
        "U",
        "W",
        "G",
        "V",
        "c",
        "x",
        "X",
        "%",
    ]
)


def no_day_format(told: str) -> str | None:
    """Answers why no day can be read by a format, strptime's or JDK's; None: one can."""
    found = _DIRECTIVES.findall(strptime_format(told))
    if unknown := [f"%{one}" for one in found if one not in _KNOWN]:
        return f"{', '.join(unknown)} means nothing"
    names = {one.lstrip("-") for one in found}
    if names & {"c", "x"}:
        return None
    lacking = [
        what
        for what, ways in (("year", "YyG"), ("month", "mbB"), ("day", "d"))
        if not names & set(ways) and not ("j" in names and what != "year")
    ]
    return f"it has no {' and no '.join(lacking)}" if lacking else None


def integer(text: str, style: NumberStyle, sql_type: str = "BIGINT") -> str:
    """Answers the SQL of a whole number."""
    pattern = r"\s*[+-]?[0-9]+\s*"
    if style.thousands:
        group = "[" + _in_class(style.thousands) + "]"
        pattern = rf"\s*[+-]?([0-9]+|[0-9]{{1,3}}({group}[0-9]{{3}})+)\s*"
        text_of_number = f"replace({text}, {literal(style.thousands)}, '')"
    else:
        text_of_number = text
    return f"CASE WHEN regexp_full_match({text}, {literal(pattern)}) THEN TRY_CAST({text_of_number} AS {sql_type}) END"


def number(text: str, style: NumberStyle, sql_type: str) -> str:
    """Answers the SQL of a decimal number of `sql_type`; what it cannot hold is rounded, half away from zero."""
    point = "[" + _in_class(style.decimal) + "]"
    whole = "[0-9]+"
    cleaned = text
    if style.thousands:
        group = "[" + _in_class(style.thousands) + "]"
        whole = rf"([0-9]+|[0-9]{{1,3}}({group}[0-9]{{3}})+)"
        cleaned = f"replace({cleaned}, {literal(style.thousands)}, '')"
    if style.decimal != ".":
        cleaned = f"replace({cleaned}, {literal(style.decimal)}, '.')"
    pattern = rf"\s*[+-]?({whole}({point}[0-9]+)?|{point}[0-9]+)\s*"
    return f"CASE WHEN regexp_full_match({text}, {literal(pattern)}) THEN TRY_CAST({cleaned} AS {sql_type}) END"


def boolean(text: str) -> str:
    """Answers the SQL of a truth value: true, t, yes, y, 1 and their opposites, in any case."""
    return (
        f"CASE lower(trim({text})) WHEN 'true' THEN true WHEN 't' THEN true WHEN 'yes' THEN true WHEN 'y' THEN true "
        "WHEN '1' THEN true WHEN 'false' THEN false WHEN 'f' THEN false WHEN 'no' THEN false WHEN 'n' THEN false "
        "WHEN '0' THEN false END"
    )


def moment(text: str, formats: Sequence[str]) -> str:
    """Answers the SQL of a day or a wall-clock time by its formats; `settled_moment` judges the year."""
    told = f"lower(trim({text})) NOT IN {_WORDS_OF_TIME}"
    if all(entry.endswith("%z") for entry in formats):
        told += f" AND regexp_matches({text}, {literal(_OFFSET_LAST)})"
        # strptime knows no Z, and formats with an offset (XXX) write UTC so.
        text = f"regexp_replace({text}, 'Z\\s*$', '+00')"
        return f"CASE WHEN {told} THEN try_strptime({text}, {_formats(formats)}) END"
    parsed = f"try_strptime({text}, {_formats(formats)})"
    # Nearly all begin with a digit, and are none of the words: that is seen at once.
    return f"CASE WHEN {text} >= '0' AND {text} < ':' THEN {parsed} WHEN {told} THEN {parsed} END"


def zoned_moment(text: str) -> str:
    """Answers the SQL of an ISO 8601 instant that names its offset."""
    return f"CASE WHEN regexp_full_match({text}, {literal(_ZONED)}) THEN TRY_CAST({text} AS TIMESTAMPTZ) END"


def settled_moment(parsed: str, sql_type: str) -> str:
    """Answers the SQL of a parsed moment, null outside 1900..2199: `01.02.24` read with %Y is the year 24."""
    return (
        f"CASE WHEN {parsed} >= TIMESTAMP '1900-01-01' AND {parsed} < TIMESTAMP '2200-01-01' THEN CAST({parsed} AS {sql_type}) END"
    )


def time_of_day(text: str, formats: Sequence[str]) -> str:
    """Answers the SQL of a time of day."""
    return f"CAST(try_strptime({text}, {_formats(formats or ('%H:%M:%S', '%H:%M'))}) AS TIME)"


def _formats(formats: Sequence[str]) -> str:
    if len(formats) == 1:
        return literal(formats[0])
    return "[" + ", ".join(literal(entry) for entry in formats) + "]"


def _in_class(character: str) -> str:
    return "\\" + character if character in "\\]^-[." else character
