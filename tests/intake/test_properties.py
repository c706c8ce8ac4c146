"""Laws of intake, on generated deliveries: the account, arriving twice, arriving in any order, equal lines of one document."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import CONTRACT, SOURCE, Shop, told

from charter.intake.account import Account
from charter.intake.declare import declared
from charter.intake.take import pending, prepare, take
from charter.model.ref import Ref
from charter.warehouse.lake import Lake
from charter.warehouse.tables import TABLES
from plain_lake import PlainLake

AT = datetime(2024, 8, 1, 6, tzinfo=UTC)
COLUMNS = ("no", "pos", "day", "item", "qty", "net", "ver")
WITH_VERSION = CONTRACT + "      - {name: ver, logicalType: integer, required: true}\n"
KEYED = SOURCE.replace(
    "      value: net\n", "      version: ver\n      exclude: [{reason: postage, when: \"item = 'POST'\"}]\n      value: net\n"
)
LINE = "order_line: {document: no, line: pos,"
KEYED = KEYED.replace(
    f"        {LINE}", "        order: {document: no, ordered_on: day, net_amount: net, currency: \"'EUR'\"}\n        " + LINE
)
KEYLESS = SOURCE.replace("key: [no, pos]", "document: [no]")

# Each example takes a tenth of a second and more: a dozen here, hundreds in `make prove`.
EXAMPLES = 12 if settings().max_examples <= 100 else 400

Row = tuple[str, ...]


class Desk:
    """A source that is taken in, run by run, into lakes in memory."""

    def __init__(self, folder: Path, source: str) -> None:
        self.shop = Shop(folder / "shop", source, WITH_VERSION)
        model = self.shop.project.model(AT.date())
        self.plan = declared(model, Ref("Source", "erp"), environment={}, scratch=folder)

    def runs(self, runs: Iterable[Sequence[tuple[str, Sequence[Row]]]]) -> tuple[Lake, list[list[Account]]]:
        """Delivers and takes in, run by run; answers the lake and the accounts of each run."""
        for old in (self.shop.folder / "exports").iterdir():
            old.unlink()
        lake = PlainLake()
        return lake, [self.run(lake, deliveries) for deliveries in runs]

    def run(self, lake: Lake, deliveries: Sequence[tuple[str, Sequence[Row]]], at: datetime = AT) -> list[Account]:
        for name, rows in deliveries:
            out = io.StringIO()
            csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows])
            self.shop.deliver(name, out.getvalue())
        prepared = prepare(lake, self.plan, pending(lake, self.plan, model_hash="m"), run_at=at, model_hash="m")
        with lake.transaction():
            accounts = list(take(lake, self.plan, prepared, run_at=at, model_hash="m").accounts)
        assert all(account.balances for account in accounts)
        return accounts


def tables(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    """The canonical tables, sorted, without the batch that brought each row (which tells the way, not the state)."""
    found = {}
    for name in ("order_record", "fact_order", "fact_order_line"):
        columns = ", ".join(f'"{column}"' for column in TABLES[name].column_names() if column != "batch_id")
        found[name] = sorted(lake.rows(f"SELECT {columns} FROM {lake.table(name)}"), key=repr)
    return found


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    yield Desk(tmp_path_factory.mktemp("keyed"), KEYED)


@pytest.fixture(scope="module")
def keyless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    yield Desk(tmp_path_factory.mktemp("keyless"), KEYLESS)


def _row(no: str, pos: int, version: int) -> Row:
    """A version of a row: all that it says follows from its key and version; some are bad, some are left out."""
    kind = (pos * 5 + version * 3 + len(no)) % 7
    return (
        no, str(pos), "2024-13-01" if kind == 1 else f"2024-06-{version + 1:02}", "POST" if kind == 2 else f"I{version}",
        "one" if kind == 3 else str(version), f"{version}.{pos}0", str(version),
    )  # fmt: skip


def _is_bad(row: Row) -> bool:
    return row[2] == "2024-13-01" or row[4] == "one"


def _is_left_out(row: Row) -> bool:
    return not _is_bad(row) and row[3] == "POST"


rows = st.builds(_row, st.sampled_from(("a", "c|d")), st.integers(1, 2), st.integers(0, 5))
# Few keys, so that versions meet: within a delivery, in another of the run, and in one that was taken before.
deliveries = st.lists(st.lists(rows, min_size=2, max_size=6), min_size=2, max_size=4)
lines = st.builds(
    lambda no, item, net: (no, "1", "2024-06-03", item, "1", net, "1"),
    st.sampled_from(("a", "b", "c|d")), st.sampled_from(("A", "B", "")), st.sampled_from(("1.00", "2.00", "")),
)  # fmt: skip
invoices = st.lists(st.lists(lines, max_size=6), min_size=1, max_size=3)


def _named(files: Sequence[Sequence[Row]]) -> list[tuple[str, Sequence[Row]]]:
    return [(f"{number}.csv", rows) for number, rows in enumerate(files)]


@settings(max_examples=EXAMPLES)
@given(files=deliveries, keyless_rows=st.lists(rows, max_size=4))
def test_each_row_that_came_is_counted_once(keyed: Desk, files: list[list[Row]], keyless_rows: list[Row]) -> None:
    files = [*files, [("", *row[1:]) for row in keyless_rows]]
    lake, (accounts,) = keyed.runs([_named(files)])
    for account, sent in zip(accounts, files, strict=True):
        bad = [row for row in sent if _is_bad(row) or not row[0]]
        assert account.received == len(sent)
        assert account.quarantined == len(bad)
        assert account.excluded == sum(1 for row in sent if row[0] and _is_left_out(row))
    good = {row[:2] for sent in files for row in sent if row[0] and not _is_bad(row) and not _is_left_out(row)}
    assert lake.rows("SELECT count(*) FROM facts.fact_order_line") == [(len(good),)]
    held = lake.rows("SELECT delivery, count(*), count(DISTINCT row_number) FROM facts.quarantine_row GROUP BY ALL")
    assert {Path(name).name: (count, count) for name, count, _ in held} == {
        f"{number}.csv": (count, count)
        for number, sent in enumerate(files)
        if (count := sum(_is_bad(row) or not row[0] for row in sent))
    }


@settings(max_examples=EXAMPLES)
@given(files=deliveries)
def test_a_delivery_that_comes_again_adds_nothing(keyed: Desk, files: list[list[Row]]) -> None:
    lake, _ = keyed.runs([_named(files)])
    before = tables(lake)
    assert keyed.run(lake, _named(files)) == []
    again = keyed.run(lake, [(f"9{number}.csv", sent) for number, sent in enumerate(files)])
    assert [account.accepted for account in again] == [0] * len(files)
    overlapping = keyed.run(lake, [("999.csv", [row for sent in files for row in sent])])
    assert [account.accepted for account in overlapping] == [0]
    assert tables(lake) == before


@settings(max_examples=EXAMPLES)
@given(files=deliveries, data=st.data())
def test_any_order_of_arrival_gives_the_same_tables_where_versions_decide(
    keyed: Desk, files: list[list[Row]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(files))
    at_once, _ = keyed.runs([_named(files)])
    one_by_one, _ = keyed.runs([[pair] for pair in _named(shuffled)])
    assert tables(one_by_one) == tables(at_once)
    newest: dict[tuple[str, ...], Row] = {}
    for row in sorted(
        (row for sent in files for row in sent if not _is_bad(row) and not _is_left_out(row)), key=lambda row: row[6]
    ):
        newest[row[:2]] = row
    expected = sorted((f"erp:{row[0]}", row[1], row[3], Decimal(row[4]), Decimal(row[5])) for row in newest.values())
    found = at_once.rows("SELECT document_key, line_id, item_key, quantity, net_amount FROM facts.fact_order_line ORDER BY ALL")
    assert found == expected


@settings(max_examples=EXAMPLES)
@given(files=invoices, data=st.data())
def test_equal_lines_of_one_document_stay_and_an_overlap_adds_none(
    keyless: Desk, files: list[list[Row]], data: st.DataObject
) -> None:
    expected: Counter[Row] = Counter()
    for sent in files:
        # A document comes whole or in part: what one delivery holds most often of a line is how often it is there.
        expected |= Counter(sent)
    shuffled = data.draw(st.permutations(files))
    at_once, (accounts,) = keyless.runs([_named(files)])
    one_by_one, _ = keyless.runs([[pair] for pair in _named(shuffled)])
    assert sum(account.accepted for account in accounts) == expected.total()
    for lake in (at_once, one_by_one):
        found = lake.rows("SELECT document_key, coalesce(item_key, ''), net_amount FROM facts.fact_order_line")
        wanted = Counter({(f"erp:{row[0]}", row[3], Decimal(row[5]) if row[5] else None): n for row, n in expected.items()})
        assert Counter(found) == wanted


def test_a_file_that_returns_to_what_it_was_is_taken_again(keyed: Desk) -> None:
    lake, _ = keyed.runs([])
    for hour, version in enumerate((0, 4, 0)):
        (account,) = keyed.run(lake, [("stock.csv", [(*_row("a", 1, 0)[:5], str(version), "1")])], AT.replace(hour=hour))
        assert (account.received, account.accepted) == (1, 1)
        assert lake.rows("SELECT net_amount FROM facts.fact_order_line") == [(Decimal(version),)]
    assert keyed.run(lake, [], AT.replace(hour=9)) == []
    assert lake.rows("SELECT count(DISTINCT batch_id), sum(accepted) FROM facts.batch") == [(3, 3)]


def test_through_the_use_case_and_the_lake_on_disk_the_laws_hold_as_in_memory(keyed: Desk, tmp_path: Path) -> None:
    files = [
        [_row("a", 1, 0), _row("a", 1, 4), _row("a", 1, 4)],
        [_row("a", 1, 2), _row("bb", 2, 5)],
        [_row("c|d", 3, 1), _row("bb", 2, 4)],
    ]
    memory, _ = keyed.runs([_named(files)])
    shop = Shop(tmp_path / "shop", KEYED, WITH_VERSION)
    for name, sent in reversed(_named(files)):
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([COLUMNS, *sent])
        shop.deliver(name, out.getvalue())
        shop.run()
    assert told(shop.run()) == {}
    with shop.project.reading() as lake:
        assert tables(lake) == tables(memory)
