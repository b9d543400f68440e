"""Packs: red flags as versioned YAML data. A rule is frozen data that refuses to be wrong; a pack holds no code.

A rule names a *detector*, one of the SQL texts in ``detectors/``, and gives its parameters. Numbers and short codes only are put
into the text (frames and lists of portable SQL take no bound parameters), and each is checked against a strict shape first.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bakau.errors import PackError, Place
from bakau.finding import Role
from bakau.plain_yaml import read_yaml
from bakau_analytics.indicators.tables import find_read, load_tables
from bakau_analytics.indicators.units import find_wrong_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,5}$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}-[0-9]{2}$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
#: Classes of a published row: T transfers, G graph, K customer facts, X texts, D devices, E external lists; several with a plus sign.
Classes = Annotated[str, StringConstraints(pattern=r"^[TGKXDE](\+[TGKXDE])*$")]
#: A word: a state of an account, as sources write it, or a word that is looked for in texts of payments when they are loaded, by its name.
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{2,29}$")]
#: An end of a transfer, or another column of it, as a detector names them.
End = Literal[
    "src", "dst", "src_country", "dst_country", "src_person", "dst_person", "src_institution", "dst_institution", "dst_outlet", "wallet"
]
Parameter = int | dict[Code, tuple[int, int]] | tuple[Code, ...] | tuple[Word, ...] | End
#: What a rule may need of a transfer or of the accounts at its ends (`bakau_analytics.flow.KNOWN` and `KNOWN_BESIDE`).
Need = Literal[
    "amount", "currency", "time_known", "local_hour", "src_country", "dst_country", "dst_outlet", "dst_kind",
    "src_institution", "dst_institution", "src_owner", "dst_owner", "src_status", "dst_opened", "dst_tier", "dst_contact", "tokens",
]  # fmt: skip
#: A look-alike that a rule leaves out; what each means stands in `exclusions`.
Exclusion = Literal["same_holder", "kin", "merchant", "monthly"]
#: What an account of a case is reached by: a kind of identifier, and a name for it.
Contact = Annotated[str, StringConstraints(pattern=r"^[a-z]+:[a-z]+$")]
State = Literal["hit", "no_hit", "not_evaluable"]
#: The rails a published row speaks of, as the model names them; `any` where it names none.
Rail = Literal["any", "bank", "card", "cash", "crypto", "e_wallet", "gift_card", "platform", "remittance"]
ANY_RAIL: tuple[Rail, ...] = ("any",)

#: The parameter by which a rule names the lists it needs from outside.
LISTS = "lists"
#: Fields of a pack that stands on none.
HEAD = frozenset({"pack", "version", "title", "rules"})
#: Placeholders a detector may use beside the rule's own parameters.
_DIALECT = {"binary": "BLOB"}
_FLOW = re.compile(r"\b(?:FROM|JOIN) flow\b")


class Strict(BaseModel):
    """Data that refuses unknown fields and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Entry = TypeVar("Entry", bound=Strict)


class Published(Strict):
    """Where a rule comes from: publication, address, grade of the evidence (V read, S seed, M measured, K known, D default of ours)."""

    publication: str
    address: str
    grade: Literal["V", "S", "M", "K", "D"]
    number: str

    @property
    def text(self) -> str:
        """One line for people."""
        return f"{self.publication} [{self.grade}]" + (f" {self.address}" if self.address else "")


class Points(Strict):
    """Points of a hit: `base`, plus `step` for every `per` that the observed value exceeds the threshold, at most `cap` in all.

    Nothing but zeros: the hit is said and adds nothing, as all a rule about a profile may do unless it subtracts.
    """

    base: int
    step: int = 0
    per: int = Field(default=1, gt=0)
    cap: int

    @model_validator(mode="after")
    def _check(self) -> Points:
        silent = (self.base, self.step, self.cap) == (0, 0, 0)
        if not silent and (self.base == 0 or self.base * self.cap < 0 or abs(self.cap) < abs(self.base)):
            raise ValueError("points.base must not be 0 beside other numbers, and points.cap lies beyond it on the same side")
        return self


class Payment(Strict):
    """One transfer of a case: from, to, when (a date alone or a time in UTC), amount in minor units or null, currency."""

    src: str
    dst: str
    at: str
    amount: int | None = None
    currency: Code = "XXX"
    hour: int | None = None
    src_country: Code | None = None
    dst_country: Code | None = None
    channel: str = "bank"
    dst_outlet: str | None = None
    words: tuple[Word, ...] = ()


class Case(Strict):
    """What the rule must say about an account, given some payments; `kin` by pairs, all else that is known by account.

    `tiers` are of owners. A contact is what the account is reached by: ``phone:one`` is the same phone wherever it stands. `tags` name the account.
    """

    title: str
    account: str
    expect: State
    payments: tuple[Payment, ...] = Field(min_length=1)
    protected: tuple[str, ...] = ()
    merchants: tuple[str, ...] = ()
    kinds: dict[str, str] = Field(default_factory=dict)
    institutions: dict[str, str] = Field(default_factory=dict)
    states: dict[str, str] = Field(default_factory=dict)
    owners: dict[str, str] = Field(default_factory=dict)
    opened: dict[str, str] = Field(default_factory=dict)
    tiers: dict[str, str] = Field(default_factory=dict)
    contacts: dict[str, tuple[Contact, ...]] = Field(default_factory=dict)
    tags: dict[str, tuple[Word, ...]] = Field(default_factory=dict)
    kin: tuple[tuple[str, str], ...] = ()


class Rule(Strict):
    """One red flag (or, with negative points, one benign explanation)."""

    id: RuleId
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+(\+[a-z0-9_-]+-\d+\.\d+)*$")]
    title: str
    role: Role
    crime_types: tuple[str, ...]
    channels: tuple[Rail, ...] = ANY_RAIL
    rule_class: Literal["T", "G", "K", "X", "D", "E"] = Field(alias="class")
    family: str
    detector: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    needs: tuple[Need, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    parameters: dict[str, Parameter]
    threshold_parameter: str
    observed: str
    threshold_text: str
    default_of_ours: bool
    points: Points
    source: Published
    benign: tuple[str, ...]
    runbook: str
    profile: bool = False
    enabled: bool = True
    cases: tuple[Case, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _check(self) -> Rule:
        expected = {case.expect for case in self.cases}
        if not {"hit", "no_hit"} <= expected:
            raise ValueError(f"{self.id}: needs at least a positive and a negative case")
        if (self.needs or self.lists) and "not_evaluable" not in expected:
            raise ValueError(f"{self.id}: needs columns or lists, so it needs a not-evaluable case")
        if self.threshold_parameter not in {name for name, value in self.parameters.items() if isinstance(value, int)}:
            raise ValueError(f"{self.id}: threshold_parameter is no integer parameter")
        if self.profile and self.points.base > 0:
            raise ValueError(f"{self.id}: a profile may narrow or subtract, so its points are 0 or below")
        if not self.profile and self.points.base == 0:
            raise ValueError(f"{self.id}: only a rule about a profile says something without points")
        if len(set(self.exclusions)) < len(self.exclusions):
            raise ValueError(f"{self.id}: an exclusion stands here twice")
        check_rails(self.channels)
        return self

    @property
    def uses_amounts(self) -> bool:
        """True when the rule cannot speak without amounts."""
        return "amount" in self.needs

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists it needs from outside, by the concept of their tags; without any of them it cannot be evaluated."""
        named = self.parameters.get(LISTS, ())
        return named if isinstance(named, tuple) else ()

    @property
    def wants(self) -> tuple[str, ...]:
        """Columns and lists that it needs, for people: a list as ``list:NAME``."""
        return (*self.needs, *map(key_of, self.lists))

    @property
    def limit(self) -> int:
        """The number the observed value is held against."""
        value = self.parameters[self.threshold_parameter]
        if not isinstance(value, int):
            raise TypeError(f"{self.id}: {self.threshold_parameter}")
        return value

    def sql(self) -> str:
        """The detector's text with this rule's parameters: a SELECT (account_key, transfer_id, ts_us, observed)."""
        values = {name: _literal(value) for name, value in self.parameters.items()} | _DIALECT
        text = load_detector(self.detector)
        wanted = set(re.findall(r"\{([a-z_]+)\}", text))
        missing, unused = wanted - set(values), set(self.parameters) - wanted
        if missing or unused:
            raise PackError(f"{self.id}: parameters missing {sorted(missing)}, unknown {sorted(unused)}")
        if self.exclusions and not _FLOW.search(text):
            raise PackError(f"{self.id}: the detector {self.detector} does not read the flow, so nothing can be left out of it")
        return text.format_map(values)


def key_of(name: str) -> str:
    """How a list is called among the columns of a coverage."""
    return f"list:{name}"


def check_rails(channels: tuple[Rail, ...]) -> None:
    """ValueError unless each rail is named once, and `any` alone."""
    if not channels or len(set(channels)) < len(channels) or ("any" in channels and channels != ANY_RAIL):
        raise ValueError("channels: each once, and `any` alone")


def _literal(value: Parameter) -> str:
    """SQL text of a parameter: an integer, a column, a list of (code, low, high), or a list of codes. Shapes were checked by the schema."""
    if isinstance(value, int | str):
        return str(value)
    if isinstance(value, dict):
        return ", ".join(f"('{code}', {low}, {high})" for code, (low, high) in sorted(value.items()))
    return ", ".join(f"('{code}')" for code in value)


@dataclass(frozen=True)
class PackSet:
    """The rules in force, in order of id, and a digest of all of them; beside them those that are off until a pack switches them on.
    (Without slots: the digest is kept.)

    `shadow` and `drafts` are what a workspace proposes (`bakau_analytics.indicators.states`): no analysis ever runs them.
    """

    rules: tuple[Rule, ...]
    off: tuple[Rule, ...] = ()
    shadow: tuple[Rule, ...] = ()
    drafts: tuple[Rule, ...] = ()

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> PackSet:
        """These rules, the ones that are off apart."""
        ordered = sorted(rules, key=lambda rule: rule.id)
        return cls(tuple(rule for rule in ordered if rule.enabled), tuple(rule for rule in ordered if not rule.enabled))

    @property
    def every(self) -> tuple[Rule, ...]:
        """Those in force, then those that are off."""
        return (*self.rules, *self.off)

    @property
    def known(self) -> tuple[Rule, ...]:
        """Every one there is: in force, off, in shadow and drafts."""
        return (*self.every, *self.shadow, *self.drafts)

    @cached_property
    def digest(self) -> str:
        """Hash of every rule's content, of its detector's text and of the tables it reads: the same digest means the same rules.

        Channels are left out: they say which rails a publication speaks of, and nothing is computed with them.
        """
        parts = [
            [
                rule.model_dump(mode="json", exclude={"channels"}),
                load_detector(rule.detector),
                *(load_tables()[name] for name in find_read(load_detector(rule.detector))),
            ]
            for rule in self.rules
        ]
        return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()

    def get(self, rule_id: str) -> Rule:
        """A rule by id, in force before off, off before proposed; PackError when there is none."""
        for rule in self.known:
            if rule.id == rule_id:
                return rule
        raise PackError("no such indicator", hint="bakau indicators list")

    def state_of(self, rule: Rule) -> str:
        """active; off until a pack switches it on; or, where a workspace proposes it, shadow or draft."""
        for state, rules in (("shadow", self.shadow), ("draft", self.drafts)):
            if any(one is rule for one in rules):
                return state
        return "active" if rule.enabled else "off"

    def pick(self, names: Iterable[str]) -> PackSet:
        """These rules alone. PackError for a name that is none, or a rule that is off: a switch is not gone round by naming the rule."""
        rules = [self.get(name) for name in names]
        for rule in rules:
            if rule in self.drafts:
                raise PackError(
                    f"{rule.id} is a draft: it is looked at by test and replay alone", hint=f"bakau indicators shadow {rule.id}"
                )
            if not rule.enabled:
                raise PackError(f"{rule.id} is off: it speaks only where a pack switches it on", hint="bakau indicators run --packs texts")
        return PackSet.of(rules)


@cache
def load_detector(name: str, package: str = "bakau_analytics.indicators") -> str:
    """The SQL text of a detector of a package; PackError when there is none."""
    entry = files(package) / "detectors" / f"{name}.sql"
    if not entry.is_file():
        raise PackError(f"no detector {name!r}")
    return entry.read_text(encoding="utf-8")


def read_document(file: str, text: str, *, head: frozenset[str] = HEAD) -> dict[str, object]:
    """A pack as plain data. PackError with file and line for YAML that is none, a pack without rules, or a field that is none of `head`."""
    document = read_yaml(file, text, what="a pack", error=PackError).document
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list):
        raise PackError("a pack has a list of rules", at=Place(file))
    unknown = sorted(set(document) - head) if "extends" not in document else []
    if unknown:
        raise PackError(f"{unknown[0]}: no field of a pack", at=Place(file, line_of(text, f"{unknown[0]}:")))
    return document


def parse_rules(file: str, text: str, document: dict[str, object]) -> list[Rule]:
    """The rules of a document of `read_document`. PackError with the rule and field for a wrong one."""
    entries = document["rules"]
    rules = [parse_entry(Rule, file, text, entry) for entry in (entries if isinstance(entries, list) else [])]
    names = [rule.id for rule in rules]
    for rule in rules:
        at = Place(file, line_of(text, f"id: {rule.id}"))
        if names.count(rule.id) > 1:
            raise PackError(f"two rules share the id {rule.id}", at=at)
        if wrong := find_wrong_unit(rule.parameters):
            raise PackError(f"rule {rule.id}: {wrong}", at=at)
        try:
            rule.sql()
        except PackError as error:
            raise PackError(error.message, at=at) from error
    return rules


def parse_entry(kind: type[Entry], file: str, text: str, entry: object) -> Entry:
    """One entry of a pack, whatever its kind. PackError with file, line, rule and field when it is wrong."""
    name = str(entry.get("id")) if isinstance(entry, dict) else ""
    try:
        return kind.model_validate(entry)
    except ValidationError as error:
        at = Place(file, line_of(text, f"id: {name}") if name else None)
        raise PackError(f"rule {name or '?'}: {say_problems(error)}", at=at) from error


def line_of(text: str, words: str) -> int | None:
    """The first line of a pack that holds these words, comments aside."""
    return next((number for number, line in enumerate(text.splitlines(), 1) if words in line and not line.lstrip().startswith("#")), None)


def say_problems(error: ValidationError) -> str:
    """The first three problems of a pack, each with its field."""
    return "; ".join(f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors()[:3])
