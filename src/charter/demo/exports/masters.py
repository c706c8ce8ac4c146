"""Customers, articles, exchange rates, price lists and agreements, as their systems write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from charter.demo.assortment import agreed, list_price
from charter.demo.exports.delivery import money, write_csv
from charter.demo.world import World

_CUSTOMERS = [
    "customer", "erp", "name", "street", "zip", "city", "country", "vat_id", "phone", "email", "branch", "price_group", "parent", "portal_login",
]  # fmt: skip
_ITEMS = ["Item", "Description", "Group", "Unit", "Manufacturer", "Manufacturer no.", "GTIN", "Cost EUR"]


def write(folder: Path, world: World) -> None:
    """Writes them all."""
    _customers(folder / "crm", world)
    _items(folder / "pim" / "items.xlsx", world)
    _rates(folder / "finance", world)
    _prices(folder / "pricing", world)


def _customers(folder: Path, world: World) -> None:
    rows = [
        [
            one.number, one.branch.country.system, one.name, one.street, one.postal_code, one.city, one.branch.country.code.upper(),
            one.tax_id, one.phone, one.email, one.branch.site, one.group, one.parent or "", "yes" if one.login else "no",
        ]
        for one in sorted(world.accounts, key=lambda one: one.number)
    ]  # fmt: skip
    write_csv(folder / "customers.csv", _CUSTOMERS, rows, ";")


def _items(path: Path, world: World) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"created": datetime(2026, 1, 6, tzinfo=UTC)})
        sheet = book.add_worksheet("Articles")
        sheet.write_row(0, 0, _ITEMS)
        for row, item in enumerate(world.items, start=1):
            sheet.write_row(row, 0, [item.number, item.title, item.category, item.unit, item.maker, item.maker_number, item.gtin])
            sheet.write_number(row, 7, item.cost / 100)


def _rates(folder: Path, world: World) -> None:
    currencies = sorted({(country.currency, country.rate) for country in world.countries if country.currency != "EUR"})
    years = range(world.start.year, world.end.year + 1)
    rows = [
        [f"plan-{year}", code, f"{year}-01-01", f"{rate // 10**6}.{rate % 10**6:06}"] for year in years for code, rate in currencies
    ]
    write_csv(folder / "rates.csv", ["rate_set", "currency", "rate_on", "rate"], rows)


def _prices(folder: Path, world: World) -> None:
    """What lines should cost; nothing takes it in until there is a price logic that can judge them."""
    rows = [
        [country.code.upper(), item.number, money(list_price(country, item.price)), country.currency]
        for country in world.countries
        for item in world.items
    ]
    write_csv(folder / "price_list.csv", ["market", "item", "list_price", "currency"], rows)
    categories = sorted({item.category: item for item in world.items}.items())
    told = [
        [one.number, category, str(percent)]
        for one in sorted(world.accounts, key=lambda one: one.number)
        for category, item in categories
        if (percent := agreed(one, item)) is not None
    ]
    write_csv(folder / "agreements.csv", ["customer", "item_group", "discount_percent"], told)
