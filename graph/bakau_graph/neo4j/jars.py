"""Fetch the server's jars once per person and version: through Maven, or from a repository the person names. Nothing is taken on trust.

The folder appears by one rename when every file has the SHA-256 of our list, so a half-fetched server is never started.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bakau.errors import NetworkError
from bakau.settings import load_settings, plain_environment
from bakau_graph.neo4j.release import VERSION, load_jars, shipped

if TYPE_CHECKING:
    from bakau.progress import Progress
    from bakau_graph.neo4j.release import Jar

#: Files fetched at once without Maven, and seconds to wait for a silent repository. Defaults of ours.
_AT_ONCE = 6
_SILENCE_S = 60
_MAVEN_S = 1800


def installed_folder() -> Path:
    """Where the jars of our version lie, or will."""
    return load_settings().neo4j_dir / VERSION / "lib"


def is_installed() -> bool:
    """Does the folder hold every jar of our list? By name; `install` reads their bytes."""
    folder = installed_folder()
    return folder.is_dir() and {jar.name for jar in load_jars()} <= {path.name for path in folder.iterdir()}


def class_path() -> str:
    """The jars of our list, each byte for byte as it should be, and no other file that lies beside them. NetworkError otherwise."""
    folder, wrong = installed_folder(), _not_whole(installed_folder())
    if wrong:
        raise NetworkError(
            f"{len(wrong)} files of the installed Neo4j {VERSION} are not what our list says, first {wrong[0]}", hint="bakau neo4j install"
        )
    return os.pathsep.join(str(folder / jar.name) for jar in load_jars())


def _not_whole(folder: Path) -> list[str]:
    """Names of the jars of our list that are not in the folder, byte for byte."""
    return [jar.name for jar in load_jars() if not jar.is_whole(folder)]


def install(bar: Progress) -> tuple[Path, bool]:
    """Bring the jars here unless they are all here and whole: their folder, and whether anything was fetched.

    NetworkError when there is no way to fetch them, or when one is not what our list says.
    """
    folder = installed_folder()
    if not _not_whole(folder):
        return folder, False
    folder.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    staging = Path(tempfile.mkdtemp(prefix=".installing-", dir=folder.parent.parent))
    try:
        (staging / "lib").mkdir()
        _fetch(staging, bar)
        _put_in_place(staging, folder.parent)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder, True


def _fetch(staging: Path, bar: Progress) -> None:
    """By the repository the person named, else by Maven, else from the mirror in Maven's settings."""
    repository, maven = load_settings().maven_repo, shutil.which("mvn")
    if repository is None and maven is not None:
        _run_maven(maven, staging)
    elif base := repository or find_mirror(Path.home() / ".m2" / "settings.xml"):
        _download(base.rstrip("/"), staging / "lib", bar)
    else:
        raise NetworkError(
            "there is no way to fetch Neo4j: Maven is not installed and no repository is known",
            hint="install Maven, or name a Maven repository in BAKAU_MAVEN_REPO or as a mirror in Maven's settings.xml",
        )
    wrong = _not_whole(staging / "lib")
    if wrong:
        raise NetworkError(
            f"{len(wrong)} files of Neo4j {VERSION} are missing or not what our list says, first {wrong[0]}; nothing was kept"
        )


def _run_maven(maven: str, staging: Path) -> None:
    shutil.copyfile(shipped("pom.xml"), staging / "pom.xml")
    command = [maven, "-B", "-q", "-f", str(staging / "pom.xml"), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={staging / 'lib'}"]
    try:
        ran = subprocess.run(  # noqa: S603 - our own words
            command, capture_output=True, text=True, errors="replace", check=False, timeout=_MAVEN_S, env=plain_environment()
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NetworkError(f"Maven could not be run: {type(error).__name__}", hint="see that `mvn -version` works") from error
    if ran.returncode:
        said = next((line for line in (ran.stdout + ran.stderr).splitlines() if "ERROR" in line), "no reason given")
        raise NetworkError(f"Maven could not fetch Neo4j {VERSION}: {said[:300]}", hint="see that Maven reaches its repository")


def _download(base: str, folder: Path, bar: Progress) -> None:
    def fetch(jar: Jar) -> None:
        request = urllib.request.Request(f"{base}/{jar.path}")  # noqa: S310 - https, http or file, as the person named it; the hash decides
        with urllib.request.urlopen(request, timeout=_SILENCE_S) as answer, (folder / jar.name).open("wb") as kept:  # noqa: S310
            shutil.copyfileobj(answer, kept)

    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(fetch, load_jars()):
                bar.advance(1)
    except (OSError, ValueError, urllib.error.URLError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise NetworkError(f"the Maven repository does not give what is asked: {reason}", hint="check BAKAU_MAVEN_REPO") from error


def find_mirror(path: Path) -> str | None:
    """Address of the first mirror in Maven's settings, or None. A file with a document type is not read."""
    try:
        text = path.read_text(encoding="utf-8")
        if "<!DOCTYPE" in text:
            return None
        root = ET.fromstring(text)  # noqa: S314 - the person's own settings, and without a document type nothing expands
    except (OSError, ValueError, ET.ParseError):
        return None
    mirrors = (element for element in root.iter() if _plain(element) == "mirror")
    found = (child.text for mirror in mirrors for child in mirror if _plain(child) == "url")
    return next((text.strip() for text in found if text), None)


def _plain(element: ET.Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _put_in_place(staging: Path, target: Path) -> None:
    """One rename; whoever came first wins, and a damaged installation is put aside."""
    (staging / "pom.xml").unlink(missing_ok=True)
    if target.exists() and _not_whole(target / "lib"):
        target.rename(staging / "damaged")
    fresh = staging.parent / f"{staging.name}-whole"
    fresh.mkdir(mode=0o700)
    (staging / "lib").rename(fresh / "lib")
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if _not_whole(target / "lib"):
            raise
