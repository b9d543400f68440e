"""JSON documents of the commands in this package, field by field (docs/cli.md is written from here)."""

from __future__ import annotations

from bakau.document import SNAPSHOT, Document, Field, Kind, flag, mapped, objects, text, texts, whole
from bakau_analytics.documents_indicators import INDICATOR_DOCUMENTS, RULE_COUNT

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
        whole(
            "in_review", "accounts of people of unknown age that show a sign: left out of scoring, until somebody settles it", "accounts"
        ),
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
        objects("shadow", "the workspace's rules in shadow: what they would hit; they add no points and open nothing", *RULE_COUNT),
    ),
    number=2,
)

URGENT = Document(
    "analyse-urgent",
    "How many protected accounts show a sign in what came in last; nothing else was looked at, nothing stored.",
    ("analyse --urgent",),
    (
        SNAPSHOT,
        whole("referrals", "protected accounts that show a sign resting on these batches", "accounts"),
        whole("in_review", "accounts of people of unknown age that show such a sign", "accounts"),
        mapped("by_rule", "of both by victim rule; an account may show several", unit="accounts"),
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

_GROUPINGS = (
    mapped("crime_type", "by crime type", Kind.OBJECT, *_OF_GROUP),
    mapped("scheme", "by planted scheme", Kind.OBJECT, *_OF_GROUP),
    mapped("rail", "by the channel of most payments to the core", Kind.OBJECT, *_OF_GROUP),
    mapped("size", "by the number of payers", Kind.OBJECT, *_OF_GROUP),
    mapped("receiving_on_child_account", "by whose account takes the money in", Kind.OBJECT, *_OF_GROUP),
)
_SPREAD = (
    Field("median", Kind.SHARE, "median over worlds"),
    Field("quartile", Kind.SHARE, "lower quartile: a quarter of the worlds lies at or below"),
)
_GROUP_OF_INNOCENTS = (
    whole("accounts", "innocent accounts of the group", "accounts"),
    Field("share", Kind.SHARE, "of these among the first hundredth of all accounts by points", "0 to 1"),
    Field("matched", Kind.SHARE, "the same of domestic payers matched on number and size of payments", "0 to 1"),
    Field("times", Kind.SHARE, "the one over the other; over a thousandth where that is more"),
    Field("chance", Kind.SHARE, "probability of so many by chance at one and a half times", "0 to 1"),
    flag("is_broken", "more than one and a half times, and not by chance (1 in 100)"),
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
                *_GROUPINGS,
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
                    *_GROUP_OF_INNOCENTS,
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
        Field(
            "over_worlds",
            Kind.OBJECT,
            "what several worlds say together; null without --with",
            parts=(
                whole("worlds", "worlds", "worlds"),
                *(Field(name, Kind.OBJECT, f"{name} over worlds", parts=_SPREAD) for name in ("recall", "precision")),
                Field("by", Kind.OBJECT, "networks of all worlds in the same groups", parts=_GROUPINGS),
                Field(
                    "weak", Kind.TEXT, "crime types, rails and sizes that are found less than half as often as all networks", is_list=True
                ),
                Field("child_gap", Kind.SHARE, "recall where a child's account receives less that of the rest; null without both"),
                Field(
                    "gap_closed", Kind.SHARE, "of the way from the isolation forest to the ceiling, in mean recall; null without a ceiling"
                ),
                Field(
                    "fairness",
                    Kind.OBJECT,
                    "the innocents of all worlds held to the gates together; null unless each world has its own",
                    parts=(
                        Field("changed", Kind.SHARE, "of the first accounts those that change, the mean over worlds", "0 to 1"),
                        whole("group_size", "innocents of all worlds from which on a group is held to the gate", "accounts"),
                        mapped("groups", "by corridor and by kind of look-alike", Kind.OBJECT, *_GROUP_OF_INNOCENTS),
                        flag("is_met", "both gates hold"),
                    ),
                ),
            ),
        ),
    ),
)

DOCUMENTS = (ANALYSE, URGENT, EVALUATE, EVALUATION, *INDICATOR_DOCUMENTS)
