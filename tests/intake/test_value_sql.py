"""Values read by the SQL that reads them in a delivery: what Python's own arithmetic says they are, or nothing."""

from datetime import datetime

import duckdb
import pytest

from charter.intake.value_sql import moment, zoned_moment

OFFSETS = ("Z", "+00", "+02", "+0200", "+02:00", "+14:00", "+0545", "-12:00", "-0330")
NO_OFFSETS = ("+9900", "+99:00", "+15:00", "+1500", "-13:00", "+02:60", "+2", "", "+020", "+02:0", "UTC+2", "--02")


def _read(sql: str, text: str) -> datetime | None:
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT CAST({sql} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' FROM (SELECT ? AS x)", [text]).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize("offset", OFFSETS)
def test_an_instant_is_moved_by_its_offset(offset: str) -> None:
    text = f"2025-11-10T10:00:00{offset}"
    expected = datetime.fromisoformat(text).astimezone(datetime.fromisoformat("2025-01-01T00:00Z").tzinfo).replace(tzinfo=None)
    assert _read(zoned_moment("x"), text) == expected
    assert _read(moment("x", ("%Y-%m-%dT%H:%M:%S%z",)), text) == expected


@pytest.mark.parametrize("offset", NO_OFFSETS)
def test_an_offset_that_no_place_on_earth_has_is_none(offset: str) -> None:
    text = f"2025-11-10T10:00:00{offset}"
    assert _read(zoned_moment("x"), text) is None
    assert _read(moment("x", ("%Y-%m-%dT%H:%M:%S%z",)), text) is None
