"""Generations in a workspace: which one is current, who builds the next, when an old one goes.

    CURRENT            names the newest generation and the one before it; replaced by one rename
    gen-<digest>-<n>/  a complete generation; made under a name beginning with ``.`` and renamed when it is whole
    build.lock         held by whoever builds or marks; the kernel releases it when its holder dies

A reader opens the generation of *its* snapshot's digest. Files it has mapped stay readable after they are removed.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

from bakau.errors import NetworkError
from bakau.logs import get_logger
from bakau_graph.archive.lock import waiting_lock
from bakau_graph.embedded.build import build_generation
from bakau_graph.embedded.generation import DamagedError, read_generation, write_generation
from bakau_graph.embedded.marks import withdraw_marks

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bakau_graph.embedded.generation import Generation
    from bakau_graph.network.protocol import Facts

_CURRENT = "CURRENT"
#: How often a reader looks again when a generation vanishes between finding and mapping it.
_ATTEMPTS = 5

log = get_logger("bakau_graph.embedded")


def open_generation(folder: Path, facts: Facts) -> tuple[Generation, Path]:
    """The generation of these facts and where it lies; builds it when there is none. Waits for another builder."""
    for _ in range(_ATTEMPTS):
        for path in _candidates(folder, facts.digest):
            try:
                return read_generation(path), path
            except DamagedError:
                log.warning("network.generation_unusable", generation=path.name)
        rebuild(folder, facts, force=False)
    raise NetworkError("the embedded network cannot be opened", hint="bakau network rebuild")


def rebuild(folder: Path, facts: Facts, *, force: bool) -> Path:
    """Build a generation and make it current; without `force` not when a usable one of these facts is there already."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with build_lock(folder):
        if not force:
            for path in _candidates(folder, facts.digest):
                try:
                    read_generation(path)
                except DamagedError:
                    continue
                return path
        _sweep(folder)
        generation = build_generation(facts)
        withdraw_marks(folder, generation.key, facts.protection)
        path = folder / f"gen-{facts.digest}-{_next_number(folder)}"
        making = folder / f".making-{os.getpid()}"
        making.mkdir(mode=0o700)
        try:
            write_generation(making, generation)
            making.rename(path)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        _make_current(folder, path.name)
        log.info("network.built", generation=path.name, accounts=generation.account_count, transfers=generation.transfer_count)
        return path


def build_lock(folder: Path) -> AbstractContextManager[None]:
    """Hold the lock of builders for the block; waits for whoever has it."""
    return waiting_lock(folder / "build.lock")


def current_name(folder: Path) -> str | None:
    """Name of the newest generation, or None before the first."""
    names = _read_current(folder)
    return names[0] if names else None


def _candidates(folder: Path, digest: str) -> list[Path]:
    """Generations of a digest, newest first."""
    return sorted(folder.glob(f"gen-{digest}-*"), key=_number, reverse=True)


def _number(path: Path) -> int:
    tail = path.name.rsplit("-", 1)[-1]
    return int(tail) if tail.isdigit() else 0


def _next_number(folder: Path) -> int:
    return max((_number(path) for path in folder.glob("gen-*")), default=0) + 1


def _read_current(folder: Path) -> list[str]:
    try:
        return [str(name) for name in json.loads((folder / _CURRENT).read_text(encoding="utf-8"))["generations"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _make_current(folder: Path, name: str) -> None:
    """Switch CURRENT by one rename, then remove every generation but this and the one before."""
    keep = [name, *(old for old in _read_current(folder) if old != name)][:2]
    draft = folder / f".{_CURRENT}"
    with draft.open("w", encoding="utf-8") as stream:
        json.dump({"format": 1, "generations": keep}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(folder / _CURRENT)
    for path in folder.glob("gen-*"):
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what a crashed builder left; only the holder of the lock may."""
    for path in folder.glob(".making-*"):
        shutil.rmtree(path, ignore_errors=True)
