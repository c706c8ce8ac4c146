"""A record as it is compared: the row of an account or an item, normalised. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from charter.matching import normal

Row = tuple[str | None, ...]
ACCOUNT_COLUMNS = ("name", "street", "postal_code", "city", "country", "tax_id", "phone", "email", "parent_account_key")
ITEM_COLUMNS = ("title", "manufacturer", "manufacturer_item", "gtin", "category")
_NUMBERS = re.compile(r"\d+")


def account_record(row: Sequence[str | None]) -> Row:
    """Answers the columns of the account's scheme, from those of `ACCOUNT_COLUMNS`."""
    name, street, postal, city, country, tax, phone, email, parent = row
    told = normal.name(name)
    road, way = normal.street(street)
    return (
        told, _sorted(told), _compact(told), road, way, normal.house(street), normal.digits(street),
        normal.code(postal), normal.town(city), normal.code(country), normal.tax_id(tax), normal.phone(phone), normal.email(email),
        normal.domain(email), parent or None,
    )  # fmt: skip


def item_record(row: Sequence[str | None]) -> Row:
    """Answers the columns of the item's scheme, from those of `ITEM_COLUMNS`."""
    title, maker, number, gtin, category = row
    told = normal.folded(title) or None if title else None
    numbers = " ".join(sorted(_NUMBERS.findall(told))) if told else None
    return (
        told, _sorted(told), _compact(told), numbers or None, normal.name(maker), normal.code(number), normal.gtin(gtin),
        normal.folded(category) or None if category else None,
    )  # fmt: skip


def _sorted(text: str | None) -> str | None:
    return " ".join(sorted(text.split())) if text else None


def _compact(text: str | None) -> str | None:
    return text.replace(" ", "") if text else None
