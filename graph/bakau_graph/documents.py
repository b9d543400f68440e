"""JSON documents of the commands in this package, field by field (docs/cli.md is written from here)."""

from __future__ import annotations

from bakau.document import NO_SNAPSHOT, SNAPSHOT, Document, Field, Kind, flag, mapped, objects, text, texts, whole

INIT = Document(
    "init",
    "A new workspace.",
    ("init PATH",),
    (
        SNAPSHOT,
        text("workspace", "its directory, as given"),
        text("workspace_id", "its identity for ever"),
        whole("format", "number of the stored format"),
        text("network", "the network it is walked on: embedded or neo4j"),
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
            text("held", "why it is on legal hold, so that nothing of it is purged; null when it is not"),
            flag("is_over", "the last day it may be kept is over: nothing more is loaded into it"),
        ),
    ),
)

SOURCE_HOLD = Document(
    "source-hold",
    "A source that is on legal hold now, or no longer.",
    ("source hold SOURCE",),
    (
        SNAPSHOT,
        text("source_id", "the source"),
        flag("is_held", "nothing of it is purged"),
        text("reason", "why it was placed or released"),
    ),
)

SOURCE_EXTEND = Document(
    "source-extend",
    "A source that may be kept longer.",
    ("source extend SOURCE",),
    (
        SNAPSHOT,
        text("source_id", "the source"),
        text("former", "the last day it might have been kept before (YYYY-MM-DD)"),
        text("keep_until", "the last day it may be kept now (YYYY-MM-DD)"),
        text("reason", "why, as it was said"),
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

ARCHIVE_COMPACT = Document(
    "archive-compact",
    "Small segments rewritten into large ones. No fact, id or count changed.",
    ("archive compact",),
    (
        SNAPSHOT,
        whole("files_before", "segments that were rewritten", "files"),
        whole("files_after", "segments they became", "files"),
        whole("rows", "rows in these", "rows"),
        whole("vault_files_left", "vault segments left as they are because the vault key is not here", "files"),
    ),
)

ARCHIVE_PURGE = Document(
    "archive-purge",
    "Batches deleted for good because their source may be kept no longer, or what would be. Exit code 3 when all of it is on legal hold.",
    ("archive purge --expired",),
    (
        SNAPSHOT,
        flag("dry_run", "nothing was deleted"),
        objects(
            "batches",
            "every batch that goes",
            text("batch_id", "the batch"),
            text("source_id", "its source"),
            text("keep_until", "last day it might be kept (YYYY-MM-DD)"),
            whole("files", "files that held rows of it", "files"),
            whole("size_bytes", "their size", "bytes"),
            whole("rows", "rows of it", "rows"),
        ),
        texts("runs", "runs whose facts held one of them; cleared with them"),
        objects(
            "held",
            "sources whose time is over and which a legal hold keeps",
            text("source_id", "the source"),
            text("reason", "why it is held"),
        ),
    ),
)

BACKUP = Document(
    "backup",
    "A workspace in one file.",
    ("backup FILE_OR_DIR",),
    (
        SNAPSHOT,
        text("path", "the file"),
        whole("files", "files in it", "files"),
        whole("size_bytes", "its size", "bytes"),
        text("key_path", "file with the vault key; null when it was not asked for"),
    ),
)

RESTORE = Document(
    "restore",
    "A workspace made from a backup.",
    ("restore FILE DIR",),
    (
        NO_SNAPSHOT,
        text("workspace", "its directory, as given"),
        text("workspace_id", "its identity for ever"),
        whole("format", "number of the stored format"),
        whole("version", "ledger version it stands on"),
        whole("files", "files restored, each held to its SHA-256", "files"),
        flag("has_vault_key", "this machine holds its vault key"),
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
    ("network status", "network rebuild", "network sync"),
    (
        text("snapshot", "the facts it stands on: ledger version and the first digits of their hash; null while it holds none"),
        text("implementation", "which network answers: embedded or neo4j"),
        text("digest", "hash of the facts it was built from; null while it holds none"),
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
        whole("size_bytes", "size on disk; null for a server", "bytes"),
        whole("built_us", "when it was built; null while it holds none", "µs since 1970, UTC"),
        flag("is_loading", "a batch is being loaded into it right now"),
        text("marks_run_id", "the run whose marks it carries; null without marks"),
        whole("marked_accounts", "accounts that carry a mark", "accounts"),
        text("archive_snapshot", "the newest facts of the archive"),
        flag("is_current", "it stands on these facts, whole"),
        whole("batches_to_bring_in", "batches it lacks", "batches"),
        whole("batches_to_take_out", "batches it holds that were withdrawn", "batches"),
        whole("transfers_behind", "transfers in the batches it lacks", "transfers"),
    ),
)

NETWORK_SYNC = Document(
    "network-sync",
    "What it took to bring the server in step, or to fill it anew.",
    ("network sync", "network rebuild"),
    (
        SNAPSHOT,
        text("implementation", "which network: neo4j"),
        whole("batches_in", "batches brought in", "batches"),
        whole("batches_out", "batches taken out", "batches"),
        whole("rows", "rows written", "rows"),
        whole("marks_withdrawn", "accounts protected since then, whose marks were taken off", "accounts"),
        Field("seconds", Kind.SHARE, "how long it took", "s"),
    ),
)

NETWORK_VERIFY = Document(
    "network-verify",
    "Whether the network holds what the archive says, row by row. Exit code 1 when it does not.",
    ("network verify",),
    (
        SNAPSHOT,
        text("implementation", "which network: embedded or neo4j"),
        mapped("rows", "rows compared, per table", unit="rows"),
        texts("problems", "what differs, first difference first, in words"),
        flag("is_clean", "nothing differs"),
    ),
)

NEO4J = Document(
    "neo4j",
    "Whether the Neo4j server of the workspace is installed and runs.",
    ("neo4j start", "neo4j stop", "neo4j status"),
    (
        NO_SNAPSHOT,
        text("version", "version of the server"),
        flag("is_installed", "it lies on this machine, every file as it should be"),
        flag("is_running", "it runs"),
        flag("is_stale", "its last process ended without being stopped"),
        text("address", "where it listens; null before the first start"),
        whole("pid", "its process; null while it does not run"),
    ),
)

NEO4J_INSTALL = Document(
    "neo4j-install",
    "The Neo4j server on this machine, for all workspaces.",
    ("neo4j install",),
    (
        NO_SNAPSHOT,
        text("version", "version of the server"),
        text("folder", "where it lies"),
        whole("files", "files of it", "files"),
        whole("size_bytes", "their size", "bytes"),
        flag("is_new", "it was fetched just now"),
    ),
)

DOCUMENTS = (
    INIT,
    SOURCES,
    SOURCE_HOLD,
    SOURCE_EXTEND,
    BATCH_WITHDRAW,
    ARCHIVE_VERIFY,
    ARCHIVE_COMPACT,
    ARCHIVE_PURGE,
    BACKUP,
    RESTORE,
    PROTECT,
    NETWORK,
    NETWORK_SYNC,
    NETWORK_VERIFY,
    NEO4J,
    NEO4J_INSTALL,
)
