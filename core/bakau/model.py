"""The canonical tables, declared once: name, type, unit, meaning, marking.

Everything else derives from here: Parquet schemas of open and vault segments, the data dictionary, later the constraints of
Neo4j. Stored-data semantics are law (design §3): a column may be added with a new format number, never given another meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa

from bakau.markings import Marking

#: Number of the stored format: ledger, bakau.toml, segment footers and casework database carry it.
#: 2: a tag has a `text`; the ledger lists shared segments, holds and tombstones.
FORMAT = 2

PUBLIC, RESTRICTED, PERSONAL, FREE_TEXT = Marking

TRANSFER_ID = pa.binary(16)
EXACT = pa.decimal128(38, 0)


class AccountKind(StrEnum):
    """What kind of end point of money an account is."""

    BANK_ACCOUNT = "bank_account"
    LOAN_ACCOUNT = "loan_account"
    E_WALLET = "e_wallet"
    CARD = "card"
    GIFT_CARD = "gift_card"
    CRYPTO_ADDRESS = "crypto_address"
    CASH_POINT = "cash_point"
    MERCHANT = "merchant"
    PLATFORM_ACCOUNT = "platform_account"
    UNKNOWN = "unknown"


class Channel(StrEnum):
    """The rail a transfer used."""

    BANK = "bank"
    CARD = "card"
    REMITTANCE = "remittance"
    E_WALLET = "e_wallet"
    CRYPTO = "crypto"
    GIFT_CARD = "gift_card"
    PLATFORM = "platform"
    CASH = "cash"


class TransferStatus(StrEnum):
    """How far a transfer came."""

    INITIATED = "initiated"
    SETTLED = "settled"
    REVERSED = "reversed"
    FAILED = "failed"


class PartyKind(StrEnum):
    """What a party is."""

    PERSON = "person"
    ORGANISATION = "organisation"
    UNKNOWN = "unknown"


class HoldingRole(StrEnum):
    """What a party is to an account."""

    OWNER = "owner"
    CO_OWNER = "co_owner"
    GUARDIAN = "guardian"
    SIGNATORY = "signatory"
    CONTROLLER = "controller"


class InstitutionKind(StrEnum):
    """What an institution does."""

    BANK = "bank"
    REMITTANCE_OPERATOR = "remittance_operator"
    E_WALLET_ISSUER = "e_wallet_issuer"
    VASP = "vasp"
    PSP = "psp"
    PLATFORM = "platform"


class IdentifierKind(StrEnum):
    """What an identifier is."""

    PHONE = "phone"
    EMAIL = "email"
    DEVICE = "device"
    IP = "ip"
    DOCUMENT = "document"
    ADDRESS = "address"
    HANDLE = "handle"


class ProtectionState(StrEnum):
    """Whether a subject may be scored and named."""

    ADULT_KNOWN = "adult_known"
    AGE_UNKNOWN = "age_unknown"
    PROTECTED = "protected"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: Arrow type, unit, meaning and marking; `values` lists the codes it may hold, when they are closed."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    marking: Marking = RESTRICTED
    required: bool = False
    values: type[StrEnum] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table; `key` names what identifies a row, `versioned` columns take part in the current view."""

    name: str
    key: tuple[str, ...]
    meaning: str
    columns: tuple[Column, ...]
    lineage: bool = True
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        columns = (*self.columns, *LINEAGE) if self.lineage else self.columns
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "_by_name", {column.name: column for column in columns})

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    @property
    def open_columns(self) -> tuple[Column, ...]:
        """Columns stored in open segments: no personal value, no free text."""
        return tuple(column for column in self.columns if not column.marking.in_vault)

    @property
    def vault_columns(self) -> tuple[Column, ...]:
        """Columns whose values may lie in the vault only."""
        return tuple(column for column in self.columns if column.marking.in_vault)

    @property
    def facts(self) -> tuple[Column, ...]:
        """Columns that say something, without the key and without where the row came from."""
        lineage = {column.name for column in LINEAGE}
        return tuple(column for column in self.columns if column.name not in lineage and column.name not in self.key)

    def schema(self) -> pa.Schema:
        """What readers hand over: every column, vault values beside open ones, before the archive takes them apart."""
        return _schema(self, self.columns)

    def open_schema(self) -> pa.Schema:
        """The Parquet schema of an open segment."""
        return _schema(self, self.open_columns)

    def vault_schema(self) -> pa.Schema:
        """The Parquet schema inside an encrypted vault segment: the key and the values."""
        return _schema(self, (*(self[name] for name in self.key), *self.vault_columns))


def _schema(table: Table, columns: tuple[Column, ...]) -> pa.Schema:
    fields = [pa.field(column.name, column.type, nullable=not column.required) for column in columns]
    return pa.schema(fields, metadata={"bakau.table": table.name, "bakau.format": str(FORMAT)})


LINEAGE = (
    Column("batch_id", pa.string(), "the batch that brought this row", required=True),
    Column("record", pa.int64(), "where in the batch's file: physical line of the record's first character, from 1", required=True),
)

PARTY = Table(
    "party",
    ("party_key",),
    "a person or organisation as one or more sources know it",
    (
        Column("party_key", pa.int64(), "first 63 bits of the keyed hash behind party_id", required=True),
        Column("party_id", pa.string(), "surrogate of the source's own party number", required=True),
        Column("kind", pa.string(), "person, organisation or unknown", values=PartyKind),
        Column("country", pa.string(), "ISO 3166 alpha-2 country of residence or seat"),
        Column("kyc_level", pa.string(), "the source's know-your-customer tier, as a code"),
        Column("status", pa.string(), "the source's state of the customer, as a code (active, blocked …)"),
        Column("since_us", pa.int64(), "when the source took the customer on", unit="us since 1970 UTC"),
        Column(
            "protected_until",
            pa.date32(),
            "first day of the calendar quarter after the eighteenth birthday, 2000-01-01 for everyone older; null when age is not known",
        ),
        Column("stub", pa.bool_(), "true when the row only says that the party is referred to", required=True),
        Column("number", pa.string(), "the source's party number in clear", marking=PERSONAL),
        Column("name", pa.string(), "name as the source writes it", marking=PERSONAL),
        Column("birth_date", pa.date32(), "date of birth", marking=PERSONAL),
        Column("sex", pa.string(), "sex as the source codes it; a profile feature, never scored", marking=PERSONAL),
    ),
)

ACCOUNT = Table(
    "account",
    ("account_key",),
    "the only end point of money, whatever the rail",
    (
        Column("account_key", pa.int64(), "first 63 bits of the keyed hash behind account_id", required=True),
        Column("account_id", pa.string(), "surrogate of scheme and normalised number", required=True),
        Column("kind", pa.string(), "kind of account", values=AccountKind),
        Column("institution_id", pa.string(), "code of the institution that holds it"),
        Column("country", pa.string(), "ISO 3166 alpha-2 country of the account"),
        Column("currency", pa.string(), "currency or asset the account is kept in"),
        Column("opened_us", pa.int64(), "when it was opened", unit="us since 1970 UTC"),
        Column("status", pa.string(), "the source's state of the account, as a code (active, blocked, closed …)"),
        Column("product", pa.string(), "the source's product or account type, as a code"),
        Column("mcc", pa.string(), "merchant category code (ISO 18245) where the account is a merchant"),
        Column("balance_minor", pa.int64(), "balance the source states at opening, in the account's currency", unit="minor units"),
        Column("stub", pa.bool_(), "true when the row only says that the account is referred to (placeholder)", required=True),
        Column("scheme", pa.string(), "numbering in which the number is unique (iban, phone, crypto:BTC, local:<scope> …)", required=True),
        Column(
            "number",
            pa.string(),
            "account number, wallet number or address in clear, normalised; never a full card number",
            marking=PERSONAL,
        ),
    ),
)

HOLDING = Table(
    "holding",
    ("party_key", "account_key", "role"),
    "who holds an account, in which role, since when; in the view only while both ends are known (dangling otherwise)",
    (
        Column("party_key", pa.int64(), "the party", required=True),
        Column("account_key", pa.int64(), "the account", required=True),
        Column("role", pa.string(), "owner, co_owner, guardian, signatory, controller", required=True, values=HoldingRole),
        Column("since_us", pa.int64(), "from when", unit="us since 1970 UTC"),
        Column("until_us", pa.int64(), "until when; null while it lasts", unit="us since 1970 UTC"),
    ),
)

RELATION = Table(
    "relation",
    ("subject_key", "object_key", "kind"),
    "party to party, party or device to account: guarantees, invests, applies, signs_in, kin",
    (
        Column("subject_key", pa.int64(), "63-bit key of the subject", required=True),
        Column("object_key", pa.int64(), "63-bit key of the object", required=True),
        Column("kind", pa.string(), "what the subject does to the object, as a code", required=True),
        Column("subject_realm", pa.string(), "party, account or identifier", required=True),
        Column("object_realm", pa.string(), "party, account or identifier", required=True),
        Column("since_us", pa.int64(), "from when (first seen)", unit="us since 1970 UTC"),
        Column("until_us", pa.int64(), "until when (last seen); null while it lasts", unit="us since 1970 UTC"),
        Column("share_ppm", pa.int64(), "share, where the relation is a share of something", unit="parts per million"),
    ),
)

INSTITUTION = Table(
    "institution",
    ("institution_id",),
    "a bank, remittance operator, e-wallet issuer, VASP, PSP or platform",
    (
        Column("institution_id", pa.string(), "code: BIC where there is one, else the source's code", marking=PUBLIC, required=True),
        Column("name", pa.string(), "registered name", marking=PUBLIC),
        Column("kind", pa.string(), "what it does", marking=PUBLIC, values=InstitutionKind),
        Column("bic", pa.string(), "ISO 9362 business identifier code", marking=PUBLIC),
        Column("country", pa.string(), "ISO 3166 alpha-2 country of the seat", marking=PUBLIC),
    ),
)

TRANSFER = Table(
    "transfer",
    ("transfer_id",),
    "money that moved from one account to another, or was meant to; one row per source's version",
    (
        Column("transfer_id", TRANSFER_ID, "hash of (source scope, reference), else of (source scope, content, occurrence)", required=True),
        Column(
            "ts_us",
            pa.int64(),
            "when the payer's order took effect; start of the local day when time_known is false",
            unit="us since 1970 UTC",
            required=True,
        ),
        Column("time_known", pa.bool_(), "false when only a date was given: the instant lies within 24 h from ts_us", required=True),
        Column("local_hour", pa.int8(), "hour of day at the sender, fixed at ingest; null when not known", unit="0..23"),
        Column("src_key", pa.int64(), "account_key of the payer's account", required=True),
        Column("dst_key", pa.int64(), "account_key of the payee's account", required=True),
        Column("amount_minor", pa.int64(), "amount; null when the source states none", unit="10^-stored_exponent of currency"),
        Column("currency", pa.string(), "ISO 4217 code, asset code, or XXX for none", required=True),
        Column("amount_exact", EXACT, "exact amount where 64 bits are too few; null otherwise", unit="10^-exponent of currency"),
        Column("channel", pa.string(), "rail", required=True, values=Channel),
        Column("status", pa.string(), "initiated, settled, reversed or failed", required=True, values=TransferStatus),
        Column("purpose_code", pa.string(), "the source's code for the purpose or type of the payment (never text)"),
        Column("src_country", pa.string(), "ISO 3166 alpha-2 country the money left"),
        Column("dst_country", pa.string(), "ISO 3166 alpha-2 country the money reached"),
        Column("src_outlet", pa.string(), "code of the outlet or agent that took the money"),
        Column("dst_outlet", pa.string(), "code of the outlet or agent that paid it out"),
        Column("src_party_key", pa.int64(), "sender as a party, where the source names one (cash remittances)"),
        Column("dst_party_key", pa.int64(), "receiver as a party, where the source names one"),
        Column("uetr", pa.string(), "unique end-to-end transaction reference of ISO 20022 / SWIFT gpi"),
        Column("reference_key", pa.int64(), "63-bit keyed hash of the reference, to join on without showing it"),
        Column("group_key", pa.int64(), "63-bit keyed hash of what several transfers share (a crypto transaction)"),
        Column("content_key", pa.int64(), "63-bit keyed hash of the content: same content, same number (set by the archive)"),
        Column("tokens", pa.string(), "indicator tokens found in the purpose text, sorted, space between; never the text"),
        Column("reference", pa.string(), "the source's reference in clear", marking=PERSONAL),
        Column("purpose", pa.string(), "what the payer wrote", marking=FREE_TEXT),
    ),
)

IDENTIFIER = Table(
    "identifier",
    ("kind", "identifier_key"),
    "a phone, e-mail, device, IP, document, address or handle and what it was used by",
    (
        Column("kind", pa.string(), "what it is", required=True, values=IdentifierKind),
        Column("identifier_key", pa.int64(), "63-bit keyed hash of the normalised value", required=True),
        Column("party_key", pa.int64(), "party that uses it"),
        Column("account_key", pa.int64(), "account that is used through it"),
        Column("status", pa.string(), "the source's state of it, as a code (active, blocked …)"),
        Column("first_seen_us", pa.int64(), "first use", unit="us since 1970 UTC"),
        Column("last_seen_us", pa.int64(), "last use", unit="us since 1970 UTC"),
        Column("uses", pa.int64(), "how often", unit="count"),
        Column("value", pa.string(), "the value in clear, normalised", marking=PERSONAL),
    ),
)

TAG = Table(
    "tag",
    ("tag_id",),
    "what somebody says about a subject; conflicting tags stand side by side",
    (
        Column("tag_id", pa.string(), "hash of subject, concept, label, source and date", required=True),
        Column("subject_key", pa.int64(), "63-bit key of the account or party", required=True),
        Column("subject_realm", pa.string(), "account or party", required=True),
        Column("concept", pa.string(), "concept of the tag vocabulary", required=True),
        Column("label", pa.string(), "label the giver uses"),
        Column("giver", pa.string(), "who says so"),
        Column("confidence", pa.string(), "provenance class of the statement"),
        Column("asserted_us", pa.int64(), "when it was said", unit="us since 1970 UTC"),
        Column("text", pa.string(), "the giver's reason or narrative", marking=FREE_TEXT),
    ),
)

WATCH_ENTRY = Table(
    "watch_entry",
    ("entry_id",),
    "one line of a watch list; never a protected subject",
    (
        Column("entry_id", pa.string(), "surrogate of list and entry number", required=True),
        Column("list", pa.string(), "name of the list", required=True),
        Column("legal_basis", pa.string(), "law or order the list rests on", required=True),
        Column("identifier_key", pa.int64(), "63-bit keyed hash of the identifier to match", required=True),
        Column("expires_on", pa.date32(), "last day on which the entry may be matched", required=True),
    ),
)

PROTECTION = Table(
    "protection",
    ("subject_key", "recorded_us"),
    "who must not be scored or named, why, and who said so; append-only",
    (
        Column("subject_key", pa.int64(), "63-bit key of the party or account", required=True),
        Column("subject_realm", pa.string(), "party or account", required=True),
        Column("recorded_us", pa.int64(), "when it was recorded", unit="us since 1970 UTC", required=True),
        Column("state", pa.string(), "adult_known, age_unknown or protected", required=True, values=ProtectionState),
        Column("basis", pa.string(), "why, as a code or case reference", required=True),
        Column("recorded_by", pa.string(), "the person of the workspace who said so", required=True),
    ),
    lineage=False,
)

REJECT = Table(
    "reject",
    ("batch_id", "record", "column"),
    "a source record that could not be taken as a fact: where and why, and the value's shape, never the value",
    (
        Column("table", pa.string(), "canonical table it was meant for", required=True),
        Column("column", pa.string(), "column of the file at fault; empty when the whole record is"),
        Column("code", pa.string(), "reason code", required=True),
        Column("reason", pa.string(), "reason in words", required=True),
        Column("shape", pa.string(), "shape of the value: digits 9, letters A or a"),
    ),
)

TABLES: tuple[Table, ...] = (
    PARTY, ACCOUNT, HOLDING, RELATION, INSTITUTION, TRANSFER, IDENTIFIER, TAG, WATCH_ENTRY, PROTECTION, REJECT,
)  # fmt: skip

#: Tables that a batch may bring.
FACTS: tuple[Table, ...] = (PARTY, ACCOUNT, HOLDING, RELATION, INSTITUTION, TRANSFER, IDENTIFIER, TAG, WATCH_ENTRY)


def get_table(name: str) -> Table:
    """The declaration of that table; KeyError when there is none."""
    return {table.name: table for table in TABLES}[name]


#: What "same content" means for a transfer, in hashing order. Law: the order and the set never change within a format number.
TRANSFER_CONTENT: tuple[str, ...] = (
    "ts_us", "time_known", "src_key", "dst_key", "amount_minor", "currency", "amount_exact", "channel", "status", "purpose_code",
    "src_country", "dst_country", "src_outlet", "dst_outlet", "src_party_key", "dst_party_key", "uetr", "group_key", "purpose",
)  # fmt: skip
