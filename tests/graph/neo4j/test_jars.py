from __future__ import annotations

import functools
import hashlib
import http.server
import threading
from pathlib import Path

import pytest

from bakau.errors import NetworkError
from bakau.progress import SilentProgress
from bakau_graph.neo4j import jars, release
from bakau_graph.neo4j.release import Jar, load_jars, shipped

SETTINGS = """<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0"><mirrors><mirror>
<id>ours</id><mirrorOf>*</mirrorOf><url>https://maven.example.org/all/</url></mirror></mirrors></settings>"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A Maven repository with two small files, served over HTTP, and a list that names them."""
    root = tmp_path / "repository"
    listed = []
    for name in ("a-1.jar", "b-2.jar"):
        path = root / "org" / "example" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 100)
        listed.append(Jar(f"org/example/{name}", hashlib.sha256(path.read_bytes()).hexdigest()))
    monkeypatch.setattr(jars, "load_jars", lambda: tuple(listed))
    monkeypatch.setattr(jars.shutil, "which", lambda _: None)
    monkeypatch.setenv("BAKAU_NEO4J_DIR", str(tmp_path / "servers"))
    handler = functools.partial(Silent, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("BAKAU_MAVEN_REPO", f"http://127.0.0.1:{server.server_port}/")
        yield root
        server.shutdown()


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def leftovers(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "servers").glob(".installing*"))


def test_the_list_names_each_file_once_with_its_hash_and_no_address():
    listed = load_jars()
    assert len({jar.name for jar in listed}) == len(listed) > 200
    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) for jar in listed)
    assert any(jar.path == f"org/neo4j/neo4j/{release.VERSION}/neo4j-{release.VERSION}.jar" for jar in listed)
    assert not any(":" in jar.path or jar.path.startswith("/") for jar in listed)


def test_the_list_holds_one_version_of_netty():
    versions = {jar.path.split("/")[3] for jar in load_jars() if jar.path.startswith("io/netty/netty-") and "tcnative" not in jar.path}
    assert len(versions) == 1


def test_the_list_holds_no_page_for_a_browser():
    assert not any("browser" in jar.path for jar in load_jars())


def test_the_pom_names_the_version_the_list_was_made_from():
    assert f"<version>{release.VERSION}</version>" in shipped("pom.xml").read_text()


def test_every_file_of_a_repository_is_fetched_and_the_second_time_none(repository, tmp_path):
    folder, is_new = jars.install(SilentProgress())
    assert (is_new, sorted(path.name for path in folder.iterdir())) == (True, ["a-1.jar", "b-2.jar"])
    (repository / "org/example/a-1.jar").unlink()
    assert jars.install(SilentProgress()) == (folder, False)
    assert leftovers(tmp_path) == []


def test_a_file_that_is_not_what_the_list_says_is_not_kept(repository, tmp_path):
    (repository / "org/example/b-2.jar").write_bytes(b"something else")
    with pytest.raises(NetworkError, match=r"b-2\.jar"):
        jars.install(SilentProgress())
    assert not jars.installed_folder().exists()
    assert leftovers(tmp_path) == []


def test_a_file_that_is_missing_is_said_in_one_sentence(repository):
    (repository / "org/example/b-2.jar").unlink()
    with pytest.raises(NetworkError, match="repository does not give"):
        jars.install(SilentProgress())


def test_a_damaged_installation_is_replaced(repository):
    folder, _ = jars.install(SilentProgress())
    (folder / "a-1.jar").write_bytes(b"bits fall over")
    assert jars.install(SilentProgress()) == (folder, True)
    assert (folder / "a-1.jar").read_bytes() == b"a-1.jar" * 100


def test_only_files_of_the_list_are_run_and_only_whole_ones(repository):
    folder, _ = jars.install(SilentProgress())
    (folder / "c-3.jar").write_bytes(b"laid beside them by somebody")
    assert jars.class_path() == f"{folder / 'a-1.jar'}:{folder / 'b-2.jar'}"
    (folder / "a-1.jar").write_bytes(b"changed since it was fetched")
    with pytest.raises(NetworkError, match=r"first a-1\.jar"):
        jars.class_path()


def test_without_maven_and_without_a_repository_one_sentence_says_so(repository, tmp_path, monkeypatch):
    monkeypatch.delenv("BAKAU_MAVEN_REPO")
    monkeypatch.setattr(jars.Path, "home", lambda: tmp_path)
    with pytest.raises(NetworkError, match="no way to fetch") as caught:
        jars.install(SilentProgress())
    assert "BAKAU_MAVEN_REPO" in caught.value.hint


def test_a_mirror_in_the_settings_of_maven_is_used(tmp_path):
    path = tmp_path / "settings.xml"
    path.write_text(SETTINGS)
    assert jars.find_mirror(path) == "https://maven.example.org/all/"


@pytest.mark.parametrize("text", ["", "<settings/>", "<settings", '<!DOCTYPE x [<!ENTITY y "z">]>' + SETTINGS])
def test_settings_without_a_usable_mirror_give_none(tmp_path, text):
    path = tmp_path / "settings.xml"
    path.write_text(text)
    assert jars.find_mirror(path) is None
    assert jars.find_mirror(tmp_path / "absent.xml") is None
