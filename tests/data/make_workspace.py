"""Write the stored workspace of the current format number, with the figures it shows: `python tests/data/make_workspace.py [FOLDER]`.

Everything in it is invented. It is made through the command line alone: batches of every table, rejects, a withdrawn batch, a correction,
a replaced batch, a purged one, shared segments, a legal hold, marks, a redaction, two runs with findings, a case and audit rows.
"""

from __future__ import annotations

import json
import os
import sys
import tarfile
import tempfile
from pathlib import Path

from click.testing import CliRunner

from bakau.cli import root
from bakau.model import FORMAT

HERE = Path(__file__).parent / "workspaces"
#: Questions whose answers are recorded; none of them depends on who asks or when.
QUESTIONS = (
    ("findings",), ("source", "list"), ("archive", "verify"), ("network", "status"),
    ("neighbours", "ACCOUNT", "--direction", "in"), ("explain", "FINDING"), ("account", "ACCOUNT", "--purpose", "training"), ("rejects", "BATCH"),
)  # fmt: skip
TRANSFERS = """\
name: made
meaning: invented transfers
files:
  - match: ["*.csv"]
    rows:
      - table: transfer
        fields:
          ts: {column: time}
          src: {column: payer, scheme: local}
          dst: {column: payee, scheme: local}
          amount: {column: amount}
          currency: {value: EUR}
          channel: {value: bank}
          reference: {column: reference}
          purpose: {column: purpose}
"""
PEOPLE = """\
name: people
meaning: invented people and what they hold
files:
  - match: ["*.csv"]
    rows:
      - table: holding
        fields:
          party: {column: person, scheme: local}
          account: {column: account, scheme: local}
          role: {value: owner}
      - table: party
        fields:
          number: {column: person, scheme: local}
          kind: {value: person}
          name: {column: name}
          birth_date: {column: born}
"""


def ask(workspace: Path, *words: str) -> dict:
    """The document of a command."""
    return json.loads(run(workspace, *words, "--json"))


def run(workspace: Path, *words: str) -> str:
    result = CliRunner().invoke(root, ["-w", str(workspace), *words])
    if result.exit_code:
        raise SystemExit(f"{words}: {result.output}{result.stderr}")
    return result.stdout


def load(workspace: Path, mapping: str, name: str, lines: list[str], *options: str) -> str:
    """Ingest lines as a file; the batch id."""
    folder = workspace.parent / "in"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    found = ask(workspace, "ingest", str(folder / name), "--mapping", str(folder / "mapping.yaml"), *options)
    return found["batches"][0]["batch_id"]


def ring(month: int) -> list[str]:
    """Twelve senders pay one receiver, who passes it on to one collector; a child's account is swept by its parent."""
    lines = ["time,payer,payee,amount,reference,purpose"]
    for day in range(1, 13):
        for part in range(4):
            lines.append(f"2025-{month:02d}-{day:02d}T10:0{part}:00Z,S{day},R,50.00,r{month}{day}{part},made up {part}")
        lines.append(f"2025-{month:02d}-{day:02d}T20:00:00Z,R,C,190.00,c{month}{day},passed on")
        lines.append(f"2025-{month:02d}-{day:02d}T09:00:00Z,S{day},KID,20.00,k{month}{day},for the child")
        lines.append(f"2025-{month:02d}-{day:02d}T15:00:00Z,KID,PARENT,19.00,p{month}{day},swept")
    return lines


def fill(workspace: Path) -> dict[str, str]:
    """Everything that a format holds; what the questions are asked about."""
    head = "time,payer,payee,amount,reference,purpose"
    run(workspace, "init", str(workspace))
    run(workspace, "source", "add", "other", "--name", "Other", "--authority", "nobody", "--legal-basis", "none: invented", "--purpose", "exploration", "--purpose", "training", "--keep-until", "2099-12-31", "--training")  # fmt: skip
    run(workspace, "source", "add", "past", "--name", "Past", "--authority", "nobody", "--legal-basis", "none: invented", "--purpose", "training", "--keep-until", "2025-01-31", "--training")  # fmt: skip
    load(workspace, TRANSFERS, "past.csv", [head, "2025-01-01T10:00:00Z,PAST,R,7.00,q1,kept no longer"], "--source", "past")
    run(workspace, "archive", "purge", "--expired")
    run(workspace, "source", "hold", "other", "--reason", "made-up case")
    load(workspace, PEOPLE, "people.csv", ["person,account,name,born", "1,PARENT,Balan Kerosen,1980-03-14", "2,KID,Gintan Liberez,2013-08-30", "3,SECRET,Marlo Tamvik,1990-01-01"])  # fmt: skip
    load(workspace, TRANSFERS, "march.csv", ring(3))
    broken = load(workspace, TRANSFERS, "april.csv", [*ring(4), "2025-04-30T10:00:00Z,S1,R,many,x1,bad amount", "yesterday,S1,R,1.00,x2,bad time"])  # fmt: skip
    run(workspace, "archive", "compact")
    first = ask(workspace, "analyse")["run_id"]
    gone = load(workspace, TRANSFERS, "wrong.csv", [head, "2025-05-01T10:00:00Z,S1,R,99.00,w1,never happened"])
    run(workspace, "batch", "withdraw", gone, "--reason", "sent by mistake")
    load(workspace, TRANSFERS, "corrected.csv", [head, "2025-03-01T10:00:00Z,S1,R,55.00,r310,corrected"], "--correction")
    load(workspace, TRANSFERS, "other.csv", [head, "2025-05-02T10:00:00Z,SECRET,R,5.00,o1,of another source"], "--source", "other")
    secret = ask(workspace, "find", "SECRET", "--purpose", "training")["accounts"][0]["id"]
    run(workspace, "protect", secret, "--basis", "test", "--redact")
    run(workspace, "analyse")
    run(workspace, "case", "open", "--title", "a made-up case", "--authority", "nobody", "--legal-basis", "none: invented", "--purpose", "investigation")  # fmt: skip
    listed = ask(workspace, "findings")["findings"]
    receiver = ask(workspace, "find", "R", "--purpose", "training")["accounts"][0]["id"]
    return {"ACCOUNT": receiver, "FINDING": listed[0]["finding_id"], "BATCH": broken, "RUN": first}


def answers(workspace: Path, names: dict[str, str]) -> dict[str, dict]:
    """Question → document, without what a rebuilt network says of itself."""
    said = {" ".join(words): ask(workspace, *(names.get(word, word) for word in words)) for words in QUESTIONS}
    for name in ("built_us", "size_bytes"):
        del said["network status"][name]
    return said


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    archive = target / f"format-{FORMAT}.tar.gz"
    if archive.exists():
        raise SystemExit(f"{archive.name} exists: what was stored is never made anew")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        workspace = Path(temporary) / "workspace"
        os.environ["BAKAU_KEY_DIR"] = str(Path(temporary) / "keys")
        names = fill(workspace)
        record = {"names": names, "answers": answers(workspace, names)}
        head = json.loads(run(workspace, "audit", "head"))
        (target / f"format-{FORMAT}.json").write_text(json.dumps({**record, "audit_head": head}, indent=1) + "\n", encoding="utf-8")
        (key,) = (Path(temporary) / "keys").glob("*.key")
        (target / f"format-{FORMAT}.test-vault-key").write_text(key.read_text(encoding="ascii"), encoding="ascii")
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(workspace, "workspace", filter=_plain)
    print(f"{archive}: {archive.stat().st_size:,} bytes")  # noqa: T201  a program for the shell


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """No owner, no time; the network is left out, for it is built again."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return None if entry.name.startswith("workspace/network/") else entry


if __name__ == "__main__":
    main()
