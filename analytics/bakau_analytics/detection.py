"""The pure middle of an analysis: from the current view of the facts to drafts of findings. Stores nothing, names nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.finding import FindingKind
from bakau.progress import SilentProgress
from bakau_analytics.anomaly.order import FEATURES, MOST_POINTS
from bakau_analytics.communities.cut import CutGraph, CutRule, build_cut
from bakau_analytics.communities.detect import RESOLUTIONS, Communities, detect
from bakau_analytics.features.build import build_features
from bakau_analytics.features.catalogue import load_features
from bakau_analytics.features.model import ModelFeatures
from bakau_analytics.findings.accounts import open_accounts
from bakau_analytics.findings.assemble import Draft, assemble
from bakau_analytics.findings.contributions import Contributions, build_contributions
from bakau_analytics.findings.networks import find_members, find_services, find_ties, group_members
from bakau_analytics.findings.rule import FindingRule
from bakau_analytics.flow import build_flow
from bakau_analytics.indicators.engine import evaluate
from bakau_analytics.queue.recent import find_recent
from bakau_analytics.referrals.review import set_review
from bakau_graph.archive.derived import COMMUNITY

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    from bakau.progress import Progress
    from bakau.protection import ScorableAccounts
    from bakau_analytics.features.catalogue import Feature
    from bakau_analytics.indicators.pack import PackSet

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an analysis may be told, beside packs and facts; recorded with the run. `most_model_points` 0 silences models."""

    seed: int = 1
    cut: CutRule = field(default_factory=CutRule)
    finding: FindingRule = field(default_factory=FindingRule)
    resolutions: tuple[int, ...] = RESOLUTIONS
    most_model_points: int = MOST_POINTS

    def as_parameters(self) -> dict[str, object]:
        """For the run's record: nested, plain values only."""
        return {**asdict(self), "resolutions": list(self.resolutions)}


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What can be said about single accounts: features, hits (with the rows that say what was not evaluable), contributions.

    `scorable` are those it is said about: accounts in review are not among them.
    """

    scorable: ScorableAccounts
    features: pa.Table
    hits: pa.Table
    contributions: Contributions


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """All that one analysis found out, before findings have ids."""

    scores: Scores
    graph: CutGraph
    communities: Communities
    draft: Draft
    recent: pa.Table

    def community_table(self) -> pa.Table:
        """The derived table ``community``: scorable accounts that have one, at each resolution."""
        parts, scorable = [], self.scores.scorable
        for resolution in sorted(self.communities.labels):
            number = self.communities.of(scorable.keys, resolution)
            keys = scorable.keys[number >= 0]
            name = pa.repeat(pa.scalar(str(resolution)), len(keys))
            parts.append(pa.table([pa.array(keys), name, pa.array(number[number >= 0])], schema=COMMUNITY.schema))
        return pa.concat_tables(parts)


def forest_features(*, amounts: bool = True) -> list[Feature]:
    """The features that the forest reads, by name; without `amounts` none that depends on them."""
    return [feature for feature in load_features() if feature.name in FEATURES and (amounts or not feature.amounts)]


def model_features(*, amounts: bool = True) -> ModelFeatures:
    """What the forest may see of `forest_features`: a profile feature among them is refused."""
    return ModelFeatures.of(forest_features(amounts=amounts))


def score_accounts(
    connection: duckdb.DuckDBPyConnection, packs: PackSet, scorable: ScorableAccounts, settings: Settings, *, amounts: bool = True
) -> Scores:
    """Features, indicators and the model's order over the view `transfer`; without `amounts` as if no source stated any.

    Whoever stands in review is left out.
    """
    scorable = scorable.without(set_review(connection))
    build_flow(connection, amounts=amounts)
    wanted = model_features(amounts=amounts)
    features = build_features(connection, scorable, forest_features(amounts=amounts))
    hits = evaluate(connection, packs, scorable)
    points: Ints = np.zeros(len(scorable), np.int64)
    if settings.most_model_points:
        # Not at the top: whoever only lists findings need not load scikit-learn.
        from bakau_analytics.anomaly.isolation import unusual_points

        points = unusual_points(features, scorable, wanted, seed=settings.seed, most=settings.most_model_points)
    return Scores(scorable, features, hits, build_contributions(hits, packs, scorable, model_points=points, rule=settings.finding))


def find_networks(
    connection: duckdb.DuckDBPyConnection,
    packs: PackSet,
    scores: Scores,
    communities: Communities,
    settings: Settings,
) -> Draft:
    """Drafts of account and network findings from scores and communities. Reads `flow`, `account`, `protected_account` and `review_account`."""
    contributions, rule = scores.contributions, settings.finding
    opened = open_accounts(contributions, rule)
    members = find_members(contributions, opened, find_services(connection), rule)
    ties = find_ties(connection, members, communities, rule)
    group, key = group_members(members, ties)
    kinds = [FindingKind.ACCOUNT.value] * len(opened) + [FindingKind.NETWORK.value] * len(key)
    grouped = pa.table(
        {
            "grp": np.concatenate([np.arange(len(opened)), group + len(opened)]).astype(np.int64),
            "kind": pa.array(kinds, pa.string()),
            "account_key": np.concatenate([opened, key]).astype(np.int64),
        }
    )
    return assemble(
        connection, grouped, contributions=contributions, packs=packs, hits=scores.hits, ties=ties, rule=rule,
        most_model_points=settings.most_model_points,
    )  # fmt: skip


def detect_findings(
    connection: duckdb.DuckDBPyConnection,
    packs: PackSet,
    scorable: ScorableAccounts,
    settings: Settings,
    progress: Progress | None = None,
) -> Detection:
    """The whole middle. `connection` has the views of a snapshot (`Snapshot.connect`); the same views give the same result."""
    progress = progress or SilentProgress()
    progress.say("features and indicators")
    scores = score_accounts(connection, packs, scorable, settings)
    progress.advance()
    progress.say("communities")
    graph = build_cut(connection, settings.cut)
    communities = detect(graph, resolutions=settings.resolutions, seed=settings.seed)
    progress.advance()
    progress.say("findings")
    draft = find_networks(connection, packs, scores, communities, settings)
    progress.advance()
    return Detection(scores, graph, communities, draft, find_recent(connection, draft))
