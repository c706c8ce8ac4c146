"""Rows of a source as rows of the canonical tables: expressions and lookups compiled to one SELECT.

The statement answers, per judged row: its number, identity parts, rules broken (the contract's and the mapping's own:
`<column>:scope`, `<column>:required`, `<column>:type`, `<column>:enum`, `<lookup>:lookup`, a target's own), the reason it is left out, what it is worth, its day, and
one column `<target>.<column>` for each canonical column that is mapped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from charter.intake.contract import rule_id
from charter.intake.plan import EntityPlan
from charter.intake.pseudonym import pseudonym_sql
from charter.intake.stage import Judged
from charter.intake.target import TARGETS, Target
from charter.intake.value_sql import identifier, literal

_COLUMN = re.compile(r"\{(\w+)\}")
Describe = Callable[[str], Mapping[str, str]]


@dataclass(slots=True)
class _Sheet:
    """The expressions of one entity, each computed once: SQL text -> column name."""

    names: dict[str, str] = field(default_factory=dict)

    def add(self, sql: str) -> str:
        return self.names.setdefault(sql, f"e{len(self.names)}")


@dataclass(frozen=True, slots=True)
class _Field:
    """One canonical column of one target: where its value comes from, and its type."""

    target: Target
    column: str
    sql_type: str
    value: str

    @property
    def name(self) -> str:
        return f"{self.target.name}.{self.column}"


def mapping_select(plan: EntityPlan, judged: Judged, describe: Describe, delivery: int) -> str:
    """Answers the SELECT over the judged rows of one delivery; `describe` answers the column types of a SELECT."""
    sheet = _Sheet()
    columns = plan.expression_columns()
    entity = plan.entity
    told = {
        target: {key: sheet.add(plan.sql(text, columns)) for key, text in mapping.items()}
        for target, mapping in entity.targets.items()
    }
    extras = {
        name: sheet.add(plan.sql(text, columns))
        for name, text in (
            ("value", entity.value),
            ("currency", entity.currency),
            ("day", entity.day),
            ("version", entity.version),
        )
        if text
    }
    # Rows in which a cast meets what its type cannot hold are held, as `<column>:type`.
    own = {"value": entity.value, "currency": entity.currency, "day": entity.day, "version": entity.version}
    written = [(key, text) for mapping in entity.targets.values() for key, text in mapping.items()]
    written += [(key, text) for key, text in own.items() if text]
    unfit = [(rule_id(key, "type"), sheet.add(one)) for key, text in written for one in plan.misfits(text, columns)]
    excluded = [(rule.reason, sheet.add(plan.sql(rule.when, columns))) for rule in entity.exclude]
    base = _with_lookups(plan, judged)
    opened = ["_open"] if plan.open_rules() else []
    carried = ["_row", "_content", "_broken", *opened, "_payload", *_missing_lookups(plan), *_keys(plan), *_source_columns(plan)]
    evaluated = f"SELECT {', '.join([*carried, *(f'{sql} AS {name}' for sql, name in sheet.names.items())])} FROM ({base}) AS base"
    types = describe(evaluated)
    fields = [
        _typed(plan, TARGETS[target], key, name, types[name]) for target, mapping in told.items() for key, name in mapping.items()
    ]
    day = _day(plan, extras, fields, types)
    return _finished(plan, evaluated, types, fields, extras, excluded, unfit, day, delivery)


def _numbered(judged: Judged) -> str:
    """Rows keep their place in the delivery: lines that are no rows move those behind them."""
    if judged.rejected is None:
        return f"(SELECT rowid + 1 AS _row, * FROM {judged.table})"
    shifts = (
        "(SELECT _row - row_number() OVER (ORDER BY _row) + 1 AS _from, row_number() OVER (ORDER BY _row) AS _shift "
        f"FROM {judged.rejected})"
    )
    return (
        f"(SELECT g.rowid + 1 + coalesce(s._shift, 0) AS _row, g.* FROM {judged.table} AS g "
        f"ASOF LEFT JOIN (SELECT _from, max(_shift) AS _shift FROM {shifts} AS moved GROUP BY _from) AS s ON g.rowid + 1 >= s._from)"
    )


def _with_lookups(plan: EntityPlan, judged: Judged) -> str:
    columns = ["j.*"]
    joins = []
    for lookup in plan.entity.lookups:
        table = plan.lists[lookup.id]
        alias = identifier(f"list {lookup.id}")
        columns += [f"{alias}.{identifier(name)} AS {identifier(f'{lookup.id}.{name}')}" for name in table.columns]
        columns.append(f"{alias}.{identifier(table.key[0])} IS NULL AS {identifier(f'missing {lookup.id}')}")
        on = " AND ".join(
            f"CAST(j.{identifier(source)} AS VARCHAR) = {alias}.{identifier(key)}"
            for source, key in zip(lookup.on, table.key, strict=True)
        )
        joins.append(f"LEFT JOIN {plan.list_table(lookup.id)} AS {alias} ON {on}")
    return f"SELECT {', '.join(columns)} FROM {_numbered(judged)} AS j {' '.join(joins)}"


def _missing_lookups(plan: EntityPlan) -> list[str]:
    return [identifier(f"missing {lookup.id}") for lookup in plan.entity.lookups if lookup.required]


def _source_columns(plan: EntityPlan) -> list[str]:
    return [f"{identifier(column.name)} AS {identifier(f'source {column.name}')}" for column in plan.contract.columns]


def _payload(plan: EntityPlan, rules: str) -> str:
    """Rows that only the mapping holds back show their values as read; those of the contract as received."""
    fields = ", ".join(
        f"{literal(column.physical)}, CAST(v.{identifier(f'source {column.name}')} AS VARCHAR)" for column in plan.contract.columns
    )
    return f"CASE WHEN {rules} THEN coalesce(v._payload, CAST(json_object({fields}) AS VARCHAR)) END"


def _keys(plan: EntityPlan) -> list[str]:
    parts = [_key_text(plan, name) for name in plan.entity.key or plan.entity.document]
    whole = " || '|' || ".join(parts)
    return [f"{whole} AS _identity"]


def _key_text(plan: EntityPlan, name: str) -> str:
    value = identifier(name)
    if plan.contract.column(name).sql_type != "VARCHAR":
        return f"CAST({value} AS VARCHAR)"
    # The separator is escaped where it stands in a value, so that ('a|b', 'c') and ('a', 'b|c') differ.
    escaped = f"replace(replace({value}, '\\', '\\\\'), '|', '\\|')"
    return f"CASE WHEN contains({value}, '|') OR contains({value}, '\\') THEN {escaped} ELSE {value} END"


def _row_key(plan: EntityPlan) -> str:
    # Without a key the row is known by its document, its content, and which of equal rows it is (counted by the merge).
    return "v._identity" if plan.entity.key else "v._identity || '|' || v._content || '|1'"


def _typed(plan: EntityPlan, target: Target, key: str, name: str, found: str) -> _Field:
    column = target.column_for(key) or key
    sql_type = target.columns()[column]
    value = converted(name, found, sql_type, plan.time_zone)
    if column in target.qualified:
        prefix = literal(plan.system + ":")
        value = f"CASE WHEN contains({value}, ':') THEN {value} ELSE {prefix} || {value} END"
    if column in target.pseudonyms():
        value = pseudonym_sql(value, plan.system)
    return _Field(target, column, sql_type, value)


def converted(value: str, found: str, wanted: str, zone: str) -> str:
    """Answers the SQL of `value` (of type `found`) as `wanted`; null where it cannot be one.

    A wall-clock time becomes an instant by the source's zone, and an instant a day by the same.
    """
    if found == wanted:
        return value
    if wanted == "TIMESTAMP WITH TIME ZONE" or wanted == "TIMESTAMPTZ":
        if found.startswith("TIMESTAMP WITH"):
            return value
        if found.startswith("TIMESTAMP") or found == "DATE":
            return f"timezone({literal(zone)}, CAST({value} AS TIMESTAMP))"
    if found.startswith("TIMESTAMP WITH") and wanted in ("DATE", "TIMESTAMP"):
        return f"CAST(timezone({literal(zone)}, {value}) AS {wanted})"
    return f"TRY_CAST({value} AS {wanted})"


def _day(plan: EntityPlan, extras: Mapping[str, str], fields: Sequence[_Field], types: Mapping[str, str]) -> str:
    if "day" in extras:
        return converted(extras["day"], types[extras["day"]], "DATE", plan.time_zone)
    for target in dict.fromkeys(entry.target.name for entry in fields):
        named = {entry.column: entry for entry in fields if entry.target.name == target}
        found = [named[name] for name in TARGETS[target].day if name in named]
        if found:
            days = [converted(entry.value, _described(entry.sql_type), "DATE", plan.time_zone) for entry in found]
            return f"coalesce({', '.join(days)})" if len(days) > 1 else days[0]
    return "CAST(NULL AS DATE)"


def _described(sql_type: str) -> str:
    return "TIMESTAMP WITH TIME ZONE" if sql_type == "TIMESTAMPTZ" else sql_type


def _finished(
    plan: EntityPlan,
    evaluated: str,
    types: Mapping[str, str],
    fields: Sequence[_Field],
    extras: Mapping[str, str],
    excluded: Sequence[tuple[str, str]],
    unfit: Sequence[tuple[str, str]],
    day: str,
    delivery: int,
) -> str:
    """Scopes are looked up on the row's day; then all that is wrong with the row is gathered."""
    values = "".join(f", {entry.value} AS {identifier(entry.name)}" for entry in fields)
    valued = f"SELECT *, {day} AS _day{values} FROM ({evaluated}) AS evaluated"
    joins, checks, zones = _scope_joins(fields)
    checks |= _value_checks(plan, fields, types)
    checks |= {f"v._broken IS NULL AND v.{name}": rule for rule, name in unfit}
    reason = f"CASE{''.join(f' WHEN v.{name} THEN {literal(told)}' for told, name in excluded)} END" if excluded else "NULL"
    waived = plan.open_rules()
    opened = {condition: rule for condition, rule in checks.items() if rule in waived}
    checks = {condition: rule for condition, rule in checks.items() if rule not in waived}
    # The contract judges every row; the mapping only those that are not left out.
    faulty = " OR ".join(f"({condition})" for condition in checks) or "false"
    own = "".join(f", CASE WHEN {condition} THEN {literal(rule)} END" for condition, rule in checks.items())
    fault = f"(v._broken IS NOT NULL OR (({reason}) IS NULL AND ({faulty})))"
    told = [f"CASE WHEN ({reason}) IS NULL AND {condition} THEN {literal(rule)} END" for condition, rule in opened.items()]
    still_open = f"nullif(concat_ws('; ', {', '.join(['v._open', *told])}), '')"
    outputs = [
        f"{delivery} AS _delivery",
        "v._row",
        f"{_row_key(plan)} AS _key",
        "v._content",
        f"{_version(extras, types)} AS _version",
        f"CASE WHEN {fault} THEN concat_ws('; ', v._broken{own}) END AS _rules",
        *([f"{still_open} AS _open"] if waived else []),
        f"{_payload(plan, f'({fault} OR {still_open} IS NOT NULL)' if waived else fault)} AS _payload",
        f"CAST({reason} AS VARCHAR) AS _reason",
        f"{_optional(extras, types, 'value', 'DECIMAL(18,4)', plan)} AS _value",
        f"{_optional(extras, types, 'currency', 'VARCHAR', plan)} AS _currency",
        f"{_local_day(plan, extras, types, fields, zones)} AS _day",
        *(_output(plan, entry) for entry in fields),
        *_derived(plan, fields, zones),
    ]
    return f"SELECT {', '.join(outputs)} FROM ({valued}) AS v {' '.join(joins)}"


def _scope_joins(fields: Sequence[_Field]) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Answers the joins that look scopes up, the checks that they are open, and where each scope's time zone is then."""
    joins, checks, zones = [], {}, {}
    on = "coalesce(v._day, DATE '9999-12-30')"
    for at, named in enumerate(_scope_columns(fields).values()):
        value = f"v.{identifier(named[0].name)}"
        joins.append(
            f"LEFT JOIN scope_slice AS s{at} ON s{at}.scope = {value} AND s{at}.valid_from <= {on} AND s{at}.valid_to > {on}"
        )
        checks[f"{value} IS NOT NULL AND s{at}.scope IS NULL"] = f"{named[0].column}:scope"
        zones.update({entry.name: f"s{at}.time_zone" for entry in named})
    return joins, checks, zones


def _value_checks(plan: EntityPlan, fields: Sequence[_Field], types: Mapping[str, str]) -> dict[str, str]:
    """Answers condition -> rule: lookups that must match, values that no type holds, canonical columns that must be there.

    The last two only where the contract found nothing: else they repeat what it said.
    """
    checks = {
        f"v.{identifier(f'missing {lookup.id}')}": rule_id(lookup.id, "lookup") for lookup in plan.entity.lookups if lookup.required
    }
    for entry in fields:
        value = f"v.{identifier(entry.name)}"
        origin = entry.value.removeprefix("TRY_CAST(").split(" ", 1)[0]
        if entry.value.startswith("TRY_CAST(") and entry.sql_type != "VARCHAR" and origin in types:
            checks[f"v._broken IS NULL AND v.{origin} IS NOT NULL AND {value} IS NULL"] = f"{entry.column}:type"
        if words := entry.target.allowed.get(entry.column):
            listed = ", ".join(literal(word) for word in words)
            checks[f"v._broken IS NULL AND coalesce({value} NOT IN ({listed}), false)"] = f"{entry.column}:enum"
        if entry.column in entry.target.needed:
            checks[f"v._broken IS NULL AND {value} IS NULL"] = f"{entry.column}:required"
    return checks | _target_checks(fields)


def _target_checks(fields: Sequence[_Field]) -> dict[str, str]:
    """Answers condition -> rule for what a target says of its columns together, where all of them are mapped."""
    checks = {}
    for target in dict.fromkeys(entry.target for entry in fields):
        columns = {entry.column: f"v.{identifier(entry.name)}" for entry in fields if entry.target is target}
        for rule, condition in target.rules.items():
            if set(_COLUMN.findall(condition)) <= columns.keys():
                checks[f"v._broken IS NULL AND coalesce({condition.format_map(columns)}, false)"] = rule
    return checks


def _scope_columns(fields: Sequence[_Field]) -> dict[str, list[_Field]]:
    found: dict[str, list[_Field]] = {}
    for entry in fields:
        if entry.column in entry.target.scopes():
            found.setdefault(entry.value, []).append(entry)
    return found


def _version(extras: Mapping[str, str], types: Mapping[str, str]) -> str:
    if "version" not in extras:
        return "CAST(NULL AS VARCHAR)"
    name, found = f"v.{extras['version']}", types[extras["version"]]
    if found in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT") or found.startswith(("DECIMAL", "U")):
        # Shifted and padded, so that the order of the texts is the order of the numbers.
        return f"lpad(CAST(CAST({name} AS DECIMAL(28,4)) + 500000000000000000 AS VARCHAR), 24, '0')"
    if found.startswith("TIMESTAMP WITH"):
        return f"strftime(timezone('UTC', {name}), '%Y-%m-%d %H:%M:%S.%f')"
    if found.startswith("TIMESTAMP"):
        return f"strftime({name}, '%Y-%m-%d %H:%M:%S.%f')"
    return f"CAST({name} AS VARCHAR)"


def _optional(extras: Mapping[str, str], types: Mapping[str, str], name: str, wanted: str, plan: EntityPlan) -> str:
    if name not in extras:
        return f"CAST(NULL AS {wanted})"
    return converted(f"v.{extras[name]}", types[extras[name]], wanted, plan.time_zone)


def _output(plan: EntityPlan, entry: _Field) -> str:
    value = f"v.{identifier(entry.name)}"
    if entry.column in ("selling_scope", "serving_scope", "home_scope", "scope"):
        value = f"coalesce({value}, {literal(plan.scope)})"
    return f"{value} AS {identifier(entry.name)}"


def _zone(plan: EntityPlan, looked_up: str | None) -> str:
    """Answers the SQL of the clock that a row's days are told by: its branch's, else that of the source's scope."""
    return f"coalesce({looked_up}, {literal(plan.time_zone)})" if looked_up else literal(plan.scope_zone)


def _local_day(
    plan: EntityPlan, extras: Mapping[str, str], types: Mapping[str, str], fields: Sequence[_Field], zones: Mapping[str, str]
) -> str:
    """Answers the day that a row tells of: where an instant is named, by the clock that derived days are told by."""
    found = types[extras["day"]] if "day" in extras else ""
    if not found.startswith("TIMESTAMP"):
        return "v._day"
    scopes = (f"{entry.target.name}.{column}" for entry in fields for column in ("selling_scope", "serving_scope"))
    zone = _zone(plan, next((zones[name] for name in scopes if name in zones), None))
    return f"CAST(timezone({zone}, {converted('v.' + extras['day'], found, 'TIMESTAMPTZ', plan.time_zone)}) AS DATE)"


def _derived(plan: EntityPlan, fields: Sequence[_Field], zones: Mapping[str, str]) -> list[str]:
    """What a mapping leaves out and the row's other columns tell: roots, default scopes, days in the branch's zone."""
    named = {entry.name: entry for entry in fields}
    out = []
    for target in dict.fromkeys(entry.target for entry in fields):
        columns = target.columns()

        def has(column: str, target: Target = target) -> bool:
            return f"{target.name}.{column}" in named

        def ref(column: str, target: Target = target) -> str:
            return f"v.{identifier(f'{target.name}.{column}')}"

        def put(column: str, sql: str, target: Target = target) -> None:
            out.append(f"{sql} AS {identifier(f'{target.name}.{column}')}")

        for column, origin in target.defaults.items():
            if not has(column) and has(origin):
                put(column, ref(origin))
        for column in ("selling_scope", "serving_scope", "home_scope", "scope"):
            if column in columns and not has(column):
                put(column, literal(plan.scope))
        zone = _zone(plan, zones.get(f"{target.name}.selling_scope"))
        if "ordered_on" in columns and not has("ordered_on") and has("confirmed_at"):
            put("ordered_on", f"CAST(timezone({zone}, {ref('confirmed_at')}) AS DATE)")
            if "day_basis" in columns and not has("day_basis"):
                put("day_basis", "'confirmed_at'")
        if "shipped_on" in columns and not has("shipped_on") and has("shipped_at"):
            put("shipped_on", f"CAST(timezone({zone}, {ref('shipped_at')}) AS DATE)")
    return out
