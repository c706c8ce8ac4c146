"""Inch signs at random in files that know no quoting: every line is taken in as one row, or held, or the file is refused."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from pathlib import Path

from shop import SOURCE, Shop, told

FILES = 80
LINES = 12


def _item(draw: random.Random) -> str:
    word = draw.choice(("pipe", "valve", "coil", "3/4 elbow"))
    return draw.choice((word, word, word, f'{word} 3/4"', f'"{word}', f'5" {word}', f'"{word}"', '"', f"{word}, long"))


def test_no_line_is_lost_to_stray_quotes(tmp_path: Path) -> None:
    draw = random.Random(20261123)
    shop = Shop(tmp_path / "shop", source=SOURCE.replace("format: {}", 'format: {delimiter: "|"}'))
    sent: dict[str, list[tuple[str, str]]] = {}
    for file in range(FILES):
        rows = [(f"f{file}x{line}", _item(draw)) for line in range(LINES)]
        sent[f"f{file}.csv"] = rows
        ends = draw.choice(("\n", "\r\n"))
        shop.deliver(
            f"f{file}.csv", ends.join(["no|pos|day|item|qty|net", *(f"{no}|1|2024-06-03|{item}|1|10" for no, item in rows)])
        )
    accounts = told(shop.run())
    taken = {line[0].removeprefix("erp:"): line for line in shop.lines()}
    held = shop.held("delivery, row_number, payload")
    for name, rows in sent.items():
        refused = accounts[name][-1]
        if refused:
            assert accounts[name][0] == accounts[name][5] == LINES, refused
            assert not {no for no, _ in rows} & set(taken)
            continue
        assert accounts[name][0] == LINES
        lines = {row: payload["line"] for delivery, row, payload in held if Path(delivery).name == name}
        for place, (no, item) in enumerate(rows, 1):
            if no in taken:
                whole = item.startswith('"') and item.endswith('"') and len(item) > 1
                assert taken[no] == (
                    f"erp:{no}",
                    "1",
                    date(2024, 6, 3),
                    item.strip('"') if whole else item,
                    Decimal(1),
                    Decimal(10),
                )
                assert place not in lines
            else:
                assert lines[place] == f"{no}|1|2024-06-03|{item}|1|10"
    assert any(account[5] for account in accounts.values()) and any(account[1] == LINES for account in accounts.values())


def test_a_file_that_knows_no_quoting_is_taken_in_as_it_stands(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", source=SOURCE.replace("format: {}", 'format: {quote: "", delimiter: "|"}'))
    items = ['"pipe', '3/4"', '"whole"', '5" coil', '"', "a, b", '""']
    rows = [f"d{at}|1|2024-06-03|{item}|1|10" for at, item in enumerate(items)]
    shop.deliver("a.csv", "\n".join(["no|pos|day|item|qty|net", *rows]))
    shop.deliver("b.csv", "\r".join(["no|pos|day|item|qty|net", 'e|1|2024-06-03|"x|1|10', "f|1|2024-06-03|y|1|10"]))
    shop.deliver("c.csv", "no|pos|day\n" + '1|1|"2024\n' * 3)
    accounts = told(shop.run())
    assert [accounts[name][:2] for name in ("a.csv", "b.csv", "c.csv")] == [(7, 7), (2, 2), (3, 0)]
    assert [line[3] for line in shop.lines()] == [*items, '"x', "y"]
