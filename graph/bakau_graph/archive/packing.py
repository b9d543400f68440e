"""How a backup is written down: an ordinary tar of plain files under Zstandard, its manifest first. `tar --zstd -t` lists it.

Our own reader takes such a tar and nothing else: it reads one 512-byte header at a time and refuses every kind of entry but a plain file,
so that no link, device, long name or extended header of a hostile file is ever looked at.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bakau.errors import FileError, FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

#: Number of this layout of backups.
BACKUP_FORMAT = 1
MANIFEST = "manifest.json"
_MOST_MANIFEST = 256 << 20
#: What a backup may unpack to: so many times its own size and so much more. A default of ours; ledgers of thousands of batches reach 20.
BOMB_RATIO, BOMB_SLACK = 100, 64 << 20
#: Everything that may lie in a backup, and so everything a restore ever writes.
PATHS = re.compile(
    r"bakau\.toml|casework\.sqlite|keys/surrogate\.key|archive/ledger\.sqlite"
    r"|archive/index/b-[a-z2-7]{16}\.[a-z_]{1,40}\.npy"
    r"|archive/segments/([0-9a-f]{2})/\1[0-9a-f]{62}\.parquet|vault/([0-9a-f]{2})/\2[0-9a-f]{62}\.bkv"
)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WORKSPACE_ID = re.compile(r"[0-9a-f]{16}")


class Readable(Protocol):
    """Something bytes come from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup: where it lies in the workspace, its bytes and their SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: layout, format number and id of the workspace, ledger version, when it was made, and its files in order."""

    backup_format: int
    format: int
    workspace_id: str
    version: int
    made_us: int
    members: tuple[Member, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(member.size for member in self.members)

    def to_bytes(self) -> bytes:
        """As it stands in the backup."""
        document = {
            "backup_format": self.backup_format,
            "format": self.format,
            "workspace_id": self.workspace_id,
            "version": self.version,
            "made_us": self.made_us,
            "files": [[member.path, member.size, member.sha256] for member in self.members],
        }
        return json.dumps(document, separators=(",", ":")).encode()

    @classmethod
    def parse(cls, content: bytes, newest: int) -> Manifest:
        """Read it back; FileError when it is none of ours, FormatError when a newer Bakau wrote it (`newest`: the format we know)."""
        try:
            document = json.loads(content)
            files = [Member(path, size, digest) for path, size, digest in document["files"]]
            found = cls(
                document["backup_format"],
                document["format"],
                document["workspace_id"],
                document["version"],
                document["made_us"],
                tuple(files),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise FileError("the manifest of this backup cannot be read") from error
        numbers = (found.backup_format, found.format, found.version, found.made_us, *(member.size for member in files))
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise FileError("the manifest of this backup cannot be read")
        if found.backup_format > BACKUP_FORMAT or found.format > newest:
            raise FormatError(
                f"this backup has format {found.backup_format}/{found.format}, newer than this Bakau reads", hint="update Bakau"
            )
        _check(found)
        return found


def _check(manifest: Manifest) -> None:
    """FileError unless every path is one a workspace has, each once, with a digest that can be one."""
    members = manifest.members
    texts = [manifest.workspace_id, *(text for member in members for text in (member.path, member.sha256))]
    if not all(isinstance(text, str) for text in texts) or not _WORKSPACE_ID.fullmatch(manifest.workspace_id):
        raise FileError("the manifest of this backup cannot be read")
    strange = [member for member in members if not (PATHS.fullmatch(member.path) and _DIGEST.fullmatch(member.sha256))]
    if strange or len({member.path for member in members}) != len(members):
        raise FileError("this backup names a file that no workspace has; nothing was written")
    named = {member.path for member in members}
    if not named >= {"bakau.toml", "keys/surrogate.key", "archive/ledger.sqlite"}:
        raise FileError("this backup lacks what makes a workspace; nothing was written")


def write_member(out: IO[bytes], path: str, size: int, stream: Readable) -> None:
    """Append one plain file, owned by nobody and of no time."""
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = size, 0o600
    out.write(entry.tobuf(tarfile.GNU_FORMAT))
    for block in _blocks(stream, size):
        out.write(block)
    out.write(b"\0" * (-size % tarfile.BLOCKSIZE))


def write_end(out: IO[bytes]) -> None:
    """The two empty blocks that end a tar."""
    out.write(b"\0" * tarfile.BLOCKSIZE * 2)


def read_manifest(source: IO[bytes], newest: int) -> Manifest:
    """The manifest, which comes first. FileError when the stream begins with anything else."""
    size = _read_header(source, MANIFEST)
    if size > _MOST_MANIFEST:
        raise FileError("the manifest of this backup is too large to be one")
    content = io.BytesIO()
    for block in read_member(source, size):
        content.write(block)
    return Manifest.parse(content.getvalue(), newest)


def open_member(source: IO[bytes], member: Member) -> Iterator[bytes]:
    """The bytes of the next file, which must be this one; FileError otherwise."""
    if _read_header(source, member.path) != member.size:
        raise FileError(f"this backup does not hold {member.path} as its manifest says")
    return read_member(source, member.size)


def read_member(source: IO[bytes], size: int) -> Iterator[bytes]:
    """So many bytes and the padding behind them; FileError when the backup ends before."""
    yield from _blocks(source, size)
    padding = -size % tarfile.BLOCKSIZE
    if len(source.read(padding)) != padding:
        raise FileError("this backup is cut off")


def check_end(source: IO[bytes]) -> None:
    """FileError unless the tar ends here, as the manifest says."""
    if source.read(tarfile.BLOCKSIZE * 2) != b"\0" * tarfile.BLOCKSIZE * 2 or source.read(1):
        raise FileError("this backup holds more than its manifest says")


def _read_header(source: IO[bytes], path: str) -> int:
    header = source.read(tarfile.BLOCKSIZE)
    try:
        entry = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise FileError("this is no backup, or it is cut off") from error
    if entry.type != tarfile.REGTYPE or entry.name != path or entry.size < 0:
        raise FileError("this backup holds something else than its manifest says")
    return int(entry.size)


def _blocks(stream: Readable, size: int) -> Iterator[bytes]:
    while size:
        block = stream.read(min(size, 1 << 20))
        if not block:
            raise FileError("a file is shorter than it was said to be")
        size -= len(block)
        yield block
