"""What a data contract (ODCS 3.0 to 3.2) asks of rows and of the batch: columns and rules, ready to compile.

Reads one schema object. Rules of one row hold rows back; rules of the set judge the batch; what nobody can run
(text, custom, SQL beyond one aggregate over one table) is kept as not enforced, never passed in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from charter.intake.action import Action, Ratchet, read_action, read_ratchet, what_is_wrong
from charter.intake.value_sql import strptime_format

Place = tuple[str | int, ...]
"""Where a rule stands in its document: keys and indexes."""


@dataclass(frozen=True, slots=True)
class ContractColumn:
    """One column of the contract: its name in expressions, its name in the source, and its type."""

    name: str
    physical: str
    logical: str
    sql_type: str
    formats: tuple[str, ...] = ()
    zoned: bool = False
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule of one row. `test` names the check; `arguments` are its values; broken means: the check is true.

    `ratchet` is how its share is counted, where its action is ratchet.
    """

    id: str
    action: Action
    test: str
    column: str
    arguments: tuple[Any, ...] = ()
    ratchet: Ratchet | None = None


@dataclass(frozen=True, slots=True)
class SetRule:
    """A rule of the whole delivery: a measure (rows, duplicates, nulls, sql, ...) compared with what it must be."""

    id: str
    action: Action
    measure: str
    columns: tuple[str, ...] = ()
    arguments: tuple[Any, ...] = ()
    operator: str = "mustBe"
    operand: Any = 0
    percent: bool = False
    place: Place = ()


@dataclass(frozen=True, slots=True)
class UnenforcedRule:
    """A rule that stands in the contract and that nobody can run, with why."""

    id: str
    why: str
    place: Place = ()


@dataclass(frozen=True, slots=True)
class Misuse:
    """An action that a rule cannot have, or that is none, with why."""

    id: str
    why: str
    place: Place = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """One schema object of a contract, ready to compile. `label` is `name version`."""

    label: str
    object: str
    columns: tuple[ContractColumn, ...]
    row_rules: tuple[RowRule, ...]
    set_rules: tuple[SetRule, ...]
    unenforced: tuple[UnenforcedRule, ...]
    unique_keys: tuple[tuple[str, ...], ...] = ()
    misuses: tuple[Misuse, ...] = ()

    def ratchets(self) -> tuple[RowRule, ...]:
        """Answers the rules whose share of failing rows may not get worse."""
        return tuple(rule for rule in self.row_rules if rule.action is Action.RATCHET)

    def column(self, name: str) -> ContractColumn:
        """Answers the column of that name; KeyError if there is none."""
        return next(column for column in self.columns if column.name == name)

    def types(self) -> dict[str, str]:
        """Answers the SQL type of each column, by its name in expressions."""
        return {column.name: column.sql_type for column in self.columns}


_Rule = TypeVar("_Rule", RowRule, SetRule)
_OPERATORS = (
    "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeGreaterThanOrEqualTo",
    "mustBeLessThan", "mustBeLessOrEqualTo", "mustBeLessThanOrEqualTo", "mustBeBetween", "mustNotBeBetween",
)  # fmt: skip
_TYPES = {
    "string": "VARCHAR", "integer": "BIGINT", "number": "DECIMAL(18,4)", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp": "TIMESTAMP", "time": "TIME",
}  # fmt: skip
_BOUNDS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
)
_OF_ROWS = ("nullValues", "missingValues", "invalidValues")
_NO_PATTERN = "its pattern is no regular expression that can be run (RE2: no looking ahead or behind, no back references)"
_BEYOND_RE2 = re.compile(r"\(\?(=|!|<=|<!|>|\(|P=|#)|\\[1-9]|[*+?}]\+")
# Formats of strings that can be judged by a pattern.
STRING_FORMATS = {
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "uuid": r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:\S+",
    "ipv4": r"([0-9]{1,3}\.){3}[0-9]{1,3}",
}


def object_names(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Answers the names of the contract's schema objects."""
    return tuple(str(entry.get("name")) for entry in document.get("schema") or [])


def read_contract(document: Mapping[str, Any], object_name: str, label: str) -> Contract:
    """Answers the contract for one schema object; KeyError if it has no such object."""
    names = object_names(document)
    if object_name not in names:
        raise KeyError(object_name)
    here: Place = ("schema", names.index(object_name))
    found = document["schema"][here[1]]
    properties = found.get("properties") or []
    columns: list[ContractColumn] = []
    rows: list[RowRule] = []
    sets: list[SetRule] = []
    loose: list[UnenforcedRule] = []
    misuses: list[Misuse] = []
    unique: list[tuple[str, ...]] = []
    for at, entry in enumerate(properties):
        columns.append(_column(entry))
        told, left_out = _property_rules(entry)
        rows += told
        misuses += _misuses_of_property(entry, told, (*here, "properties", at))
        loose += [replace(rule, place=(*here, "properties", at, *rule.place)) for rule in left_out]
        if entry.get("unique"):
            unique.append((str(entry["name"]),))
        for place, check in _quality(entry):
            misuses += _sort_check(check, str(entry["name"]), (*here, "properties", at, *place), rows, sets, loose)
    for place, check in _quality(found):
        misuses += _sort_check(check, None, (*here, *place), rows, sets, loose)
    keys = [entry for entry in properties if entry.get("primaryKey")]
    keys.sort(key=lambda entry: int(entry.get("primaryKeyPosition") or 0))
    if keys:
        unique.append(tuple(str(entry["name"]) for entry in keys))
    keys_told = tuple(dict.fromkeys(unique))
    return Contract(label, object_name, tuple(columns), _once(rows), _once(sets), tuple(loose), keys_told, tuple(misuses))


def _column(entry: Mapping[str, Any]) -> ContractColumn:
    name = str(entry["name"])
    logical = str(entry.get("logicalType") or "string")
    options = entry.get("logicalTypeOptions") or {}
    zoned = logical == "timestamp" and bool(options.get("timezone"))
    sql_type = "TIMESTAMPTZ" if zoned else _TYPES.get(logical, "VARCHAR")
    physical_type = str(entry.get("physicalType") or "").upper().replace("NUMERIC", "DECIMAL").replace(" ", "")
    if logical == "number" and _is_decimal(physical_type):
        sql_type = physical_type
    told = options.get("format") if logical in ("date", "timestamp", "time") else None
    return ContractColumn(
        name=name,
        physical=str(entry.get("physicalName") or name),
        logical=logical if logical in _TYPES else "string",
        sql_type=sql_type,
        formats=(strptime_format(str(told)),) if told else (),
        zoned=zoned,
        time_zone=options.get("defaultTimezone"),
    )


def _is_decimal(physical_type: str) -> bool:
    """Whether it names a decimal that DuckDB holds: up to 38 digits, of which so many stand behind the point."""
    told = re.fullmatch(r"DECIMAL\(([0-9]{1,2}),([0-9]{1,2})\)", physical_type)
    return told is not None and 1 <= int(told[1]) <= 38 and int(told[2]) <= int(told[1])


def rule_id(column: str, name: object) -> str:
    """Answers the id of a rule. A row keeps those that it broke in one text, parted by semicolons: so ids have none."""
    return f"{column}:{name}".replace(";", ",")


def _property_rules(entry: Mapping[str, Any]) -> tuple[list[RowRule], list[UnenforcedRule]]:
    name, options = str(entry["name"]), entry.get("logicalTypeOptions") or {}
    action = read_action(entry, Action.QUARANTINE)
    logical = str(entry.get("logicalType") or "string")
    # A value that cannot be read is never taken in as null, whatever the document says.
    typed = Action.BLOCK if action is Action.BLOCK else Action.QUARANTINE
    rules = [RowRule(rule_id(name, "type"), typed, "type", name)] if logical != "string" and logical in _TYPES else []
    loose = (
        []
        if logical in _TYPES
        else [UnenforcedRule(f"{name}:type", f"values of type {logical} are kept as text", ("logicalType",))]
    )
    if entry.get("required") or entry.get("primaryKey"):
        rules.append(RowRule(rule_id(name, "required"), action, "required", name))
    told_bounds = [bound for bound in _BOUNDS if bound in options]
    if "pattern" in told_bounds and not is_pattern(str(options["pattern"])):
        told_bounds.remove("pattern")
        loose.append(UnenforcedRule(f"{name}:pattern", _NO_PATTERN, ("logicalTypeOptions", "pattern")))
    rules += [RowRule(rule_id(name, bound), action, bound, name, (options[bound],)) for bound in told_bounds]
    told = options.get("format")
    if logical == "string" and told in STRING_FORMATS:
        rules.append(RowRule(rule_id(name, "format"), action, "pattern", name, (STRING_FORMATS[told],)))
    elif logical == "string" and told:
        loose.append(UnenforcedRule(f"{name}:format", f"the format {told} is not judged", ("logicalTypeOptions", "format")))
    if entry.get("enum"):
        values = tuple(item["value"] if isinstance(item, Mapping) else item for item in entry["enum"])
        rules.append(RowRule(rule_id(name, "enum"), action, "enum", name, values))
    terms = read_ratchet(entry) if action is Action.RATCHET else None
    return [replace(rule, ratchet=terms if rule.action is Action.RATCHET else None) for rule in rules], loose


def _misuses_of_property(entry: Mapping[str, Any], rules: Sequence[RowRule], place: Place) -> list[Misuse]:
    """Answers what is wrong with the action of a column's own rules."""
    why = what_is_wrong(entry)
    if why is None and read_action(entry, Action.QUARANTINE) is Action.RATCHET and not any(rule.ratchet for rule in rules):
        why = "it has no rule whose share could be counted; that can be required, enum, pattern, format, a length or a bound"
    return [Misuse(str(entry["name"]), why, (*place, "customProperties"))] if why else []


def _sort_check(
    check: Mapping[str, Any],
    column: str | None,
    place: Place,
    rows: list[RowRule],
    sets: list[SetRule],
    loose: list[UnenforcedRule],
) -> list[Misuse]:
    """Puts a quality check among the rules that it is one of; answers what is wrong with its action."""
    kind = check.get("type") or ("library" if check.get("metric") or check.get("rule") else "text")
    metric = str(check.get("metric") or check.get("rule") or kind)
    id_ = rule_id(column or "rows", check.get("name") or check.get("id") or metric)
    operator = next((name for name in _OPERATORS if name in check), None)
    operand = check.get(operator) if operator else None
    arguments = check.get("arguments") or {}
    percent = str(check.get("unit") or "rows") in ("percent", "%")
    ratchet = read_action(check, Action.WARN) is Action.RATCHET
    of_rows = column is not None and metric in _OF_ROWS
    if why := what_is_wrong(check) or (_no_ratchet(kind, of_rows, operator, operand) if ratchet else None):
        return [Misuse(id_, why, (*place, "customProperties"))]
    if kind in ("text", "custom"):
        loose.append(UnenforcedRule(id_, f"rules of type {kind} are for people", place))
    elif "pattern" in arguments and not is_pattern(str(arguments["pattern"])):
        loose.append(UnenforcedRule(id_, _NO_PATTERN, place))
    elif kind == "sql":
        query = str(check.get("query"))
        sets.append(
            SetRule(
                id_, read_action(check, Action.BLOCK), "sql", _one(column), (query,), operator or "mustBe", operand, False, place
            )
        )
    elif operator is None and not ratchet:
        loose.append(UnenforcedRule(id_, "it does not say what the number must be", place))
    elif column and of_rows and (ratchet or _is_none(operator, operand)):
        test, values = _row_test(metric, arguments, check)
        terms = read_ratchet(check) if ratchet else None
        rows.append(RowRule(id_, read_action(check, Action.QUARANTINE), test, column, values, terms))
    elif metric in ("rowCount", "duplicateValues") or of_rows:
        columns = tuple(arguments.get("properties") or _one(column))
        test, values = _row_test(metric, arguments, check) if metric not in ("rowCount", "duplicateValues") else (metric, ())
        asked = (operator or "mustBe", operand)
        sets.append(SetRule(id_, read_action(check, Action.BLOCK), test, columns, values, *asked, percent, place))
    else:
        loose.append(UnenforcedRule(id_, f"the metric {metric} is not known", place))
    return []


def _no_ratchet(kind: str, of_rows: bool, operator: str | None, operand: Any) -> str | None:
    """Answers why a quality check cannot be a ratchet, or None if it can."""
    if kind in ("text", "custom"):
        return "a rule for people cannot be a ratchet: nobody counts it"
    if not of_rows or kind == "sql":
        return "it judges the delivery as a whole, and a ratchet holds rows; nullValues, missingValues and invalidValues can be one"
    if operator is not None and not _is_none(operator, operand):
        return f"a ratchet is held against its best share, not against a number; write mustBe: 0 instead of {operator}"
    return None


def _is_none(operator: str | None, operand: Any) -> bool:
    return operator == "mustBe" and str(operand) in ("0", "0.0")


def _row_test(metric: str, arguments: Mapping[str, Any], check: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    if metric == "nullValues":
        return "required", ()
    if metric == "missingValues":
        return "missing", tuple(arguments.get("missingValues") or ())
    if "pattern" in arguments:
        return "pattern", (arguments["pattern"],)
    return "enum", tuple(arguments.get("validValues") or check.get("validValues") or ())


def _quality(entry: Mapping[str, Any]) -> Sequence[tuple[Place, Mapping[str, Any]]]:
    return [(("quality", at), check) for at, check in enumerate(entry.get("quality") or []) if isinstance(check, Mapping)]


def is_pattern(text: str) -> bool:
    """Answers whether it is a regular expression that DuckDB runs: one of RE2, which looks neither ahead nor behind."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return False
    return not _BEYOND_RE2.search(text.replace("\\\\", ""))


def _one(column: str | None) -> tuple[str, ...]:
    return (column,) if column else ()


def _once(rules: Sequence[_Rule]) -> tuple[_Rule, ...]:
    """Answers the rules with ids that differ: a second one of a name gets a number."""
    seen: dict[str, int] = {}
    out = []
    for rule in rules:
        seen[rule.id] = seen.get(rule.id, 0) + 1
        out.append(rule if seen[rule.id] == 1 else replace(rule, id=f"{rule.id}-{seen[rule.id]}"))
    return tuple(out)
