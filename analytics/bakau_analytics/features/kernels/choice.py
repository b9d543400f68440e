"""Which steps and features have a kernel, and when it is used: where numba is installed and there are rows enough for it to pay.

SQL stays the definition. A kernel gives the same rows, for whatever rows there are, or declines; then SQL answers as if there were none.
To add one: write `make_NAME(journal)` beside its like, enter it in `KERNELS`, and run `tests/analytics/features/test_kernels.py`,
which holds every entry to the text of its file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.compiled import pays
from bakau.logs import get_logger
from bakau_analytics.features.kernels import accounts, amounts, pairs, recent
from bakau_analytics.features.kernels.journal import Journal
from bakau_analytics.features.kernels.windows import DeclinedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import duckdb
    import pyarrow as pa

#: By the name of the step or feature whose rows it makes.
KERNELS: dict[str, Callable[[Journal], pa.Table]] = {
    "pulse": accounts.make_pulse,
    "pause": accounts.make_pause,
    "money": accounts.make_money,
    "habit": recent.make_habit,
    "twin": recent.make_twin,
    "price": amounts.make_price,
    "rails_in_ppm": recent.make_rails_in_ppm,
    "rails_out_ppm": recent.make_rails_out_ppm,
    "countries": recent.make_countries,
    "cross_border_ppm": recent.make_cross_border_ppm,
    "night_ppm": recent.make_night_ppm,
    "outlets": recent.make_outlets,
    "rails": recent.make_rails,
    "round_ppm": recent.make_round_ppm,
    "top_country_ppm": recent.make_top_country_ppm,
    "top_outlet_ppm": recent.make_top_outlet_ppm,
    "active_days": accounts.make_active_days,
    "dormant_days": accounts.make_dormant_days,
    "dwell": accounts.make_dwell,
    "onward_24h_ppm": accounts.make_onward_24h_ppm,
    "senders_30d": accounts.make_senders_30d,
    "silence_days": accounts.make_silence_days,
    "commonest_amount_ppm": amounts.make_commonest_amount_ppm,
    "price_points": amounts.make_price_points,
    "retention_ppm": amounts.make_retention_ppm,
    "passed_on_ppm": amounts.make_passed_on_ppm,
    "smallest_amount": amounts.make_smallest_amount,
    "top_amounts_ppm": amounts.make_top_amounts_ppm,
    "pair": pairs.make_pair,
    "climb": pairs.make_climb,
    "payments_in": pairs.make_payments_in,
    "payments_out": pairs.make_payments_out,
    "senders": pairs.make_senders,
    "receivers": pairs.make_receivers,
    "pair_share_ppm": pairs.make_pair_share_ppm,
    "reciprocity_ppm": pairs.make_reciprocity_ppm,
    "repeat_payees_ppm": pairs.make_repeat_payees_ppm,
    "burst_received_24h": pairs.make_burst_received_24h,
    "burst_sent_24h": pairs.make_burst_sent_24h,
    "escalation_in": pairs.make_escalation_in,
    "escalation_out": pairs.make_escalation_out,
}

log = get_logger("bakau_analytics.features")


def pays_off(connection: duckdb.DuckDBPyConnection) -> bool:
    """Are there payments enough in `flow` for kernels, and is numba installed?"""
    [(rows,)] = connection.execute("SELECT count(*) FROM flow").fetchall()
    return pays(rows)


def compute(connection: duckdb.DuckDBPyConnection, names: Iterable[str], *, compiled: bool = True) -> Iterator[tuple[str, pa.Table]]:
    """The rows of these steps and features, one after the other; reads `flow` and `clock`. What a kernel declines does not come."""
    wanted = [name for name in KERNELS if name in set(names)]
    if not wanted:
        return
    try:
        journal = Journal.read(connection, compiled=compiled)
    except DeclinedError:
        log.info("features.kernels_declined", names=wanted)
        return
    for name in wanted:
        try:
            yield name, KERNELS[name](journal)
        except DeclinedError:
            log.info("features.kernels_declined", names=[name])
