"""The command line in this process, as its user meets it: exit code, stdout, stderr."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bakau.cli import main
from bakau_graph.archive import Archive


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def bakau(monkeypatch, capsys):
    """A function that runs `bakau ARG …` and returns what came of it; a traceback would fail the test."""

    def run(*arguments) -> Ran:
        monkeypatch.setattr(sys, "argv", ["bakau", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        assert "defect of ours" not in captured.err
        return Ran(stop.value.code or 0, captured.out, captured.err)

    return run


MAPPING = {
    "name": "plain",
    "meaning": "a small mapping for the tests",
    "files": [
        {
            "match": ["*"],
            "labels": ["is_fraud"],
            "rows": [
                {
                    "table": "transfer",
                    "fields": {
                        "ts": {"column": "time"},
                        "src": {"column": "from", "scheme": "local"},
                        "dst": {"column": "to", "scheme": "local"},
                        "amount": {"column": "amount"},
                        "currency": {"column": "currency"},
                        "channel": {"value": "bank"},
                        "purpose": {"column": "note"},
                    },
                }
            ],
        }
    ],
}
HEADER = "time,from,to,amount,currency,note,is_fraud"


@dataclass
class Desk:
    """A workspace with a mapping beside it, and a way to load text."""

    folder: Path
    run: object
    workspace: Path

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def mapping(self, **changes) -> Path:
        """The test mapping as a file; `fields` changes transfer fields, everything else the file entry."""
        document = json.loads(json.dumps(MAPPING))
        entry = document["files"][0]
        entry["rows"][0]["fields"] |= changes.pop("fields", {})
        for name in changes.pop("without", ()):
            del entry["rows"][0]["fields"][name]
        entry |= changes
        path = self.folder / "mapping.yaml"
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        return path

    def ingest(self, path: Path, *options, mapping: Path | str | None = None) -> Ran:
        return self.run("-w", self.workspace, "ingest", path, "--mapping", mapping or self.mapping(), "--json", *options)

    def load(self, text: str | bytes, *options, name: str = "file.csv", mapping: Path | None = None) -> Ran:
        return self.ingest(self.write(name, text), *options, mapping=mapping)

    @property
    def archive(self) -> Archive:
        return Archive.open(self.workspace)

    def transfers(self) -> list[dict]:
        return self.archive.snapshot().table("transfer").sort_by([("ts_us", "ascending"), ("record", "ascending")]).to_pylist()

    def rejects(self, batch_id: str) -> list[dict]:
        return self.archive.snapshot().rejects(batch_id).to_pylist()


@pytest.fixture
def desk(tmp_path, bakau):
    """A fresh workspace."""
    workspace = tmp_path / "workspace"
    assert bakau("init", workspace).code == 0
    return Desk(tmp_path, bakau, workspace)
