"""Looks for what could be of a real person: files nobody answers for, account numbers, phones and addresses outside reserved ranges."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from functools import cache

from architecture.checkout import ROOT

from bakau.errors import InputError
from bakau.plain_yaml import read_yaml
from bakau_ingest.checks import is_iban

DECLARATION = ROOT / "tests" / "data" / "origins.yaml"
#: Programs and their paperwork: no data by their kind. What stands in them is looked at all the same.
PROGRAMS = {".py", ".sql", ".css", ".js", ".ts", ".md", ".toml", ".in", ".lock", ".typed", ".svg", ".conf", ""}
#: Folders of which everything is declared, programs too, but for their own words about themselves.
DECLARED = ("tests/", "notebooks/")
#: What runs and builds the project: no people in it.
BUILT = (".gitignore", ".ci/*", "deploy/*", "requirements/*", "pyproject.toml")

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])")
_PHONE = re.compile(r"(?<![\w+.])\+(?!\d{4}-\d\d-\d\d)\d(?:[ ()-]{0,2}\d){6,14}(?!\w)")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")


@cache
def read_origins() -> dict:
    """The declaration: files, ibans, phones, domains."""
    return read_yaml(DECLARATION.name, DECLARATION.read_text(encoding="utf-8"), what="a page of origins", error=InputError).document


def needs_origin(path: str) -> bool:
    """Whether somebody must answer for where this file comes from."""
    if path.endswith(".md") or any(fnmatch(path, pattern) for pattern in BUILT):
        return False
    suffix = "." + path.rsplit(".", 1)[1] if "." in path.rsplit("/", 1)[-1] else ""
    return suffix not in PROGRAMS or path.startswith(DECLARED)


def find_origin(path: str) -> dict | None:
    """The line of the declaration that covers a file."""
    return next((line for line in read_origins()["files"] if fnmatch(path, line["paths"])), None)


def find_real(text: str) -> list[str]:
    """Numbers and addresses in a text that no reserved range and no published example covers: what they are, never the value."""
    known = read_origins()
    ibans, phones, domains = known["ibans"], known["phones"], known["domains"]
    found = []
    for match in _IBAN.findall(text):
        number = match.replace(" ", "")
        if is_iban(number) and not any(number == one.get("is") or number.startswith(one.get("begins", "-")) for one in ibans):
            found.append(f"an IBAN of {number[:2]}")
    for match in _PHONE.findall(text):
        number = "+" + re.sub(r"\D", "", match.replace("(0)", ""))
        if not any(number.startswith(one["begins"]) for one in phones):
            found.append(f"a phone number that begins {number[:4]}")
    for match in _MAIL.findall(text):
        domain = match.rsplit("@", 1)[1].lower()
        if not any(domain == one["ends"] or domain.endswith("." + one["ends"].lstrip(".")) for one in domains):
            found.append("an e-mail address outside the example domains")
    return found
