"""What transfers are worth: dated rates against an oracle of fractions, gaps said as null, later tables over earlier ones, no fact touched."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from bakau.money import load_currencies
from bakau_graph.archive.rates import MOST_DIGITS
from bakau_graph.archive.valuations import OLDEST_DAYS, add_values

DAY_US = 86_400_000_000
EPOCH = date(1970, 1, 1)
FIRST = (date(2025, 3, 3) - EPOCH).days


def rates(*rows) -> pa.Table:
    """Rates as (day, base, quote, "text")."""
    texts = [text for *_, text in rows]
    return pa.table(
        {
            "day": pa.array([row[0] for row in rows], pa.int32()),
            "base": [row[1] for row in rows],
            "quote": [row[2] for row in rows],
            "mantissa": pa.array([int(text.replace(".", "")) for text in texts], pa.int64()),
            "places": pa.array([len(text.partition(".")[2]) for text in texts], pa.int32()),
            "source": ["a bank"] * len(rows),
        }
    )


def values(snapshot) -> list[int | None]:
    """The values of all transfers, in order of time."""
    with snapshot.connect() as connection:
        snapshot.add_values(connection)
        rows = connection.sql("SELECT value_minor FROM transfer JOIN transfer_value USING (transfer_id) ORDER BY ts_us, src_key").fetchall()
    return [value for (value,) in rows]


def on(day: int, amount: int, *, second: int = 0, **_):
    return ("A", "B", (FIRST + day) * DAY_US + second * 1_000_000, amount)


def test_the_rate_of_the_day_counts_or_the_last_one_that_is_not_too_old(bench):
    bench.transfers([on(-1, 100), on(0, 100), on(0, 200, second=86_399), on(1, 100), on(OLDEST_DAYS + 1, 100), on(OLDEST_DAYS + 2, 100)])
    bench.archive.add_rates("0" * 64, rates((FIRST, "EUR", "USD", "2"), (FIRST + 1, "EUR", "USD", "3")), reporting="USD")
    assert values(bench.archive.snapshot()) == [None, 200, 400, 300, 300, None]


def test_a_rate_serves_both_ways_and_never_over_a_third_currency(bench):
    bench.transfers([on(0, 1000)])
    bench.archive.add_rates("1" * 64, rates((FIRST, "USD", "EUR", "0.8")), reporting="USD")
    assert values(bench.archive.snapshot()) == [1250]
    bench.archive.add_rates("2" * 64, rates((FIRST, "USD", "PHP", "57")), reporting="PHP")
    assert values(bench.archive.snapshot()) == [None]
    bench.archive.add_rates("2" * 64, rates((FIRST, "USD", "PHP", "57")), reporting="EUR")
    assert values(bench.archive.snapshot()) == [1000], "the currency itself needs no rate"


def test_a_later_table_revalues_and_an_old_snapshot_stays_what_it_was(bench):
    bench.transfers([on(0, 100), on(1, 100)])
    before = bench.archive.snapshot()
    digest = before.digest
    bench.archive.add_rates("1" * 64, rates((FIRST, "EUR", "USD", "2")), reporting="USD")
    first = bench.archive.snapshot()
    listed = bench.archive.add_rates("2" * 64, rates((FIRST, "EUR", "USD", "4"), (FIRST + 1, "EUR", "USD", "5")))
    assert (listed.number, listed.reporting) == (2, "USD")
    newest = bench.archive.snapshot()
    assert [values(one) for one in (before, first, newest)] == [[None, None], [200, 200], [400, 500]]
    assert (first.digest, newest.digest) == (digest, digest), "rates are no facts"
    again = bench.archive.add_rates("2" * 64, rates((FIRST, "EUR", "USD", "4"), (FIRST + 1, "EUR", "USD", "5")))
    assert (again.number, bench.archive.version()) == (2, newest.version)


def expected(amount: int, code: str, reporting: str, rate: str, *, turned: bool) -> int | None:
    """The value by fractions, rounded half to even; None beyond 64 bits."""
    known, factor = load_currencies(), Fraction(rate)
    exact = (
        Fraction(amount)
        * (1 / factor if turned else factor)
        * Fraction(10) ** (known[reporting].stored_exponent - known[code].stored_exponent)
    )
    with localcontext() as context:
        context.prec = 200
        whole, rest = divmod(exact.numerator, exact.denominator)
        half = Decimal("0.5") if 2 * rest == exact.denominator else Decimal("0.4") if 2 * rest < exact.denominator else Decimal("0.6")
        value = int((Decimal(whole) + half).quantize(Decimal(1), ROUND_HALF_EVEN)) if rest else whole
    return value if abs(value) < 2**63 else None


@pytest.mark.parametrize("turned", [False, True])
def test_values_are_those_of_exact_fractions_rounded_half_to_even(turned):
    import duckdb

    rng = np.random.default_rng(5)
    codes = ["JPY", "KWD", "BTC", "ETH", "IDR", "EUR", "XAU"]
    codes = [code for code in codes if code in load_currencies()]
    cases = []
    for number in range(3_000):
        digits, places = int(rng.integers(1, MOST_DIGITS)), int(rng.integers(0, 12))
        mantissa = int(rng.integers(1, 10**digits))
        text = f"{mantissa / 10**places:.0f}" if not places else f"{mantissa // 10**places}.{mantissa % 10**places:0{places}d}"
        amount = int(rng.integers(0, 10 ** int(rng.integers(1, 19)))) if number % 3 else int(rng.integers(0, 40)) * 5
        cases.append((number, codes[number % len(codes)], amount, text if number % 4 else ("0.5" if number % 8 else "2.5")))
    known = load_currencies()
    rows = [(day, "USD", code, text) if turned else (day, code, "USD", text) for day, code, _, text in cases if known[code]]
    table = rates(*rows).append_column("table", pa.array([1] * len(rows), pa.int64()))
    transfer = pa.table(
        {
            "transfer_id": pa.array([number for number, *_ in cases], pa.int64()),
            "ts_us": pa.array([number * DAY_US for number, *_ in cases], pa.int64()),
            "currency": [code for _, code, *_ in cases],
            "amount_minor": pa.array([amount for _, _, amount, _ in cases], pa.int64()),
        }
    )
    with duckdb.connect() as connection:
        connection.register("transfer", transfer)
        add_values(connection, table, "USD")
        found = [value for (value,) in connection.sql("SELECT value_minor FROM transfer_value ORDER BY transfer_id").fetchall()]
    wanted = [expected(amount, code, "USD", text, turned=turned) for _, code, amount, text in cases]
    assert [place for place, pair in enumerate(zip(found, wanted, strict=True)) if pair[0] != pair[1]] == []
    assert sum(value is None for value in wanted) > 10, "some values leave 64 bits"
