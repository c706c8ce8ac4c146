"""Values against second oracles."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import comb
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.errors import UsageError
from charter.values.business_calendar import WEEKDAYS, BusinessCalendar, always_open, parse_hours
from charter.values.duration import in_words, parse_duration
from charter.values.interval import share_interval
from charter.values.money import Money
from charter.values.percent import Percent
from charter.values.period import Period, containing
from charter.values.quantile import order_interval, quantile
from charter.values.ratio import canonical, divide
from charter.values.validity import Validity

# These take a millisecond a case: `make prove` gives them more cases than what builds a lake.
CASES = settings().max_examples
MANY = 110 * CASES if CASES > 100 else CASES


@settings(max_examples=MANY)
@given(st.integers(-(10**15), 10**15), st.integers(1, 10**12))
def test_a_ratio_is_the_nearest_millionth_and_halves_go_to_the_even_one(a: int, b: int) -> None:
    exact = Fraction(a, b) * 10**6
    low = exact.numerator // exact.denominator
    rest = exact - low
    nearest = low + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and low % 2 == 1))
    assert divide(a, b) == Decimal(nearest).scaleb(-6)


def test_an_empty_denominator_gives_no_value() -> None:
    assert divide(3, 0) is None


@pytest.mark.parametrize(("value", "text"), [("0.300000", "0.3"), ("5", "5"), ("5.000", "5"), ("-0.10", "-0.1"), ("1E+3", "1000")])
def test_the_canonical_string_has_no_exponent_and_no_trailing_zeros(value: str, text: str) -> None:
    assert canonical(Decimal(value)) == text


def binomial_tail(n: int, p: Fraction, first: int, last: int) -> Fraction:
    return sum((comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(first, last + 1)), Fraction(0))


@pytest.mark.parametrize(("k", "n"), [(0, 5), (5, 5), (3, 10), (17, 18), (1, 40), (29, 60)])
def test_the_interval_of_a_share_is_exact_by_binomial_sums(k: int, n: int) -> None:
    found = share_interval(k, n)
    assert found is not None
    low, high = (Fraction(bound) for bound in found)
    step, tail = Fraction(1, 10**6), Fraction(25, 1000)
    if k > 0:
        assert binomial_tail(n, low - step, k, n) <= tail <= binomial_tail(n, low + step, k, n)
    if k < n:
        assert binomial_tail(n, high + step, 0, k) <= tail <= binomial_tail(n, high - step, 0, k)


@settings(max_examples=MANY)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(1, 4)]))
def test_a_quantile_is_the_value_at_the_nearest_rank_of_the_sorted_list(values: list[int], share: Fraction) -> None:
    histogram = {value: values.count(value) for value in values}
    rank = -((-share.numerator * len(values)) // share.denominator)
    assert quantile(histogram, share) == sorted(values)[max(rank, 1) - 1]


@settings(max_examples=10 * CASES if CASES > 100 else 30)
@given(st.integers(6, 80), st.sampled_from([Fraction(1, 2), Fraction(9, 10)]))
def test_the_interval_of_a_quantile_covers_it_at_the_level(n: int, share: Fraction) -> None:
    found = order_interval(dict.fromkeys(range(1, n + 1), 1), share)
    if found is not None:
        low, high = found
        assert binomial_tail(n, share, low, high - 1) >= Fraction(95, 100)


def naive_business_seconds(calendar: BusinessCalendar, a: datetime, b: datetime) -> int:
    zone, total = ZoneInfo(calendar.time_zone), 0
    day = a.astimezone(zone).date() - timedelta(days=1)
    while day <= b.astimezone(zone).date() + timedelta(days=1):
        for begin, end in calendar.hours_on(day):
            midnight = datetime(day.year, day.month, day.day)
            start, stop = ((midnight + timedelta(minutes=m)).replace(tzinfo=zone).timestamp() for m in (begin, end))
            total += max(0, int(min(stop, b.timestamp()) - max(start, a.timestamp())))
        day += timedelta(days=1)
    return total


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "Pacific/Apia", "Etc/UTC"]
instants = st.integers(1_700_000_000, 1_770_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
half_days = st.sampled_from([(), ((480, 1020),), ((480, 720), (780, 1020)), ((0, 1440),), ((90, 210),)])


@settings(max_examples=MANY)
@given(st.sampled_from(ZONES), st.tuples(*[half_days] * 7), instants, st.integers(0, 9_000_000))
def test_business_time_equals_counting_by_hand_in_every_zone_across_clock_changes(
    zone: str, week: tuple[tuple[tuple[int, int], ...], ...], begin: datetime, length: int
) -> None:
    calendar = BusinessCalendar(zone, dict(zip(WEEKDAYS, week, strict=True)), closed=frozenset({date(2025, 1, 1)}))
    end = begin + timedelta(seconds=length)
    assert calendar.elapsed(begin, end) == naive_business_seconds(calendar, begin, end)


@settings(max_examples=MANY)
@given(instants, st.integers(0, 2_000_000), st.integers(0, 2_000_000))
def test_business_time_adds_up(a: datetime, first: int, second: int) -> None:
    calendar = BusinessCalendar("Europe/Berlin", dict.fromkeys(WEEKDAYS[:5], ((480, 1020),)), country="de")
    b, c = a + timedelta(seconds=first), a + timedelta(seconds=first + second)
    assert calendar.elapsed(a, b) + calendar.elapsed(b, c) == calendar.elapsed(a, c)
    assert calendar.elapsed(c, a) == -calendar.elapsed(a, c)


def test_all_time_counts_where_nothing_closes() -> None:
    a = datetime(2025, 3, 29, 12, tzinfo=UTC)
    assert always_open().elapsed(a, a + timedelta(days=3, seconds=7)) == 3 * 86400 + 7


def test_public_holidays_are_closed_and_open_days_win() -> None:
    week = dict.fromkeys(WEEKDAYS, ((480, 540),))
    calendar = BusinessCalendar("Etc/UTC", week, country="de", open_days={date(2025, 12, 26): ((600, 660),)})
    assert calendar.hours_on(date(2025, 12, 25)) == ()
    assert calendar.hours_on(date(2025, 12, 26)) == ((600, 660),)
    assert calendar.hours_on(date(2025, 12, 29)) == ((480, 540),)


@pytest.mark.parametrize("text", ["8-12", "12:00-08:00", "08:00-25:00", "08:60-09:00", "morning"])
def test_working_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="working hours"):
        parse_hours([text])


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2013", date(2013, 1, 1), date(2014, 1, 1)),
        ("2013-Q4", date(2013, 10, 1), date(2014, 1, 1)),
        ("2013-12", date(2013, 12, 1), date(2014, 1, 1)),
        ("2013-W01", date(2012, 12, 31), date(2013, 1, 7)),
        ("2013-06-07", date(2013, 6, 7), date(2013, 6, 8)),
        ("2013-06-01/2013-07-15", date(2013, 6, 1), date(2013, 7, 15)),
    ],
)
def test_periods_are_half_open(text: str, start: date, end: date) -> None:
    period = Period.parse(text)
    assert (period.start, period.end, str(period)) == (start, end, text)
    assert period.contains(start) and not period.contains(end)
    assert period.previous().end == start
    assert period.year_before().end <= start


@pytest.mark.parametrize("text", ["june", "2013-13", "2013-Q5", "2013-02-30", "2013-07-01/2013-06-01", ""])
def test_what_is_no_period_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="is not a period"):
        Period.parse(text)


def test_months_of_a_period() -> None:
    assert [str(month) for month in Period.parse("2013-11-15/2014-01-02").months()] == ["2013-11", "2013-12", "2014-01"]
    assert str(containing(date(2013, 5, 31), "quarter")) == "2013-Q2"


def test_money_adds_in_one_currency_and_shares_sum_exactly() -> None:
    assert Money(Decimal("1.10"), "EUR") + Money(Decimal("2"), "EUR") == Money(Decimal("3.10"), "EUR")
    assert Money(Decimal("3"), "EUR") - Money(Decimal("2"), "EUR") == Money(Decimal("1"), "EUR")
    with pytest.raises(UsageError, match="one currency"):
        Money(Decimal(1), "EUR") + Money(Decimal(1), "SEK")
    assert Money(Decimal("10.005"), "JPY").rounded() == Money(Decimal("10"), "JPY")


@settings(max_examples=MANY)
@given(st.integers(0, 10**9), st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_allocated_parts_sum_to_the_whole(cents: int, shares: list[int]) -> None:
    parts = Money(Decimal(cents).scaleb(-2), "EUR").allocate(shares)
    assert sum((part.amount for part in parts), Decimal(0)) == Decimal(cents).scaleb(-2)


def test_percent_is_read_in_both_forms() -> None:
    assert Percent.parse("30 %") == Percent.parse("0.30") == Percent(Decimal("0.3"))
    assert Percent.parse("35%").points(Percent.parse("30%")) == 5
    with pytest.raises(UsageError, match="percentage"):
        Percent.parse("thirty")


def test_validity_is_half_open() -> None:
    first, second = Validity(None, date(2025, 1, 1)), Validity(date(2025, 1, 1), None)
    assert not first.overlaps(second)
    assert first.contains(date(2024, 12, 31)) and not first.contains(date(2025, 1, 1))
    assert second.intersect(Validity(date(2024, 1, 1), date(2026, 1, 1))) == Validity(date(2025, 1, 1), date(2026, 1, 1))


def test_durations_in_words_and_by_the_calendar() -> None:
    assert [in_words(s) for s in (0, 59, 3600 * 3 + 12 * 60, 2 * 86400 + 4 * 3600 + 5)] == ["0 s", "59 s", "3 h 12 min", "52 h"]
    assert parse_duration("P1M").after(date(2024, 1, 31)) == date(2024, 2, 29)
    assert parse_duration("P60D").after(date(2024, 1, 1)) == date(2024, 3, 1)
    with pytest.raises(UsageError, match="duration"):
        parse_duration("60 days")
