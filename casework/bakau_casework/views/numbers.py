"""The numbers a model may be taught with: every feature of accounts that is no profile, for whoever tunes models in a notebook.

They are worked out when they are asked for, over everything the snapshot knows, and stored nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_analytics.features.build import build_features
from bakau_analytics.features.catalogue import Grain, load_features
from bakau_casework.view import Declaration, Draft, account_id, count
from bakau_casework.views.referrals import find_referrals

if TYPE_CHECKING:
    from bakau_analytics.features.catalogue import Feature
    from bakau_casework.reading import Clear, Reading
    from bakau_casework.view import Shown


def _taught() -> list[Feature]:
    return [feature for feature in load_features(Grain.ACCOUNT) if not feature.profile]


def _shown(feature: Feature) -> list[Shown]:
    null = "" if feature.null == "never" else f"; null: {feature.null}"
    unit = "" if feature.unit in feature.meaning else f", {feature.unit}"
    names = [f" ({column.removeprefix(feature.name + '_')})" if len(feature.columns) > 1 else "" for column in feature.columns]
    return [count(column, f"{feature.meaning}{name}{unit}{null}") for column, name in zip(feature.columns, names, strict=True)]


FEATURES = Declaration(
    "features",
    "Every scorable account that is not in review with the features that a model may see, as docs/features.md says them; profile features are left out.",
    "features",
    (account_id("account_id", "the account"), *(column for feature in _taught() for column in _shown(feature))),
)

_ROWS = "SELECT w.account_id, f.* EXCLUDE (account_key) FROM computed f JOIN who w USING (account_key) ORDER BY w.account_id"


def export_features(reading: Reading, clear: Clear) -> Draft:
    """The draft of FEATURES."""
    del clear
    scorable = reading.snapshot.scorable().without(find_referrals(reading).review)
    with reading.snapshot.connect() as connection:
        computed = build_features(connection, scorable, _taught())
    return Draft(reading.query(_ROWS, computed=computed))
