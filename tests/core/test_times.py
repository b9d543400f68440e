from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.errors import InputError
from bakau.times import DAY_US, EARLIEST_US, format_us, from_us, get_zone, parse_instant, protected_until, to_us

moments = st.integers(EARLIEST_US, 7_000_000_000_000_000).map(from_us)
birth_dates = st.dates(min_value=date(1890, 1, 1), max_value=date(2100, 12, 31))


def eighteenth_birthday(born: date) -> date:
    """The day on which the person is an adult; who was born on 29 February comes of age on 1 March at the latest."""
    try:
        return born.replace(year=born.year + 18)
    except ValueError:
        return date(born.year + 18, 3, 1)


@given(moments)
def test_microseconds_hold_an_instant_exactly(moment):
    assert from_us(to_us(moment)) == moment


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_the_zone_an_instant_is_written_in_does_not_matter(moment, minutes):
    assert to_us(moment.astimezone(timezone(timedelta(minutes=minutes)))) == to_us(moment)


def test_a_datetime_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        to_us(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@given(moments)
def test_what_is_printed_can_be_typed_back(moment):
    assert parse_instant(format_us(to_us(moment))) == to_us(moment)


@given(moments)
def test_a_date_alone_prints_as_a_date_alone(moment):
    assert format_us(to_us(moment), time_known=False) == moment.date().isoformat()


def test_a_date_typed_by_a_person_is_midnight_utc():
    assert parse_instant("2026-03-01") == to_us(datetime(2026, 3, 1, tzinfo=UTC)) == parse_instant("2026-03-01T08:00:00+08:00")


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "01.03.2026", "2026-13-01", "2026-03-01T25:00"])
def test_what_is_no_date_is_refused_with_an_example(text):
    with pytest.raises(InputError) as caught:
        parse_instant(text)
    assert "2026-03-01" in caught.value.hint


def test_an_instant_that_is_not_known_prints_as_nothing():
    assert format_us(None) == ""


def test_the_earliest_instant_is_the_start_of_1950():
    assert from_us(EARLIEST_US) == datetime(1950, 1, 1, tzinfo=UTC)
    assert DAY_US == 86_400_000_000


@pytest.mark.parametrize("name", ["", "Manila", "Asia", "../etc/passwd", "/etc/localtime", "UTC\0"])
def test_an_unknown_zone_is_refused(name):
    with pytest.raises(InputError):
        get_zone(name)


def test_zones_have_iana_names():
    assert get_zone("Asia/Manila").key == "Asia/Manila"


# --- protected_until -----------------------------------------------------------------------------------------------------------


@given(birth_dates)
def test_protection_never_ends_before_the_eighteenth_birthday(born):
    assert protected_until(born) >= min(date(2100, 1, 1), eighteenth_birthday(born))
    assert protected_until(born) > eighteenth_birthday(born) or protected_until(born) == date(2000, 1, 1)


@given(birth_dates)
def test_protection_lasts_at_most_a_quarter_longer(born):
    assert protected_until(born) == date(2000, 1, 1) or (protected_until(born) - eighteenth_birthday(born)).days <= 92


@given(birth_dates)
def test_only_the_quarter_can_be_read_from_the_open_column(born):
    end = protected_until(born)
    assert (end.month in {1, 4, 7, 10}, end.day) == (True, 1)
    same_quarter = date(born.year, (born.month - 1) // 3 * 3 + 1, 1)
    assert protected_until(same_quarter) == end


@given(st.dates(min_value=date(1890, 1, 1), max_value=date(1981, 9, 30)))
def test_an_adult_of_2000_cannot_be_told_from_another(born):
    assert protected_until(born) == date(2000, 1, 1)


@pytest.mark.parametrize(
    ("born", "end"),
    [
        (date(2008, 1, 1), date(2026, 4, 1)),
        (date(2008, 3, 31), date(2026, 4, 1)),
        (date(2008, 2, 29), date(2026, 4, 1)),
        (date(2008, 4, 1), date(2026, 7, 1)),
        (date(2008, 12, 31), date(2027, 1, 1)),
        (date(1981, 12, 31), date(2000, 1, 1)),
    ],
)
def test_the_dates_are_what_they_always_were(born, end):
    assert protected_until(born) == end
