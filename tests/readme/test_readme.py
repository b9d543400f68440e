"""The README's commands, run as printed, in the order in which they stand there, on a file of invented payments."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from architecture.checkout import ROOT
from neo4j_server import install

PATIENCE_S = 120
SENDERS, DAYS = 14, 6


def iban(number: int) -> str:
    """An IBAN of the reserved country XB with sound check digits."""
    body = f"BAKU{number:014}"
    digits = "".join(str(int(letter, 36)) for letter in f"{body}XB00")
    return f"XB{98 - int(digits) % 97:02}{body}"


def write_payments(path: Path) -> None:
    """Many senders, small equal amounts at night, one receiver who takes it out at once: something a rule looks at."""
    lines = ["booked;payer_iban;payee_iban;amount;currency;state;reference;purpose"]
    for day in range(1, DAYS + 1):
        for sender in range(SENDERS):
            for minute in (5, 7, 9):
                booked = f"{day:02}.03.2025 02:{minute:02}"
                lines.append(f"{booked};{iban(100 + sender)};{iban(1)};25,00;EUR;booked;R-{day}-{sender}-{minute};")
        lines.append(f"{day:02}.03.2025 06:00;{iban(1)};{iban(2)};1.000,00;EUR;booked;R-{day}-out;")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def printed() -> list[str]:
    """Every `bakau` line of the README's blocks, in order."""
    blocks = re.findall(r"```\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("bakau ")]


def run(line: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-m", *shlex.split(line)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout


def open_dashboard(line: str, folder: Path) -> None:
    words = [sys.executable, "-m", *shlex.split(line), "--headless", "--port", "0"]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            with urllib.request.urlopen(f"{found.group()}/healthz", timeout=PATIENCE_S) as answer:  # noqa: S310 - our own address
                assert answer.status == 200
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.neo4j
def test_the_commands_of_the_readme_run_as_printed(tmp_path):
    install()
    write_payments(tmp_path / "payments.csv")
    lines, finding = printed(), ""
    assert len(lines) == 15
    for line in lines:
        if line.endswith(" dashboard"):
            open_dashboard(line, tmp_path)
            continue
        said = run(line.replace("FINDING_ID", finding), tmp_path)
        if " findings " in line:
            findings = json.loads(run(f"{line} --json", tmp_path))["findings"]
            assert findings
            finding = findings[0]["finding_id"]
        if line.endswith(" verify"):
            assert "the same, row by row" in said
            run(line.replace(" verify", " rebuild"), tmp_path)  # a path that counts from here must do for the offline import, too
            assert "the same, row by row" in run(line, tmp_path)
    assert finding in (tmp_path / "finding.html").read_text(encoding="utf-8")
