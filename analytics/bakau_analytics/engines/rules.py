"""The same rules on Apache Spark: every detector, every table they share and every exclusion, from the texts that DuckDB runs.

Points are no SQL: `bakau_analytics.indicators.engine.score_points` makes them of the observed value, wherever that was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from bakau_analytics.engines.spark import to_spark
from bakau_analytics.flow import KNOWN, KNOWN_BESIDE
from bakau_analytics.indicators.exclusions import PAIRS, PAIRS_OF, leave_out
from bakau_analytics.indicators.lists import COUNT, name_lists, pick_counts
from bakau_analytics.indicators.needs import FAILED, find_missing, is_blind
from bakau_analytics.indicators.statements import EVIDENCE, TOTALS, table_of
from bakau_analytics.indicators.tables import find_read, load_tables
from bakau_analytics.indicators.texts import WORD, read_words

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyspark.sql import DataFrame, SparkSession

    from bakau_analytics.indicators.pack import PackSet, Rule

#: What the rules read, as temporary views of the session; `transfer` (transfer_id, tokens) only where a rule reads words.
INPUTS = (
    "account",
    "flow",
    "holding",
    "party",
    "protected_account",
    "raw_identifier",
    "relation",
    "scorable_account",
    "shown_tag",
    "transfer",
)

_EVIDENCE_OF_NONE = (
    "SELECT '' AS indicator, CAST(NULL AS BIGINT) AS account_key, CAST(NULL AS BLOB) AS transfer_id, CAST(NULL AS BIGINT) AS ts_us, "
    "CAST(NULL AS BIGINT) AS observed WHERE false"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules found.

    * `hits`: indicator, account_key, observed, evidence_count, first_us, last_us.
    * `evidence`: indicator, account_key, transfer_id.
    * `missing`: for each rule by id the words of what it needs and part of the transfers or lists lack; empty when everything was there. A rule
      whose detector failed says so.
    """

    hits: DataFrame
    evidence: DataFrame
    missing: dict[str, str]


def evaluate_rules(session: SparkSession, packs: PackSet) -> Found:
    """Run every rule that can be looked at, over the temporary views of INPUTS."""
    coverage = _load_coverage(session, packs.rules)
    seen = [rule for rule in packs.rules if not is_blind(rule, coverage)]
    for name in dict.fromkeys(name for rule in seen for name in find_read(rule.sql())):
        _make(session, name, load_tables()[name])
    excluded = _exclude(session, {kind for rule in seen for kind in rule.exclusions})
    missing = {rule.id: find_missing(rule, coverage) for rule in packs.rules}
    parts = [_EVIDENCE_OF_NONE]
    for rule in seen:
        text = leave_out(rule.sql(), excluded.intersection(rule.exclusions))
        try:
            _make(session, table_of(rule.id), text, at_once=True)
        except (PySparkException, Py4JError) as error:  # of its words only the kind: they may hold values of the data
            missing[rule.id] = f"{FAILED} ({type(error).__name__})"
        else:
            parts.append(f"SELECT '{rule.id}' AS indicator, account_key, transfer_id, ts_us, observed FROM {table_of(rule.id)}")
    session.sql(to_spark(" UNION ALL ".join(parts))).createOrReplaceTempView("every_evidence")
    session.sql("SELECT account_key FROM scorable_account").createOrReplaceTempView("wanted_account")
    hits, evidence = (session.sql(to_spark(text.format(table="every_evidence", by="indicator, "))) for text in (TOTALS, EVIDENCE))
    return Found(hits, evidence, missing)


def _load_coverage(session: SparkSession, rules: Collection[Rule]) -> dict[str, int]:
    """What there is for these rules to look at, as the other engine counts it."""
    needs = {name for rule in rules for name in rule.needs}
    if read_words(rules):
        _make(session, "payment_word", WORD)
    tests = {"transfers": "true"} | {name: test for name, test in (KNOWN | KNOWN_BESIDE).items() if name in needs}
    counts = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS n FROM flow WHERE {test}" for name, test in tests.items())
    coverage = {str(name): int(n) for name, n in session.sql(to_spark(counts)).collect()}
    lists = name_lists(rules)
    return coverage | (pick_counts(lists, session.sql(to_spark(COUNT)).collect()) if lists else {})


def _exclude(session: SparkSession, kinds: Collection[str]) -> frozenset[str]:
    """Make the view `excluded_pair` for these exclusions, and say which of them leave out anything at all."""
    if not kinds:
        return frozenset()
    _make(session, "pair", PAIRS)
    _make(
        session, "excluded_pair", " UNION ALL ".join(f"SELECT src, dst, '{kind}' AS why FROM ({PAIRS_OF[kind]})" for kind in sorted(kinds))
    )
    return frozenset(str(row.why) for row in session.sql("SELECT DISTINCT why FROM excluded_pair").collect())


def _make(session: SparkSession, name: str, text: str, *, at_once: bool = False) -> None:
    """Rows that are computed once, with a plan of their own: now, or when they are first read.

    A plan that holds the plans of all it stands on grows beyond what Spark can put in order.
    """
    session.sql(to_spark(text)).localCheckpoint(eager=at_once).createOrReplaceTempView(name)
