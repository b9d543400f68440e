"""Jobs: a YAML file that says which files come from where, through which mapping, how often. Data only; every error names its line.

Paths are relative to the jobs file. A job's files are loaded in the order of its patterns, then by name. `mapping` is a shipped mapping, a
YAML file, or a folder of mappings, of which the one that covers the file's name is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bakau.errors import FileError, InputError, MappingError, Place
from bakau.plain_yaml import read_yaml
from bakau.times import get_zone
from bakau_ingest.mapping import load_mapping
from bakau_ingest.reader import get_reader
from bakau_ingest.selection import Chosen, list_folder

Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Schedule(_Strict):
    """How often: every so many seconds, minutes or hours, or daily at HH:MM in a zone."""

    seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    minutes: Annotated[int, Field(ge=1, le=1_440)] | None = None
    hours: Annotated[int, Field(ge=1, le=168)] | None = None
    daily: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    zone: str = "UTC"

    @model_validator(mode="after")
    def _check(self) -> Schedule:
        if sum(value is not None for value in (self.seconds, self.minutes, self.hours, self.daily)) != 1:
            raise ValueError("give one of seconds, minutes, hours, or daily with zone")
        try:
            get_zone(self.zone)
        except InputError as error:
            raise ValueError(error.message) from error
        return self

    def next_after(self, moment: datetime) -> datetime:
        """The first time it is due after a moment (aware), in UTC."""
        if self.daily is None:
            step = timedelta(seconds=self.seconds or 0, minutes=self.minutes or 0, hours=self.hours or 0)
            return (moment + step).astimezone(UTC)
        hour, minute = (int(part) for part in self.daily.split(":"))
        local = moment.astimezone(get_zone(self.zone))
        due = local.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
        while due.astimezone(UTC) <= moment.astimezone(UTC):
            due = (due.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=local.tzinfo)
        return due.astimezone(UTC)


class Job(_Strict):
    """One supply of files. `folder` is where they arrive; `files` are the patterns of their names."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,60}$")]
    folder: Text
    files: Annotated[tuple[Text, ...], Field(min_length=1)] = ("*",)
    reader: str | None = None
    mapping: Text
    source: Text = "training"
    schedule: Schedule = Schedule(minutes=1)
    max_rejects: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Job:
        inside = [pattern for pattern in self.files if pattern.startswith("/") or ".." in Path(pattern).parts]
        if inside:
            raise ValueError("a pattern of files stays inside the folder")
        try:
            if self.reader is not None:
                get_reader(self.reader)
        except MappingError as error:
            raise ValueError(error.message) from error
        return self


class _Page(_Strict):
    jobs: Annotated[tuple[Job, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> _Page:
        names = [job.name for job in self.jobs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two jobs are called {', '.join(twice)}")
        return self


@dataclass(frozen=True, slots=True)
class JobFile:
    """The jobs of a file and the folder its paths count from."""

    jobs: tuple[Job, ...]
    base: Path

    def find_files(self, job: Job) -> list[Path]:
        """Files that are there for a job now, unfinished ones and links out of the folder left out; empty when the folder is missing."""
        return list_folder(self.base / job.folder, job.files)

    def choose(self, job: Job, path: Path) -> Chosen:
        """How a file is read. MappingError when no mapping covers it, or several do."""
        folder = self.base / job.mapping
        if not folder.is_dir():
            mapping = load_mapping(job.mapping, beside=self.base) if job.mapping.endswith((".yaml", ".yml")) else load_mapping(job.mapping)
            return Chosen(path, mapping, mapping.get_file(path), job.source)
        mappings = [load_mapping(one.name, beside=folder) for one in sorted(folder.glob("*.y*ml"))]
        fitting = [mapping for mapping in mappings if any(file.covers(path.name) for file in mapping.files)]
        if len(fitting) != 1:
            number = "no mapping" if not fitting else f"{len(fitting)} mappings"
            raise MappingError(f"{number} in the folder {job.mapping} cover this file name", at=Place(path.name))
        return Chosen(path, fitting[0], fitting[0].get_file(path), job.source)


def load_jobs(path: Path) -> JobFile:
    """Read a jobs file. FileError with its line for whatever is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError("the jobs cannot be read", hint="bakau jobs example prints one", at=Place(str(path))) from error
    return JobFile(parse_jobs(path.name, text), path.resolve().parent)


def parse_jobs(name: str, text: str) -> tuple[Job, ...]:
    """The jobs in a YAML text. FileError with its line for whatever is wrong in it."""
    page = read_yaml(name, text, what="a jobs file", error=FileError, hint='quote a pattern such as "*.csv"')
    if not isinstance(page.document, dict):
        raise FileError("a jobs file begins with jobs: and a list", hint="bakau jobs example prints a working one", at=Place(name, 1))
    try:
        return _Page.model_validate(page.document).jobs
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False)
        where = ".".join(str(part) for part in first["loc"])
        more = f" (and {len(others)} more)" if others else ""
        words = first["msg"].removeprefix("Value error, ")
        raise FileError(f"{where}: {words}{more}" if where else words, hint="bakau jobs example prints a working one", at=Place(name, _line(page.tree, first["loc"]))) from error  # fmt: skip


def _line(tree: yaml.Node | None, place: tuple[int | str, ...]) -> int | None:
    """The line where the thing at a place of the document stands, or what holds it."""
    node, line = tree, None if tree is None else tree.start_mark.line + 1
    for part in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = cast("yaml.Node", node.value[part])
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == part), None)
            if pair is None:
                break
            node, line = pair[1], pair[0].start_mark.line + 1
    return line
