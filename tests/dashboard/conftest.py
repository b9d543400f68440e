from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import small_world
from streamlit.testing.v1 import AppTest

import bakau_dashboard
from bakau_dashboard.office import Office, open_office
from bakau_dashboard.settings import apply_options

ENTRY = Path(bakau_dashboard.__file__).parent / "entry" / "app.py"
PAGES = ENTRY.parents[1] / "app_pages"


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> small_world.SmallWorld:
    return small_world.own_copy(tmp_path_factory, "dashboard")


@pytest.fixture(scope="session", autouse=True)
def _options():
    apply_options()


@pytest.fixture(autouse=True)
def _main_module_stays(monkeypatch):
    """A page under test becomes the process's main module; whoever starts a process later would run that page in it."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def office(world) -> Office:
    """The office of the small world; nothing in it is changed by the tests that use it."""
    return open_office(world.workspace)


@pytest.fixture
def own_office(world, tmp_path) -> Office:
    """An office with a workspace of its own, to be changed or moved."""
    shutil.copytree(world.workspace, tmp_path / "workspace")
    return open_office(tmp_path / "workspace")


def open_page(name: str, **address: str | list[str]) -> AppTest:
    """A page as a fresh browser opens it, with what stands in its address."""
    app = AppTest.from_file(str(ENTRY), default_timeout=240)
    for key, value in address.items():
        app.query_params[key] = value
    if name != "findings":
        app.switch_page(f"../app_pages/{name}.py")
    return app.run()


@pytest.fixture
def page():
    return open_page


def words(app: AppTest) -> str:
    """Every sentence on the page."""
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success, *app.title, *app.subheader]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")
