"""Whom to call when somebody is in danger now: one page of contacts by country, each with its source, and the day all were checked.

A country without a path says so: an invented number would be worse than none. A page older than a year puts a warning on every referral.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bakau.errors import InputError, Place
from bakau.plain_yaml import read_yaml

FILE = "contacts.yaml"
#: How long a page of contacts may go unread. A default of ours.
LONGEST = timedelta(days=365)
_Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
_Words = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contact(_Strict):
    """Somebody to call or write to: name, how, and where that was read."""

    name: _Words
    how: _Words
    source: _Words


class Country(_Strict):
    """What a country's own authorities say to do at once (empty when no source was found), and its contacts."""

    immediate: str
    source: str
    contacts: tuple[Contact, ...]


class _Page(_Strict):
    checked_on: date
    countries: dict[_Country, Country] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Path:
    """The way out of immediate danger for one country: what to do at once, whom to call, and what to know about these words."""

    immediate: str
    contacts: tuple[Contact, ...]
    warning: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """The page: countries by code, and the day all of it was checked."""

    checked_on: date
    countries: dict[str, Country]

    def path_of(self, country: str | None, *, today: date) -> Path:
        """The path of a country; says so when there is none, and warns when the page is too old to trust."""
        warning = self.warn(today)
        if country is None:
            return Path("The country is not known: no path can be named. Find out where the person is; call the police there.", (), warning)
        found = self.countries.get(country)
        if found is None:
            return Path(f"There is no path for {country} in the page of contacts. Call the police there.", (), warning)
        words = (
            f"{found.immediate} (source: {found.source})"
            if found.immediate
            else f"No emergency number with a source for {country}: call the police there."
        )
        return Path(words, found.contacts, warning)

    def warn(self, today: date) -> str:
        """A sentence when the contacts were not checked for more than a year; empty otherwise."""
        if today - self.checked_on <= LONGEST:
            return ""
        return f"These contacts were last checked on {self.checked_on.isoformat()}, more than a year ago: check a number before you rely on it."


@cache
def load_contacts() -> Contacts:
    """The shipped page."""
    return parse_contacts(FILE, (files("bakau_casework.referrals") / FILE).read_text(encoding="utf-8"))


def parse_contacts(file: str, text: str) -> Contacts:
    """A page of contacts. InputError with file and field when it is none, or when a path has no source."""
    document = read_yaml(file, text, what="a page of contacts", error=InputError).document
    try:
        page = _Page.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}", at=Place(file)) from error
    for code, country in page.countries.items():
        if country.immediate and not country.source:
            raise InputError(f"countries.{code}: what to do at once has no source", at=Place(file))
        if not country.immediate and not country.contacts:
            raise InputError(f"countries.{code}: says nothing; leave it out", at=Place(file))
    return Contacts(page.checked_on, dict(page.countries))
