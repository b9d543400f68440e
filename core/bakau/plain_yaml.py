"""YAML that people wrote: plain data of bounded size, without anchors and aliases, which can blow up or hide what a reader sees."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from bakau.errors import BakauError, Place

#: Characters a page has at most.
LARGEST = 1_000_000
#: Lists within lists a page may have.
DEEPEST = 100
_BRACKET = re.compile(r"[\[{]|[\]}]")
_REFERENCE = re.compile(r"(?m)(?:^|[\s:\[{,-])[&*][A-Za-z0-9_]")
_NO_DATA = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|#.*")


@dataclass(frozen=True, slots=True)
class Page:
    """A page as data, and as nodes that know their lines (None when it is empty)."""

    document: object
    tree: yaml.Node | None


class _ReferenceError(Exception):
    """The page holds an anchor or an alias, on this line."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


#: libyaml where PyYAML was built with it (its wheels are): the same events and nodes in a fifth of the time.
_Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _DeepError(Exception):
    """The page holds lists within lists without end."""


def _look_through(text: str) -> None:
    """Go over the page before anything of it is built: nothing in it is named or stands for a named one (a quote or a hash in a plain text
    hides that from any pattern), and nothing lies too deep.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _ReferenceError(event.start_mark.line + 1 if event.start_mark else 1)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise _DeepError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _is_deep(text: str) -> bool:
    """More brackets open at once than any page has: the parser would go down with each."""
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found[0] in "[{" else -1
        if depth > DEEPEST:
            return True
    return False


def read_yaml(file: str, text: str, *, what: str, error: type[BakauError], hint: str = "") -> Page:
    """The page in a YAML text; `what` names it in the message. An `error` with file and line for whatever is wrong in it."""

    def refuse(line: int | None = None) -> BakauError:
        return error(f"{what} is at most 1 MB and uses no YAML anchors or aliases", hint=hint, at=Place(file, line))

    if len(text) > LARGEST:
        raise refuse()
    bare = _NO_DATA.sub("", text)
    if found := _REFERENCE.search(bare):
        raise refuse(bare.count("\n", 0, found.end()) + 1)
    deep = error(f"{what} has lists more than {DEEPEST} deep", hint=hint, at=Place(file))
    if _is_deep(text):
        raise deep
    try:
        _look_through(text)
        loader = _Loader(text)
        try:
            tree = loader.get_single_node()
            return Page(None if tree is None else loader.construct_document(tree), tree)
        finally:
            loader.dispose()
    except _ReferenceError as reference:
        raise refuse(reference.line) from None
    except _DeepError:
        raise deep from None
    except (yaml.YAMLError, RecursionError, ValueError) as problem:  # ValueError: a date or a number that is none, a lone surrogate
        mark = getattr(problem, "problem_mark", None)
        raise error("not YAML", at=Place(file, mark.line + 1 if mark else None)) from problem
