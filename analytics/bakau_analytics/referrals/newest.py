"""How many referrals there are now: over everything, or over what came in last."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from bakau_analytics.referrals.detect import find_signs
from bakau_analytics.referrals.pack import load_victim_pack
from bakau_analytics.referrals.review import count_referred, list_review

if TYPE_CHECKING:
    from bakau_graph.archive import Snapshot


@dataclass(frozen=True, slots=True)
class ReferralCount:
    """Numbers that may be shown to anybody: how many protected accounts are referred, and how many of unknown age stand in review.

    `by_rule` counts both.
    """

    snapshot: str
    batches: list[str]
    referrals: int
    in_review: int
    by_rule: dict[str, int]
    seconds: float


def list_newest(snapshot: Snapshot) -> list[str]:
    """The batches that the newest run has not seen; when it saw all of them, the one that was loaded last."""
    visible = snapshot.batches()
    run = snapshot.latest_run()
    unseen = [batch.batch_id for batch in visible if run is None or batch.loaded_us > run.created_us]
    return unseen or [batch.batch_id for batch in sorted(visible, key=lambda one: (one.loaded_us, one.seq))[-1:]]


def count_referrals(snapshot: Snapshot, *, newest_only: bool = False) -> ReferralCount:
    """Count them; nothing is stored, and nothing says who."""
    begin = time.monotonic()
    batches = list_newest(snapshot) if newest_only else None
    with snapshot.connect() as connection:
        signs = find_signs(connection, load_victim_pack(), batches=batches)
    by_rule = {
        rule: len(pc.unique(signs.filter(pc.equal(signs["rule"], rule))["account_key"])) for rule in pc.unique(signs["rule"]).to_pylist()
    }
    looked_at = [batch.batch_id for batch in snapshot.batches()] if batches is None else batches
    return ReferralCount(
        snapshot.label,
        looked_at,
        count_referred(signs),
        len(list_review(signs)),
        dict(sorted(by_rule.items())),
        round(time.monotonic() - begin, 3),
    )
