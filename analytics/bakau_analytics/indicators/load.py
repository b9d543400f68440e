"""Which rules are in force: the shipped packs by name, packs of your own by file, and what each of them stands on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from bakau.errors import PackError, Place
from bakau_analytics.indicators.country import CountryPack, apply, parse_country
from bakau_analytics.indicators.pack import PackSet, Rule, line_of, parse_rules, read_document
from bakau_analytics.indicators.states import apply_proposals, load_workspace_rules

if TYPE_CHECKING:
    from collections.abc import Collection

    from bakau_analytics.indicators.states import Proposal

#: The pack that everything stands on when nothing else is asked for.
COMMON = "common"


@dataclass(frozen=True, slots=True)
class _Text:
    """A pack as it was written: the file it says errors about, its text, its data."""

    file: str
    text: str
    document: dict[str, object]

    @property
    def name(self) -> str:
        """What the pack calls itself, else its file."""
        return str(self.document.get("pack") or Path(self.file).stem)

    @property
    def base(self) -> str | None:
        """The pack it stands on."""
        return str(self.document["extends"]) if "extends" in self.document else None


@cache
def shipped_names() -> tuple[str, ...]:
    """Names of the packs inside the wheel, `common` first."""
    names = sorted(
        entry.name.removesuffix(".yaml") for entry in (files("bakau_analytics") / "packs").iterdir() if entry.name.endswith(".yaml")
    )
    return (COMMON, *(name for name in names if name != COMMON))


def load_packs(asked: tuple[str | Path, ...] | None = None, *, trusted: Collection[str] = ()) -> PackSet:
    """The rules of the packs asked for, by shipped name or by file; `common` by default.

    A country pack brings the pack it stands on; what a later pack changes, switches or adds replaces what an earlier one says of that rule. Where keys are `trusted`,
    a file must be signed by one of them. PackError with file and line for whatever is wrong, a pack that stands on itself included.
    """
    if asked is None:
        return load_shipped(COMMON)
    given = [_read(entry, trusted) for entry in asked]
    own = {pack.name: pack for pack in given}
    plain = {rule.id: rule for rule in load_shipped(COMMON).every}
    rules: dict[str, Rule] = {}
    for pack in given:
        found = _resolve(pack, own, ())
        rules |= {name: rule for name, rule in found.items() if name not in rules or rule != plain.get(name)}
    return PackSet.of(rules.values())


@cache
def load_shipped(name: str) -> PackSet:
    """The rules of one shipped pack, read once. PackError when there is no such pack."""
    return PackSet.of(_resolve(_shipped(name), {}, ()).values())


@cache
def load_country(name: str) -> CountryPack | None:
    """The head of a shipped pack that stands on another one; None for one that stands on none. PackError when there is no such pack."""
    pack = _shipped(name)
    return None if pack.base is None else parse_country(pack.file, pack.text, pack.document)


def load_own(entry: str | Path, *, trusted: Collection[str] = ()) -> tuple[Rule, ...]:
    """What a pack says of rules that the pack it stands on does not: its own ones and those it changes or switches on, by id. Raises what `load_packs` does."""
    pack = _read(entry, trusted)
    below = {} if pack.base is None else {rule.id: rule for rule in load_shipped(pack.base).every}
    return tuple(rule for name, rule in sorted(_resolve(pack, {pack.name: pack}, ()).items()) if below.get(name) != rule)


def load_in_force(workspace: Path | None, asked: tuple[str | Path, ...] | None = None) -> PackSet:
    """The rules of the packs asked for and of a workspace: what it activated is in force, what it proposes stands beside. Raises what `load_packs` does."""
    said = load_workspace_rules(workspace)
    return apply_proposals(load_packs(asked, trusted=said.trusted), said.proposals)


def find_shipped(digest: str, proposals: Collection[Proposal] = ()) -> PackSet | None:
    """The shipped rules of this digest (see PackSet), with or without what a workspace activated; None when a run stood on others."""
    found = (find_name(digest, each) for each in ((), proposals))
    return next((apply_proposals(load_shipped(name), each) for name, each in zip(found, ((), proposals), strict=True) if name), None)


def find_name(digest: str, proposals: Collection[Proposal] = ()) -> str | None:
    """The name of the shipped pack that has this digest once what is proposed is applied; None for none."""
    return next((name for name in shipped_names() if apply_proposals(load_shipped(name), proposals).digest == digest), None)


def _read(entry: str | Path, trusted: Collection[str]) -> _Text:
    path = Path(entry)
    if str(entry) in shipped_names() and not path.is_file():
        return _shipped(str(entry))
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError("the pack cannot be read", at=Place(path.name), hint=f"shipped packs: {', '.join(shipped_names())}") from error
    if trusted:
        from bakau_analytics.indicators.signing import require_signature

        require_signature(path, content, trusted)
    return _Text(path.name, text, read_document(path.name, text))


def _shipped(name: str) -> _Text:
    if name not in shipped_names():
        raise PackError(f"no pack {name!r}", hint=f"shipped packs: {', '.join(shipped_names())}")
    text = (files("bakau_analytics") / "packs" / f"{name}.yaml").read_text(encoding="utf-8")
    return _Text(f"{name}.yaml", text, read_document(f"{name}.yaml", text))


def _resolve(pack: _Text, given: dict[str, _Text], above: tuple[str, ...]) -> dict[str, Rule]:
    """The rules of a pack by id, with those of what it stands on: a pack given beside it, else a shipped one."""
    own = parse_rules(pack.file, pack.text, pack.document)
    if pack.base is None:
        return {rule.id: rule for rule in own}
    if pack.name in above:
        raise PackError(f"the pack {pack.name} stands on itself", at=Place(pack.file, line_of(pack.text, "extends:")))
    country = parse_country(pack.file, pack.text, pack.document)
    found = given.get(pack.base)
    below = {rule.id: rule for rule in load_shipped(pack.base).every} if found is None else _resolve(found, given, (*above, pack.name))
    return apply(below, country, own, file=pack.file, text=pack.text)
