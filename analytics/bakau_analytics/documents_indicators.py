"""JSON documents of `bakau indicators`, field by field (docs/cli.md is written from here)."""

from __future__ import annotations

from bakau.document import NO_SNAPSHOT, SNAPSHOT, Document, Field, Kind, flag, mapped, objects, text, texts, whole

PACKS = text("packs", "hash of the indicator packs, whatever order they were given in")

_RULE = (
    text("id", "the rule"),
    text("version", "its version"),
    text("title", "what it looks for"),
    text("class", "what it needs: T transfers, G graph, K customer facts, X texts, D devices, E external lists"),
    text("role", "the part it gives to a subject; victim: it leads to a referral and is in no pack of these"),
    texts("crime_types", "crime types it speaks of"),
    texts("channels", "rails the published row speaks of; any where it names none"),
    text("family", "rules of one family share a cap"),
    text("source", "the publication it comes from"),
    text("address", "where that can be read; empty when nowhere"),
    text("grade", "V read, S seed, M measured, K known, D default of ours"),
    text("published_number", "the number the publication gives, in its words"),
    flag("default_of_ours", "the threshold is ours, not the publication's"),
    text(
        "state",
        "active; off: it speaks only where a pack switches it on; shadow: it is counted and opens nothing; draft: it is tried and opens nothing",
    ),
    texts("needs", "columns without which it is not evaluable"),
    texts("exclusions", "payments it leaves out: same_holder, kin, merchant, monthly"),
    flag("uses_amounts", "it looks at amounts"),
    whole("points", "points of a hit; null for a victim rule", "points"),
    whole("points_cap", "the most it may add; null for a victim rule", "points"),
    whole("threshold", "the number the observed value is held against; null for a victim rule"),
    texts("benign", "harmless explanations to rule out"),
    text("runbook", "what to do next"),
)

_NOT_BUILT = objects(
    "not_built",
    "published rows that no rule looks for, in the catalogue's order",
    text("id", "the row"),
    text("class", "what it needs, several with a plus sign"),
    text("lacks", "what it waits for: not_yet, customers, list, texts or devices"),
    text("title", "what it would look for"),
    text("reason", "why it is not built"),
)

INDICATORS = Document(
    "indicators",
    "Every red-flag rule.",
    ("indicators list",),
    (
        NO_SNAPSHOT,
        PACKS,
        objects("indicators", "every rule, in the packs' order, then those that the workspace proposes", *_RULE),
        _NOT_BUILT,
    ),
    number=3,
)

INDICATOR = Document(
    "indicator",
    "One rule whole.",
    ("indicators show RULE_ID",),
    (
        NO_SNAPSHOT,
        PACKS,
        Field("indicator", Kind.OBJECT, "the rule", parts=(*_RULE, text("sql", "the query it runs"))),
    ),
    number=3,
)

#: How often a rule speaks, of `bakau_analytics.rulebook.counts.RuleCount`.
RULE_COUNT = (
    text("rule", "the rule"),
    text("version", "its version"),
    text("state", "hit, no_hit or not_evaluable"),
    whole("accounts", "accounts it hits", "accounts"),
    whole("evidence", "transfers of evidence, counted for each account", "transfers"),
    text("missing", "what could not be looked at, on how many transfers; empty when nothing"),
    texts("exclusions", "payments it leaves out"),
    whole("spared", "accounts it would hit as well if it left nothing out", "accounts"),
)

INDICATOR_RUN = Document(
    "indicator-run",
    "What rules find in the newest snapshot, in numbers. Nothing is stored.",
    ("indicators run [RULE_ID]...",),
    (
        SNAPSHOT,
        PACKS,
        objects("indicators", "the rules that were run", *RULE_COUNT),
        objects("shadow", "the workspace's rules in shadow that were run: they open no finding", *RULE_COUNT),
    ),
    number=3,
)

INDICATOR_COVERAGE = Document(
    "indicator-coverage",
    "Which rules can be looked at in the newest snapshot, on how many transfers, and what the others lack. No rule is run.",
    ("indicators coverage",),
    (
        SNAPSHOT,
        PACKS,
        objects(
            "indicators",
            "every rule of the packs",
            text("rule", "the rule"),
            text("version", "its version"),
            text("class", "what kind of data it works on: T ledger, G graph, K customers, X texts, D devices, E lists"),
            texts("needs", "the columns it needs beside accounts and times"),
            text("state", "evaluable, partly or not_evaluable"),
            whole("transfers", "transfers that state all of them", "transfers"),
            whole("of_transfers", "settled transfers between two accounts", "transfers"),
            text("missing", "which column is missing on how many transfers; empty when none"),
        ),
        _NOT_BUILT,
    ),
    number=2,
)

_QUALITY = (
    text("rule", "the rule"),
    whole("hits", "accounts it hits", "accounts"),
    whole("precision_ppm", "of these planted", "parts per million"),
    mapped("precision_by_crime_ppm", "per crime type: of the accounts it hits, those planted in networks of it", unit="parts per million"),
    mapped("recall_ppm", "per crime type: planted accounts it hits", unit="parts per million"),
    text("overlap_rule", "the rule that hits most of the same accounts; empty when none does"),
    whole("overlap_ppm", "accounts in common over accounts of either", "parts per million"),
    mapped("overlaps_ppm", "the same for every rule that shares an account with it", unit="parts per million"),
    mapped("lookalikes", "harmless accounts it hits, by kind", unit="accounts"),
    text("benign_group", "the kind it hits most; empty when none"),
)

RULEBOOK = Document(
    "rulebook",
    "The guideline that was written, and with --truth how each rule did.",
    ("indicators rulebook",),
    (
        text("snapshot", "the facts the quality stands on; null without --truth"),
        PACKS,
        whole("chapters", "chapters", "chapters"),
        whole("entries", "rules in them", "rules"),
        objects("quality", "per rule that hits anybody; none without --truth", *_QUALITY),
    ),
    number=2,
)

INDICATOR_QUALITY = Document(
    "indicator-quality",
    "How each rule of the newest run did on a planted truth.",
    ("indicators quality [RULE_ID]...",),
    (SNAPSHOT, objects("quality", "per rule that hits anybody", *_QUALITY)),
)

PACK_SIGNATURE = Document(
    "pack-signature",
    "Who signed a pack's file.",
    ("indicators sign PACK", "indicators verify PACK"),
    (
        NO_SNAPSHOT,
        text("file", "name of the pack's file"),
        text("key", "the public key that signed it, hexadecimal"),
        flag("is_trusted", "the workspace lists that key; null where it lists none, or was not asked"),
    ),
)

INDICATOR_CASES = Document(
    "indicator-cases",
    "Every rule's own cases. Exit code 1 when one does not hold.",
    ("indicators test",),
    (
        NO_SNAPSHOT,
        PACKS,
        objects(
            "cases",
            "every case of every rule",
            text("rule", "the rule"),
            text("case", "the case, in words"),
            text("expected", "hit, no_hit or not_evaluable; sign or no_sign for a victim rule"),
            text("found", "what came out"),
            flag("passed", "they agree"),
        ),
    ),
)

INDICATOR_PACKS = Document(
    "indicator-packs",
    "The packs that are shipped.",
    ("indicators packs [NAME]",),
    (
        NO_SNAPSHOT,
        objects(
            "packs",
            "every pack, common first; with a NAME that one alone",
            text("pack", "its name"),
            text("country", "ISO 3166 alpha-2 country it is about; null for common, and for a switch"),
            whole("rules", "rules in force, those of the pack it stands on included", "rules"),
            texts("differs", "rules that are other than in common, or that one of the two lacks"),
            objects(
                "facts",
                "what is published about that country and no rule computes with",
                text("about", "fiu, report, corridor, amount, channel, law, or nothing: what was looked for and not found"),
                text("says", "what is published, in our words"),
                text("publication", "where it stands"),
                text("address", "its address; empty when there is none"),
                text("grade", "V read, S seed, M measured, K known, D default of ours"),
            ),
        ),
    ),
    number=2,
)

INDICATOR_DIFF = Document(
    "indicator-diff",
    "What differs between two packs.",
    ("indicators diff ONE OTHER",),
    (
        NO_SNAPSHOT,
        text("one", "hash of the first pack's rules"),
        text("other", "hash of the second pack's rules"),
        objects(
            "differences",
            "by rule and field; none when the rules are the same",
            text("rule", "the rule"),
            text("field", "the field, parameters.NAME, or rule where one pack lacks it whole"),
            text("one", "what the first says; null where it says nothing"),
            text("other", "what the second says; null where it says nothing"),
        ),
    ),
)

INDICATOR_DOCUMENTS = (
    INDICATOR_PACKS,
    INDICATOR_DIFF,
    INDICATORS,
    INDICATOR,
    INDICATOR_CASES,
    INDICATOR_RUN,
    INDICATOR_COVERAGE,
    RULEBOOK,
    INDICATOR_QUALITY,
    PACK_SIGNATURE,
)
