"""What of a name, an address, a number says who somebody is; how it is written is taken away. Pure.

Each function answers None where nothing is left, so that a placeholder (`n/a`, 000000) agrees with nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from charter.matching.spelling import (
    DIGRAPHS,
    FORMS,
    FREE_MAIL,
    GLUED,
    JOINING,
    LEADING,
    LETTERS,
    NOTHING,
    SMALL_WORDS,
    STREET_ENDINGS,
    STREET_WORDS,
)

LONGEST = 100
"""Letters of a name that are looked at: distances cost by the square of the length."""
_APART = re.compile(r"[^\w]+|_+")
_DOTS = re.compile(r"(?<=\b\w)\.|(?<=\w)['’`´](?=\w)")
_NUMBER = re.compile(r"\d+")
_FEWEST_DIGITS, _PHONE_DIGITS = 6, 8


def folded(text: str) -> str:
    """Answers the text in small Latin letters without accents, umlauts by their plain letter; dots within words are gone."""
    small = unicodedata.normalize("NFKC", text[: 4 * LONGEST]).casefold().translate(LETTERS)
    if not small.isascii():
        small = "".join(c for c in unicodedata.normalize("NFKD", small) if not unicodedata.combining(c)).translate(LETTERS)
    small = _APART.sub(" ", _DOTS.sub("", small)).strip()
    for spelled, letter in DIGRAPHS:
        small = small.replace(spelled, letter)
    return small[:LONGEST].strip()


@lru_cache(maxsize=200_000)
def name(text: str | None) -> str | None:
    """Answers the name without its legal form: `Müller Bau G.m.b.H.` and `MUELLER BAU GMBH` are both `muller bau`."""
    if not text:
        return None
    words = _joined(folded(text).split())
    kept = _without_form(words)
    told = " ".join(kept or words)
    return None if not told or told in NOTHING else told


def _joined(words: list[str]) -> list[str]:
    """Single letters in a row are one word: `s a` is `sa`, `z o o` is `zoo`."""
    out: list[str] = []
    run = ""
    for word in words:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        if run:
            out.append(run)
            run = ""
        out.append(word)
    return [*out, run] if run else out


def _without_form(words: list[str]) -> list[str]:
    end = len(words)
    while end and (words[end - 1] in FORMS or (end < len(words) and words[end - 1] in JOINING)):
        end -= 1
    if 0 < end == len(words):
        words = [*words[:-1], _unglued(words[-1])]
    start = 1 if end > 1 and words[0] in LEADING else 0
    return words[start:end]


def _unglued(word: str) -> str:
    """The word without a form that was typed without a blank before it."""
    form = next((form for form in GLUED if word.endswith(form) and len(word) - len(form) >= 4), "")
    return word.removesuffix(form)


@lru_cache(maxsize=50_000)
def street(text: str | None) -> tuple[str | None, str | None]:
    """Answers the street without its number and kind, and the first letter of its kind: `Hauptstr. 12` is (`haupt`, `s`).

    How a kind is written differs (str, strasse); the letter that it begins with does not.
    """
    if not text:
        return None, None
    words = [word for word in folded(_NUMBER.sub(" ", text)).split() if len(word) > 1 or word in STREET_WORDS]
    stems = [_stem(word) for word in words if word not in STREET_WORDS]
    told = " ".join(stem for stem, _ in stems) or " ".join(words)
    ways = [way for _, way in stems if way] or [word for word in words if word in STREET_WORDS and word not in SMALL_WORDS]
    return (None, None) if not told or told in NOTHING else (told, ways[0][0] if ways and stems else None)


def _stem(word: str) -> tuple[str, str]:
    for ending in STREET_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            return word[: -len(ending)], ending
    return word, ""


def house(text: str | None) -> str | None:
    """Answers the house's number: the first digits of the street's line."""
    told = _digits(text)
    return told.lstrip("0") or None if told else None


def digits(text: str | None) -> str | None:
    """Answers the digits of the house's number in their order of size, which no turning changes."""
    told = _digits(text)
    return "".join(sorted(told)) if told else None


def _digits(text: str | None) -> str | None:
    found = _NUMBER.search(text[: 4 * LONGEST]) if text else None
    return found.group()[:8] if found else None


def town(text: str | None) -> str | None:
    """Answers the town, without digits."""
    if not text:
        return None
    told = folded(_NUMBER.sub(" ", text)).replace(" ", "")
    return None if not told or told in NOTHING else told


def code(text: str | None) -> str | None:
    """Answers letters and digits of a code (postal code, number of a maker), in capitals; None for placeholders."""
    if not text:
        return None
    told = "".join(c for c in unicodedata.normalize("NFKC", text[:LONGEST]).upper() if c.isalnum())
    return None if _is_placeholder(told) else told


def tax_id(text: str | None) -> str | None:
    """Answers the digits (and letters behind the first digit) of a tax number: `DE 123.456.789` and `123456789` are one."""
    told = code(text)
    if told is None:
        return None
    digits = re.sub(r"^[^\d]+", "", told)
    return digits if len(digits) >= 5 and not _is_placeholder(digits) else None


def phone(text: str | None) -> str | None:
    """Answers the last digits of a phone number, which no way to dial it changes."""
    if not text:
        return None
    digits = "".join(c for c in re.sub(r"(?<=\d)/?\s*-\s*0$", "", text[:LONGEST]) if c.isdigit() and c.isascii())
    digits = digits.lstrip("0")
    return None if len(digits) < _FEWEST_DIGITS or _is_placeholder(digits) else digits[-_PHONE_DIGITS:]


def email(text: str | None) -> str | None:
    """Answers an address of mail in small letters; None where it is none."""
    told = text[: 2 * LONGEST].strip().casefold() if text else ""
    return told if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", told) else None


def domain(text: str | None) -> str | None:
    """Answers the domain of an address of mail; None for those where anybody has one."""
    told = email(text)
    if told is None:
        return None
    host = told.split("@", 1)[1]
    return None if host.split(".")[0] in FREE_MAIL else host


def _is_placeholder(told: str) -> bool:
    return (
        (len(told) < 3 and not told.isdigit())
        or len(set(told)) <= 1
        or told.casefold() in NOTHING
        or told in ("123456789", "12345678", "1234567", "123456")
    )


def gtin(text: str | None) -> str | None:
    """Answers a GTIN in 14 digits, whichever of its lengths it is written in; None where it is no GTIN.

    Its check digit is not asked for: a mistyped GTIN is like the right one, and that is worth knowing.
    """
    told = "".join(c for c in text[:LONGEST] if c.isdigit() and c.isascii()) if text else ""
    return told.zfill(14) if 8 <= len(told) <= 14 and len(set(told)) > 1 else None
