"""A thin entry for spark-submit: Parquet in, one Parquet folder a feature out.

    spark-submit features_job.py FACTS OUT --as-of-us N [--since-us N]

FACTS holds a folder or file of Parquet for each of: flow, scorable, account, party, holding, exposed, member (`NAME.parquet`).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from bakau_analytics.engines.spark import SETTINGS, compute_features
from bakau_analytics.features.catalogue import INPUTS, load_features
from bakau_analytics.features.plan import Clock
from bakau_analytics.flow import BEGINNING_US

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from bakau_analytics.features.catalogue import Feature


def main() -> None:
    """Compute every feature whose facts are there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("facts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--as-of-us", type=int, required=True)
    parser.add_argument("--since-us", type=int, default=BEGINNING_US)
    parser.add_argument("--master", default=None, help="where Spark runs; local[2] is this machine")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of Spark")
    chosen = parser.parse_args()
    builder = SparkSession.builder.appName("bakau features")
    if chosen.master:
        builder = builder.master(chosen.master)
    for name, value in [*SETTINGS.items(), *(text.split("=", 1) for text in chosen.set)]:
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    for name in INPUTS:
        if name != "clock":
            session.read.parquet(str(chosen.facts / f"{name}.parquet")).createOrReplaceTempView(name)

    def write(feature: Feature, rows: DataFrame) -> None:
        rows.write.parquet(str(chosen.out / f"{feature.name}.parquet"))

    compute_features(session, load_features(), Clock(as_of_us=chosen.as_of_us, since_us=chosen.since_us), write)
    session.stop()


if __name__ == "__main__":
    main()
