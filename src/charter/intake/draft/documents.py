"""The documents of a draft: a contract, code lists and a source, each guess with its reason beside it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from charter.intake.draft.meaning import Guess, Meaning, Sureness, channel_of, key_of, scope_of, state_of
from charter.intake.draft.profile import Column, Profile

_LINE_ROLES = ("item", "quantity", "unit", "unit_price", "net_amount", "cost_amount", "currency")
_TIMES = ("received_at", "entered_at", "confirmed_at", "released_at", "delivered_at", "cancelled_at")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Setting:
    """What the draft is made for: its name, where its files lie, and what the workspace says of scope, time and money.

    `scopes` gives the title of each scope that is open on the export's first day, `later` that of each which opens after it.
    """

    name: str
    files: tuple[str, ...]
    scope: str
    time_zone: str
    currency: str
    scopes: Mapping[str, str] = field(default_factory=dict)
    later: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """Two documents as text (several YAML documents each), and what a person has to look at."""

    contract: str
    source: str
    checks: tuple[str, ...]


@dataclass(slots=True)
class _Notes:
    """Marks beside lines, and what of them is to be looked at."""

    checks: list[str] = field(default_factory=list)

    def of(self, guess: Guess, what: str) -> str:
        if guess.sureness is Sureness.CHECK:
            self.checks.append(f"{what}: guessed, since {guess.reason}")
        return f"  # {guess.sureness}: {guess.reason}"

    def check(self, text: str) -> str:
        self.checks.append(text)
        return f"  # CHECK: {text}"


def draft_documents(setting: Setting, declared: Mapping[str, Any], profile: Profile, found: Meaning) -> Draft:
    """Answers the documents for an export; `declared` is how its files are written."""
    notes = _Notes()
    key = key_of(profile, found)
    contract = "\n".join(_contract(setting, profile, found, key)) + "\n"
    lists, lookups = _lists(setting, profile, found, notes)
    source = "\n".join([*lists, *_source(setting, declared, profile, found, key, lookups, notes)]) + "\n"
    return Draft(contract, source, tuple(dict.fromkeys(notes.checks)))


def quoted(value: Any) -> str:
    """Answers a value as it may stand in YAML: plain where it can be nothing else, else in quotes."""
    if (
        isinstance(value, str)
        and _PLAIN.fullmatch(value)
        and value.lower() not in ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
    ):
        return value
    return json.dumps(value, ensure_ascii=False)


def _flow(values: Sequence[Any]) -> str:
    return "[" + ", ".join(quoted(value) for value in values) + "]"


def _contract(setting: Setting, profile: Profile, found: Meaning, key: Sequence[str]) -> Iterator[str]:
    yield f"# Drafted by `charter intake draft` from {profile.rows:,} rows of {setting.files[0].rpartition('/')[2]}: what was seen, not yet what must be."
    yield "# Rules with charterAction warn only count; take that line away, and rows that break them are held."
    yield "apiVersion: v3.1.0"
    yield "kind: DataContract"
    yield f"id: {setting.name}"
    yield f"name: {setting.name}"
    yield "version: 0.1.0"
    yield "status: draft"
    yield "schema:"
    yield "  - name: rows"
    yield "    logicalType: object"
    yield "    properties:"
    needed = {
        *key,
        *(
            name
            for name, guess in found.guesses.items()
            if guess.role in ("document", "case", "ordered_on", "occurred_at", "state")
        ),
    }
    for column in profile.columns:
        yield from _property(column, column.name in needed)


def _property(column: Column, needed: bool) -> Iterator[str]:
    yield f"      - name: {column.name}"
    if column.physical != column.name:
        yield f"        physicalName: {json.dumps(column.physical, ensure_ascii=False)}"
    yield f"        description: {json.dumps(_seen(column), ensure_ascii=False)}"
    yield f"        logicalType: {column.logical}"
    if column.logical == "number":
        yield f"        physicalType: DECIMAL(18,{min(max(column.scale, 2), 6)})"
    if column.filled == column.rows and column.rows:
        yield "        required: true"
    options = _options(column, needed)
    if options:
        yield f"        logicalTypeOptions: {{{', '.join(f'{name}: {quoted(value)}' for name, value in options.items())}}}"
    if column.values and column.logical == "string" and not needed:
        listed = ", ".join(f"{{value: {quoted(value)}}}" for value, _ in column.values)
        yield f"        enum: [{listed}]"
    if not needed and (options or column.values or column.filled == column.rows):
        yield "        customProperties: [{property: charterAction, value: warn}]"
    if 0 < column.null_rate < 1:
        most = min(math.ceil(column.null_rate * 150 + 1), 100)
        yield f"        quality: [{{metric: nullValues, unit: percent, mustBeLessOrEqualTo: {most}, severity: warning}}]"


def _options(column: Column, needed: bool) -> dict[str, Any]:
    """What was seen of a column; of one that is needed only how it is read: what was seen must not hold next month's rows."""
    if not needed and column.logical in ("integer", "number") and column.least is not None and column.greatest is not None:
        return {"minimum": _number(column.least), "maximum": _number(column.greatest)}
    if column.logical == "timestamp" and column.zoned:
        return {"timezone": True}
    if column.format and column.logical in ("date", "timestamp") and not column.format.startswith("%Y-%m-%d"):
        return {"format": column.format}
    if not needed and column.logical == "string" and not column.values and 0 < column.shortest == column.longest <= 40:
        return {"minLength": column.shortest, "maxLength": column.longest}
    return {}


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value == int(value) else value


def _seen(column: Column) -> str:
    parts = [f"filled {1 - column.null_rate:.1%}".replace("%", " %") if column.filled < column.rows else "always filled"]
    if column.values or column.distinct:
        parts.append(f"{len(column.values)} different" if column.values else f"about {column.distinct:,} different")
    if column.least is not None and column.logical != "string":
        parts.append(f"{column.least} to {column.greatest}")
    if column.misfits:
        parts.append(f"{column.misfits:,} are no {column.logical}")
    return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class _Lookup:
    id: str
    list: str
    column: str
    required: bool


def _lists(setting: Setting, profile: Profile, found: Meaning, notes: _Notes) -> tuple[list[str], dict[str, _Lookup]]:
    """Answers the code lists (as lines) for places, channels and states, and how the source looks them up."""
    by_name = {column.name: column for column in profile.columns}
    lines: list[str] = []
    lookups: dict[str, _Lookup] = {}
    for role, title, columns in (
        ("place", "places", _place_rows),
        ("channel", "channels", _channel_rows),
        ("state", "states", _state_rows),
    ):
        name = found.column(role)
        if name is None or not by_name[name].values:
            continue
        rows = list(columns(by_name[name], setting, notes))
        ref = f"{setting.name}-{title}"
        lookups[role] = _Lookup(role, f"CodeList:{ref}", name, role == "state")
        guess = found.guesses[name]
        lines += [
            f"# What {by_name[name].physical} means in our words. {guess.sureness}: {guess.reason}.", "apiVersion: charter/v1", "kind: CodeList",
            f"metadata: {{name: {ref}}}", "spec:", "  key: [code]", "  rows:", *rows, "---",
        ]  # fmt: skip
    return lines, lookups


def _place_rows(column: Column, setting: Setting, notes: _Notes) -> Iterator[str]:
    unknown = []
    for value, count in column.values:
        scope, later = scope_of(value, setting.scopes), scope_of(value, setting.later)
        unknown += [value] if scope is None else []
        why = "" if scope else f"; CHECK: {later} opens only after the first rows" if later else "; CHECK: no scope is called so"
        mark = f"  # {count:,} rows{why}"
        yield f"    - {{code: {quoted(value)}, scope: {quoted(scope or setting.scope)}}}{mark}"
    if unknown:
        notes.check(
            f"{len(unknown)} of {len(column.values)} values of {column.physical} are no scope of yours yet, such as {unknown[0]}: they count for {setting.scope}"
        )


def _channel_rows(column: Column, setting: Setting, notes: _Notes) -> Iterator[str]:
    del setting
    for value, count in column.values:
        commit, touchpoint, word = channel_of(value)
        if word:
            mark = f"  # {count:,} rows; likely: {word}"
            notes.check(f"{column.physical} {value} is read as {commit}: who committed the order, you know")
        else:
            mark = f"  # {count:,} rows;" + notes.check(
                f"{column.physical} {value}: no word of it says who committed the order"
            ).removeprefix("  #")
        yield f"    - {{code: {quoted(value)}, class: {commit}, touchpoint: {quoted(touchpoint)}}}{mark}"


def _state_rows(column: Column, setting: Setting, notes: _Notes) -> Iterator[str]:
    del setting
    for value, count in column.values:
        state, word = state_of(value)
        if state is None:
            mark = f"  # {count:,} rows;" + notes.check(
                f"the state {value}: no word of it is known; read as `same`, which repeats the one before"
            ).removeprefix("  #")
        else:
            mark = f"  # {count:,} rows; likely: {word}"
        yield f"    - {{code: {quoted(value)}, means: {state or 'same'}}}{mark}"


def _source(
    setting: Setting, declared: Mapping[str, Any], profile: Profile, found: Meaning, key: Sequence[str],
    lookups: Mapping[str, _Lookup], notes: _Notes,
) -> Iterator[str]:  # fmt: skip
    yield f"# Drafted by `charter intake draft`: {found.reason}. Look at each CHECK; `charter intake try {setting.name}` shows what comes out."
    yield "apiVersion: charter/v1"
    yield "kind: Source"
    yield f"metadata: {{name: {setting.name}}}"
    yield "spec:"
    yield f"  system: {setting.name}"
    yield f"  scope: {setting.scope}"
    zone = notes.check(f"the time zone of the export: {setting.time_zone} is the workspace's") if _has_clock(profile) else ""
    yield f"  timeZone: {setting.time_zone}{zone}"
    yield "  connection: {type: files}"
    bounds = (
        notes.check("where columns begin is guessed by the blanks in it: compare with the layout that the system documents")
        if "fields" in declared
        else ""
    )
    yield "  entities:"
    yield "    - id: rows"
    yield f"      files: {_flow(setting.files)}"
    yield f"      format: {{{', '.join(_formats(declared, profile))}}}{bounds}"
    yield f"      contract: DataContract:{setting.name}"
    yield from _identity(profile, found, key, notes)
    if lookups:
        yield "      lookups:"
    for one in lookups.values():
        yield f"        - {{id: {one.id}, list: {quoted(one.list)}, on: [{one.column}]{', required: true' if one.required else ''}}}"
    yield from _left_out(profile, found, notes)
    for name, text in _worth(setting, found).items():
        yield f"      {name}: {_expression(text)}"
    yield "      targets:"
    for target in found.targets:
        yield f"        {target}:"
        yield from _mapped(target, setting, profile, found, lookups, notes)


def _has_clock(profile: Profile) -> bool:
    return any(column.logical == "timestamp" and not column.zoned for column in profile.columns)


def _formats(declared: Mapping[str, Any], profile: Profile) -> Iterator[str]:
    for name, value in declared.items():
        if name == "fields":
            fields = ", ".join("{" + ", ".join(f"{key}: {quoted(told)}" for key, told in one.items()) + "}" for one in value)
            yield f"fields: [{fields}]"
        else:
            yield f"{name}: {_flow(value) if isinstance(value, list) else quoted(value)}"
    if profile.numbers.decimal != ".":
        yield f"decimal: {quoted(profile.numbers.decimal)}"
    if profile.numbers.thousands:
        yield f"thousands: {quoted(profile.numbers.thousands)}"


def _identity(profile: Profile, found: Meaning, key: Sequence[str], notes: _Notes) -> Iterator[str]:
    if key:
        yield f"      key: {_flow(list(key))}  # likely: no two of {profile.rows:,} rows share it"
        return
    document = found.column("document") or found.column("case") or found.column("account") or found.column("item")
    told = notes.check("nothing tells two rows of one document apart: equal rows of one document are counted")
    yield f"      document: {_flow([document or profile.columns[0].name])}{told}"


def _left_out(profile: Profile, found: Meaning, notes: _Notes) -> Iterator[str]:
    """Rows that take back what was sold, and rows without a price, are no orders: left out with their reason."""
    by_name = {column.name: column for column in profile.columns}
    rules = []
    for role, reason, sign in (("quantity", "return", "<"), ("unit_price", "no-price", "<="), ("net_amount", "credit-note", "<")):
        name = found.column(role)
        least = by_name[name].least if name else None
        if name and least is not None and (float(least) < 0 or (sign == "<=" and float(least) == 0)):
            what = "is below zero" if sign == "<" else "is zero or below"
            mark = notes.check(f"rows whose {by_name[name].physical} {what} are left out as {reason}: are they orders?")
            rules.append(f'        - {{reason: {reason}, when: "{name} {sign} 0"}}{mark}')
    if rules and found.targets[0] == "order":
        yield "      exclude:"
        yield from rules


def _worth(setting: Setting, found: Meaning) -> dict[str, str]:
    if found.targets[0] not in ("order",):
        return {"day": moment} if (moment := found.column("occurred_at")) else {}
    amount, day = amount_of(found), found.column("ordered_on") or found.column("confirmed_at")
    told = {"value": amount, "currency": found.column("currency") or f"'{setting.currency}'"} if amount else {}
    return told | ({"day": f"cast({day} as date)"} if day else {})


def amount_of(found: Meaning) -> str | None:
    """Answers the net amount of a row: its own column, else quantity times price."""
    if (amount := found.column("net_amount")) is not None:
        return amount
    quantity, price = found.column("quantity"), found.column("unit_price")
    return f"{quantity} * {price}" if quantity and price else price


def _expression(text: str) -> str:
    return (
        text
        if text not in ("true", "false", "null") and re.fullmatch(r"[A-Za-z_][\w. *()]*", text)
        else json.dumps(text, ensure_ascii=False)
    )


def _mapped(
    target: str, setting: Setting, profile: Profile, found: Meaning, lookups: Mapping[str, _Lookup], notes: _Notes
) -> Iterator[str]:
    rows = {"order": _order, "order_line": _order_line, "case_event": _case}.get(target, _master)
    for name, text, mark in rows(target, setting, profile, found, lookups, notes):
        yield f"          {name}: {_expression(text)}{mark}"


_Row = tuple[str, str, str]


def _given(found: Meaning, role: str, name: str, notes: _Notes, what: str | None = None) -> Iterator[_Row]:
    column = found.column(role)
    if column is not None:
        guess = found.guesses[column]
        yield name, what or column, notes.of(guess, f"{name} = {column}")


def _common(setting: Setting, found: Meaning, lookups: Mapping[str, _Lookup], notes: _Notes) -> Iterator[_Row]:
    yield from _given(found, "document", "document", notes)
    yield from _given(found, "account", "account", notes)
    if "place" in lookups:
        yield "selling_scope", "place.scope", ""
    if "channel" in lookups:
        yield "commit_class", "coalesce(channel.class, 'CX')", ""
        yield "touchpoint", "channel.touchpoint", ""
    else:
        yield (
            "commit_class",
            "'CX'",
            notes.check(
                "no column says who committed the order: CX is unknown; where all come from one channel, write its class (C1: the shop)"
            ),
        )
    day = found.column("ordered_on") or found.column("confirmed_at")
    if day:
        yield "ordered_on", f"cast({day} as date)", notes.of(found.guesses[day], f"ordered_on = {day}")


def _money(setting: Setting, found: Meaning, notes: _Notes) -> Iterator[_Row]:
    yield from _given(found, "currency", "currency", notes)
    if found.column("currency") is None:
        yield "currency", f"'{setting.currency}'", notes.check(f"no column names a currency: {setting.currency} is the workspace's")
    if (amount := amount_of(found)) is not None:
        column = found.column("net_amount")
        mark = notes.of(found.guesses[column], f"net_amount = {column}") if column else "  # likely: quantity times price"
        yield "net_amount", amount, mark


def _order(
    target: str, setting: Setting, profile: Profile, found: Meaning, lookups: Mapping[str, _Lookup], notes: _Notes
) -> Iterator[_Row]:
    del target
    yield from _common(setting, found, lookups, notes)
    by_name = {column.name: column for column in profile.columns}
    for role in _TIMES:
        if (name := found.column(role)) and by_name[name].logical == "timestamp":
            yield from _given(found, role, role, notes)
    if name := found.column("shipped_on"):
        yield from _given(found, "shipped_on", "shipped_on", notes, f"cast({name} as date)")
    day = found.column("ordered_on") or found.column("confirmed_at")
    if day:
        yield "day_basis", f"'{day}'", ""
        yield "time_precision", "'day'" if by_name[day].logical == "date" else "'minute'", ""
    yield from _money(setting, found, notes)
    yield "confirmed", "true", notes.check("every row is taken for a confirmed order")
    yield (
        "eligible",
        "true",
        notes.check("every row is taken to count: credit notes, samples and internal orders want an `exclude` or a condition here"),
    )


def _order_line(
    target: str, setting: Setting, profile: Profile, found: Meaning, lookups: Mapping[str, _Lookup], notes: _Notes
) -> Iterator[_Row]:
    del target, profile
    yield from _common(setting, found, lookups, notes)
    yield from _given(found, "line", "line", notes)
    for role in ("item", "quantity", "unit", "unit_price"):
        yield from _given(found, role, role, notes)
    yield from _given(found, "cost_amount", "cost_amount", notes)
    yield from _money(setting, found, notes)
    yield "eligible", "true", ""


def _case(
    target: str, setting: Setting, profile: Profile, found: Meaning, lookups: Mapping[str, _Lookup], notes: _Notes
) -> Iterator[_Row]:
    del target, profile
    yield from _given(found, "case", "case", notes)
    yield from _given(found, "sequence", "sequence", notes)
    moment = found.column("occurred_at") or found.column("ordered_on") or found.column("opened_at")
    if moment:
        yield "occurred_at", moment, notes.of(found.guesses[moment], f"occurred_at = {moment}")
    if "state" in lookups:
        yield "state", "state.means", ""
        yield "source_state", str(found.column("state")), ""
    for role, name in (("opened_at", "opened_at"), ("case_type", "case_type"), ("priority", "priority"), ("contact", "channel"), ("account", "account"), ("team", "assigned_team")):  # fmt: skip
        yield from _given(found, role, name, notes)
    if "place" in lookups:
        yield "serving_scope", "place.scope", ""
    del setting


def _master(
    target: str, setting: Setting, profile: Profile, found: Meaning, lookups: Mapping[str, _Lookup], notes: _Notes
) -> Iterator[_Row]:
    del profile
    if target == "account":
        yield from _given(found, "account", "account", notes)
        yield from _given(found, "segment", "segment", notes)
        if "place" in lookups:
            yield "home_scope", "place.scope", ""
    elif target == "item":
        yield from _given(found, "item", "item", notes)
        yield from _given(found, "title", "title", notes)
        yield from _given(found, "unit", "base_unit", notes)
    else:
        yield "rate_set", "'daily'", notes.check("the rate set that metrics name: daily, or the plan's")
        yield from _given(found, "currency", "currency", notes)
        yield from _given(found, "ordered_on", "rate_on", notes)
        yield from _given(found, "rate", "rate", notes)
    del setting
