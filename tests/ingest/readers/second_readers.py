"""The same files counted another way: what other programs found (stored beside their samples), and the shortest code that adds a format up.

Each returns how many payments a file holds (None: it does not say) and their sums in minor units per currency (None: only counted).
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

from bakau.money import load_currencies, to_minor
from bakau_ingest.mapping import load_mapping


def _minor(amount, currency):
    return to_minor(abs(Decimal(amount)), currency) if currency in load_currencies() else 0


def genkgo_camt(path):
    """The parse result of genkgo/camt: entries and their sum (it cuts what is finer than a cent; of several statements it keeps the last)."""
    sums = Counter()
    for entry in json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["getEntries"]:
        sums[entry["getAmount"]["getCurrency"]["getCode"]] += abs(int(entry["getAmount"]["getAmount"]))
    return None, sums


def mt_940(path):
    """The parse result of the mt-940 library: how many transactions."""
    text = path.with_suffix(".yml").read_text(encoding="utf-8")
    return len(re.findall(r"mt940\.models\.Transaction$", text, re.MULTILINE)), None


def _plain_tree(path):
    root = ET.parse(path).getroot()  # noqa: S314 - a reviewed list of public files
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    return root


def element_tree(path):
    """ISO 20022 by ElementTree: entries of statements, amounts of single payments."""
    root, sums, count = _plain_tree(path), Counter(), 0
    for node in root.iter("Ntry"):
        amount = node.find("Amt")
        sums[amount.get("Ccy")] += _minor(amount.text, amount.get("Ccy"))
    for node in root.iter():
        if node.tag in {"CdtTrfTxInf", "DrctDbtTxInf", "TxInf"}:
            places = (
                "IntrBkSttlmAmt",
                "InstdAmt",
                "Amt/InstdAmt",
                "OrgnlIntrBkSttlmAmt",
                "OrgnlTxRef/IntrBkSttlmAmt",
                "RtrdIntrBkSttlmAmt",
            )
            amount = next((found for place in places if (found := node.find(place)) is not None), None)
            if amount is None:
                amount, currency = node.find("Amt/EqvtAmt/Amt"), node.findtext("Amt/EqvtAmt/CcyOfTrf")
            else:
                currency = amount.get("Ccy")
            sums[amount.get("Ccy") or currency] += _minor(amount.text, amount.get("Ccy") or currency)
            count += 1
    return count or None, sums


def mt_lines(path):
    """SWIFT MT by two regular expressions: field 61 under the currency of field 60, and field 32."""
    text, sums, count, currency = path.read_bytes().decode("latin-1"), Counter(), 0, ""
    line = r":61:\d{6}(?:\d{4})?R?[CD][A-Z]?(?P<moved>[\d.]*,\d*)"
    money = r":32[AB]:(?:\d{6})?(?P<code>[A-Z]{3})(?P<paid>[\d.]*,?\d*)"
    for found in re.finditer(rf"(?m)(?::60[FM]:[CD]\d{{6}}(?P<own>[A-Z]{{3}})|:34F:(?P<floor>[A-Z]{{3}})|{line}|{money})", text):
        if own := found["own"] or found["floor"]:
            currency = own
            continue
        amount, code = found["moved"] or found["paid"], found["code"] or currency
        sums[code] += _minor(amount.replace(".", "").replace(",", ".").rstrip("."), code)
        count += 1
    return count, sums


def ofx_tags(path):
    """OFX by one regular expression: TRNAMT under CURDEF."""
    text, sums, count, currency = path.read_bytes().decode("latin-1"), Counter(), 0, ""
    for tag, value in re.findall(r"<(CURDEF|TRNAMT)>\s*([^<\s]+)", text):
        if tag == "CURDEF":
            currency = value
        else:
            sums[currency] += _minor(value.replace(",", "."), currency)
            count += 1
    return count, sums


def goaml_tree(path):
    """Reports of goAML by ElementTree: amount_local of transactions, in the currency of the report."""
    root = _plain_tree(path)
    currency = root.findtext("currency_code_local")
    amounts = [node.findtext("amount_local") for node in root.iter("transaction")]
    return None, Counter({currency: sum(_minor(amount, currency) for amount in amounts)}) if amounts else Counter()


def csv_module(path, mapping):
    """A table by the csv module: its lines, and the sum of the column that the mapping calls the amount."""
    beside = Path(__file__).parent if mapping.endswith(".yaml") else None
    file = load_mapping(mapping, beside=beside).get_file(path)
    with path.open(encoding=file.encoding or "utf-8-sig", newline="") as lines:
        rows = [row for row in csv.reader(lines, delimiter=file.delimiter or ",") if row]
    header = list(file.header or rows[0])
    rows = rows if file.header and file.header_line is None else rows[1:]
    cells = next((one.fields for one in file.rows if one.table == "transfer"), {})
    currency, told = cells.get("currency"), file.statement
    amounts = [told.amount, told.debit, told.credit] if told is not None else [cells.get("amount")]
    sums = Counter()
    for amount in amounts:
        for row in rows if amount is not None and amount.column is not None else ():
            value = row[header.index(amount.column)].replace(amount.thousands, "") if len(row) == len(header) else ""
            if value:
                text = row[header.index(currency.column)] if currency.value is None else ""
                code = currency.value or (currency.map[text] if currency.map else text)
                sums[code] += _minor(value, code)
    return len(rows), sums


#: By the words under which the list names them.
SECOND = {
    "genkgo/camt": genkgo_camt, "mt-940": mt_940, "ElementTree": element_tree, "two expressions": mt_lines, "one expression": ofx_tags,
    "ElementTree over goAML": goaml_tree, "csv module": csv_module,
}  # fmt: skip
