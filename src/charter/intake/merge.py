"""The merge: which mapped rows are new, newer, known or outdated, and the canonical tables brought up to them.

Works on the temporary view `mapped` (see mapped), inside the caller's transaction. Of all rows with one key, known or
delivered, the one with the greatest version wins; of equal versions the later delivery, and in it the later row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from charter.intake.billing import is_billing, name_orders, named
from charter.intake.plan import EntityPlan
from charter.intake.target import IDENTITY, TARGETS, Target
from charter.intake.value_sql import identifier

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

ALIVE = "_rules IS NULL AND _reason IS NULL"
_ACCEPTED = (
    "FROM mapped AS m JOIN batch_of AS b ON b._delivery = m._delivery "
    # NOT EXISTS would do too, but DuckDB first looks for the distinct rows of `mapped`: half of the statement's time.
    "ANTI JOIN verdict AS d ON d._delivery = m._delivery AND d._row = m._row WHERE m._rules IS NULL AND m._reason IS NULL"
)
# By which columns a row of a target is placed: its document, and the scope that it belongs to.
_PLACED = {
    "order": ("document_key", "selling_scope"),
    "order_line": ("document_key", "selling_scope"),
    "invoice_line": ("document_key", "selling_scope"),
    "case_event": ("case_key", "serving_scope"),
}
# By these columns what a row touches is known.
_TOUCHING = ("root_key", "case_key", "selling_scope", "ordered_on", "invoiced_on")
# Facts whose rows are counted as they stand, and the day that they are counted on; all else is folded or replayed first.
_COUNTED = {"fact_order_line": "ordered_on", "fact_invoice_line": "invoiced_on"}
_TEMPORARY = ("twice", "known", "verdict", "outdated", "retired")


def merge(lake: Lake, plan: EntityPlan, batch_ids: Sequence[str]) -> None:
    """Brings the entity's canonical tables up to `mapped`; leaves `verdict` (_delivery, _row, verdict) for the account.

    `batch_ids` are those of the deliveries in `mapped`, by their number. Rows that are not in `verdict` are accepted.
    """
    targets = [TARGETS[name] for name in plan.entity.targets]
    lake.load("batch_of", {"_delivery": "INTEGER", "batch_id": "VARCHAR"}, list(enumerate(batch_ids)))
    if all(target.is_record() for target in targets):
        _judge_versions(lake, plan, targets[0])
        _retire(lake, plan, targets)
    else:
        lake.execute("CREATE OR REPLACE TEMP TABLE verdict (_delivery INTEGER, _row BIGINT, verdict VARCHAR)")
    for target in targets:
        _insert(lake, plan, target)
    if plan.entity.exclude:
        _leave_out(lake, plan)


def _judge_versions(lake: Lake, plan: EntityPlan, first: Target) -> None:
    table = lake.table(first.table.name)
    version = "r.version_order" if first.keeps_versions() else "CAST(NULL AS VARCHAR)"
    named = {"source": plan.source, "entity": plan.entity.id}
    mine = f"FROM {table} AS r WHERE r.source = $source AND r.entity = $entity"
    # Asked first, for DuckDB hashes the keys of all that came even if there is nothing to look them up in.
    again = f"r.row_key IN (SELECT _key FROM mapped WHERE {ALIVE})" if lake.rows(f"SELECT 1 {mine} LIMIT 1", named) else "false"
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE known AS SELECT r.row_key, r.content_hash, {version} AS version_order {mine} AND {again}",
        named,
    )
    # Hashes only choose which rows are looked at; the keys themselves decide.
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE twice AS SELECT hash(_key) AS h FROM mapped WHERE {ALIVE} GROUP BY 1 HAVING count(*) > 1"
    )
    single = (
        "SELECT m._delivery, m._row, CASE WHEN m._content = k.content_hash THEN 'unchanged' ELSE 'superseded' END AS verdict "
        f"FROM mapped AS m JOIN known AS k ON k.row_key = m._key WHERE {ALIVE} "
        "AND hash(m._key) NOT IN (SELECT h FROM twice) "
        "AND (m._content = k.content_hash OR coalesce(k.version_order, '') > coalesce(m._version, ''))"
    )
    contested = (
        "SELECT m._delivery, m._row, m._key, m._content, coalesce(m._version, '') AS v, k.content_hash AS known_content, "
        "coalesce(k.version_order, '') AS known_version, "
        "first_value(m._content) OVER latest AS top, first_value(coalesce(m._version, '')) OVER latest AS top_version, "
        "row_number() OVER (PARTITION BY m._key, m._content ORDER BY coalesce(m._version, '') DESC, m._delivery, m._row) AS place "
        f"FROM mapped AS m LEFT JOIN known AS k ON k.row_key = m._key WHERE {ALIVE} AND hash(m._key) IN (SELECT h FROM twice) "
        "WINDOW latest AS (PARTITION BY m._key ORDER BY coalesce(m._version, '') DESC, m._delivery DESC, m._row DESC)"
    )
    judged = (
        "SELECT _delivery, _row, CASE WHEN _content = known_content THEN 'unchanged' "
        "WHEN known_content IS NOT NULL AND known_version > top_version THEN 'superseded' "
        "WHEN _content = top AND place = 1 AND top IS DISTINCT FROM known_content THEN NULL "
        f"WHEN _content = top THEN 'unchanged' ELSE 'superseded' END AS verdict FROM ({contested}) AS contested"
    )
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE verdict AS {single} UNION ALL SELECT * FROM ({judged}) AS judged WHERE verdict IS NOT NULL"
    )


def _retire(lake: Lake, plan: EntityPlan, targets: Sequence[Target]) -> None:
    """Takes the rows out that newer versions replace, after noting what they touched."""
    if not lake.rows("SELECT 1 FROM known LIMIT 1"):
        return
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE outdated AS SELECT k.row_key FROM known AS k WHERE k.row_key IN (SELECT m._key {_ACCEPTED})"
    )
    if not lake.rows("SELECT 1 FROM outdated LIMIT 1"):
        return
    parameters = {"source": plan.source, "entity": plan.entity.id}
    for target in targets:
        table = lake.table(target.table.name)
        which = "r.source = $source AND r.entity = $entity AND r.row_key IN (SELECT row_key FROM outdated)"
        # Read once: it may lie in files of any age.
        told = [name for name in _TOUCHING if name in target.table.column_names()]
        # Accounts, items and rates touch no order by themselves.
        if told:
            lake.execute(
                f"CREATE OR REPLACE TEMP TABLE retired AS SELECT {', '.join(told)} FROM {table} AS r WHERE {which}", parameters
            )
            touch(lake, target, "retired AS r", "r.", {})
            for day in {"ordered_on", "invoiced_on"}.intersection(told):
                note_months(lake, f"SELECT {day} FROM retired")
        lake.execute(f"DELETE FROM {table} AS r WHERE {which}", parameters)


def touch(lake: Lake, target: Target, rows: str, prefix: str, parameters: dict[str, str]) -> None:
    """Notes the root orders, cases and cells that rows of a target belong to."""

    def column(name: str) -> str:
        return f"{prefix}{identifier(name)}"

    _note(lake, target, rows, column, parameters)


def _note(lake: Lake, target: Target, rows: str, column: Callable[[str], str], parameters: dict[str, str]) -> None:
    names = [name for name in target.table.column_names() if name not in target.filled]
    if "root_key" in names:
        lake.execute(f"INSERT INTO touched_order SELECT DISTINCT {column('root_key')} FROM {rows}", parameters)
    if "case_key" in names:
        lake.execute(f"INSERT INTO touched_case SELECT DISTINCT {column('case_key')} FROM {rows}", parameters)
    if day := _COUNTED.get(target.table.name):
        cell = f"'{target.table.name}', {column('selling_scope')}, {column(day)}"
        lake.execute(f"INSERT INTO touched_cell SELECT DISTINCT {cell} FROM {rows}", parameters)


def note_months(lake: Lake, days: str, parameters: dict[str, str] | None = None) -> None:
    """Notes the months of a query's days, of which the totals are compared again."""
    lake.execute(
        f"INSERT INTO touched_month SELECT DISTINCT CAST(date_trunc('month', told.day) AS DATE) FROM ({days}) AS told(day)",
        parameters,
    )


def _insert(lake: Lake, plan: EntityPlan, target: Target) -> None:
    columns = target.table.column_names()
    told = {row[0] for row in lake.rows("SELECT column_name FROM (DESCRIBE mapped)")}
    identity = {
        "source": "$source",
        "entity": "$entity",
        "row_key": "m._key",
        "content_hash": "m._content",
        "batch_id": "b.batch_id",
        "version_order": "m._version",
    }
    values = []
    for name in columns:
        mapped = f"{target.name}.{name}"
        if mapped in told:
            values.append(f"m.{identifier(mapped)}")
        elif name in identity:
            values.append(identity[name])
        else:
            values.append("NULL")
    listed = ", ".join(identifier(name) for name in columns)
    table = lake.table(target.table.name)
    rows = _ACCEPTED
    parameters = {"source": plan.source, "entity": plan.entity.id}
    if not target.is_record():
        _replace_by_grain(lake, plan, target, rows, told)
        rows += f" QUALIFY row_number() OVER (PARTITION BY {_grain(target, told)} ORDER BY m._delivery DESC, m._row DESC) = 1"
    used = {name: value for name, value in parameters.items() if f"${name}" in values}
    source = rows
    if is_billing(target):
        filled, source = _billed(lake, rows, told)
        values = [filled.get(name, value.replace("b.batch_id", "m.batch_id")) for name, value in zip(columns, values, strict=True)]
    lake.execute(f"INSERT INTO {table} ({listed}) SELECT {', '.join(values)} {source}", used)
    fresh = f"(SELECT m.* {rows}) AS m"
    _touch_mapped(lake, target, fresh, told)


def _billed(lake: Lake, rows: str, told: set[str]) -> tuple[dict[str, str], str]:
    """Answers what invoice lines take over of the orders that they bill, as SQL over the rows, which it answers too."""
    named_by = {
        name: f"m.{identifier(column)}" if (column := f"invoice_line.{name}") in told else "CAST(NULL AS VARCHAR)"
        for name in ("order_key", "origin_key")
    }
    name_orders(lake, " UNION ALL ".join(f"SELECT {sql} AS key {rows}" for sql in named_by.values()))
    values, joined = named(f"(SELECT m.*, b.batch_id {rows}) AS m", **named_by)
    return values, f"FROM {joined}"


def _touch_mapped(lake: Lake, target: Target, rows: str, told: set[str]) -> None:
    def column(name: str) -> str:
        return f"m.{identifier(f'{target.name}.{name}')}" if f"{target.name}.{name}" in told else "NULL"

    _note(lake, target, rows, column, {})


def place(plan: EntityPlan, alias: str) -> dict[str, str]:
    """Answers SQL, over a row of `mapped`, for the document, root order, scope and day that it belongs to, and for what it is worth."""
    found = dict.fromkeys(("document_key", "scope", "data_on", "value_amount", "currency"), "NULL")
    for name, (document, scope) in _PLACED.items():
        if name in plan.entity.targets:
            found["document_key"] = f"{alias}.{identifier(f'{name}.{document}')}"
            found["scope"] = f"{alias}.{identifier(f'{name}.{scope}')}"
            break
    order = next((name for name in ("order", "order_line") if name in plan.entity.targets), None)
    found["root_key"] = f"{alias}.{identifier(f'{order}.root_key')}" if order else "NULL"
    found["data_on"] = f"{alias}._day"
    amount = next((f"{name}.net_amount" for name, columns in plan.entity.targets.items() if "net_amount" in columns), None)
    found["value_amount"] = f"coalesce({alias}._value, {alias}.{identifier(amount)})" if amount else f"{alias}._value"
    money = next((f"{name}.currency" for name, columns in plan.entity.targets.items() if "currency" in columns), None)
    found["currency"] = f"coalesce({alias}._currency, {alias}.{identifier(money)})" if money else f"{alias}._currency"
    return found


def _leave_out(lake: Lake, plan: EntityPlan) -> None:
    """Keeps which rows were left out, once each, so that totals can be reconciled; those that came back differently go."""
    table = lake.table("excluded_row")
    named = {"source": plan.source, "entity": plan.entity.id}
    mine = "source = $source AND entity = $entity AND row_key IN (SELECT _key FROM mapped)"
    note_months(lake, f"SELECT data_on FROM {table} WHERE {mine}", named)
    lake.execute(f"DELETE FROM {table} WHERE {mine}", named)
    placed = {name: sql for name, sql in place(plan, "m").items() if name not in ("currency", "root_key")}
    told = {"row_key": "m._key", "content_hash": "m._content", "batch_id": "b.batch_id", "reason": "m._reason", **placed}
    lake.execute(
        f"INSERT INTO {table} (source, entity, {', '.join(told)}) SELECT $source, $entity, {', '.join(told.values())} "
        "FROM mapped AS m JOIN batch_of AS b ON b._delivery = m._delivery WHERE m._rules IS NULL AND m._reason IS NOT NULL "
        "QUALIFY row_number() OVER (PARTITION BY m._key ORDER BY m._delivery DESC, m._row DESC) = 1",
        named,
    )


def _grain(target: Target, told: set[str]) -> str:
    own = [name for name in target.table.grain if f"{target.name}.{name}" in told]
    return ", ".join(f"m.{identifier(f'{target.name}.{name}')}" for name in own)


def _replace_by_grain(lake: Lake, plan: EntityPlan, target: Target, rows: str, told: set[str]) -> None:
    """Takes out what a row of the same grain replaces, in a table whose rows have no identity of their own."""
    own = [name for name in target.table.grain if f"{target.name}.{name}" in told]
    match = " AND ".join(f"r.{identifier(name)} IS NOT DISTINCT FROM m.{identifier(f'{target.name}.{name}')}" for name in own)
    lake.execute(
        f"DELETE FROM {lake.table(target.table.name)} AS r WHERE r.source = $source AND EXISTS (SELECT 1 {rows} AND {match})",
        {"source": plan.source},
    )


def forget(lake: Lake) -> None:
    """Drops the temporary tables of one merge."""
    for name in (*_TEMPORARY, "batch_of"):
        lake.execute(f"DROP TABLE IF EXISTS {name}")
    lake.execute("DROP VIEW mapped")


__all__ = ["ALIVE", "IDENTITY", "forget", "merge", "place", "touch"]
