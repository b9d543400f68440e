"""JSON documents of the commands in this package, field by field (docs/cli.md is written from here)."""

from __future__ import annotations

from bakau.document import NO_SNAPSHOT, SNAPSHOT, Document, Field, Kind, flag, mapped, objects, text, texts, whole

_PACKS = text("packs", "hash of the indicator packs, whatever order they were given in")

ANALYSE = Document(
    "analyse",
    "What a run did, in numbers: no account, no name.",
    ("analyse",),
    (
        text("run_id", "the run; the same facts, code, packs and settings give the same one"),
        SNAPSHOT,
        whole("referrals", "protected accounts that show a sign now; who, only a safeguarding person may see", "accounts"),
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

URGENT = Document(
    "analyse-urgent",
    "How many protected accounts show a sign in what came in last; nothing else was looked at, nothing stored.",
    ("analyse --urgent",),
    (
        SNAPSHOT,
        whole("referrals", "protected accounts that show a sign resting on these batches", "accounts"),
        mapped("by_rule", "of these by victim rule; an account may show several", unit="accounts"),
        texts("batches", "the batches looked at: those the newest run has not seen, else the one loaded last"),
        Field("seconds", Kind.SHARE, "how long it took", "s"),
    ),
)

EVALUATE = Document(
    "evaluate",
    "How well the newest run agrees with labels per account.",
    ("evaluate --truth LABELS",),
    (
        SNAPSHOT,
        text("run", "the run that was looked at"),
        flag("is_stale", "facts or marks changed since the run: analyse again"),
        text("kind", "labels: one per account"),
        whole("accounts", "labelled accounts", "accounts"),
        whole("positive", "of these labelled positive", "accounts"),
        whole("not_in_workspace", "of these not in this workspace", "accounts"),
        mapped("average_precision", "average precision per account, per way of scoring", Kind.SHARE, unit="0 to 1"),
        mapped("meaning", "what each way of scoring is", Kind.TEXT),
    ),
)

_OF_NETWORKS = (
    whole("planted", "planted networks of more than five payers of which somebody may be named", "networks"),
    whole("recovered", "networks that a true finding names", "networks"),
    Field("recall", Kind.SHARE, "recovered over the smaller of budget and planted", "0 to 1"),
    Field(
        "precision", Kind.SHARE, "findings that recover a network over findings read; duplicates and look-alikes count against it", "0 to 1"
    ),
)
_OF_GROUP = (
    whole("planted", "networks of the group", "networks"),
    whole("recovered", "of these recovered", "networks"),
    Field("recall", Kind.SHARE, "recovered over the smaller of budget and planted", "0 to 1"),
)
_OF_WAY = (
    Field("recall", Kind.SHARE, "as for the findings; each account it names is a finding", "0 to 1"),
    Field("precision", Kind.SHARE, "as for the findings", "0 to 1"),
    Field("ap", Kind.SHARE, "average precision per account", "0 to 1"),
)

EVALUATION = Document(
    "evaluation",
    "How well the first findings of the newest run name the networks that were planted in a synthetic world.",
    ("evaluate --truth WORLD.truth",),
    (
        SNAPSHOT,
        text("run", "the run that was looked at"),
        flag("is_stale", "facts or marks changed since the run: analyse again"),
        whole("budget", "how many findings are read, highest score first", "findings"),
        whole("findings", "findings of the run", "findings"),
        Field("networks", Kind.OBJECT, "the networks and the findings on them", parts=_OF_NETWORKS),
        Field(
            "few_payers",
            Kind.OBJECT,
            "networks of five payers or fewer, apart",
            parts=(
                whole("planted", "how many there are", "networks"),
                whole("named", "of these with a named account of the core", "networks"),
            ),
        ),
        whole("out_of_sight", "networks whose whole core is protected or was not loaded: nobody may be named", "networks"),
        mapped("verdicts", "findings read, by verdict: true, duplicate, small (few payers), lookalike, false", unit="findings"),
        Field(
            "accounts",
            Kind.OBJECT,
            "single accounts",
            parts=(
                Field("ap", Kind.SHARE, "average precision of the score, planted members positive", "0 to 1"),
                whole("planted", "members", "accounts"),
            ),
        ),
        Field(
            "by",
            Kind.OBJECT,
            "the same networks in groups",
            parts=(
                mapped("crime_type", "by crime type", Kind.OBJECT, *_OF_GROUP),
                mapped("scheme", "by planted scheme", Kind.OBJECT, *_OF_GROUP),
                mapped("rail", "by the channel of most payments to the core", Kind.OBJECT, *_OF_GROUP),
                mapped("size", "by the number of payers", Kind.OBJECT, *_OF_GROUP),
                mapped("receiving_on_child_account", "by whose account takes the money in", Kind.OBJECT, *_OF_GROUP),
                mapped(
                    "institution_view",
                    "by who looks: pooled; with --institutions each by itself and each two together, as CODE+CODE",
                    Kind.OBJECT,
                    *_OF_NETWORKS,
                ),
            ),
        ),
        Field(
            "gain_from_sharing",
            Kind.OBJECT,
            "recall of everything together less that of institutions; null unless asked for (--institutions)",
            parts=(
                Field("over_best_alone", Kind.SHARE, "less the best institution by itself"),
                Field("over_best_pair", Kind.SHARE, "less the best two that put their data together"),
            ),
        ),
        Field(
            "sweeping_adults",
            Kind.OBJECT,
            "adults who empty a child's account",
            parts=(whole("planted", "how many there are", "accounts"), whole("found", "how many the findings name", "accounts")),
        ),
        mapped(
            "lookalikes",
            "per kind of look-alike",
            Kind.OBJECT,
            whole("planted", "how many accounts", "accounts"),
            whole("named", "how many the findings name by mistake", "accounts"),
        ),
        Field("ceiling", Kind.OBJECT, "boosted trees taught by the labels of other worlds; null without --learn-from", parts=_OF_WAY),
        mapped("baseline", "simpler ways: amount_count and isolation_forest", Kind.OBJECT, *_OF_WAY),
        Field(
            "fairness",
            Kind.OBJECT,
            "whether it matters where somebody comes from, over accounts that were not planted; null without --fairness",
            parts=(
                Field(
                    "changed",
                    Kind.SHARE,
                    "of the first accounts by points (as many as the budget), those that change when innocents' profiles are dealt out anew on each rail",
                    "0 to 1",
                ),
                Field(
                    "changed_ignoring_borders",
                    Kind.SHARE,
                    "the same when payments at home may get labels from abroad too; no gate",
                    "0 to 1",
                ),
                whole("findings", "how many first findings there are", "findings"),
                Field("findings_changed", Kind.SHARE, "of these those that change; no gate", "0 to 1"),
                whole("group_size", "innocents from which on a group is held to the gate", "accounts"),
                mapped(
                    "groups",
                    "by corridor and by kind of look-alike",
                    Kind.OBJECT,
                    whole("accounts", "innocent accounts of the group", "accounts"),
                    Field("share", Kind.SHARE, "of these among the first hundredth of all accounts by points", "0 to 1"),
                    Field("matched", Kind.SHARE, "the same of domestic payers matched on number and size of payments", "0 to 1"),
                    Field("times", Kind.SHARE, "the one over the other; over a thousandth where that is more"),
                    Field("chance", Kind.SHARE, "probability of so many by chance at one and a half times", "0 to 1"),
                    flag("is_broken", "more than one and a half times, and not by chance (1 in 100)"),
                    text("most_lifted_by", "the rule that gives the group most points beyond those matched; empty when none does"),
                    Field("lift", Kind.SHARE, "how many on average", "points"),
                ),
                flag("is_met", "both gates hold"),
            ),
        ),
        Field("recovered_after", Kind.WHOLE, "networks recovered after one, two … findings", "networks", is_list=True),
        mapped(
            "intervals",
            "figures over several worlds; null without --with",
            Kind.OBJECT,
            whole("seeds", "worlds", "worlds"),
            Field("mean", Kind.SHARE, "mean over worlds"),
            Field("low", Kind.SHARE, "lower end of the 95 % interval (Student's t)"),
            Field("high", Kind.SHARE, "upper end"),
        ),
    ),
)

_RULE = (
    text("id", "the rule"),
    text("version", "its version"),
    text("title", "what it looks for"),
    text("class", "what it needs: T transfers, G graph, K customer facts, X texts, D devices, E external lists"),
    text("role", "the part it gives to a subject; victim: it leads to a referral and is in no pack of these"),
    texts("crime_types", "crime types it speaks of"),
    text("family", "rules of one family share a cap"),
    text("source", "the publication it comes from"),
    text("address", "where that can be read; empty when nowhere"),
    text("grade", "V read, S seed, M measured, K known, D default of ours"),
    text("published_number", "the number the publication gives, in its words"),
    flag("default_of_ours", "the threshold is ours, not the publication's"),
    text("state", "active, or off: it speaks only where a pack switches it on"),
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
    (NO_SNAPSHOT, _PACKS, objects("indicators", "every rule, in the packs' order", *_RULE), _NOT_BUILT),
    number=2,
)

INDICATOR = Document(
    "indicator",
    "One rule whole.",
    ("indicators show RULE_ID",),
    (
        NO_SNAPSHOT,
        _PACKS,
        Field("indicator", Kind.OBJECT, "the rule", parts=(*_RULE, text("sql", "the query it runs"))),
    ),
    number=2,
)

INDICATOR_RUN = Document(
    "indicator-run",
    "What rules find in the newest snapshot, in numbers. Nothing is stored.",
    ("indicators run [RULE_ID]...",),
    (
        SNAPSHOT,
        _PACKS,
        objects(
            "indicators",
            "the rules that were run",
            text("rule", "the rule"),
            text("version", "its version"),
            text("state", "hit, no_hit or not_evaluable"),
            whole("accounts", "accounts it hits", "accounts"),
            whole("evidence", "transfers of evidence, counted for each account", "transfers"),
            text("missing", "what could not be looked at, on how many transfers; empty when nothing"),
            texts("exclusions", "payments it leaves out"),
            whole("spared", "accounts it would hit as well if it left nothing out", "accounts"),
        ),
    ),
    number=2,
)

INDICATOR_COVERAGE = Document(
    "indicator-coverage",
    "Which rules can be looked at in the newest snapshot, on how many transfers, and what the others lack. No rule is run.",
    ("indicators coverage",),
    (
        SNAPSHOT,
        _PACKS,
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

RULEBOOK = Document(
    "rulebook",
    "The guideline that was written, and with --truth how each rule did.",
    ("indicators rulebook",),
    (
        text("snapshot", "the facts the quality stands on; null without --truth"),
        _PACKS,
        whole("chapters", "chapters", "chapters"),
        whole("entries", "rules in them", "rules"),
        objects(
            "quality",
            "per rule that hits anybody; none without --truth",
            text("rule", "the rule"),
            whole("hits", "accounts it hits", "accounts"),
            whole("precision_ppm", "of these planted", "parts per million"),
            mapped("recall_ppm", "per crime type: planted accounts it hits", unit="parts per million"),
            text("overlap_rule", "the rule that hits most of the same accounts; empty when none does"),
            whole("overlap_ppm", "accounts in common over accounts of either", "parts per million"),
            mapped("lookalikes", "harmless accounts it hits, by kind", unit="accounts"),
            text("benign_group", "the kind it hits most; empty when none"),
        ),
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

DOCUMENTS = (
    INDICATOR_PACKS,
    INDICATOR_DIFF,
    ANALYSE,
    URGENT,
    EVALUATE,
    EVALUATION,
    INDICATORS,
    INDICATOR,
    INDICATOR_CASES,
    INDICATOR_RUN,
    INDICATOR_COVERAGE,
    RULEBOOK,
)
