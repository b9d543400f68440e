"""What was planted, kept in a folder of its own beside the world; no ingest job reads it, evaluation alone does."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from bakau_ingest.world.population import SCHEME_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from bakau_ingest.world.columns import Known
    from bakau_ingest.world.planted import Planted

    Ints = npt.NDArray[np.int64]

COLUMNS = (
    "network_id", "scheme", "variant", "crime_type", "receives_on", "account_scheme", "account_number", "role", "in_core", "lookalike",
)  # fmt: skip


def name_of_scheme(network: Planted) -> str:
    """The scheme as the truth calls it: live-stream networks by whose account they receive on."""
    if network.scheme != "live_stream" or network.receives_on == "own":
        return network.scheme
    return "live_stream_child" if network.receives_on == "child" else "live_stream_shared"


def write_truth(
    folder: Path, rng: np.random.Generator, known: Known, planted: list[Planted], lookalikes: dict[str, Ints], facts: dict[str, object]
) -> None:
    """networks.csv (parts by account number, core or not; look-alikes marked, an id per group), victims.csv (pseudonyms only), world.json (facts).

    `lookalikes`: kind → accounts (first row) and their groups (second row).
    """
    folder.mkdir(parents=True)
    numbers, schemes = known.numbers.to_pylist(), [SCHEME_NAMES[code] for code in known.schemes.tolist()]
    guilty = {account for network in planted for account in network.parts} | {one for network in planted for one in network.victims}
    with (folder / "networks.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(COLUMNS)
        for place, network in enumerate(planted, 1):
            head = (f"N{place:03d}", name_of_scheme(network), network.variant, network.crime_type, network.receives_on)
            for account, part in sorted(network.parts.items()):
                rows.writerow([*head, schemes[account], numbers[account], part, int(account in network.core), 0])
        groups = [(kind, group, account) for kind, found in sorted(lookalikes.items()) for account, group in found.T.tolist()]
        names = {group: f"L{place:05d}" for place, group in enumerate(dict.fromkeys((kind, group) for kind, group, _ in sorted(groups)), 1)}
        for kind, group, account in sorted(groups):
            if account not in guilty:
                rows.writerow([names[kind, group], kind, "", "none", "", schemes[account], numbers[account], "lookalike", 0, 1])
    _write_victims(folder, rng, planted)
    (folder / "world.json").write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _write_victims(folder: Path, rng: np.random.Generator, planted: list[Planted]) -> None:
    """A pseudonym a victim: its number says nothing about the account."""
    victims = [f"N{place:03d}" for place, network in enumerate(planted, 1) for _ in network.victims]
    with (folder / "victims.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["pseudonym", "network_id"])
        numbers = (rng.permutation(len(victims)) + 1).tolist()
        rows.writerows(sorted((f"V{number:05d}", network) for number, network in zip(numbers, victims, strict=True)))
