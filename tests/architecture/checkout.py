"""What lies in this checkout: tracked files, our packages, the declarations of pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def read_pyproject() -> dict:
    """Everything pyproject.toml declares."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def list_tracked() -> tuple[Path, ...]:
    """Every file git tracks that is there, relative to the root."""
    listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return tuple(Path(name) for name in listed.decode().split("\0") if name and (ROOT / name).is_file())


def list_packages() -> dict[str, Path]:
    """Our import packages by name, with their folders."""
    folders = read_pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return {Path(folder).name: Path(folder) for folder in folders}


def list_modules() -> list[Path]:
    """Every Python file of our packages, tracked or about to be, relative to the root."""
    return sorted(path.relative_to(ROOT) for folder in list_packages().values() for path in (ROOT / folder).rglob("*.py"))


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a file of the checkout."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))
