"""What the columns of an export may mean: a guess for each, how sure it is, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from charter.intake.draft.profile import Column, Profile
from charter.intake.draft.words import CHANNELS, COUNTRIES, CURRENCIES, ROLES, STATES, plain

_DAYS = ("date", "timestamp")
_NUMBERS = ("integer", "number")
_MOMENTS = (
    "ordered_on", "received_at", "entered_at", "confirmed_at", "released_at", "shipped_on", "delivered_at", "due_on", "cancelled_at",
    "occurred_at", "opened_at", "resolved_at", "closed_at",
)  # fmt: skip
_AMOUNTS = ("quantity", "unit_price", "net_amount", "cost_amount", "tax", "discount", "freight", "rate")
_OF_CASES = (
    "case",
    "state",
    "occurred_at",
    "opened_at",
    "resolved_at",
    "closed_at",
    "sequence",
    "case_type",
    "priority",
    "contact",
    "team",
)
_ONLY_OF_CASES = ("state", "occurred_at", "sequence", "contact", "team")
_SURE, _LIKELY, _WEAK = 3.0, 2.0, 1.0
_CHANNELS = 20


class Sureness(StrEnum):
    """How far a guess is to be trusted."""

    SURE = "sure"
    LIKELY = "likely"
    CHECK = "CHECK"


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column may mean: its role, how sure, and why."""

    role: str
    sureness: Sureness
    reason: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an export tells of (`order`, `order_line`, `case_event`, `account`, `item`, `fx_rate`), and its columns by role."""

    targets: tuple[str, ...]
    guesses: Mapping[str, Guess]
    reason: str

    def column(self, role: str) -> str | None:
        """Answers the name of the column with that role."""
        return next((name for name, guess in self.guesses.items() if guess.role == role), None)


def meaning(profile: Profile) -> Meaning:
    """Answers the likeliest meaning: roles by the names of the columns, as far as their values allow, then by the values alone."""
    of_cases = _tells_of_cases(profile.columns)
    guesses = _assigned(profile.columns, _roles(of_cases))
    guesses |= _by_values(profile, guesses)
    targets, reason = _targets({guess.role for guess in guesses.values()}, profile, of_cases)
    order = {column.name: at for at, column in enumerate(profile.columns)}
    return Meaning(targets, dict(sorted(guesses.items(), key=lambda pair: order[pair[0]])), reason)


def identifying(columns: Sequence[Column]) -> set[str]:
    """Answers the columns that, by their names, number documents, cases and what stands in them."""
    roles = ("document", "line", "case", "sequence")
    return {column.physical for column in columns if any(_score(column, role) >= _LIKELY for role in roles)}


def _roles(of_cases: bool) -> list[str]:
    if of_cases:
        return [role for role in ROLES if role in _OF_CASES or role in ("account", "place", "title")]
    return [role for role in ROLES if role not in (*_ONLY_OF_CASES, "case", "case_type", "opened_at", "resolved_at", "closed_at")]


def _tells_of_cases(columns: Sequence[Column]) -> bool:
    """Cases have states that wait and are resolved, and a time; orders have items, quantities or amounts."""
    states = [one for one in columns if _score(one, "state") and one.values and len(_known_states(one)) >= 2]
    money = [one for one in columns if any(_score(one, role) >= _LIKELY for role in ("quantity", "unit_price", "net_amount"))]
    return bool(states) and not money and any(one.logical in _DAYS for one in columns)


def _known_states(column: Column) -> set[str]:
    return {found for value, _ in column.values if (found := state_of(value)[0])}


def _assigned(columns: Sequence[Column], roles: Sequence[str]) -> dict[str, Guess]:
    """Each role goes to one column, the best fit first; of equal ones the first in the file."""
    scored = sorted(
        ((-_score(column, role), at, place, column, role) for at, column in enumerate(columns) for place, role in enumerate(roles)),
        key=lambda entry: entry[:3],
    )
    found: dict[str, Guess] = {}
    taken: set[str] = set()
    for negative, _, _, column, role in scored:
        if negative and column.name not in found and role not in taken:
            taken.add(role)
            sureness = Sureness.SURE if -negative >= _SURE else Sureness.LIKELY if -negative >= _LIKELY else Sureness.CHECK
            found[column.name] = Guess(role, sureness, f"it is called {column.physical}")
    return found


def _score(column: Column, role: str) -> float:
    """How well a column's name says a role; 0 where its values cannot be that."""
    return 0.0 if _is_impossible(column, role) else max((_alike(column.name, word) for word in ROLES[role].split()), default=0.0)


def _alike(name: str, word: str) -> float:
    whole, other = name.replace("_", ""), word.replace("_", "")
    if whole == other:
        return _SURE + len(other) / 1000
    mine, wanted = set(name.split("_")), set(word.split("_"))
    if wanted <= mine:
        return _LIKELY + len(wanted) / 10 - len(mine - wanted) / 20
    if len(other) >= 5 and (whole.startswith(other) or whole.endswith(other)):
        return _WEAK + len(other) / 100
    return 0.0


def _is_impossible(column: Column, role: str) -> bool:
    if not column.filled:
        return True
    if role in _MOMENTS:
        return column.logical not in _DAYS
    if role in _AMOUNTS:
        return column.logical not in _NUMBERS
    if column.logical in _DAYS or column.logical == "time":
        return True
    if role == "currency":
        return not _are_currencies(column)
    if role in ("state", "channel", "contact"):
        return not column.values
    if role in ("title", "email", "rep", "segment", "unit"):
        return column.logical in _NUMBERS and role in ("title", "email", "unit")
    return column.logical == "number"


def _are_currencies(column: Column) -> bool:
    return bool(column.values) and all(value.strip().upper() in CURRENCIES for value, _ in column.values)


def _by_values(profile: Profile, known: Mapping[str, Guess]) -> dict[str, Guess]:
    """Answers guesses for what no name said and only one column can be."""
    roles = {guess.role for guess in known.values()}
    free = [column for column in profile.columns if column.name not in known]
    found: dict[str, Guess] = {}
    currencies = [one for one in free if _are_currencies(one)]
    if "currency" not in roles and len(currencies) == 1:
        found[currencies[0].name] = Guess("currency", Sureness.LIKELY, "its values are currencies")
    days = [one for one in free if one.logical in _DAYS]
    if not roles & {"ordered_on", "occurred_at", "confirmed_at"} and days:
        sureness = Sureness.LIKELY if len(days) == 1 else Sureness.CHECK
        told = "it is the only column of days" if len(days) == 1 else "it is the first column of days"
        found[days[0].name] = Guess("ordered_on", sureness, told)
    ways = [one for one in free if one.logical == "string" and 1 < len(one.values) <= _CHANNELS and _are_channels(one)]
    if "channel" not in roles and "state" not in roles and ways:
        found[ways[0].name] = Guess("channel", Sureness.LIKELY, "its values are ways to order")
    if not roles & {"document", "case"} and (one := _document(profile, free)):
        found[one.name] = Guess(
            "document", Sureness.CHECK, "its values repeat over a few rows each, as an order's number does over its lines"
        )
    return found


def _are_channels(column: Column) -> bool:
    return sum(1 for value, _ in column.values if channel_of(value)[2]) * 2 >= len(column.values)


def _document(profile: Profile, free: Iterable[Column]) -> Column | None:
    """Of the columns without gaps the one with the most different values, but fewer than rows."""
    fit = [
        one for one in free
        if one.logical in ("string", "integer") and one.filled == profile.rows and one.longest <= 40
        and profile.rows * 0.01 < one.distinct and not one.values
    ]  # fmt: skip
    return max(fit, key=lambda one: one.distinct, default=None)


def _targets(roles: set[str], profile: Profile, of_cases: bool) -> tuple[tuple[str, ...], str]:
    if of_cases:
        return ("case_event",), "it has states that wait and are resolved, and a time"
    if {"rate", "currency"} <= roles:
        return ("fx_rate",), "it has a rate for each currency and day"
    unique = {key[0] for key in profile.keys if len(key) == 1}
    if "document" not in roles and "ordered_on" not in roles:
        if "item" in roles and unique:
            return ("item",), "each row is another article, and there are no orders in it"
        if "account" in roles and unique:
            return ("account",), "each row is another customer, and there are no orders in it"
    if roles & {"item", "quantity", "unit_price", "line"}:
        return ("order", "order_line"), "it has lines with articles, quantities or prices"
    return ("order",), "it has an order's number, and nothing of lines"


def state_of(value: str) -> tuple[str | None, str]:
    """Answers which of our states a case's state is, and the word that says so; None where no word is known."""
    told = _plain(value)
    for state, words in STATES.items():
        for word in words.split("|"):
            if word in told:
                return state, word
    return None, ""


def channel_of(value: str) -> tuple[str, str, str]:
    """Answers commit class, touchpoint and the word that says so; CX where no word is known."""
    told = f" {_plain(value)} "
    for words, (commit, touchpoint) in CHANNELS.items():
        for word in words.split("|"):
            if word in told and (len(word) > 4 or f" {word} " in told):
                return commit, touchpoint, word
    return "CX", "", ""


def _plain(text: str) -> str:
    return plain(text).lower().replace("_", " ")


def scope_of(value: str, scopes: Mapping[str, str]) -> str | None:
    """Answers the scope that a country's or a branch's name means: by its id's last part or by its title."""
    told = _plain(value).strip().replace(" ", "-")
    code = next((code for code, names in COUNTRIES.items() if _plain(value).strip() in names.split("|")), told)
    for scope, title in scopes.items():
        if told == _plain(title).strip().replace(" ", "-") or scope.rpartition("/")[2] in (told, code):
            return scope
    return None


def key_of(profile: Profile, found: Meaning) -> tuple[str, ...]:
    """Answers the columns that identify a row: of those that do, the set that the roles make likeliest; empty: none does."""
    by_physical = {column.physical: column for column in profile.columns}
    wanted = {found.column(role) for role in ("document", "line", "case", "sequence")} - {None}
    identity = set(wanted) | {found.column(role) for role in ("item", "account", "occurred_at", "state")} - {None}
    keys = [tuple(by_physical[name].name for name in key) for key in profile.keys]
    likely = [key for key in keys if set(key) & wanted or set(key) <= identity]
    ranked = sorted(likely, key=lambda key: (len(set(key) - identity), -len(set(key) & wanted), len(key)))
    return next((key for key in ranked if _is_identity(key, profile)), ())


def _is_identity(key: Sequence[str], profile: Profile) -> bool:
    """Amounts and texts that happen to differ identify nothing."""
    columns = {column.name: column for column in profile.columns}
    return all(columns[name].logical not in ("number", "boolean") and columns[name].longest <= 60 for name in key)
