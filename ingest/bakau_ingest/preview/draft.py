"""From columns to a mapping: what is known goes in, what is open becomes a question, what nobody knows is ignored by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.money import load_currencies
from bakau_ingest.preview.columns import Column, Question, currency_of_name
from bakau_ingest.preview.draft_statement import draft_ends, draft_way, is_statement
from bakau_ingest.preview.open_draft import Cell, Draft

if TYPE_CHECKING:
    from collections.abc import Mapping as Answers

    from bakau_ingest.preview.contents import Held
    from bakau_ingest.preview.sample import Sample


def draft_mapping(sample: Sample, columns: list[Column], answers: Answers[str, str]) -> Draft:
    """A mapping for these columns: payments where there is an amount and a time, else customers and accounts."""
    draft = Draft({column.concept: column for column in reversed(columns) if column.concept}, answers)
    _ask_twins(draft, columns)
    sideless = [column for column in columns if column.concept == "account"]
    if "ts" in draft.columns and is_statement(draft):
        _draft_statement(draft, sideless)
    elif ("amount" in draft.columns or "debit" in draft.columns) and "ts" in draft.columns:
        _draft_transfer(draft, sideless)
    else:
        _draft_customers(draft)
    ignored = [name for name in sample.header if name not in draft.used]
    if ignored:
        draft.notes.append("not loaded (ignored by name): " + ", ".join(ignored))
    return draft


#: Concepts of which a payment has one: two columns that could be it are asked about.
_ONE = ("ts", "amount", "src", "dst", "currency", "party", "birth_date")


def _ask_twins(draft: Draft, columns: list[Column]) -> None:
    for concept in _ONE:
        names = tuple(column.name for column in columns if column.concept == concept)
        if len(names) > 1:
            chosen = draft.ask(f"column_{concept}", f"Which column is the {_WORDS.get(concept, concept)}: {' or '.join(names)}?", names)
            draft.columns[concept] = next(column for column in columns if column.name == (chosen or names[0]))


_WORDS = {"ts": "time of the payment", "src": "payer", "dst": "payee", "party": "customer number", "birth_date": "date of birth"}


def to_document(sample: Sample, draft: Draft, name: str) -> dict[str, object]:
    """The mapping as a document, ready to be written as YAML."""
    file: dict[str, object] = {"match": ["*"], "reader": sample.reader}
    said = {
        "delimiter": sample.form.delimiter,
        "encoding": sample.form.encoding,
        "header_line": sample.form.header_line,
        "sheet": sample.form.sheet,
    }
    file |= {word: value for word, value in said.items() if value is not None}
    ignored = [column for column in sample.header if column not in draft.used]
    if ignored:
        file["ignore"] = ignored
    if draft.statement:
        file["statement"] = draft.statement
    file["rows"] = draft.rows
    return {"name": name, "meaning": "drafted by bakau inspect; read it before you load with it", "files": [file]}


# --- payments -------------------------------------------------------------------------------------------------------------------


def _draft_statement(draft: Draft, sideless: list[Column]) -> None:
    fields: dict[str, Cell] = {}
    _put_time(draft, fields)
    draft.statement = draft_ends(draft, sideless)
    told = draft.take("amount") or draft.columns["debit"]
    draft.statement |= draft_way(draft, _styled(draft, _fuller(draft, told)))
    _put_currency(draft, fields, told.name)
    _put_rest(draft, fields)
    draft.rows.append({"table": "transfer", "fields": fields})


def _fuller(draft: Draft, column: Column) -> Column:
    """Of a debit and a credit column the one whose numbers say more of how they are written."""
    return max(column, draft.columns.get("credit", column), key=lambda one: max(map(len, one.held.values), default=0))


def _draft_transfer(draft: Draft, sideless: list[Column]) -> None:
    fields: dict[str, Cell] = {}
    _put_time(draft, fields)
    _put_ends(draft, fields, sideless)
    _put_amount(draft, fields)
    _put_rest(draft, fields)
    for side in ("src", "dst"):
        for thing in ("country", "outlet"):
            if (column := draft.take(f"{side}_{thing}")) is not None:
                fields[f"{side}_{thing}"] = {"column": column.name}
        if (column := draft.columns.get(f"{side}_party")) is not None and f"{side}_party" not in fields:
            draft.used.add(column.name)
            fields[f"{side}_party"] = {"column": column.name, "scheme": "local.customer"}
    draft.rows.append({"table": "transfer", "fields": fields})
    for side in ("src", "dst"):
        _add_party(draft, side)


def _put_rest(draft: Draft, fields: dict[str, Cell]) -> None:
    """What a payment says beside its ends, time and amount."""
    fields["channel"] = {"value": _guess_channel(draft)}
    for concept, name in (("type", "purpose_code"), ("reference", "reference"), ("purpose", "purpose")):
        if (column := draft.take(concept)) is not None:
            fields[name] = {"column": column.name}
    _put_status(draft, fields)


def _put_time(draft: Draft, fields: dict[str, Cell]) -> None:
    column = draft.take("ts")
    if column is None:
        return
    cell: Cell = {"column": column.name, **_dated(draft, column)}
    zone = draft.take("src_zone") or draft.take("zone")
    if zone is not None:
        cell |= {"zone_column": zone.name, "local_hour": True}
    elif not any("unix" in form for form in column.held.formats):
        draft.notes.append("times without a zone are read as UTC: say `zone:` if they are local")
    fields["ts"] = cell


def _dated(draft: Draft, column: Column) -> Cell:
    """The formats of a column of dates; asks which comes first, day or month, where both fit."""
    formats = column.held.formats
    if len(formats) > 1:
        day = [form for form in formats if form.startswith("%d")]
        month = [form for form in formats if form.startswith("%m")]
        if day and month and not day[0].startswith("%d."):
            first = draft.ask(
                "day_month", f"{column.name}: which comes first, the day or the month? Every value fits both.", ("day", "month")
            )
            formats = tuple(month if first == "month" else day)
        elif day:
            formats = tuple(day)
            draft.notes.append(f"{column.name}: read as day.month.year, as dates with points are written")
    chosen = formats[0].split("|") if formats else ["iso"]
    return {} if chosen == ["iso"] else {"formats": chosen}


def _put_ends(draft: Draft, fields: dict[str, Cell], sideless: list[Column]) -> None:
    """Payer and payee. Columns that do not say whose they are, and files of one account's movements, are asked about."""
    ends = {side: draft.take(side) or draft.take(f"{side}_phone") for side in ("src", "dst")}
    for side, column in ends.items():
        if column is None:
            ends[side] = draft.take(f"{side}_outlet") or draft.take(f"{side}_party")
    missing = [side for side, column in ends.items() if column is None]
    rest = sideless[:2]
    if missing and len(rest) >= len(missing):
        names = tuple(column.name for column in rest)
        if len(missing) == 2:
            payer = draft.ask("payer_payee", f"Which column is the payer's: {names[0]} or {names[1]}?", names)
            ordered = rest if payer in {None, names[0]} else rest[::-1]
            ends["src"], ends["dst"] = ordered[0], ordered[1]
        else:
            options = (names[0],)
            side_word = "payer's" if missing[0] == "src" else "payee's"
            draft.ask("payer_payee", f"Is {names[0]} the {side_word} account? Its name does not say so.", options)
            ends[missing[0]] = rest[0]
        draft.used |= {column.name for column in rest[: len(missing)]}
        missing = []
    if missing:
        text = "The file does not name both ends of a payment: it seems to list one account's movements. Who pays and who is paid?"
        draft.questions.append(Question("payer_payee", text, ()))
    for side, column in ends.items():
        if column is not None:
            fields[side] = {"column": column.name, "scheme": _scheme(column)}


def _scheme(column: Column) -> str:
    held = column.held
    for check, scheme in (("iban", "iban"), ("phone", "phone"), ("eth", "crypto:ETH"), ("btc", "crypto:BTC"), ("card", "card")):
        if held.is_mostly(check):
            return scheme
    return {"outlet": "local.outlet", "party": "local.customer"}.get(column.concept.partition("_")[2], "local")


def _put_amount(draft: Draft, fields: dict[str, Cell]) -> None:
    column = draft.take("amount")
    if {"debit", "credit", "direction"} & set(draft.columns) or (column is not None and column.held.signed):
        text = "Amounts go both ways (debit and credit, or a sign). Bakau needs payer and payee: split the file by direction first."
        draft.questions.append(Question("debit_credit", text, ()))
    if column is None:
        return
    fields["amount"] = {"column": column.name, **_styled(draft, column)}
    _put_currency(draft, fields, column.name)


def _put_currency(draft: Draft, fields: dict[str, Cell], amount: str) -> None:
    currency = draft.take("currency")
    if currency is not None:
        fields["currency"] = {"column": currency.name}
        return
    known = currency_of_name(amount) or draft.answers.get("currency")
    if known not in load_currencies():
        known = draft.ask("currency", "No column says the currency. Which is it (ISO 4217 code, or XXX for none)?", ()) or "XXX"
    fields["currency"] = {"value": known}


#: Words for how far a payment came; a list of ours. A column with any other word in it is not loaded, and that is said.
_STATUS = {
    "settled": ("booked", "settled", "ok", "approved", "completed", "success", "successful", "paid", "done", "posted"),
    "initiated": ("pending", "initiated", "open", "processing", "reserved"),
    "reversed": ("returned", "reversed", "refunded", "chargeback"),
    "failed": ("failed", "declined", "rejected", "cancelled", "canceled", "error"),
}


def _put_status(draft: Draft, fields: dict[str, Cell]) -> None:
    column = draft.columns.get("status")
    if column is None:
        return
    known = {word: status for status, words in _STATUS.items() for word in words}
    if all(value.lower() in known for value in column.held.values):
        draft.used.add(column.name)
        fields["status"] = {"column": column.name, "map": {value: known[value.lower()] for value in column.held.values}}
    else:
        draft.notes.append(f"{column.name}: its words are not known, so payments that failed or came back are not told apart")


def _styled(draft: Draft, column: Column) -> Cell:
    """Decimal and thousands sign; asks where values mean one number or a thousand times it."""
    styles = column.held.styles
    chosen = styles[0] if styles else ("point", "")
    if len(styles) > 1:
        sign = draft.ask("decimal", f"{column.name}: is the decimal sign a point or a comma? Every value fits both.", ("point", "comma"))
        chosen = next((style for style in styles if style[0] == sign), chosen)
    cell: Cell = {}
    if chosen[0] != "point":
        cell["decimal"] = chosen[0]
    if chosen[1]:
        cell["thousands"] = chosen[1]
    return cell


def _guess_channel(draft: Draft) -> str:
    if (said := draft.answers.get("channel")) is not None:
        return said
    held = [column.held for concept, column in draft.columns.items() if concept in {"src", "dst", "account"}]
    guess = "remittance" if {"src_outlet", "dst_outlet"} & set(draft.columns) else "bank"
    for check, channel in (("eth", "crypto"), ("btc", "crypto"), ("phone", "e_wallet"), ("card", "card")):
        if any(one.is_mostly(check) for one in held):
            guess = channel
    draft.notes.append(f"channel: taken as {guess} from the kind of accounts; --answer channel=… says otherwise")
    return guess


def _add_party(draft: Draft, side: str) -> None:
    party, name = draft.columns.get(f"{side}_party"), draft.columns.get(f"{side}_name")
    if party is None:
        return
    fields: dict[str, Cell] = {"number": {"column": party.name, "scheme": "local.customer"}, "kind": {"value": "unknown"}}
    if name is not None:
        draft.used.add(name.name)
        fields["name"] = {"column": name.name}
    _put_birth(draft, fields, f"{side}_birth_date")
    if len(fields) > 2:
        draft.rows.append({"table": "party", "fields": fields})


def _put_birth(draft: Draft, fields: dict[str, Cell], concept: str) -> None:
    if (born := draft.take(concept)) is not None:
        fields["birth_date"] = {"column": born.name, **_dated(draft, born)}


# --- customers ------------------------------------------------------------------------------------------------------------------


def _draft_customers(draft: Draft) -> None:
    account = draft.take("account") or draft.take("phone")
    party = draft.take("party") or draft.take("src_party")
    if account is None and party is None:
        text = "No column is known to be an account, a customer number, an amount or a time: what does this file list?"
        draft.questions.append(Question("columns", text, ()))
        return
    if party is not None:
        fields: dict[str, Cell] = {"number": {"column": party.name, "scheme": "local.customer"}, "kind": {"value": "unknown"}}
        for concept, name in (("name", "name"), ("kyc_level", "kyc_level")):
            if (column := draft.take(concept)) is not None:
                fields[name] = {"column": column.name}
        _put_birth(draft, fields, "birth_date")
        draft.rows.append({"table": "party", "fields": fields})
    if account is not None:
        _add_account(draft, account)
    if party is not None and account is not None:
        ends: dict[str, Cell] = {
            "party": {"column": party.name, "scheme": "local.customer"},
            "account": {"column": account.name, "scheme": _scheme(account)},
        }
        draft.rows.append({"table": "holding", "fields": {**ends, "role": {"value": "owner"}}})
        if "role" in draft.columns:
            draft.notes.append("every customer is taken as owner: map the column with roles if it says otherwise")


def _add_account(draft: Draft, account: Column) -> None:
    fields: dict[str, Cell] = {"number": {"column": account.name, "scheme": _scheme(account)}}
    for concept, name in (("country", "country"), ("currency", "currency"), ("institution", "institution_id")):
        if (column := draft.take(concept)) is not None:
            fields[name] = {"column": column.name}
    if (opened := draft.take("opened")) is not None:
        fields["opened"] = {"column": opened.name, **_dated(draft, opened)}
    draft.rows.append({"table": "account", "fields": fields})
    if (device := draft.take("device")) is not None:
        cells: dict[str, Cell] = {"kind": {"value": "device"}, "value": {"column": device.name, "scheme": "device"}}
        cells["account"] = {"column": account.name, "scheme": _scheme(account)}
        draft.rows.append({"table": "identifier", "when": device.name, "fields": cells})


def describe_held(held: Held) -> str:
    """What a column holds, in a few words and without a value of it."""
    words = [
        name
        for name in ("iban", "bic", "phone", "email", "card", "currency", "country", "zone", "eth", "btc", "hash")
        if held.is_mostly(name)
    ]
    if held.formats:
        words.append("dates " + " or ".join(form.split("|")[0] for form in held.formats))
    elif held.styles and held.values:
        words.append("numbers, decimal " + " or ".join(style[0] for style in held.styles))
    return ", ".join(words) or ("text" if held.values else "empty")
