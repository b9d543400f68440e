"""Which files an `ingest` call means: files, folders, patterns, generated worlds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from bakau.errors import FileError, InputError, MappingError, Place
from bakau.plain_yaml import read_yaml
from bakau_ingest.mapping import load_mapping, mapping_of_reader
from bakau_ingest.reader import recognise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bakau.errors import BakauError
    from bakau_ingest.mapping import FileMapping, Mapping

WORLD = "world.yaml"
#: Names under which programs write what is not finished, or keep what is not data.
UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", ".lock", "~")
#: What makes a name a pattern.
_MAGIC = set("*?[")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file to load and how: its mapping, the entry of it that covers the file, and the source (None: the one asked for)."""

    path: Path
    mapping: Mapping
    file: FileMapping
    source: str | None = None
    #: Nobody named a mapping: the reader that recognised the file brought its own.
    recognised: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not loaded, and why."""

    path: Path
    error: BakauError


@dataclass(frozen=True, slots=True)
class Selection:
    """The files to load, in order, and those that nobody can read."""

    files: tuple[Chosen, ...]
    refused: tuple[Refused, ...]


class _WorldFile(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    path: str
    mapping: str
    source: str | None = None


class _World(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    files: tuple[_WorldFile, ...]


def choose_files(paths: Sequence[Path], mapping: str | None, *, recursive: bool = False) -> Selection:
    """The files behind paths, folders and patterns, in loading order: as given, and sorted by name within a folder or pattern.

    What cannot be read stands among the refused and stops no other. MappingError when the mapping itself cannot be read, FileError when
    nothing can be meant.
    """
    named = None if mapping is None else load_mapping(mapping)
    chosen: dict[Path, Chosen] = {}
    refused: list[Refused] = []
    for path in paths:
        try:
            found = _find(path, named, recursive=recursive)
        except InputError as error:
            refused.append(Refused(path, error))
            continue
        for one in found:
            try:
                picked = one if isinstance(one, Chosen) else _choose_file(one, named)
            except InputError as error:
                refused.append(Refused(cast("Path", one), error))
            else:
                chosen.setdefault(picked.path, picked)
    if not chosen and not refused:
        raise FileError("no file to load", hint="name files, or a folder and a mapping that covers its files")
    return Selection(tuple(chosen.values()), tuple(refused))


def list_folder(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """Files of a folder by patterns of their names, each once: in the order of the patterns, then by name; empty when it is missing.

    What is hidden or unfinished is left out, and so is a link that leads out of the folder: whoever may put files there must not have
    others read as if they came from there.
    """
    home = folder.resolve()
    listed = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    found = [path for path in listed if path.is_file() and not _is_hidden(path, folder) and path.resolve().is_relative_to(home)]
    return list(dict.fromkeys(found))


def is_unfinished(path: Path) -> bool:
    """Is this a name of something that is still being written, or hidden?"""
    return path.name.startswith((".", "~")) or path.name.lower().endswith(UNFINISHED)


def _is_hidden(path: Path, folder: Path) -> bool:
    return is_unfinished(path) or any(part.startswith(".") for part in path.relative_to(folder).parts)


def _find(path: Path, mapping: Mapping | None, *, recursive: bool) -> list[Chosen] | list[Path]:
    """What a path means: itself, the files a pattern fits, those a world lists, or those of a folder."""
    if not path.exists() and _MAGIC & set(str(path)):
        return _match(path)
    if not path.is_dir():
        return [path]
    if (path / WORLD).is_file():
        return list(_choose_world(path))
    listed = list_folder(path, ("**/*",) if recursive else ("*",))
    if mapping is not None:
        return _choose_covered(path, listed, mapping)
    if not listed:
        raise FileError("no file in this folder", hint="--recursive looks into its folders", at=Place(str(path)))
    return listed


def _match(path: Path) -> list[Path]:
    """Files that a pattern the shell did not expand (``"in/**/*.xml"``) fits."""
    first = next(place for place, part in enumerate(path.parts) if _MAGIC & set(part))
    found = list_folder(Path(*path.parts[:first]), ("/".join(path.parts[first:]),))
    if not found:
        raise FileError("no file fits this pattern", at=Place(str(path)))
    return found


def _choose_covered(folder: Path, listed: list[Path], mapping: Mapping) -> list[Chosen]:
    """Files of a folder that the mapping covers, each by its first fitting entry, in the order of the entries."""
    fitting = [(path, next((file for file in mapping.files if file.covers(path.name)), None)) for path in listed]
    found = [Chosen(path, mapping, file) for file in mapping.files for path, one in fitting if one is file]
    if not found:
        patterns = ", ".join(pattern for file in mapping.files for pattern in file.match)
        raise FileError("no file in this folder is covered by the mapping", hint=f"{mapping.name} covers {patterns}", at=Place(str(folder)))
    return found


def _choose_file(path: Path, mapping: Mapping | None) -> Chosen:
    return _choose_recognised(path) if mapping is None else Chosen(path, mapping, mapping.get_file(path))


def _choose_recognised(path: Path) -> Chosen:
    """A file whose format has a mapping of its own; MappingError when its columns could mean anything."""
    known = [mapping for reader in recognise(path) if (mapping := mapping_of_reader(reader)) is not None]
    if len(known) != 1:
        raise MappingError("no mapping given", hint="--mapping NAME|FILE (bakau mappings lists the shipped ones)", at=Place(str(path)))
    return Chosen(path, known[0], known[0].get_file(path), recognised=True)


def _choose_world(folder: Path) -> Iterator[Chosen]:
    """Only what world.yaml lists, and nothing outside its folder."""
    try:
        text = (folder / WORLD).read_text(encoding="utf-8")
        world = _World.model_validate(read_yaml(WORLD, text, what="a world file", error=FileError).document)
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise FileError("world.yaml cannot be read", at=Place(str(folder / WORLD))) from error
    root = folder.resolve()
    for entry in world.files:
        path = folder / entry.path
        if not path.resolve().is_relative_to(root) or not (folder / entry.mapping).resolve().is_relative_to(root):
            raise FileError("world.yaml names a file outside its folder", at=Place(str(folder / WORLD)))
        mapping = load_mapping(entry.mapping, beside=folder) if entry.mapping.endswith((".yaml", ".yml")) else load_mapping(entry.mapping)
        yield Chosen(path, mapping, mapping.get_file(path), entry.source)
