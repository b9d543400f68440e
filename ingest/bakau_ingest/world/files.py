"""The world as files that institutions would hand over: customers, accounts, holdings and transfers per rail, a mapping beside each.

Canonical Parquet by default; with ``text`` as the CSV files of the rails, times as they write them and some records spoilt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import yaml

from bakau_ingest.world import columns
from bakau_ingest.world.other_forms import OtherForms
from bakau_ingest.world.population import SCHEME_NAMES
from bakau_ingest.world.rails import RAILS, choose_rails, institution_kind

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from bakau_ingest.world.columns import Known
    from bakau_ingest.world.rails import Rail

    Ints = npt.NDArray[np.int64]

WORLD_VERSION = "2"
#: Share of transfer records spoilt on purpose, so that the quarantine has work; a default of ours.
DIRTY_SHARE = 0.0004
#: Files of accounts: name, numberings, whether people are behind them.
_OWNERS = (
    ("bank", ("iban",), True),
    ("wallet", ("phone",), True),
    ("card", ("card",), True),
    ("platform", ("local.platform",), True),
    ("gift_card", ("card:gift",), False),
    ("crypto", ("crypto:BTC",), False),
    ("crypto_ether", ("crypto:ETH",), False),
)
_JUNK = ("n/a", "", "-12.00", "1.000,50")


class _Sink(Protocol):
    def write_table(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


class Files:
    """The folder of a world under way: open files per rail, counts, the mappings beside them."""

    def __init__(self, folder: Path, known: Known, *, text: bool, institution: str | None = None) -> None:
        (folder / "mappings").mkdir(parents=True)
        self._folder, self._known, self._text = folder, known, text
        self._sinks: dict[str, _Sink] = {}
        self._seen: npt.NDArray[np.bool_] | None = None
        if institution is not None:
            self._seen = known.institution == known.institution_codes.index(institution)
        self.records: dict[str, int] = {}
        self._others = OtherForms(known) if text and institution is None else None
        self._numbers: dict[str, int] = {}

    def write_people(self, rng: np.random.Generator) -> None:
        """Institutions, accounts, customers and who holds what, each in a shuffled order."""
        codes = self._known.institution_codes
        countries = [code[:2] if not code.startswith("VASP") else None for code in codes]
        rows = pa.table({"institution": codes, "kind": [institution_kind(code) for code in codes], "country": countries})
        fields = {"institution_id": {"column": "institution"}, "kind": {"column": "kind"}, "country": {"column": "country"}}
        self._write("institutions", rows, "institutions of the world", [{"table": "institution", "fields": fields}])
        for owner, schemes, has_people in _OWNERS:
            chosen = np.isin(self._known.schemes, [SCHEME_NAMES.index(scheme) for scheme in schemes])
            accounts = rng.permutation(np.flatnonzero(chosen if self._seen is None else chosen & self._seen))
            if len(accounts):
                self._write_accounts(rng, owner, schemes[0], accounts, has_people=has_people)

    def _write_accounts(self, rng: np.random.Generator, owner: str, scheme: str, accounts: Ints, *, has_people: bool) -> None:
        number = {"column": "account", "scheme": scheme}
        names = {
            "kind": "type",
            "country": "country",
            "currency": "currency",
            "opened": "opened",
            "institution_id": "institution",
            "mcc": "mcc",
        }
        fields = {"number": number, **{name: {"column": column} for name, column in names.items()}}
        rows = columns.account_columns(rng, self._known, accounts)
        self._write(f"{owner}_accounts", rows, f"accounts of the {owner} rail", [{"table": "account", "fields": fields}])
        if has_people:
            self._write_customers(rng, owner, number, accounts)

    def _write_customers(self, rng: np.random.Generator, owner: str, number: dict[str, str], accounts: Ints) -> None:
        world = self._known.world
        held = accounts[world.holder[accounts] >= 0]
        present = np.zeros(len(world.kind), bool)
        present[accounts] = True
        more = [(person, account, role) for person, account, role in world.shared if present[account]]
        person = np.concatenate([world.holder[held], np.array([one for one, _, _ in more], np.int64)])
        account = np.concatenate([held, np.array([one for _, one, _ in more], np.int64)])
        role = np.array(["owner"] * len(held) + [one for _, _, one in more])
        order = rng.permutation(len(person))
        people = rng.permutation(np.unique(person))
        tier = np.full(len(world.birth_day), -1)
        if owner == "wallet":
            tier[world.holder[held]] = world.tier[held]
        customer = {"column": "customer", "scheme": f"local.{owner}"}
        names = {"name": "name", "birth_date": "born", "sex": "sex", "country": "country", "kyc_level": "tier"}
        fields = {"number": customer, "kind": {"value": "person"}, **{name: {"column": column} for name, column in names.items()}}
        rows = columns.customer_columns(rng, self._known, people, tier[people])
        self._write(f"{owner}_customers", rows, f"customers of the {owner} rail", [{"table": "party", "fields": fields}])
        holdings = pa.table(
            {
                "customer": columns.customer_numbers(person[order]),
                "account": self._known.numbers.take(pa.array(account[order])),
                "role": pa.array(role[order]),
            }
        )
        fields = {"party": customer, "account": number, "role": {"column": "role"}}
        self._write(f"{owner}_holdings", holdings, f"who holds the {owner} accounts", [{"table": "holding", "fields": fields}])

    def write_transfers(self, rng: np.random.Generator, rows: dict[str, Ints]) -> None:
        """One block of payments, in order of time: each to the file of its rail."""
        if self._seen is not None:
            kept = self._seen[rows["src"]] | self._seen[rows["dst"]]
            rows = {name: values[kept] for name, values in rows.items()}
        rail_of = choose_rails(self._known.schemes, self._known.world.country, rows["src"], rows["dst"])
        if self._others is not None:
            rail_of = np.where(self._others.take(rows, rail_of), -1, rail_of)
        for place, rail in enumerate(RAILS):
            mine = np.flatnonzero(rail_of == place)
            if not len(mine):
                continue
            table = columns.transfer_columns(
                rng, self._known, rail, {name: values[mine] for name, values in rows.items()}, self._numbers.get(rail.name, 0)
            )
            self._numbers[rail.name] = self._numbers.get(rail.name, 0) + len(mine)
            spoilt = np.flatnonzero(rng.random(len(mine)) < DIRTY_SHARE)
            table = _as_text(table, rail, spoilt) if self._text else _spoil(table, spoilt)
            self._append(rail.name, table, f"transfers: {rail.name.replace('_', ' ')}", [{"table": "transfer", "fields": _transfer_fields(rail, text=self._text)}])  # fmt: skip

    def _write(self, name: str, rows: pa.Table, meaning: str, tables: list[dict[str, object]]) -> None:
        self._append(name, rows, meaning, tables)
        self._sinks.pop(name).close()

    def _append(self, name: str, rows: pa.Table, meaning: str, tables: list[dict[str, object]]) -> None:
        if self._text:
            rows = pa.table({column: _plain(rows[column]) for column in rows.column_names})
        if name not in self._sinks:
            path = self._folder / f"{name}.{self.ending}"
            if self._text:
                self._sinks[name] = pacsv.CSVWriter(path, rows.schema, write_options=pacsv.WriteOptions(quoting_style="needed"))
            else:
                self._sinks[name] = pq.ParquetWriter(path, rows.schema, compression="zstd", store_schema=True)
            entry: dict[str, Any] = {"match": [path.name], "delimiter": ","} if self._text else {"match": [path.name], "reader": "parquet"}
            mapping = {"name": name, "meaning": meaning, "files": [{**entry, "rows": tables}]}
            (self._folder / "mappings" / f"{name}.yaml").write_text(yaml.safe_dump(mapping, sort_keys=False, width=140), encoding="utf-8")
            self.records[name] = 0
        self._sinks[name].write_table(rows)
        self.records[name] += len(rows)

    @property
    def transfers(self) -> int:
        """How many transfers were written."""
        return sum(self._numbers.values())

    @property
    def ending(self) -> str:
        """How the files' names end."""
        return "csv" if self._text else "parquet"

    def close(self, facts: dict[str, object]) -> None:
        """Close every file and write world.yaml, which lists them in the order in which they are loaded."""
        for sink in self._sinks.values():
            sink.close()
        order = [name for name in self.records if name not in self._numbers] + [rail.name for rail in RAILS if rail.name in self._numbers]
        self.records = {name: self.records[name] for name in order}
        others = self._others.write(self._folder) if self._others is not None else {}
        listed = [{"path": f"{name}.{self.ending}", "mapping": f"mappings/{name}.yaml"} for name in order]
        listed += [{"path": name, "mapping": f"mappings/{name.partition('.')[0]}.yaml"} for name in others]
        self.records |= {name.partition(".")[0]: count for name, count in others.items()}
        self._numbers |= others
        text = yaml.safe_dump({"world": WORLD_VERSION, **facts, "files": listed}, sort_keys=False)
        (self._folder / "world.yaml").write_text(text, encoding="utf-8")


def _transfer_fields(rail: Rail, *, text: bool) -> dict[str, object]:
    ts: dict[str, object] = {"column": "time"}
    if rail.local_time:
        ts |= {"zone_column": "zone", "local_hour": True}
        if text and rail.channel == "e_wallet":
            ts["formats"] = ["%d/%m/%Y %H:%M:%S"]
    fields: dict[str, object] = {
        "ts": ts,
        "src": {"column": "from_account", "scheme": rail.src},
        "dst": {"column": "to_account", "scheme": rail.dst},
        "amount": {"column": "amount"},
        "currency": {"column": "currency"},
        "channel": {"value": rail.channel},
        "status": {"column": "status"},
        "purpose": {"column": "note"},
        "reference": {"column": "number"},
    }
    if rail.channel != "crypto":
        fields |= {"src_country": {"column": "from_country"}, "dst_country": {"column": "to_country"}}
    if rail.has_outlets:
        fields |= {"src_outlet": {"column": "send_outlet"}, "dst_outlet": {"column": "payout_outlet"}}
    if rail.has_group:
        fields["group"] = {"column": "transaction"}
    return fields


def _spoil(table: pa.Table, spoilt: Ints) -> pa.Table:
    """Typed columns can lack a time or have a sign too many."""
    if not len(spoilt):
        return table
    mask = np.zeros(len(table), bool)
    mask[spoilt[::2]] = True
    times = pc.if_else(pa.array(mask), pa.scalar(None, table.schema.field("time").type), table["time"])
    mask = np.zeros(len(table), bool)
    mask[spoilt[1::2]] = True
    amounts = pc.if_else(pa.array(mask), pc.negate(table["amount"]), table["amount"])
    return table.set_column(0, "time", times).set_column(3, "amount", amounts.cast(table.schema.field("amount").type))


def _as_text(table: pa.Table, rail: Rail, spoilt: Ints) -> pa.Table:
    """As the rail writes it: UTC with Z, the sender's clock with its zone beside it, or day first; a few amounts are junk."""
    form = "%Y-%m-%dT%H:%M:%SZ" if not rail.local_time else "%d/%m/%Y %H:%M:%S" if rail.channel == "e_wallet" else "%Y-%m-%d %H:%M:%S"
    stamps = table["time"].cast(pa.timestamp("s", tz=table.schema.field("time").type.tz))
    amount = table["amount"].cast(pa.string())
    mask = np.zeros(len(table), bool)
    mask[spoilt] = True
    junk = pa.array(list(_JUNK)).take(pa.array(np.arange(len(table)) % len(_JUNK)))
    amount = pc.if_else(pa.array(mask), junk, amount)
    number = pc.binary_join_element_wise("T", table["number"].cast(pa.string()), "")
    made = {"time": pc.strftime(stamps, form), "amount": amount, "number": number}
    return pa.table({name: made.get(name, table[name]) for name in table.column_names})


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values
