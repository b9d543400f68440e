"""JSON documents of the commands in this package, field by field (docs/cli.md is written from here)."""

from __future__ import annotations

from bakau.document import NO_SNAPSHOT, SNAPSHOT, Document, Field, Kind, mapped, objects, text, texts, whole

_COUNTS = (
    whole("received", "source records in the file", "records"),
    whole("loaded", "of these loaded", "records"),
    whole("rejected", "of these rejected: `bakau rejects BATCH` says where and why", "records"),
    whole("duplicates", "of these known already", "records"),
)

INGEST = Document(
    "ingest",
    "What became of every record: received = loaded + rejected + duplicates, always. A file that could not be loaded is named on stderr.",
    ("ingest PATHS",),
    (
        SNAPSHOT,
        *_COUNTS,
        objects(
            "batches",
            "one per file that was loaded, in the order of loading",
            text("source", "the source it came from"),
            text("file", "the file's name"),
            text("batch_id", "the batch it became, or is already"),
            *_COUNTS,
            mapped("rows", "stored rows per table", unit="rows"),
            whole("rounded", "amounts that were rounded to the currency's minor unit", "amounts"),
            Field("seconds", Kind.SHARE, "how long it took", "s"),
            Field(
                "incomplete",
                Kind.TEXT,
                "why the batch is incomplete: balances or sums that do not meet, numbers that are missing",
                is_list=True,
                only_when="the file does not keep what it promises",
            ),
        ),
    ),
)

MAPPINGS = Document(
    "mappings",
    "The shipped mappings.",
    ("mappings",),
    (
        NO_SNAPSHOT,
        objects(
            "mappings",
            "every one, by name",
            text("name", "what to give to --mapping"),
            text("meaning", "what it reads"),
            texts("files", "patterns of the file names it takes"),
        ),
    ),
)

WORLD = Document(
    "world",
    "A synthetic world that was written.",
    ("world make FOLDER",),
    (
        NO_SNAPSHOT,
        text("folder", "where it lies; its truth lies in FOLDER.truth"),
        whole("seed", "the same seed gives the same bytes"),
        whole("accounts", "accounts in it", "accounts"),
        whole("transfers", "transfers in it", "transfers"),
        mapped("records", "records per file", unit="records"),
        mapped("networks", "planted networks per scheme", unit="networks"),
        mapped("lookalikes", "accounts of harmless look-alikes per kind", unit="accounts"),
    ),
)

JOBS = Document(
    "jobs",
    "What a round of jobs loaded. `watch` prints one document a round.",
    ("jobs run JOBS.yaml", "jobs watch JOBS.yaml"),
    (
        SNAPSHOT,
        text("network", "the network it was brought in step with, and its snapshot; null when that failed: see stderr"),
        objects(
            "jobs",
            "every job of the round, in order",
            text("name", "the job"),
            whole("files", "files it took", "files"),
            *_COUNTS,
            objects("failures", "files that could not be loaded", text("file", "the file's name"), text("message", "why")),
        ),
    ),
)

DOCUMENTS = (INGEST, MAPPINGS, WORLD, JOBS)
