"""Runs an entry of the Spark engine in Spark's own environment, on this machine."""

from __future__ import annotations

import os
import subprocess

from architecture.checkout import ROOT

SPARK = ROOT / os.environ.get("SPARK_VENV", ".venv-spark")
#: A small run: two partitions, one plan a query, and a compiler that does not polish code that runs once.
SMALL = ("spark.sql.shuffle.partitions=2", "spark.sql.adaptive.enabled=false", "spark.ui.enabled=false")


def install_spark():
    """The Python of Spark's environment, made here when it is not there."""
    subprocess.run([ROOT / "requirements" / "install", "spark"], check=True, capture_output=True, text=True)
    return SPARK / "bin" / "python"


def run_job(python, job, facts, out, *options, settings=()):
    """Run a job of `bakau_analytics.engines`; it must end well."""
    chosen = [word for setting in (*SMALL, *settings, f"spark.local.dir={out.parent}") for word in ("--set", setting)]
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT / 'core'}:{ROOT / 'analytics'}",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": "--driver-memory 3g --driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' pyspark-shell",
    }
    command = [python, "-m", f"bakau_analytics.engines.{job}", facts, out, *options, "--master", "local[2]", *chosen]
    ran = subprocess.run(command, env=environment, cwd=facts, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]
