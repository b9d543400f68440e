"""Which Neo4j this Bakau is made for: its version, the Java it runs on, and every jar it consists of with its SHA-256.

`deploy/neo4j/jars.txt` has the shape `sha256sum` writes: hash, two blanks, path in a Maven repository. `deploy/neo4j/pom.xml` names the one
coordinate they come from. A wheel carries both inside the package.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath

from bakau.errors import NetworkError

#: The server we install and test with.
VERSION = "2026.07.1"
#: Versions we talk to: any server of the calendar line, of which this is the oldest that has all we use.
OLDEST = (2025, 10)
#: Major versions of Java that Neo4j 2025.10 and later support (docs-operations, installation requirements).
JAVA = (21, 25)
MAIN_CLASS = "org.neo4j.server.Neo4jCommunity"
ADMIN_CLASS = "org.neo4j.cli.AdminTool"

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Jar:
    """One file of the server: where it lies in a Maven repository, and its SHA-256."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        """Name of the file."""
        return PurePosixPath(self.path).name

    def is_whole(self, folder: Path) -> bool:
        """Does the folder hold this file, byte for byte?"""
        digest = hashlib.sha256()
        try:
            with (folder / self.name).open("rb") as stream:
                while block := stream.read(_BLOCK):
                    digest.update(block)
        except OSError:
            return False
        return digest.hexdigest() == self.sha256


def load_jars() -> tuple[Jar, ...]:
    """Every jar of the server, in order of its path."""
    lines = shipped("jars.txt").read_text(encoding="ascii").splitlines()
    return tuple(Jar(path, digest) for digest, path in (line.split("  ") for line in lines))


def shipped(name: str) -> Path:
    """A file of deploy/neo4j: from the wheel, else from the checkout."""
    for path in (Path(str(files("bakau_graph.neo4j") / name)), Path(__file__).resolve().parents[3] / "deploy" / "neo4j" / name):
        if path.is_file():
            return path
    raise NetworkError(f"this installation of Bakau lacks its file {name}", hint="install Bakau again")
