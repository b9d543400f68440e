"""How well the score of accounts agrees with AMLSim's labels, with and without amounts, beside the simplest rules.

    python benchmarks/amlsim.py DIRECTORY [--seed 1]

DIRECTORY holds the sets, each a folder with nodes.csv and transactions.csv (IBM AMLSim, Apache-2.0). Each is loaded into a fresh
workspace without its labels, analysed and evaluated: average precision per account. The sets leak through amounts (one threshold on
the smallest amount does well without any graph), so the figure to read is the one without amounts, held against an isolation forest
on the amount-free features: it must be better on every set, or this program ends with 1.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path

from bakau.cli import root

COLUMNS = {
    "full": "full",
    "amounts_removed": "removed",
    "amounts_permuted": "permuted",
    "rules": "rules",
    "trivial": "trivial",
    "isolation_forest": "forest",
    "isolation_forest_without_amounts": "forest, removed",
}


def bakau(*words: str) -> str:
    """What a command prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        root.main(list(words), standalone_mode=False)
    return said.getvalue()


def measure(folder: Path, files: Path, seed: int) -> dict[str, float]:
    workspace = str(folder / files.name)
    bakau("init", workspace)
    bakau("-w", workspace, "ingest", str(files / "nodes.csv"), str(files / "transactions.csv"), "--mapping", "amlsim")
    bakau("-w", workspace, "analyse", "--seed", str(seed))
    return json.loads(bakau("-w", workspace, "evaluate", "--truth", str(files), "--seed", str(seed), "--json"))["average_precision"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sets = sorted(path.parent for path in options.directory.glob("*/transactions.csv"))
    print("set".ljust(22) + "".join(title.rjust(17) for title in COLUMNS.values()))
    better = []
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["BAKAU_KEY_DIR"] = str(Path(temporary) / "keys")
        for files in sets:
            found = measure(Path(temporary), files, options.seed)
            print(files.name.ljust(22) + "".join(f"{found[name]:17.3f}" for name in COLUMNS))
            better.append(found["amounts_removed"] > found["isolation_forest_without_amounts"])
    sys.exit(0 if better and all(better) else 1)


if __name__ == "__main__":
    main()
