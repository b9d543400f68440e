"""One goAML report: its transactions, whom it reports, and what it says that no row can say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakau_ingest.checks import chain_of
from bakau_ingest.reader import Broken
from bakau_ingest.readers.goaml_parties import (
    ACCOUNTS,
    ENTITIES,
    PERSONS,
    describe_account,
    describe_party,
    devices,
    party_key,
)
from bakau_ingest.readers.payments import clean, country_of
from bakau_ingest.readers.report_codes import meaning
from bakau_ingest.readers.report_subjects import MOST_SUBJECTS, NAMED, REPORTED, SUSPECTED, Subjects
from bakau_ingest.readers.reports import (
    NOBODY,
    Described,
    Giver,
    Key,
    code_of,
    day_of,
    endpoint_of,
    holding,
    identifiers,
    narrative,
    said,
    tie,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bakau_ingest.readers.report_tree import Node

    Found = tuple[dict[str, str] | Broken, int]

NO_DIRECTION = "the transaction names its parties and not who pays whom: no transfer can be made of it"
NO_SIDE = "the transaction names nobody who pays or is paid"


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a transaction: where the money stands, and who stands there."""

    account: Key = NOBODY
    party: Key = NOBODY
    country: str = ""
    is_account: bool = False


class GoamlReport:
    """Walks one report. `head` is its root element, whose texts grow as it is read; `say` takes what cannot be represented."""

    def __init__(self, head: Node, say: Callable[[str], None]) -> None:
        self._head, self._say = head, say
        entity = said(head.text("rentity_id"))
        asserted = day_of(head.text("submission_date", "report_date"))
        reference = said(head.text("entity_reference", "fiu_ref_number")) or asserted
        code = code_of(head.text("report_code"))
        self._giver = Giver(f"goaml:{entity}" if entity.isdecimal() else "goaml", f"{entity}/{reference}", code, asserted)
        self._entity = entity
        self._subjects = Subjects(self._giver)
        self._currency = said(head.text("currency_code_local")).upper() or "XXX"

    # --- transactions -----------------------------------------------------------------------------------------------------

    def transaction(self, node: Node) -> Iterator[Found]:
        """A transfer, then everybody it names."""
        out = Described(self._giver)
        parties = [party for around in node.all("involved_parties") for party in around.all("party")]
        if parties:
            payer, payee = self._of_many(out, parties, node)
        else:
            payer = self._side(out, node.one("t_from_my_client", "t_from"), node)
            payee = self._side(out, node.one("t_to_my_client", "t_to"), node)
        if payer.account or payee.account:
            yield self._transfer(node, payer, payee), node.line
        else:
            code, reason = ("no_direction", NO_DIRECTION) if parties else ("no_side", NO_SIDE)
            yield Broken(node.line, "transaction", code, reason), node.line
        yield from out.records

    def _transfer(self, node: Node, payer: Side, payee: Side) -> dict[str, str]:
        number = said(node.text("transactionnumber"))
        unseen = Key("local.unseen", (payee.account or payer.account).number)
        source, target = payer.account or unseen, payee.account or unseen
        text = " ".join(part for part in (said(node.text(name)) for name in ("transaction_description", "comments")) if part)
        record = {
            "time": day_of(node.text("date_transaction", "value_date", "date_posting")),
            "channel": _channel(payer, payee),
            "status": "settled",
            "amount": node.text("amount_local"),
            "currency": self._currency,
            "purpose_code": code_of(said(node.text("transmode_code"))),
            "purpose": clean(narrative(text)),
            "reference": f"goaml|{self._entity}|{number}" if number else "",
            "src_country": payer.country,
            "dst_country": payee.country,
        }
        ends = source.columns("src") | target.columns("dst")
        return record | ends | payer.party.columns("src_party") | payee.party.columns("dst_party")

    def _of_many(self, out: Described, parties: list[Node], node: Node) -> tuple[Side, Side]:
        """Payer and payee of a transaction among many parties, where exactly one of each is said by a code we know."""
        found: dict[str, list[Side]] = {"payer": [], "payee": [], "": []}
        for party in parties:
            found[meaning("party_side", party.text("role"))].append(self._side(out, party, node))
        if len(found["payer"]) == 1 == len(found["payee"]):
            return found["payer"][0], found["payee"][0]
        return Side(), Side()

    def _side(self, out: Described, node: Node | None, transaction: Node) -> Side:
        """Describe one end, whom it names, and tag whoever is flagged."""
        if node is None:
            return Side()
        country = country_of(node.text("from_country", "to_country", "country"))
        extra = node.one("from_transaction_additional_info", "to_transaction_additional_info", "transaction_additional_info")
        wallet = _wallet(extra)
        described, party, account = self._whoever(out, node)
        if described:
            if wallet and wallet != account:
                out.add(_bare(wallet, "crypto_address") | {"link": "pays_for"} | account.columns("linked"), node.line)
        elif wallet:
            account = wallet
            out.add(_bare(wallet, "crypto_address") | holding(party, wallet, "owner"), node.line)
        elif party:
            account = endpoint_of(party)
            out.add(_bare(account, "unknown") | {"account_country": country} | holding(party, account, "owner"), node.line)
        for device in extra.all("network_device") if extra else ():
            out.records += identifiers(devices(device), party=party, account=account, seen=day_of(transaction.text("date_transaction")))
        flagged = node.says("from_is_suspected", "to_is_suspected", "is_suspected")
        ours = node.name.endswith("_my_client") or node.one("account_my_client", "person_my_client", "entity_my_client") is not None
        self._tag(out, node, party, account, flagged=flagged, ours=ours)
        self._conductor(out, node, account)
        return Side(account, party, country, is_account=described)

    def _whoever(self, out: Described, node: Node) -> tuple[bool, Key, Key]:
        """(is it an account, the party, the account) of a side or subject."""
        inside = node.one(*ACCOUNTS)
        if inside is not None:
            key = describe_account(out, inside)
            return bool(key), NOBODY, key
        inside = node.one(*PERSONS[:5], *ENTITIES)
        return False, describe_party(out, inside) if inside is not None else NOBODY, NOBODY

    def _conductor(self, out: Described, node: Node, account: Key) -> None:
        """Whoever carried the transaction out for a side."""
        person = node.one("t_conductor")
        if person is None:
            return
        key = party_key(self._giver, person)
        describe_party(out, person, tie(key, "conducts", to_account=account))
        self._tag(out, node, key, NOBODY, flagged=node.says("conductor_is_suspected"), ours=False)

    def _tag(self, out: Described, node: Node, party: Key, account: Key, *, flagged: bool | None, ours: bool, text: str = "") -> None:
        """Whoever is flagged is reported; without any flag (version 4 has none) the reporting institution's own customer is."""
        if flagged is False or (flagged is None and not ours):
            return
        confidence = SUSPECTED if flagged else NAMED
        for realm, key in (("party", party), ("account", account)):
            if not key or key in out.protected or key.scheme == "local.person":
                continue
            if not self._subjects.note(realm, key, confidence, node.line, text):
                out.add(self._giver.tag(realm, key, REPORTED, self._giver.kind, confidence), node.line)

    # --- subjects ---------------------------------------------------------------------------------------------------------

    def subject(self, node: Node) -> Iterator[Found]:
        """Somebody the report is about without a transaction."""
        out = Described(self._giver)
        described, party, account = self._whoever(out, node)
        if not party and not described:
            yield Broken(node.line, "report_party", "nobody_named", "names neither an account nor anybody by name or document"), node.line
        if concept := meaning("child_role", node.text("role")):
            out.protect(party, concept, node.line)
        flagged = node.says("is_suspected")
        text = " ".join(part for part in (said(node.text("reason")), said(node.text("comments"))) if part)
        self._tag(out, node, party, account, flagged=flagged, ours=True, text=text)
        yield from out.records

    def finish(self, node: Node) -> Iterator[Found]:
        """The report is over: now its indicators are known, and everybody it reports is tagged."""
        indicators = [code_of(part.text("")) for part in node.all("indicator")]
        reason = " ".join(part for part in (said(node.text("reason")), said(node.text("action"))) if part)
        goods = sum(1 for around in node.all("activity") for _ in around.all("item"))
        if self._subjects.is_full:
            self._say(f"a report names more than {MOST_SUBJECTS:,} subjects: its indicators stand with the first of them alone")
        if goods:
            self._say(f"a report names {goods} goods or services, which have no table")
        if reason and not self._subjects.any:
            self._say("a report gives a reason and names nobody it could stand with: the text is not kept")
        yield from self._subjects.records(dict.fromkeys(code for code in indicators if code and code != "-"), reason)


def _wallet(extra: Node | None) -> Key:
    """The address of a chain through which a side pays; of a chain we do not know by its form, one of the source's own."""
    address = said(extra.text("virtual_address")) if extra else ""
    chain = chain_of(address)
    return Key(f"crypto:{chain}" if chain else "local.address", address)


def _bare(account: Key, kind: str) -> dict[str, str]:
    return account.columns("account") | {"account_kind": kind} if account else {}


def _channel(payer: Side, payee: Side) -> str:
    """The rail, by the ends alone; a default of ours, since the codes of conduct do not travel."""
    if any(side.account.scheme.startswith("crypto:") for side in (payer, payee)):
        return "crypto"
    if payer.is_account or payee.is_account:
        return "bank" if payer.is_account and payee.is_account else "cash"
    return "remittance" if payer.country != payee.country else "cash"
