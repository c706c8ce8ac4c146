"""People of a source's rows as keyed pseudonyms: the SQL that mappings compile to. What it answers is values/pseudonym's."""

from __future__ import annotations

from charter.intake.value_sql import literal
from charter.values.pseudonym import LENGTH, PERSON

KEY_TABLE = "pseudonym_key"


def pseudonym_sql(value: str, system: str) -> str:
    """Answers the SQL of a pseudonym: of a user of the system, or of a person of the organisation (`person/...`).

    Null where nobody is named, and where there is no key.
    """
    told = f"nullif(trim({value}), '')"
    whole = f"CASE WHEN starts_with({told}, {literal(PERSON)}) THEN {told} ELSE {literal(system + ':')} || {told} END"
    key = f"(SELECT key FROM {KEY_TABLE})"
    return f"left(sha256({key} || sha256({key} || {whole})), {LENGTH})"
