from __future__ import annotations

import re

from architecture.checkout import ROOT, read_pyproject

PROJECT = read_pyproject()["project"]


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~\[; ]", text, maxsplit=1)[0].lower() for text in requirements}


def named_in(file: str) -> set[str]:
    lines = (ROOT / "requirements" / file).read_text(encoding="utf-8").splitlines()
    return named([line for line in lines if line and not line.startswith(("#", "-r"))])


def test_every_dependency_has_its_line_of_reasons():
    page = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text(encoding="utf-8").lower()
    extras = [requirement for extra in PROJECT["optional-dependencies"].values() for requirement in extra]
    wanted = named([*PROJECT["dependencies"], *extras]) | named_in("dev.in") | named_in("build.in")
    assert not {name for name in wanted if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", page)}


def test_what_is_locked_is_what_the_package_asks_for():
    assert named_in("base.in") == named(PROJECT["dependencies"])


def test_the_licence_is_apache():
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
