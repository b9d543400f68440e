"""What the thin entries for spark-submit share: their options, a session in which numbers are those of DuckDB, and facts as views."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from bakau_analytics.engines.spark import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable


def make_parser(text: str | None) -> argparse.ArgumentParser:
    """Options of an entry whose help is `text`: facts, out, master and settings."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("facts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--master", default=None, help="where Spark runs; local[2] is this machine")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of Spark")
    return parser


def open_session(name: str, chosen: argparse.Namespace) -> SparkSession:
    """A session as the options of `make_parser` say."""
    builder = SparkSession.builder.appName(name)
    if chosen.master:
        builder = builder.master(chosen.master)
    for setting, value in [*SETTINGS.items(), *(text.split("=", 1) for text in chosen.set)]:
        builder = builder.config(setting, value)
    return builder.getOrCreate()


def read_facts(session: SparkSession, folder: Path, names: Iterable[str]) -> None:
    """Make the Parquet of each name in the folder a temporary view."""
    for name in names:
        session.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(name)
