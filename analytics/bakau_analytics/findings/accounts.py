"""Account findings: one account whose indicators alone say enough, from at least two families or from one compound indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from bakau_analytics.findings.contributions import Contributions
    from bakau_analytics.findings.rule import FindingRule


def open_accounts(contributions: Contributions, rule: FindingRule) -> npt.NDArray[np.int64]:
    """Keys of the accounts that open a finding, sorted. The model's points take no part."""
    broad = (contributions.families >= rule.open_families) | (contributions.strongest >= rule.open_points)
    return contributions.accounts[(contributions.rule_points >= rule.open_points) & broad]
