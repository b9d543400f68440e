"""What was planted, kept in a folder of its own beside the world; no ingest job reads it, evaluation alone does."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from bakau_ingest.world.schemes import Planted


def write_truth(
    folder: Path,
    planted: list[Planted],
    lookalikes: dict[str, list[int]],
    numbers: pa.StringArray,
    schemes: list[str],
    counts: dict[str, int],
) -> None:
    """networks.csv (parts by account number, core or not; look-alikes marked), victims.csv (pseudonyms only), world.json (counts)."""
    folder.mkdir(parents=True)
    clear = numbers.to_pylist()
    with (folder / "networks.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["network_id", "scheme", "crime_type", "account_scheme", "account_number", "role", "in_core", "lookalike"])
        for place, network in enumerate(planted, 1):
            for account, part in sorted(network.parts.items()):
                core = int(account in network.core)
                rows.writerow([f"N{place:03d}", network.scheme, network.crime_type, schemes[account], clear[account], part, core, 0])
        alike = [(kind, account) for kind, accounts in sorted(lookalikes.items()) for account in sorted(set(accounts))]
        for place, (kind, account) in enumerate(alike, 1):
            rows.writerow([f"L{place:05d}", kind, "none", schemes[account], clear[account], "lookalike", 0, 1])
    with (folder / "victims.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["pseudonym", "network_id"])
        children = [(f"N{place:03d}", child) for place, network in enumerate(planted, 1) for child in network.children]
        for number, (network_id, _) in enumerate(children, 1):
            rows.writerow([f"V{number:03d}", network_id])
    (folder / "world.json").write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n", encoding="utf-8")
