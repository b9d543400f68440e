"""Which files an `ingest` call means: files, directories with a mapping that covers them, generated worlds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from bakau.errors import FileError, MappingError, Place
from bakau.plain_yaml import read_yaml
from bakau_ingest.mapping import load_mapping, mapping_of_reader
from bakau_ingest.reader import recognise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bakau_ingest.mapping import FileMapping, Mapping

WORLD = "world.yaml"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file to load and how: its mapping, the entry of it that covers the file, and the source (None: the one asked for)."""

    path: Path
    mapping: Mapping
    file: FileMapping
    source: str | None = None
    #: Nobody named a mapping: the reader that recognised the file brought its own.
    recognised: bool = False


class _WorldFile(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    path: str
    mapping: str
    source: str | None = None


class _World(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    files: tuple[_WorldFile, ...]


def choose_files(paths: Sequence[Path], mapping: str | None) -> list[Chosen]:
    """The files behind some paths, in loading order. FileError or MappingError when nothing can be meant."""
    chosen = [file for path in paths for file in _choose(path, mapping)]
    if not chosen:
        raise FileError("no file to load", hint="name files, or a directory and a mapping that covers its files")
    return chosen


def _choose(path: Path, name: str | None) -> Iterator[Chosen]:
    if path.is_dir() and (path / WORLD).is_file():
        yield from _choose_world(path)
        return
    if name is None:
        yield _choose_recognised(path)
        return
    mapping = load_mapping(name)
    if not path.is_dir():
        yield Chosen(path, mapping, mapping.get_file(path))
        return
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    found = False
    for file in mapping.files:
        for entry in entries:
            if entry.is_file() and file.match != ("*",) and file.covers(entry.name):
                found = True
                yield Chosen(entry, mapping, file)
    if not found:
        patterns = ", ".join(pattern for file in mapping.files for pattern in file.match)
        raise FileError(
            "no file in this directory is covered by the mapping", hint=f"{mapping.name} covers {patterns}", at=Place(str(path))
        )


def _choose_recognised(path: Path) -> Chosen:
    """A file whose format has a mapping of its own; MappingError when its columns could mean anything."""
    known = [] if path.is_dir() else [mapping for reader in recognise(path) if (mapping := mapping_of_reader(reader)) is not None]
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
