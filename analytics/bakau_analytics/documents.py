"""JSON documents of the commands in this package, field by field (docs/cli.md is written from here)."""

from __future__ import annotations

from bakau.document import NO_SNAPSHOT, SNAPSHOT, Document, Field, Kind, flag, mapped, objects, text, texts, whole

_PACKS = text("packs", "hash of the indicator packs, whatever order they were given in")
_DEPTHS = "top_20, top_100 and all: after so many findings, worst first"
_PLANTED, _LABELS = "kind is planted", "kind is labels"

ANALYSE = Document(
    "analyse",
    "What a run did, in numbers: no account, no name.",
    ("analyse",),
    (
        text("run_id", "the run; the same facts, code, packs and settings give the same one"),
        SNAPSHOT,
        flag("repeated", "it stood already, nothing was added"),
        whole("protected_accounts", "accounts left out of scoring", "accounts"),
        whole("protected_parties", "persons left out of scoring", "persons"),
        whole("findings_with_protected", "findings that touch a protected account: referral first", "findings"),
        whole("accounts", "accounts scored", "accounts"),
        whole("transfers", "transfers looked at", "transfers"),
        whole("account_findings", "findings about one account", "findings"),
        whole("network_findings", "findings about a network", "findings"),
        whole("new", "findings that the run before did not have", "findings"),
        whole("changed", "findings that continue one with other content", "findings"),
        whole("gone", "findings of the run before that are no more", "findings"),
        whole("hubs", "accounts left out of communities", "accounts"),
        whole("hub_degree", "from how many counterparties an account is left out", "accounts"),
        mapped("communities", "communities per resolution", unit="communities"),
        mapped("not_evaluable", "per indicator that could not be looked at everywhere: what was missing", Kind.TEXT),
        Field("seconds", Kind.SHARE, "how long it took", "s"),
    ),
)

_BY_DEPTH = (
    whole("planted", "how many there are"),
    *(Field(name, Kind.SHARE, "after so many findings") for name in ("top_20", "top_100", "all")),
)

EVALUATE = Document(
    "evaluate",
    "How well the newest run agrees with labels per account or with a planted truth.",
    ("evaluate --truth TRUTH",),
    (
        SNAPSHOT,
        text("run", "the run that was looked at"),
        flag("is_stale", "facts or marks changed since the run: analyse again"),
        text("kind", "planted: networks of a synthetic world; labels: one per account"),
        whole("networks", "planted networks", "networks", only_when=_PLANTED),
        whole("findings", "findings of the run", "findings", only_when=_PLANTED),
        mapped("recall", f"share of the planted networks found ({_DEPTHS})", Kind.SHARE, unit="0 to 1", only_when=_PLANTED),
        mapped(
            "precision", f"share of the findings whose subjects were planted ({_DEPTHS})", Kind.SHARE, unit="0 to 1", only_when=_PLANTED
        ),
        mapped(
            "sweeping_adults",
            f"adults who empty a child's account ({_DEPTHS})",
            Kind.OBJECT,
            whole("planted", "how many there are", "accounts"),
            whole("found", "how many are named", "accounts"),
            only_when=_PLANTED,
        ),
        mapped(
            "recall_by_scheme", "per planted scheme: how many, and the share found at each depth", Kind.OBJECT, *_BY_DEPTH, only_when=_PLANTED
        ),
        mapped(
            "lookalikes", "per kind of look-alike: how many accounts, and how many were named by mistake", Kind.OBJECT, *_BY_DEPTH,
            only_when=_PLANTED,
        ),
        whole("accounts", "labelled accounts", "accounts", only_when=_LABELS),
        whole("positive", "of these labelled positive", "accounts", only_when=_LABELS),
        whole("not_in_workspace", "of these not in this workspace", "accounts", only_when=_LABELS),
        mapped("average_precision", "average precision per account, per way of scoring", Kind.SHARE, unit="0 to 1", only_when=_LABELS),
        mapped("meaning", "what each way of scoring is", Kind.TEXT, only_when=_LABELS),
    ),
)  # fmt: skip

_RULE = (
    text("id", "the rule"),
    text("version", "its version"),
    text("title", "what it looks for"),
    text("class", "what it needs: T transfers, G graph, K customer facts, X texts, D devices, E external lists"),
    text("role", "the part it gives to a subject"),
    texts("crime_types", "crime types it speaks of"),
    text("family", "rules of one family share a cap"),
    text("source", "the publication it comes from"),
    text("address", "where that can be read; empty when nowhere"),
    text("grade", "V read, S seed, M measured, K known, D default of ours"),
    text("published_number", "the number the publication gives, in its words"),
    flag("default_of_ours", "the threshold is ours, not the publication's"),
    text("state", "active"),
    texts("needs", "columns without which it is not evaluable"),
    flag("uses_amounts", "it looks at amounts"),
    whole("points", "points of a hit", "points"),
    whole("points_cap", "the most it may add", "points"),
    whole("threshold", "the number the observed value is held against"),
    texts("benign", "harmless explanations to rule out"),
    text("runbook", "what to do next"),
)

INDICATORS = Document(
    "indicators", "Every red-flag rule.", ("indicators list",), (NO_SNAPSHOT, _PACKS, objects("indicators", "every rule, in the packs' order", *_RULE))
)  # fmt: skip

INDICATOR = Document(
    "indicator",
    "One rule whole.",
    ("indicators show RULE_ID",),
    (
        NO_SNAPSHOT,
        _PACKS,
        Field("indicator", Kind.OBJECT, "the rule", parts=(*_RULE, text("sql", "the query it runs"))),
    ),
)

INDICATOR_CASES = Document(
    "indicator-cases",
    "Every rule's own cases. Exit code 1 when one does not hold.",
    ("indicators test",),
    (
        NO_SNAPSHOT,
        _PACKS,
        objects(
            "cases",
            "every case of every rule",
            text("rule", "the rule"),
            text("case", "the case, in words"),
            text("expected", "hit, no_hit or not_evaluable"),
            text("found", "what came out"),
            flag("passed", "they agree"),
        ),
    ),
)

DOCUMENTS = (ANALYSE, EVALUATE, INDICATORS, INDICATOR, INDICATOR_CASES)
