"""The last 90 days: the steps `habit` and `twin`, and the features of accounts that count what their payments of that time have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.model import Channel
from bakau_analytics.features.kernels.rows import Rows, tell_both
from bakau_analytics.features.kernels.spans import NONE, PPM
from bakau_analytics.features.kernels.windows import Grouped, find_twins, order_by

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from bakau_analytics.features.kernels.journal import Journal

    Ints = npt.NDArray[np.int64]

#: A sender that pays more accounts ties nobody together.
_MOST_PAID = 30
#: Night is from the first hour to the second; an amount is round in so many minor units.
_NIGHT, _MORNING, _ROUND = 22, 6, 1_000


def make_habit(journal: Journal) -> pa.Table:
    """The rows of the step `habit`."""
    found, columns = Rows("account_key"), journal.once(find_habits)
    side = np.arange(journal.marks.sides)
    found.add(columns["n"] > 0, account_key=side >> 1, is_out=side & 1, **columns)
    return found.finish(journal)


def find_habits(journal: Journal) -> dict[str, Ints]:
    """The numbers of the step `habit`, of every account and direction."""
    marks, every = journal.marks, np.ones(len(journal.marks.side), np.bool_)
    hour, far, near = marks.hour, marks.far, marks.near
    both = (far >= 0) & (near >= 0)
    abroad = both & (far != near)
    return {
        "n": marks.count(every),
        "n_hour": marks.count(hour >= 0),
        "n_night": marks.count((hour >= _NIGHT) | ((hour >= 0) & (hour < _MORNING))),
        "n_amount": marks.count(marks.amount >= 0),
        "n_round": marks.count((marks.amount >= 0) & (marks.amount % _ROUND == 0)),
        "n_corridor": marks.count(both),
        "n_abroad": marks.count(abroad),
        "countries": marks.distinct(far, abroad),
        "outlets": marks.distinct(marks.outlet, marks.outlet >= 0),
        "rails": marks.distinct(marks.channel, marks.channel >= 0),
    }


def make_countries(journal: Journal) -> pa.Table:
    """The rows of the feature `countries`."""
    return _tell_habit(journal, "countries")


def make_outlets(journal: Journal) -> pa.Table:
    """The rows of the feature `outlets`."""
    return _tell_habit(journal, "outlets")


def make_rails(journal: Journal) -> pa.Table:
    """The rows of the feature `rails`."""
    return _tell_habit(journal, "rails")


def make_cross_border_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `cross_border_ppm`."""
    return _tell_habit(journal, "cross_border_ppm", "n_abroad", "n_corridor")


def make_night_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `night_ppm`."""
    return _tell_habit(journal, "night_ppm", "n_night", "n_hour")


def make_round_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `round_ppm`."""
    return _tell_habit(journal, "round_ppm", "n_round", "n_amount")


def _tell_habit(journal: Journal, name: str, part: str = "", whole: str = "") -> pa.Table:
    """A number of the step `habit` as it stands, or what share one is of another."""
    habits = journal.once(find_habits)
    side = np.flatnonzero(habits["n"])
    if not part:
        return tell_both(journal, name, side, habits[name][side])
    of = habits[whole][side]
    return tell_both(journal, name, side, np.where(of > 0, habits[part][side] * PPM // np.maximum(of, 1), NONE))


def make_rails_in_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `rails_in_ppm`."""
    return _share_of_rails(journal, "rails_in_ppm", 0)


def make_rails_out_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `rails_out_ppm`."""
    return _share_of_rails(journal, "rails_out_ppm", 1)


def _share_of_rails(journal: Journal, name: str, is_out: int) -> pa.Table:
    marks, found = journal.marks, Rows("account_key")
    n = marks.count(np.ones(len(marks.side), np.bool_))[is_out::2]
    shares = {}
    for channel in Channel:
        number = marks.channels.index(channel.value) if channel.value in marks.channels else len(marks.channels)
        shares[f"{name}_{channel.value}"] = marks.count(marks.channel == number)[is_out::2] * PPM // np.maximum(n, 1)
    found.add(n > 0, account_key=np.arange(len(n)), **shares)
    return found.finish(journal)


def make_top_country_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `top_country_ppm`."""
    return tell_both(journal, "top_country_ppm", *journal.marks.commonest_ppm(journal.marks.far))


def make_top_outlet_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `top_outlet_ppm`."""
    return tell_both(journal, "top_outlet_ppm", *journal.marks.commonest_ppm(journal.marks.outlet))


def make_twin(journal: Journal) -> pa.Table:
    """The rows of the step `twin`."""
    head = journal.recent_pairs.heads
    src, dst = journal.src[head], journal.dst[head]
    fed = np.bincount(dst, minlength=len(journal.keys))
    modest = np.flatnonzero(np.bincount(src, minlength=len(journal.keys))[src] <= _MOST_PAID)
    src, dst = src[modest], dst[modest]
    by_src = Grouped.of(np.arange(len(src), dtype=np.int32), src, compiled=journal.compiled)
    by_dst = Grouped.of(order_by(dst, len(journal.keys), compiled=journal.compiled), dst, compiled=journal.compiled)
    shared, ppm = find_twins(by_src, by_dst, dst, fed)
    found = Rows("account_key")
    found.add(shared > 0, account_key=np.arange(len(shared)), shared=shared, jaccard_ppm=ppm)
    return found.finish(journal)
