"""How well do the first findings name what was planted, over several worlds that nothing was tuned on?

    python -m benchmarks.evaluation [--seeds 11 12 13] [--accounts 20000] [--exam] [--budget 100] [--institutions 0] [--html FILE]
        [--fairness] [--group-size 5000]

Each world is made, loaded, analysed and evaluated as a user would, by the commands. The ceiling of a world is taught by the labels of the
others. The last lines give each figure its 95 % interval over the worlds (Student's t), median, lower quartile and groups of networks over all worlds. With --exam the worlds are drawn by
`bakau world exam`, from habits that nobody has seen. With --fairness each world says whether it matters where somebody comes from; --group-size 5000
holds groups of that many innocents to the gate, whatever the world's size.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakau_analytics.evaluation.fairness import to_lines
from bakau_analytics.evaluation.report import worlds_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def bakau(*arguments: object) -> str:
    """What a command prints; its complaint ends the benchmark."""
    ran = subprocess.run([sys.executable, "-m", "bakau", *map(str, arguments)], capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(ran.stderr)
    return ran.stdout


def prepare(folder: Path, seed: int, options: argparse.Namespace) -> Path:
    """A workspace that holds the analysed world of a seed."""
    world, workspace = folder / f"world{seed}", folder / f"case{seed}"
    bakau("world", "exam" if options.exam else "make", world, "--accounts", options.accounts, "--seed", seed)
    bakau("init", workspace)
    bakau("-w", workspace, "ingest", world)
    bakau("-w", workspace, "analyse")
    bakau("-w", workspace, "evaluate", "--truth", f"{world}.truth", "--examples", folder / f"examples{seed}.parquet")
    return workspace


def evaluate(folder: Path, seed: int, options: argparse.Namespace, done: list[Path]) -> Path:
    """The document of one world, beside those of the worlds before it."""
    words: list[object] = ["--budget", options.budget, "--institutions", options.institutions]
    for other in options.seeds:
        words += ["--learn-from", folder / f"examples{other}.parquet"] if other != seed else []
    for document in done:
        words += ["--with", document]
    words += ["--fairness"] if options.fairness else []
    words += ["--group-size", options.group_size] if options.group_size else []
    if options.html and len(done) == len(options.seeds) - 1:
        words += ["--html", options.html]
    printed = bakau("-w", folder / f"case{seed}", "evaluate", "--truth", folder / f"world{seed}.truth", *words, "--json")
    path = folder / f"evaluation{seed}.json"
    path.write_text(printed, encoding="utf-8")
    return path


def measure(folder: Path, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The documents of the worlds, each beside those before it; `options` as `parse` gives them."""
    os.environ["BAKAU_KEY_DIR"] = str(folder / "keys")
    for seed in options.seeds:
        prepare(folder, seed, options)
    documents: list[Path] = []
    for seed in options.seeds:
        documents.append(evaluate(folder, seed, options, documents))
        yield json.loads(documents[-1].read_text(encoding="utf-8"))


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for, on the command line or in `words`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--budget", type=int, default=100)
    parser.add_argument("--institutions", type=int, default=0)
    parser.add_argument("--exam", action="store_true")
    parser.add_argument("--html", type=Path)
    parser.add_argument("--fairness", action="store_true")
    parser.add_argument("--group-size", type=int)
    return parser.parse_args(words)


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as name:
        for seed, found in zip(options.seeds, measure(Path(name), options), strict=True):
            networks, ceiling = found["networks"], found["ceiling"] or {"recall": float("nan")}
            baseline = {way: value["recall"] for way, value in found["baseline"].items()}
            print(
                f"seed {seed}: recall {networks['recall']:.3f}, precision {networks['precision']:.3f} "
                f"({networks['recovered']} of {networks['planted']}), per account {found['accounts']['ap']:.3f}; "
                f"many small payments {baseline['amount_count']:.3f}, forest {baseline['isolation_forest']:.3f}, ceiling {ceiling['recall']:.3f}",
                flush=True,
            )
            if found["fairness"]:
                print("\n".join(to_lines(found["fairness"])))
    for figure, values in (found["intervals"] or {}).items():
        print(f"{figure:<36}{values['mean']:.3f}  ({values['low']:.3f} to {values['high']:.3f}) over {values['seeds']} worlds")
    print("\n".join(worlds_lines(found["over_worlds"])))


if __name__ == "__main__":
    main()
