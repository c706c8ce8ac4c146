"""A shop with two markets, of which one has a branch; its rule that an item is named is a ratchet, of ten rows a share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from shop import CONTRACT, SOURCE, Shop

SCOPES = "".join(
    f"---\napiVersion: charter/v1\nkind: Scope\nmetadata: {{name: {name}}}\nspec: {{parent: {parent}}}\n"
    for name, parent in (("market/de", "group"), ("market/se", "group"), ("branch/b1", "market/de"))
)
HEAD = "no,pos,day,item,qty,net,sc\n"
RATCHET = "customProperties: [{property: charterAction, value: ratchet}, {property: charterRatchetRows, value: 10}]"
ITEM = "- {name: item, logicalType: string}"
QTY = "- {name: qty, logicalType: integer}"
IN_MARKETS = (
    CONTRACT.replace(ITEM, f"- {{name: item, logicalType: string, required: true, {RATCHET}}}").replace(
        QTY, "- {name: qty, logicalType: integer, logicalTypeOptions: {minimum: 1}}"
    )
    + "      - {name: sc, logicalType: string}\n"
)
PLACED = SOURCE.replace("currency: \"'EUR'\"", "selling_scope: sc, currency: \"'EUR'\"")


def shop_in_markets(folder: Path, contract: str = IN_MARKETS, source: str = PLACED) -> Shop:
    """The shop, with nothing delivered yet."""
    shop = Shop(folder, source, contract)
    shop.write("group/scopes.yaml", SCOPES)
    return shop


def sold(prefix: str, scope: str, rows: int, without_item: int = 0, quantity: int = 1) -> str:
    """So many order lines of a scope, of which the first ones name no item."""
    return "".join(
        f"{prefix}{at},1,2024-03-01,{'' if at < without_item else 'pump'},{quantity},1.00,{scope}\n" for at in range(rows)
    )


def waiver(name: str = "no-item", **said: str) -> str:
    """A ContractWaiver document for the rule that an item is named, from 1 August 2024 to 1 September."""
    spec = {
        "source": "Source:erp", "entity": "lines", "rule": "item:required", "from": "2024-08-01", "expires": "2024-09-01",
        "requester": "person/ann", "approver": "person/bo", "reason": "new ERP", "compensatingControl": "a weekly list",
    } | {field.rstrip("_"): value for field, value in said.items()}  # fmt: skip
    lines = "".join(f"  {field}: '{value}'\n" for field, value in spec.items())
    return f"---\napiVersion: charter/v1\nkind: ContractWaiver\nmetadata: {{name: {name}}}\nspec:\n{lines}"


def delivered(shop: Shop, name: str, parts: Iterable[str]) -> None:
    """Puts a file with its head and these rows among the exports."""
    shop.deliver(name, HEAD + "".join(parts))
