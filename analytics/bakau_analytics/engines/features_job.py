"""A thin entry for spark-submit: Parquet in, one Parquet folder a feature out.

    spark-submit features_job.py FACTS OUT --as-of-us N [--since-us N] [--features NAME ...]

FACTS holds a folder or file of Parquet for each of: flow, scorable, account, party, holding, exposed, member (`NAME.parquet`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_analytics.engines.session import make_parser, open_session, read_facts
from bakau_analytics.engines.spark import compute_features
from bakau_analytics.features.catalogue import INPUTS, load_features
from bakau_analytics.features.plan import Clock
from bakau_analytics.flow import BEGINNING_US

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from bakau_analytics.features.catalogue import Feature


def main() -> None:
    """Compute every feature, or those that were asked for."""
    parser = make_parser(__doc__)
    parser.add_argument("--as-of-us", type=int, required=True)
    parser.add_argument("--since-us", type=int, default=BEGINNING_US)
    names = [feature.name for feature in load_features()]
    parser.add_argument("--features", nargs="+", choices=names, default=names, metavar="NAME", help="only these")
    chosen = parser.parse_args()
    session = open_session("bakau features", chosen)
    read_facts(session, chosen.facts, (name for name in INPUTS if name != "clock"))

    def write(feature: Feature, rows: DataFrame) -> None:
        rows.write.parquet(str(chosen.out / f"{feature.name}.parquet"))

    features = [feature for feature in load_features() if feature.name in chosen.features]
    compute_features(session, features, Clock(as_of_us=chosen.as_of_us, since_us=chosen.since_us), write)
    session.stop()


if __name__ == "__main__":
    main()
