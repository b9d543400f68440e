"""No personal value leaves the vault: not into a file of the workspace, not into what a command prints, logs or exports."""

from __future__ import annotations

import json
import sqlite3
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safeguarding import canaries
from safeguarding.canaries import ADDRESS, BORN, CHILD_BORN, ID, MARKERS, NUMBER, PERSONAL, PHONE, WORD, iban, leaks, phone, word

from bakau.cli import HELP, main
from bakau_graph.archive import Archive


@dataclass
class Told:
    """A workspace, and everything its commands said on stdout and stderr, by command line."""

    workspace: Path
    folder: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture
    said: dict[str, str] = field(default_factory=dict)

    def run(self, *words, code=0):
        """Run a command with all logs; its stdout. `code` None: any."""
        arguments = ["-w", str(self.workspace), "--log-level", "debug", *map(str, words)]
        self.patch.setattr(sys, "argv", ["bakau", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = self.capture.readouterr()
        assert "defect of ours" not in err, (words, err.splitlines()[-5:])
        assert "Traceback" not in err
        assert code is None or (stop.value.code or 0) == code, err
        self.said[" ".join(map(str, words))] = out + err
        return out

    def document(self, *words):
        return json.loads(self.run(*words, "--json"))

    @property
    def archive(self):
        return Archive.open(self.workspace)


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    made = Told(tmp_path / "case", tmp_path, monkeypatch, capsys)
    made.run("init", made.workspace, "--json")
    return made


def load_everything(told):
    """Ingest the files of every shipped mapping; the ids of the batches that hold rejects."""
    with_rejects = []
    for mapping, path in canaries.write_inputs(told.folder / "in").files:
        if path.is_file():  # looked at before anybody says what it is
            told.run("inspect", path, code=None)
            told.run("inspect", path, "--json", code=None)
        told.run("ingest", path, "--mapping", mapping, "--dry-run")
        found = told.document("ingest", path, "--mapping", mapping)
        assert found["loaded"] > 0, path
        with_rejects += [batch["batch_id"] for batch in found["batches"] if batch["rejected"]]
    told.run("ingest", told.folder / "in", "--recursive", "--json", code=None)
    (told.folder / "rates.csv").write_text("date,base,quote,rate,source\n2025-03-03,EUR,USD,1.05,a bank\n", encoding="utf-8")
    told.run("rates", "load", told.folder / "rates.csv", "--reporting", "USD")
    told.run("rates", "list")
    return with_rejects


def use_every_command(told, with_rejects):
    """Every command with the default purpose, as people and as programs use it, with what they may mistype."""
    ask_referrals(told)
    told.run("source", "add", "other", "--name", "Other", "--authority", "a", "--legal-basis", "b", "--purpose", "exploration", "--keep-until", "2030-01-01")  # fmt: skip
    told.run("source", "hold", "other", "--reason", "test")
    told.run("source", "extend", "other", "--keep-until", "2099-12-31", "--reason", "test")
    told.run("archive", "compact")
    told.run("archive", "compact", "--json")
    first = told.document("analyse")["run_id"]
    files = told.folder / "out"
    files.mkdir()
    for batch in with_rejects:
        told.run("rejects", batch, "--json")
    told.run("rejects", with_rejects[0])
    told.run("rejects", with_rejects[0], "--csv", files / "rejects.csv")
    listed = told.document("findings")["findings"]
    assert listed
    told.run("findings")
    for finding in listed[:2]:
        told.run("explain", finding["finding_id"], "--json")
    told.run("explain", listed[0]["finding_id"])
    for finding in listed:
        told.run("ask", finding["finding_id"], "--json", code=None)
        told.run("ask", finding["finding_id"], code=None)
    for what in ("scores", "findings", "communities", "features", "transfers"):
        told.run("export", what, "--csv", files / f"{what}.csv", "--parquet", files / f"{what}.parquet", "--json")
    told.run("export", listed[0]["finding_id"], "--html", files / "finding.html")
    page = told.folder / "in" / "jobs.yaml"
    page.write_text(json.dumps({"jobs": [{"name": "again", "folder": "bank", "files": ["*.csv"], "reader": "delimited", "mapping": "bank", "source": "training", "schedule": {"minutes": 5}}]}), encoding="utf-8")  # fmt: skip
    told.run("jobs", "run", page, code=None)
    one, other = (listed[0]["subjects"][0]["id"], listed[-1]["subjects"][0]["id"])
    for words in (("account", one), ("neighbours", one), ("path", one, other), ("find", one)):
        told.run(*words)
    told.run("path", one, other, "--time-respecting", "--json")
    opened = told.document("case", "open", "--title", "t", "--authority", "a", "--legal-basis", "b", "--purpose", "investigation")
    told.run("case", "show", opened["file"]["case_id"])
    for words in ("case list", "batches", "batches --json", "source list", "network status", "network rebuild", "archive verify", "archive upgrade", "audit list", "audit list --json", "audit verify", "audit head", "mappings", "formats", "indicators list", "indicators rulebook", "indicators run", "indicators coverage", "agecontrol", "agecontrol --json", "indicators packs", "indicators diff common ph", "coverage"):  # fmt: skip
        told.run(*words.split())
    told.run("evaluate", "--truth", told.folder / "in" / "amlsim", "--json")
    # what people type is not said back: it may be a name or a number
    for typed in (iban(1), word("person 4"), phone(1)):
        told.run("find", typed)
        told.run("find", typed, "--json")
    ask_leads(told, files)
    propose_rules(told)
    for words in ("account {}", "neighbours {}", "explain {}", "ask {}", "protect {} --basis x", "rejects {}", "path {} {}", "findings --since {}", "batch withdraw {} --reason x"):  # fmt: skip
        for typed in (iban(1), f"acc_{WORD}{WORD}"):
            told.run(*words.replace("{}", typed).split(), code=None)
    told.run("protect", other, "--basis", "test")
    told.run("batch", "withdraw", with_rejects[0], "--reason", "test")
    told.run("analyse", "--json")
    told.run("findings", "--since", first, "--json")
    told.run("archive", "purge", "--expired")
    told.run("backup", files / "backup.tar.zst", "--with-key", "--json")
    told.run("restore", files / "backup.tar.zst", told.folder / "restored", "--key", files / "backup.tar.zst.vault-key")
    assert leaks(told.folder / "restored") == []


def ask_referrals(told):
    """Referrals as a safeguarding person works on them; the number they may look up is on their screen only."""
    told.run("analyse", "--urgent", "--json")
    told.run("analyse", "--urgent")
    found = told.document("referrals")["referrals"]
    told.run("referrals")
    for typed in (*(row["referral_id"] for row in found), iban(3), word("person 3")):
        told.run("referrals", "act", typed, "--did", "taken_on", "--json", code=None)
    told.run("referrals", "reveal", iban(3), "--why", "tell_police", code=2)


def propose_rules(told):
    """Rules and methods as people propose them; a text with somebody's number in it is refused, and nothing of it is said back or kept."""
    told.run("indicators", "propose", "LSC-07", "--why", "test")
    told.run("indicators", "shadow", "LSC-07", "--why", "test")
    told.run("indicators", "proposals", "--json")
    told.run("indicators", "keys")
    window = ("--from", "2025-03-01", "--to", "2025-03-31")
    told.run("replay", *window, "--rule", "LSC-07")
    told.run("replay", *window, "--pack", "ph", "--json")
    noted = ("methods", "add", "--first-seen", "2026-03-01")
    told.run(*noted, "--says", "payers split a sum", "--source", "an authority", "--json")
    told.run("methods", "list")
    for typed in (iban(1), phone(1), canaries.address(1), canaries.number(1), canaries.BORN, f"{WORD}@example.org"):
        told.run(*noted, "--says", typed, "--source", "an authority", code=2)
        told.run(*noted, "--says", "payers split a sum", "--source", typed, code=2)
        told.run(*noted, "--says", "payers split a sum", "--source", "an authority", "--address", f"https://example.org/?{typed}", code=2)
        told.run("indicators", "propose", "LSC-08", "--why", typed, code=2)
        told.run("indicators", "trust", "0" * 64, "--label", typed, code=2)
    for typed in (iban(1), word("person 4")):
        told.run("replay", *window, "--rule", typed, code=2)
        told.run("methods", "show", typed, code=2)
        told.run("indicators", "trust", typed, "--label", "an authority", code=2)
        for name in ("propose", "draft", "shadow", "activate", "retire"):
            told.run("indicators", name, typed, "--why", "test", code=2)


def ask_leads(told, files):
    """Leads as people follow them, with the default purpose: what is typed is not said back."""
    path = canaries.write_leads(told.folder / "in", watched=True)
    found = told.document("leads", path, "--watch-until", "2099-01-01", "--html", files / "leads.html")
    assert [row["outcome"] for row in found["leads"]].count("hit") >= 4
    told.run("leads", path)
    for words in ("list", "list --json", "check", f"show {found['list_id']}", f"forget {found['list_id']}"):
        told.run("leads", *words.split())
    broken = path.with_name("broken.csv")
    broken.write_text(path.read_text(encoding="utf-8").replace("\nuetr,", "\nsoul,"), encoding="utf-8")
    told.run("leads", broken, code=2)
    told.run("leads", iban(1), code=2)


#: Commands that start servers, whose tests look at what they hold and send; and the one that makes invented people.
ELSEWHERE = {"dashboard", "neo4j", "world"}
#: Commands that say from which file a row came.
TRACES = {"ingest", "inspect", "jobs", "batches", "rejects", "explain", "account", "leads"}


def spoken_leaks(told):
    """Markers in what commands said."""
    return [
        f"{command!r}: {hit}"
        for command, text in told.said.items()
        for hit in canaries.hits(text.encode(), PERSONAL if command.split()[0] in TRACES else MARKERS)
    ]


def test_no_personal_value_stands_outside_the_vault_or_is_said_logged_or_exported(told):
    use_every_command(told, load_everything(told))
    used = {command.split()[0] for command in told.said}
    assert used >= set(HELP) - ELSEWHERE, "a command that this test does not run"
    held = canaries.read_vault_text(told.archive.workspace).lower()
    assert all(marker in held for marker in (WORD, PHONE, ADDRESS, ID, BORN, CHILD_BORN)), "the values were loaded at all"
    assert leaks(told.workspace) == []
    assert leaks(told.folder / "out") == []
    assert spoken_leaks(told) == []


def test_leads_are_on_the_screen_of_who_may_see_them_and_nowhere_else(told):
    for mapping, path in canaries.write_inputs(told.folder / "in").files:
        if mapping in ("bank", "e_wallet"):
            told.run("ingest", path, "--mapping", mapping)
    path = canaries.write_leads(told.folder / "in", watched=True)
    call = ("leads", path, "--purpose", "training", "--watch-until", "2099-01-01", "--html", told.folder / "leads.html")
    shown = told.run(*call)
    assert all(canaries.hits(shown.encode(), (marker,)) for marker in (WORD, PHONE, NUMBER)), "they are on the screen"
    errors = told.said[" ".join(map(str, call))].replace(shown, "")
    assert canaries.hits(errors.encode()) == []
    told.run("leads", "check", "--purpose", "training")
    assert (told.workspace / "vault" / "names.index").exists()
    assert leaks(told.workspace) == []
    assert canaries.hits((told.workspace / "vault" / "names.index").read_bytes()) == []
    assert canaries.hits((told.folder / "leads.html").read_bytes()) == []
    assert spoken_leaks(told) == [one for one in spoken_leaks(told) if one.startswith(repr(" ".join(map(str, call))))]


@pytest.mark.parametrize("mapping", ["bank", "remittance", "e_wallet", "crypto_csv", "finbench", "amlsim"])
def test_a_file_without_a_header_gives_no_value_away(told, mapping):
    for _, path in [file for file in canaries.write_inputs(told.folder / "in").files if file[0] == mapping][:2]:
        lines = path.read_text(encoding="utf-8").splitlines()
        for content in (lines[1:], [word("one line only")], [lines[0][1:], *lines[1:]]):
            path.write_text("\n".join(content) + "\n", encoding="utf-8")
            told.run("ingest", path, "--mapping", mapping, code=2)
    assert spoken_leaks(told) == []
    assert leaks(told.workspace) == []


def test_values_of_a_redacted_child_are_gone_from_the_decrypted_vault_and_the_archive_stays_sound(told):
    load_everything(told)
    snapshot = told.archive.snapshot()
    protected = sorted(set(snapshot.protection.protected_accounts.tolist()))
    assert len(protected) == 3, (
        "the child of the bank (of a payment message, too), of the e-wallet, and of a statement that says a name alone"
    )
    before = canaries.read_vault_text(told.archive.workspace)
    theirs = (iban(3), phone(3), word("person 3"), word("customer 3"), word("holder 3"), word("wallet 3"), word("device 3"), word("text of person 3"), word("reference 3 3 2"), word("note of 3"), word("trace 3"), word("iso person 3"), word("text 3"), CHILD_BORN)  # fmt: skip
    missing = [value for value in theirs if f'"{value}"' not in before]
    assert not [value for value in missing if "customer" not in value and "wallet" not in value], missing
    accounts = snapshot.table("account", ["account_key", "account_id"]).to_pylist()
    for row in accounts:
        if row["account_key"] in protected:
            told.run("protect", row["account_id"], "--basis", "test", "--redact", "--json")
    after = canaries.read_vault_text(told.archive.workspace)
    assert [value for value in theirs if f'"{value}"' in after] == []
    assert all(value in after for value in (iban(4), phone(4), word("person 4"), word("text of person 5"), word("holder 5"))), (
        "others keep theirs"
    )
    verified = told.document("archive", "verify")
    assert (verified["clean"], verified["vault_opened"]) == (True, True)
    assert leaks(told.workspace) == []


# --- the search can fail -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dress", ["plain", "upper", "utf-16", "base64", "parquet", "sqlite", "name"])
def test_the_search_finds_a_value_in_every_dress(tmp_path, dress):
    import base64

    value = f"  {word('leak')}"
    path = tmp_path / (f"{WORD}.txt" if dress == "name" else "file")
    if dress == "parquet":
        pq.write_table(pa.table({"a": [f"{place} {value}" for place in range(50)]}), path, compression="zstd")
    elif dress == "sqlite":
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (?)", (value.encode("utf-16-le"),))
        connection.commit()
        connection.close()
    else:
        path.write_bytes(
            {"utf-16": value.encode("utf-16-le"), "upper": value.upper().encode(), "base64": base64.b64encode(value.encode())}.get(
                dress, value.encode() if dress == "plain" else b""
            )
        )
    assert leaks(tmp_path)


def test_the_search_leaves_the_vault_out_and_says_nothing_of_other_text(tmp_path):
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "x").write_text(word("inside"))
    (tmp_path / "y").write_text("canary, 2025-11-19, +999000000101")
    assert leaks(tmp_path) == []
    assert len(MARKERS) == len(set(MARKERS))
