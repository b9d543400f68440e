"""Runs an entry of the Spark engine in Spark's own environment, on this machine."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from architecture.checkout import ROOT

SPARK = ROOT / os.environ.get("SPARK_VENV", ".venv-spark")


@dataclass(frozen=True, slots=True)
class Size:
    """What a run on this machine may take: processors, memory, into how many parts rows are cut, and Java's options."""

    master: str
    memory: str
    partitions: int
    java: str

    @property
    def settings(self):
        return (f"spark.sql.shuffle.partitions={self.partitions}", "spark.sql.adaptive.enabled=false", "spark.ui.enabled=false", "spark.ui.showConsoleProgress=false")  # fmt: skip


#: Few rows: two partitions, one plan a query, and a compiler that does not polish code that runs once.
SMALL = Size("local[2]", "3g", 2, "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
#: Millions of rows: here the polish pays; one processor leaves the other to the rest of the night.
LARGE = Size("local[1]", "6g", 8, "-XX:+UseSerialGC")


def install_spark():
    """The Python of Spark's environment, made here when it is not there."""
    subprocess.run([ROOT / "requirements" / "install", "spark"], check=True, capture_output=True, text=True)
    return SPARK / "bin" / "python"


def run_job(python, job, facts, out, *options, settings=(), size=SMALL):
    """Run a job of `bakau_analytics.engines`; it must end well. What it says stays beside `out`, as does what Spark spills."""
    chosen = [word for setting in (*size.settings, *settings, f"spark.local.dir={out.parent}") for word in ("--set", setting)]
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT / 'core'}:{ROOT / 'analytics'}",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": f"--driver-memory {size.memory} --driver-java-options '{size.java}' pyspark-shell",
    }
    command = [python, "-m", f"bakau_analytics.engines.{job}", facts, out, *options, "--master", size.master, *chosen]
    log = out.with_suffix(".log")
    with log.open("w") as said:
        ran = subprocess.run(command, env=environment, cwd=facts, stdout=said, stderr=subprocess.STDOUT)
    assert ran.returncode == 0, log.read_text()[-3000:]
