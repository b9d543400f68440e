"""One tree of errors: what happened, where, and what to do next.

BakauError                    exit code 1: something failed
 ├─ InputError                exit code 2: what you gave cannot be used
 │   ├─ FileError             a file that cannot be opened, read or recognised
 │   ├─ MappingError          a mapping that does not fit the file or the model
 │   ├─ PackError             an indicator pack that contradicts itself
 │   ├─ SettingsError         an environment variable or bakau.toml entry that makes no sense
 │   ├─ NotFoundError         an id, a batch, a source or a finding that is not there
 │   └─ TooManyRejectsError   exit code 1: more rows rejected than --max-rejects allows
 ├─ RefusedError              exit code 3: policy, protection or purpose says no
 │   └─ ProtectedError        a number keyed to a protected subject was about to be stored
 ├─ ArchiveError              the stored facts are not as the ledger says
 │   ├─ LockedError           another writer holds the workspace
 │   ├─ OvertakenError        the workspace changed while a batch was made ready; made anew, it fits
 │   ├─ FormatError           a workspace written by a newer Bakau, or not a workspace
 │   └─ VaultError            the vault key is missing, wrong, or a vault segment was changed
 ├─ NetworkError              the network cannot answer
 │   └─ UnsupportedError      this network lacks that capability
 └─ CaseworkError             the casework database (cases, audit) cannot do what is asked
     ├─ AuditError            the audit log cannot be written, or was changed: no data is shown
     └─ ConflictError         somebody changed the row since it was read
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something went wrong: a file, and as far as known a line, a column and a record."""

    file: str = ""
    line: int | None = None
    column: str | None = None
    record: str | None = None

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        if self.record is not None:
            parts.append(f"record {self.record}")
        return ", ".join(parts)


class BakauError(Exception):
    """Root of every error we raise on purpose; carries a place and a hint for the person who reads it."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", at: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.at = at

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at and str(self.at) else ""
        return f"{where}{self.message}"


class InputError(BakauError):
    """What the user gave cannot be used as it is."""

    exit_code = 2


class FileError(InputError):
    """A file that cannot be opened, read or recognised."""


class MappingError(InputError):
    """A mapping that does not fit the file or the model."""


class PackError(InputError):
    """An indicator pack that contradicts itself or the schema."""


class SettingsError(InputError):
    """A setting that makes no sense."""


class NotFoundError(InputError):
    """An id, batch, source or finding that is not in this workspace."""


class TooManyRejectsError(InputError):
    """More records were rejected than the caller allowed; what loaded stays loaded."""

    exit_code = 1


class RefusedError(BakauError):
    """Policy, purpose or protection says no."""

    exit_code = 3


class ProtectedError(RefusedError):
    """A number keyed to a protected subject was about to be stored or shown."""


class ArchiveError(BakauError):
    """The stored facts are not as the ledger says."""


class LockedError(ArchiveError):
    """Another writer holds the workspace."""


class OvertakenError(ArchiveError):
    """The workspace changed while a batch was made ready, so that a fresh load would make other rows; load it again."""


class FormatError(ArchiveError):
    """Not a workspace, or one that a newer Bakau wrote."""


class VaultError(ArchiveError):
    """The vault key is missing or wrong, or a vault segment was changed."""


class NetworkError(BakauError):
    """The network cannot answer."""


class UnsupportedError(NetworkError):
    """A capability that this network lacks; the message names which."""


class CaseworkError(BakauError):
    """The casework database cannot be opened, read or written."""


class AuditError(CaseworkError):
    """The audit log cannot be written (then no data is shown), or it is not as it was."""


class ConflictError(CaseworkError):
    """Somebody changed the row since it was read; read it again and decide anew."""
