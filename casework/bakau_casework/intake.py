"""The Desk's way in: a file somebody hands over is looked at, checked and loaded, and each of these is recorded.

The file lies on disk only while it is read, in a folder that nobody else may enter. It is refused for the same reasons as on the
command line (content, damage, another mapping), and when the source may not be kept any longer. What reads it is imported when a file
comes, since no other question needs it.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bakau.errors import BakauError, FileError, InputError, Place
from bakau.progress import SilentProgress
from bakau_casework.policy import Action
from bakau_casework.views import upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bakau_casework.reading import Clear, Reading
    from bakau_casework.view import Declaration, Draft, View
    from bakau_graph.archive import Archive
    from bakau_ingest.selection import Chosen

#: The largest file that is taken this way, in bytes; larger ones go by `bakau ingest`.
MOST_BYTES = 50 * 2**20
#: The longest mapping that is read, in characters; a default of ours.
MOST_MAPPING = 200_000
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser hands it over: its name and its bytes."""

    name: str
    data: bytes = field(repr=False)

    @property
    def safe_name(self) -> str:
        """The name without folders, leading dots and control characters, not too long; the ending stays."""
        bare = "".join(letter for letter in self.name.replace("\\", "/").rpartition("/")[2] if letter.isprintable()).lstrip(".")
        stem, dot, ending = bare.rpartition(".")
        return (bare if len(bare) <= _LONGEST_NAME else f"{(stem or ending)[: _LONGEST_NAME - 20]}{dot}{ending[-15:]}") or "file"

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The file in a private folder for the block, and gone after it. Errors name the file, never the folder."""
        if len(self.data) > MOST_BYTES:
            raise FileError(f"is larger than {MOST_BYTES // 2**20} MB", hint="load it with bakau ingest", at=Place(self.safe_name))
        with tempfile.TemporaryDirectory(prefix="bakau-") as folder:
            path = Path(folder) / self.safe_name
            path.write_bytes(self.data)
            try:
                yield path
            except BakauError as error:
                if error.at is not None and error.at.file == str(path):
                    error.at = replace(error.at, file=path.name)
                raise


class Intake:
    """What a person at a Desk may do with a file that is not loaded yet. The Desk makes it, and gives it its own ways."""

    def __init__(
        self,
        archive: Archive,
        *,
        begin: Callable[[Action, str | None], None],
        answer: Callable[[Action, Declaration, Callable[[Reading, Clear], Draft]], View],
        fail: Callable[[Action, BakauError], None],
    ) -> None:
        self._archive, self._begin, self._answer, self._fail = archive, begin, answer, fail

    def look(self, file: Upload, answers: Mapping[str, str]) -> View:
        """What the file is, and a mapping drafted for it, with these answers to its questions. InputError when it is content or damaged."""
        from bakau_ingest.preview.inspection import inspect_file

        return self._do(Action.UPLOAD_LOOK, upload.UPLOAD, file, lambda path: upload.show_inspection(inspect_file(path, dict(answers))))

    def check(self, file: Upload, mapping: str | None) -> View:
        """Every record read with this mapping (None: the format's own), nothing stored. Raises what a load would raise."""
        from bakau_ingest.dry_run import check_chosen

        def read(path: Path) -> Draft:
            chosen = _choose(path, mapping)
            return upload.show_check(path.name, chosen.mapping.name, mapping, check_chosen(chosen, None))

        return self._do(Action.UPLOAD_LOOK, upload.UPLOAD, file, read)

    def load(self, file: Upload, mapping: str | None, source_id: str) -> View:
        """Load the file into a source. That it begins is recorded before anything is read, and what became of it after.

        RefusedError when the source may not be kept any longer; InputError as `bakau ingest`.
        """
        from bakau_ingest.load import LoadOptions, load_file

        def read(path: Path) -> Draft:
            return upload.show_loaded(load_file(self._archive, _choose(path, mapping), LoadOptions(source_id), SilentProgress()))

        return self._do(Action.UPLOAD_LOAD, upload.LOADED, file, read, source_id)

    def _do(
        self, action: Action, declaration: Declaration, file: Upload, read: Callable[[Path], Draft], source_id: str | None = None
    ) -> View:
        """Ask, read (others are answered meanwhile), record, hand out."""
        self._begin(action, source_id)
        try:
            with file.on_disk() as path:
                draft = read(path)
        except BakauError as error:
            self._fail(action, error)
            raise
        return self._answer(action, declaration, lambda _, __: draft)


def _choose(path: Path, mapping: str | None) -> Chosen:
    from bakau_ingest.mapping import parse_mapping
    from bakau_ingest.selection import Chosen, choose_files

    if mapping is not None:
        if len(mapping) > MOST_MAPPING:
            raise InputError("this mapping is too long", hint="docs/mappings.md says what a mapping looks like")
        parsed = parse_mapping("mapping", mapping)
        return Chosen(path, parsed, parsed.get_file(path))
    found = choose_files([path], None)
    if found.refused:
        raise found.refused[0].error
    return found.files[0]
