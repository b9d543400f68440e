"""JSON documents of the commands in this package, field by field (docs/cli.md is written from here)."""

from __future__ import annotations

from bakau.document import SNAPSHOT, Document, flag, objects, text, texts, whole

INIT = Document(
    "init",
    "A new workspace.",
    ("init PATH",),
    (
        SNAPSHOT,
        text("workspace", "its directory, as given"),
        text("workspace_id", "its identity for ever"),
        whole("format", "number of the stored format"),
    ),
)

SOURCES = Document(
    "sources",
    "Who gave data, on which basis, for what, until when.",
    ("source list",),
    (
        SNAPSHOT,
        objects(
            "sources",
            "every source, oldest first",
            text("source_id", "the source"),
            text("name", "what people call it"),
            text("kind", "institution, agency, fiu, public …"),
            text("authority", "who may hold and give this data"),
            text("legal_basis", "law, order or agreement it is given under"),
            texts("purposes", "what it may be used for; * stands for every purpose"),
            text("keep_until", "last day it may be kept (YYYY-MM-DD); null when it has no end"),
            flag("training", "synthetic or public data only"),
        ),
    ),
)

BATCH_WITHDRAW = Document(
    "batch-withdraw",
    "A batch that later snapshots do without.",
    ("batch withdraw BATCH",),
    (SNAPSHOT, text("batch_id", "the batch"), whole("loaded", "records it had loaded", "records")),
)

ARCHIVE_VERIFY = Document(
    "archive-verify",
    "Whether the stored bytes are what the ledger says. Exit code 1 when they are not.",
    ("archive verify",),
    (
        SNAPSHOT,
        flag("clean", "nothing is wrong"),
        whole("segments", "open segments hashed", "files"),
        whole("vault_segments", "vault segments hashed", "files"),
        flag("vault_opened", "the vault key was there, so their rows were counted, too"),
        whole("rows", "rows counted", "rows"),
        texts("problems", "what is wrong, in words"),
    ),
)

PROTECT = Document(
    "protect",
    "What is now known about a subject, and how far protection spread.",
    ("protect SUBJECT",),
    (
        SNAPSHOT,
        text("subject", "the account or party, by its surrogate"),
        text("state", "protected, adult_known or age_unknown"),
        flag("redacted", "their values were erased from the vault"),
        whole("protected_accounts", "accounts that are protected now", "accounts"),
        whole("newly_protected_accounts", "how many more than before (negative after adult_known)", "accounts"),
    ),
)

NETWORK = Document(
    "network",
    "What the network of accounts holds and which snapshot it stands on.",
    ("network status", "network rebuild"),
    (
        SNAPSHOT,
        text("implementation", "which network answers"),
        text("digest", "hash of the facts it was built from"),
        whole("accounts", "accounts in it", "accounts"),
        whole("transfers", "transfers in it", "transfers"),
        whole("null_amounts", "of these without a stated amount", "transfers"),
        whole("hubs", "accounts with so many transfers that searches do not cross them", "accounts"),
        whole("hub_degree", "from how many transfers an account is a hub", "transfers"),
        objects(
            "currencies",
            "per currency",
            text("currency", "ISO 4217 or crypto code; XXX when there is none"),
            whole("transfers", "transfers in it", "transfers"),
            whole("null_amounts", "of these without a stated amount", "transfers"),
        ),
        whole("first_us", "first transfer; null when there is none", "µs since 1970, UTC"),
        whole("last_us", "last transfer; null when there is none", "µs since 1970, UTC"),
        whole("size_bytes", "size on disk", "bytes"),
        whole("built_us", "when it was built", "µs since 1970, UTC"),
        flag("is_loading", "a batch is being loaded into it right now"),
        text("marks_run_id", "the run whose marks it carries; null without marks"),
        whole("marked_accounts", "accounts that carry a mark", "accounts"),
    ),
)

DOCUMENTS = (INIT, SOURCES, BATCH_WITHDRAW, ARCHIVE_VERIFY, PROTECT, NETWORK)
