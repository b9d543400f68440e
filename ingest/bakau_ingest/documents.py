"""JSON documents of the commands in this package, field by field (docs/cli.md is written from here)."""

from __future__ import annotations

from bakau.document import NO_SNAPSHOT, SNAPSHOT, Document, Field, Kind, flag, mapped, objects, text, texts, whole

_COUNTS = (
    whole("received", "source records in the file", "records"),
    whole("loaded", "of these loaded", "records"),
    whole("rejected", "of these rejected: `bakau rejects BATCH` says where and why", "records"),
    whole("duplicates", "of these known already", "records"),
)

_REFUSED = Field(
    "refused",
    Kind.OBJECT,
    "one per file that could not be used; the others are not touched by it",
    is_list=True,
    parts=(text("file", "the file's name"), text("message", "what is wrong"), text("hint", "what to do next; may be empty")),
    only_when="a file could not be used",
)

INGEST = Document(
    "ingest",
    "What became of every record: received = loaded + rejected + duplicates, always. A file that could not be loaded is named on stderr, too.",
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
        _REFUSED,
    ),
)

DRY_RUN = Document(
    "dry-run",
    "What a load would do: every record read and converted, nothing stored. Duplicates are not looked for. A file that could not be read is named on stderr, too.",
    ("ingest PATHS --dry-run",),
    (
        NO_SNAPSHOT,
        objects(
            "files",
            "one per file, in the order of loading",
            text("file", "the file's name"),
            text("mapping", "the mapping it is read with"),
            whole("received", "source records in the file", "records"),
            whole("accepted", "of these that would load, or are known already", "records"),
            whole("rejected", "of these that would be rejected", "records"),
            whole("rounded", "amounts that would be rounded to the currency's minor unit", "amounts"),
            mapped("reasons", "rejected records per reason", unit="records"),
        ),
        _REFUSED,
    ),
)

RATES = Document(
    "rates",
    "Tables of dated exchange rates, oldest first: the one just loaded, or all of them. Where two say something, the later one wins.",
    ("rates load FILE", "rates list"),
    (
        SNAPSHOT,
        objects(
            "tables",
            "one per file",
            whole("number", "number of the table"),
            text("file_sha256", "hash of the file's bytes"),
            text("reporting", "currency that transfers are valued in since then"),
            whole("rates", "rates in it", "rates"),
            text("loaded", "when, ISO 8601 in UTC"),
            text("loaded_by", "who loaded it"),
        ),
    ),
)

INSPECT = Document(
    "inspect",
    "A file nobody has described, and a mapping drafted for it. Nothing is stored.",
    ("inspect PATH",),
    (
        NO_SNAPSHOT,
        text("file", "the file's name"),
        text("format", "the reader that recognises it"),
        text("delimiter", "what stands between fields; null when it is no delimited text"),
        text("encoding", "how its text is written; null for UTF-8 and where the format says so itself"),
        whole("header_line", "line with the column names; null when it is the first that holds anything"),
        text("sheet", "the sheet that was asked for; null when none was"),
        objects(
            "columns",
            "every column in order; none for a format that has a mapping of its own",
            text("name", "its name in the file"),
            text("meaning", "what it was taken for (src and dst are payer and payee); null when nobody knows"),
            text("why", "name, or which check of the contents; null when nobody knows"),
            text("holds", "what its values look like"),
        ),
        objects(
            "questions",
            "what only a person can say; while there is one, no mapping is written",
            text("topic", "what to give to --answer"),
            text("text", "the question"),
            texts("options", "possible answers; none where the answer is free or a mapping cannot say it"),
        ),
        texts("notes", "what was assumed, and what is not loaded"),
        text("mapping", "the drafted mapping as YAML; null when there is none"),
        whole("looked_at", "records that were read and converted; null when no mapping could be tried", "records"),
        whole("rejected", "of these that would be rejected; null when no mapping could be tried", "records"),
        mapped("reasons", "rejected records per reason", unit="records"),
        Field(
            "rows",
            Kind.TEXT,
            "the first ten records as they would load: field → value, null when there is none; numbers, names and texts by their shape",
            is_list=True,
            is_map=True,
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
    ("world make FOLDER", "world exam FOLDER"),
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

FORMATS = Document(
    "formats",
    "Every format we read.",
    ("formats",),
    (
        NO_SNAPSHOT,
        objects(
            "formats",
            "one per format",
            text("name", "its reader"),
            text("title", "what people call it"),
            text("versions", "versions, dialects and packings we read"),
            text("taken", "what of a file is taken"),
            text("not_taken", "what is not"),
            text("limits", "how much at most"),
            flag("needs_mapping", "must a mapping say what its columns are?"),
        ),
    ),
)

DOCUMENTS = (INGEST, DRY_RUN, INSPECT, FORMATS, MAPPINGS, WORLD, JOBS, RATES)
