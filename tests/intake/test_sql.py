"""SQL sources: SQLite, and a PostgreSQL server that is really started; read whole, from a cursor on, and broken off."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from shop import AT, CONTRACT, SOURCE, Shop, told

from charter.errors import CharterError, UnavailableError
from charter.state.database import Acceptance, open_state

WITH_TIME = (
    CONTRACT
    + "      - {name: at, logicalType: timestamp, logicalTypeOptions: {timezone: true}}\n      - {name: done, logicalType: boolean}\n"
)
TABLE = SOURCE.replace('files: ["../../exports/*.csv"]', "table: lines").replace(
    "        order_line:",
    "        order: {document: no, ordered_on: day, received_at: at, confirmed: done, net_amount: net, currency: \"'EUR'\"}\n"
    "        order_line:",
)
IN_SQLITE = TABLE.replace("{type: files}", "{type: sql, file: ../../shop.sqlite}")
IN_POSTGRES = TABLE.replace("{type: files}", "{type: sql, url: {env: SHOP_DB_URL}}").replace("table: lines", "table: sales.lines")
# Commas, quotes, ends of lines, an empty text beside a null, the text that marks a null, and 19 digits.
ITEMS = ("A", "K\u00fchler, gro\u00df", 'a "quoted" one', "two\nlines", "", None, "\\N", "'; DROP TABLE lines; --")
ROWS = [
    (f"n{at}", at, date(2024, 6, at + 1), item, at, Decimal("12345678901234.5678") + at, datetime(2024, 6, 1, 12, at, tzinfo=UTC), at % 2 == 0)
    for at, item in enumerate(ITEMS)
]  # fmt: skip
EXPECTED = sorted((f"erp:{no}", str(pos), day, item, Decimal(qty), net) for no, pos, day, item, qty, net, _, _ in ROWS)
ORDERS = sorted((f"erp:{no}", at, done, net) for no, _, _, _, _, net, at, done in ROWS)


def _lines(shop: Shop) -> list[tuple[Any, ...]]:
    return sorted(shop.lines(), key=lambda row: row[0])


def _orders(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows("SELECT document_key, received_at, confirmed, net_amount FROM {order_record} ORDER BY document_key")


def test_a_sqlite_table_is_read_whole_and_an_unchanged_one_is_no_new_delivery(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", IN_SQLITE, WITH_TIME)
    connection = sqlite3.connect(shop.folder / "shop.sqlite")
    connection.execute(
        "CREATE TABLE lines (no TEXT, pos INTEGER, day DATE, item TEXT, qty INTEGER, net TEXT, at TEXT, done INTEGER, PRIMARY KEY (no, pos))"
    )
    rows = [
        (no, pos, day.isoformat(), item, qty, str(net), at.isoformat(), int(done))
        for no, pos, day, item, qty, net, at, done in ROWS
    ]
    connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    assert told(shop.run()) == {"lines": (8, 8, 0, 0, 0, 0, None)}
    assert _lines(shop) == EXPECTED
    assert _orders(shop) == ORDERS
    assert told(shop.run()) == {}
    # There, back, and there again: each state is a delivery of its own, and the account of the first stays as it was.
    for hour, net in ((7, "1.00"), (8, str(ROWS[0][5]))):
        connection.execute("UPDATE lines SET net = ? WHERE no = 'n0'", (net,))
        connection.commit()
        assert told(shop.run(AT.replace(hour=hour))) == {"lines": (8, 1, 7, 0, 0, 0, None)}
    assert _lines(shop) == EXPECTED
    assert shop.rows("SELECT accepted FROM {batch} ORDER BY ALL") == [(1,), (1,), (8,)]
    connection.close()


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


class Postgres:
    """A server of its own, reached by a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        import pgserver

        self.server = pgserver.get_server(folder / "pg", cleanup_mode="stop")
        self.url = self.server.get_uri()
        self.engine = sa.create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool)

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def fill(self, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join(["%s"] * len(rows[0]))
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("pgserver")
    folder = Path(tempfile.mkdtemp(prefix="charter-pg-"))
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.engine.dispose()
        server.server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sales(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose lines lie in PostgreSQL, with the rows in it."""
    postgres.run(
        "DROP SCHEMA IF EXISTS sales CASCADE",
        "CREATE SCHEMA sales",
        "CREATE TABLE sales.lines (no text, pos integer, day date, item text, qty integer, net numeric(18, 4), at timestamptz, done boolean, "
        "changed timestamptz, PRIMARY KEY (no, pos))",
    )
    changed = [(*row, datetime(2024, 7, 1, 0, at, tzinfo=UTC)) for at, row in enumerate(ROWS)]
    postgres.fill("sales.lines", "no, pos, day, item, qty, net, at, done, changed", changed)
    monkeypatch.setenv("SHOP_DB_URL", postgres.url)
    return Shop(tmp_path / "shop", IN_POSTGRES, WITH_TIME)


def test_a_postgresql_table_is_read_whole(sales: Shop) -> None:
    assert told(sales.run()) == {"sales.lines": (8, 8, 0, 0, 0, 0, None)}
    assert _lines(sales) == EXPECTED
    assert _orders(sales) == ORDERS
    assert told(sales.run()) == {}


def test_from_a_cursor_on_only_what_is_new_or_changed_is_read(sales: Shop, postgres: Postgres) -> None:
    sales.write("group/sources/erp.yaml", IN_POSTGRES.replace("table: sales.lines", "table: sales.lines\n      cursor: changed"))
    assert told(sales.run()) == {"sales.lines": (8, 8, 0, 0, 0, 0, None)}
    # The last row read is read again, for another of the same instant may have been committed since; alone it is no delivery.
    assert told(sales.run()) == {}
    postgres.run(
        "UPDATE sales.lines SET net = 5, changed = '2024-07-02 00:00+00' WHERE no = 'n0'",
        "INSERT INTO sales.lines SELECT 'new', 1, '2024-06-20', 'A', 1, 7, NULL, true, '2024-07-01 00:07+00'",
        "INSERT INTO sales.lines SELECT 'null', 1, '2024-06-20', 'A', 1, 8, NULL, true, NULL",
        "UPDATE sales.lines SET net = 6 WHERE no = 'n1'",
    )
    assert told(sales.run()) == {"sales.lines": (4, 3, 1, 0, 0, 0, None)}
    assert told(sales.run()) == {}
    postgres.run("INSERT INTO sales.lines SELECT 'same instant', 1, '2024-06-20', 'A', 1, 9, NULL, true, '2024-07-02 00:00+00'")
    assert told(sales.run()) == {"sales.lines": (3, 1, 2, 0, 0, 0, None)}
    assert told(sales.run()) == {}
    expected = [row if row[0] != "erp:n0" else (*row[:5], Decimal(5)) for row in EXPECTED]
    added = [
        ("erp:new", "1", date(2024, 6, 20), "A", Decimal(1), Decimal(7)),
        ("erp:null", "1", date(2024, 6, 20), "A", Decimal(1), Decimal(8)),
        ("erp:same instant", "1", date(2024, 6, 20), "A", Decimal(1), Decimal(9)),
    ]
    assert _lines(sales) == [*expected, *added]
    assert sales.rows("SELECT max(cursor) FROM {batch}") == [("2024-07-02 00:00:00+00:00",)]


def test_a_table_a_column_and_a_cursor_that_are_not_there_are_told_with_the_nearest(sales: Shop) -> None:
    for source, message, hint in (
        (IN_POSTGRES.replace("sales.lines", "sales.line"), "erp: sales.line cannot be read: it is not there", "did you mean sales.lines?"),
        (
            IN_POSTGRES.replace("table: sales.lines", "table: sales.lines\n      cursor: change"),
            "erp: sales.lines cannot be read: it has no column change", "did you mean changed?",
        ),
    ):  # fmt: skip
        sales.write("group/sources/erp.yaml", source)
        with pytest.raises(CharterError) as caught:
            sales.run()
        assert (caught.value.code, caught.value.message, caught.value.hint) == ("INT014", message, hint)


def test_a_server_that_is_stopped_in_mid_read_takes_nothing_in_and_nothing_is_lost(sales: Shop, postgres: Postgres) -> None:
    pid_file = postgres.server.pgdata / "postmaster.pid"
    postgres.run(
        "INSERT INTO sales.lines SELECT 'm' || lpad(n::text, 6, '0'), 1, '2024-06-20', 'A', 1, 1, NULL, true, NULL FROM generate_series(1, 25000) AS n",
        # The 15,000th row stops the server, as an operator would; rows before it have been sent by then.
        f"""CREATE FUNCTION sales.stopping(no text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN
            IF no = 'm015000' THEN COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; kill -INT $(head -1 {pid_file})'; END IF;
            RETURN no; END $$""",
        "CREATE VIEW sales.stopped AS SELECT sales.stopping(no) AS no, pos, day, item, qty, net, at, done FROM sales.lines ORDER BY no, pos",
    )
    sales.write("group/sources/erp.yaml", IN_POSTGRES.replace("sales.lines", "sales.stopped"))
    try:
        with pytest.raises(UnavailableError) as caught:
            sales.run()
        assert str(caught.value) == (
            "error INT013 erp: the database went away: terminating connection due to administrator command\n"
            "  hint: nothing was taken in; run again when it answers"
        )
        with pytest.raises(UnavailableError) as refused:
            sales.run()
        assert refused.value.code == "INT013"
        assert "postgres:" not in refused.value.message
        assert sales.rows("SELECT count(*) FROM {batch}") == [(0,)]
        assert not list((sales.folder / ".charter" / "lake" / "temp").glob("*.csv"))
    finally:
        postgres.server.ensure_postgres_running()
    sales.write("group/sources/erp.yaml", IN_POSTGRES)
    assert told(sales.run()) == {"sales.lines": (25_008, 25_008, 0, 0, 0, 0, None)}
    assert sales.rows("SELECT count(*), count(DISTINCT document_key) FROM {fact_order_line}") == [(25_008, 25_008)]


def test_an_address_that_is_not_set_is_told_by_its_name(sales: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_DB_URL")
    with pytest.raises(UnavailableError) as caught:
        sales.run()
    assert (caught.value.code, caught.value.message) == ("INT034", "erp: the environment variable SHOP_DB_URL is not set")


def test_a_password_in_an_address_is_never_told(sales: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (
        "postgresql://reader:geheim@127.0.0.1:1/shop",
        "nosuch://reader:geheim@h/shop",
        "postgresql://reader:geheim@h:port/shop",
    ):
        monkeypatch.setenv("SHOP_DB_URL", url)
        with pytest.raises(UnavailableError) as caught:
            sales.run()
        assert caught.value.code == "INT013"
        assert "geheim" not in str(caught.value)


def test_the_operational_state_is_kept_in_postgresql_as_well(postgres: Postgres) -> None:
    url = postgres.url.replace("postgresql://", "postgresql+psycopg://")
    one = Acceptance(
        "Metric:orders", "market/de", "*", "accountable", "person/ann", date(2024, 1, 1), datetime(2024, 8, 1, 6, tzinfo=UTC), "ann"
    )
    other = Acceptance("Metric:orders", "group", "*", "accountable", "person/bo", None, datetime(2024, 8, 2, 6, tzinfo=UTC), "bo")
    with open_state(url) as state:
        assert state.acceptances() == ()
        assert state.accept(one)
        assert not state.accept(one)
        assert state.accept(other)
    with open_state(url) as state:
        assert state.acceptances() == (one, other)
        assert not state.accept(other)
