"""Who is counted: where accounts are, an account that is the same as others counts with them as one, by the crosswalk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from charter.performance.definition import Definition

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

ACCOUNT = "account_key"
NOBODY = "SELECT CAST(NULL AS VARCHAR) AS account_key, CAST(NULL AS VARCHAR) AS identity WHERE FALSE"
"""A crosswalk by which everybody stands for itself: what was closed is told as it was counted then."""


def counts_accounts(definition: Definition) -> bool:
    """Answers whether the members that a definition counts are accounts."""
    distinct = definition.distinct
    return distinct is not None and {distinct.numerator.member, distinct.denominator.member} == {ACCOUNT}


def crosswalk(lake: Lake, key: str) -> str:
    """Answers the join of the crosswalk, as `i`, to an account's key."""
    return f'LEFT JOIN {lake.table("account_identity")} AS i ON i."account_key" = {key}'


def customer(key: str) -> str:
    """Answers the SQL of the account that stands for this one, where the crosswalk is joined."""
    return f'COALESCE(i."identity", {key})'
