"""A thin entry for spark-submit: Parquet in, hits and their evidence out.

    spark-submit rules_job.py FACTS OUT [--packs common ph]

FACTS holds a folder or file of Parquet for each of: account, flow, holding, party, protected_account, raw_identifier, relation,
scorable_account, shown_tag, transfer (`NAME.parquet`). OUT gets `hit.parquet`, `evidence.parquet`
and `missing.json`: what each rule could not look at.
"""

from __future__ import annotations

import json

from bakau_analytics.engines.rules import INPUTS, evaluate_rules
from bakau_analytics.engines.session import make_parser, open_session, read_facts
from bakau_analytics.indicators.load import COMMON, load_packs


def main() -> None:
    """Run the rules of the packs asked for."""
    parser = make_parser(__doc__)
    parser.add_argument("--packs", nargs="+", default=[COMMON], help="shipped packs by name, or files")
    chosen = parser.parse_args()
    session = open_session("bakau rules", chosen)
    read_facts(session, chosen.facts, INPUTS)
    found = evaluate_rules(session, load_packs(tuple(chosen.packs)))
    found.hits.write.parquet(str(chosen.out / "hit.parquet"))
    found.evidence.write.parquet(str(chosen.out / "evidence.parquet"))
    session.stop()
    (chosen.out / "missing.json").write_text(json.dumps(found.missing, indent=1, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    main()
