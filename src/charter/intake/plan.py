"""What is needed to take one entity in: its spec, its contract, its code lists, where and when its rows belong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from charter.intake.action import Action
from charter.intake.contract import Contract, RowRule, rule_id
from charter.intake.kinds import Connection, Entity
from charter.intake.target import TARGETS
from charter.intake.value_sql import identifier, literal
from charter.intake.waiver import Waived


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression as SQL, and a condition for each of its casts that is true where a row's value does not fit."""

    sql: str
    misfits: tuple[str, ...] = ()


Compile = Callable[[str, Mapping[str, str], bool], Compiled]


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A code list as rows of text: its key, its columns (key columns included), its rows in their order."""

    ref: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One slice of a scope: from one day (inclusive; None: ever) to another (exclusive; None: open), with its zone.

    `region` and `market` are those of its chain in that time, if it has any.
    """

    scope: str
    valid_from: date | None
    valid_to: date | None
    time_zone: str
    region: str | None = None
    market: str | None = None


@dataclass(frozen=True)
class EntityPlan:
    """One entity, ready to be taken in."""

    source: str
    system: str
    scope: str
    time_zone: str
    scope_zone: str
    connection: Connection
    entity: Entity
    contract: Contract
    lists: Mapping[str, CodeTable]
    compile: Compile = field(repr=False)
    waivers: tuple[Waived, ...] = ()

    def expression_columns(self) -> dict[str, str]:
        """Answers the SQL type of each column that expressions may use."""
        columns = self.contract.types()
        for lookup in self.entity.lookups:
            columns.update({f"{lookup.id}.{name}": "VARCHAR" for name in self.lists[lookup.id].columns})
        return columns

    def sql(self, text: str, columns: Mapping[str, str]) -> str:
        """Answers the SQL of an expression, its columns as quoted identifiers."""
        return self.compile(text, columns, False).sql

    def misfits(self, text: str, columns: Mapping[str, str]) -> tuple[str, ...]:
        """Answers conditions on a row, true where a cast in the expression meets a value that its type cannot hold."""
        return self.compile(text, columns, False).misfits

    def needed(self) -> tuple[str, ...]:
        """Answers the contract's columns that are kept once the contract has judged them: all, for the payloads."""
        return tuple(column.name for column in self.contract.columns)

    def unique_keys(self) -> tuple[tuple[str, ...], ...]:
        """Answers the column sets that must be unique in a delivery and that identity does not see to itself."""
        own = set(self.entity.key)
        return tuple(columns for columns in self.contract.unique_keys if set(columns) != own or self.entity.version is None)

    def list_table(self, lookup: str) -> str:
        """Answers the temporary table that holds a lookup's rows."""
        return identifier(f"lookup {self.source} {self.entity.id} {lookup}")

    def row_rules(self) -> tuple[RowRule, ...]:
        """Answers the rules of a row: the contract's, and those that identity asks for.

        A key, or the name of a document, must be there: that can block, but not only be counted.
        """
        identity = {rule_id(name, "required"): name for name in self.entity.key or self.entity.document}
        own = {rule.id: rule for rule in self.contract.row_rules}
        for id_, name in identity.items():
            rule = own.setdefault(id_, RowRule(id_, Action.QUARANTINE, "required", name))
            if rule.action is not Action.BLOCK:
                own[id_] = replace(rule, action=Action.QUARANTINE, ratchet=None)
        return tuple(own.values())

    def open_rules(self) -> frozenset[str]:
        """Answers the rules that hold a row only under conditions: ratchets, and those that a waiver speaks of."""
        return frozenset(self.ratchets()) | {one.rule for one in self.waivers}

    def ratchets(self) -> dict[str, RowRule]:
        """Answers the rules whose share of failing rows may not get worse, by id."""
        return {rule.id: rule for rule in self.row_rules() if rule.action is Action.RATCHET}

    def scope_of_row(self, alias: str) -> str:
        """Answers SQL, over a row of `mapped`, for the scope that it belongs to; the source's own where no target has one."""
        for name in self.entity.targets:
            own = TARGETS[name].own_scope() if name in TARGETS else None
            if own is not None:
                return f"{alias}.{identifier(f'{name}.{own}')}"
        return literal(self.scope)


def text_of(value: Any) -> str | None:
    """Answers a code as text, as a file would hold it; empty is no value."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def code_table(ref: str, key: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> CodeTable:
    """Answers the code list with its columns in the order in which rows name them."""
    listed = [{name: text_of(value) for name, value in row.items()} for row in rows]
    columns = tuple(dict.fromkeys(name for row in listed for name in row))
    return CodeTable(ref, tuple(key), columns, tuple(listed))
