"""Loading: nothing doubled, nothing lost, corrections only where they are declared, labels never."""

from __future__ import annotations

import pytest

from .conftest import HEADER


def line(day, src="A", dst="B", amount="10.00", note="", month=3):
    return f"2025-{month:02d}-{day:02d}T10:00:00Z,{src},{dst},{amount},EUR,{note},1\n"


def test_the_same_file_twice_adds_nothing(desk):
    text = HEADER + "\n" + line(1) + line(2)
    first = desk.load(text).document
    again = desk.load(text).document
    assert (first["loaded"], again["loaded"], again["duplicates"], again["received"]) == (2, 0, 2, 2)
    assert len(desk.transfers()) == 2
    assert first["snapshot"] == again["snapshot"]


def test_overlapping_exports_double_no_transfer(desk):
    january = [line(day, month=1) for day in (1, 2, 2, 30, 31, 31)]
    february = [line(day, month=1) for day in (30, 31, 31)] + [line(day, month=2) for day in (1, 2)]
    desk.load(HEADER + "\n" + "".join(january), name="january.csv")
    found = desk.load(HEADER + "\n" + "".join(february), name="february.csv").document
    assert (found["loaded"], found["duplicates"]) == (2, 3)
    assert len(desk.transfers()) == 8


def test_two_equal_payments_of_one_day_are_two(desk):
    assert desk.load(HEADER + "\n" + line(1) + line(1)).document["loaded"] == 2
    assert len(desk.transfers()) == 2


@pytest.fixture
def referenced(desk):
    return desk.mapping(fields={"reference": {"column": "note"}}, without=["purpose"])


def test_the_same_reference_of_two_sources_is_two_transfers(desk, referenced):
    added = desk.run(
        "-w", desk.workspace, "source", "add", "other", "--name", "Other", "--authority", "a", "--legal-basis", "b", "--purpose", "exploration",
        "--keep-until", "2030-01-01",
    )  # fmt: skip
    assert added.code == 0, added.err
    text = HEADER + "\n" + line(1, note="R1")
    assert desk.load(text, mapping=referenced).document["loaded"] == 1
    assert desk.load(text, "--source", "other", mapping=referenced).document["loaded"] == 1
    assert len(desk.transfers()) == 2


def test_other_content_under_a_known_reference_is_quarantined_unless_corrections_are_declared(desk, referenced):
    desk.load(HEADER + "\n" + line(1, note="R1"), mapping=referenced)
    changed = HEADER + "\n" + line(1, note="R1", amount="12.00")
    found = desk.load(changed, name="changed.csv", mapping=referenced).document
    assert (found["loaded"], found["rejected"]) == (0, 1)
    assert desk.rejects(found["batches"][0]["batch_id"])[0]["code"] == "conflicting_version"
    assert [t["amount_minor"] for t in desk.transfers()] == [1000]
    corrected = desk.load(changed + line(2, note="R2"), "--correction", name="corrected.csv", mapping=referenced).document
    assert corrected["loaded"] == 2
    assert sorted(t["amount_minor"] for t in desk.transfers()) == [1000, 1200]


def test_another_mapping_for_the_same_file_is_refused_until_it_replaces(desk):
    text = HEADER + "\n" + line(1)
    first = desk.load(text).document["batches"][0]["batch_id"]
    other = desk.mapping(fields={"channel": {"value": "card"}})
    refused = desk.load(text, mapping=other)
    assert refused.code == 2
    assert "--replace" in refused.err
    replaced = desk.load(text, "--replace", first, mapping=other)
    assert replaced.code == 0, replaced.err
    assert [t["channel"] for t in desk.transfers()] == ["card"]


def test_labels_are_never_stored(desk):
    desk.load((HEADER + "\n" + line(1)).replace(",1\n", ",fraudulent\n"))
    held = b"".join(path.read_bytes() for path in desk.workspace.rglob("*") if path.is_file())
    assert b"fraudulent" not in held
    assert b"is_fraud" not in held


def test_every_account_a_transfer_names_has_a_placeholder_until_it_is_described(desk):
    desk.load(HEADER + "\n" + line(1))
    assert desk.archive.snapshot().table("account")["stub"].to_pylist() == [True, True]


def test_an_account_only_a_rejected_record_names_leaves_no_trace(desk):
    desk.load(HEADER + "\n" + line(1) + line(2, src="GHOST", amount="x"))
    assert len(desk.archive.snapshot().table("account")) == 2


def test_a_file_that_breaks_off_leaves_nothing(desk):
    import gzip

    body = HEADER + "\n" + "".join(line(day % 28 + 1, src=f"S{day}") for day in range(400_000))
    ran = desk.load(gzip.compress(body.encode(), 1)[:-100], name="cut.csv.gz")
    assert ran.code == 2
    assert desk.transfers() == []
    assert list((desk.workspace / "archive" / "staging").iterdir()) == []


def test_a_full_card_number_is_never_stored(desk):
    mapping = desk.mapping(fields={"src": {"column": "from", "scheme": "card"}})
    assert desk.load(HEADER + "\n" + line(1, src="4111 1111 1111 1111"), mapping=mapping).document["loaded"] == 1
    snapshot = desk.archive.snapshot()
    numbers = snapshot.vault("account", "number", snapshot.table("account")["account_key"].combine_chunks())["value"].to_pylist()
    assert numbers == ["B"]


def test_a_reference_bad_iban_is_set_aside(desk):
    mapping = desk.mapping(fields={"src": {"column": "from", "scheme": "iban"}})
    text = HEADER + "\n" + line(1, src="XB65 BKAU 0000 0010 0422 62") + line(2, src="XB66BKAU00000010042262")
    found = desk.load(text, mapping=mapping).document
    assert (found["loaded"], found["rejected"]) == (1, 1)
    assert desk.rejects(found["batches"][0]["batch_id"])[0]["code"] == "bad_account_number"


def test_a_birth_date_protects_at_load_and_stays_in_the_vault(desk, bakau):
    from importlib.resources import files

    example = files("bakau_ingest") / "mappings" / "examples" / "e_wallet_customers.csv"
    assert bakau("-w", desk.workspace, "ingest", str(example), "--mapping", "e_wallet").code == 0
    snapshot = desk.archive.snapshot()
    assert len(snapshot.protection.protected_parties) == 1
    assert len(snapshot.protection.protected_accounts) == 1
    assert "birth_date" not in snapshot.table("party").column_names


@pytest.mark.parametrize(
    ("name", "files", "loaded"),
    [
        ("bank", ["bank_accounts.csv", "bank_transfers.csv"], [3, 3]),
        ("remittance", ["remittance.csv"], [2]),
        ("e_wallet", ["e_wallet_customers.csv", "e_wallet_transfers.csv"], [2, 2]),
        ("crypto_csv", ["crypto.csv"], [3]),
        ("tags", ["tags.csv"], [3]),
        ("card", ["card_cards.csv", "card_transactions.csv"], [3, 4]),
        ("gift_card", ["gift_cards.csv"], [3]),
        ("platform", ["platform_users.csv", "platform_purchases.csv", "platform_tips.csv", "platform_payouts.csv"], [3, 2, 2, 2]),
        ("crowdfunding", ["crowdfunding_campaigns.csv", "crowdfunding_donations.csv", "crowdfunding_payouts.csv"], [2, 3, 1]),
        ("remittance_two_rows", ["remittance_outlets.csv", "remittance_sends.csv", "remittance_payouts.csv"], [3, 3, 2]),
        ("e_wallet_agents", ["wallet_customers.csv", "wallet_agents.csv", "wallet_ledger.csv"], [3, 2, 5]),
    ],
)
def test_a_template_loads_its_example(name, files, loaded, desk, bakau):
    from importlib.resources import files as resources

    folder = resources("bakau_ingest") / "mappings" / "examples"
    ran = bakau("-w", desk.workspace, "ingest", *(str(folder / file) for file in files), "--mapping", name, "--json")
    assert ran.code == 0, ran.err
    assert [batch["loaded"] for batch in ran.document["batches"]] == loaded
    assert ran.document["rejected"] == 0


def test_ether_keeps_every_wei(desk, bakau):
    from importlib.resources import files

    bakau("-w", desk.workspace, "ingest", str(files("bakau_ingest") / "mappings" / "examples" / "crypto.csv"), "--mapping", "crypto_csv")
    rows = desk.transfers()
    assert [int(t["amount_exact"]) for t in rows] == [1, 12_500_000_000_000_000_000, 3_000_000_000_000_000_000]
    assert [t["amount_minor"] for t in rows] == [0, 12_500_000_000, 3_000_000_000]
    assert [t["status"] for t in rows] == ["settled", "settled", "failed"]


def test_times_are_read_in_their_zone_and_a_date_alone_is_an_interval(desk, bakau):
    from importlib.resources import files

    folder = files("bakau_ingest") / "mappings" / "examples"
    bakau("-w", desk.workspace, "ingest", str(folder / "bank_accounts.csv"), str(folder / "bank_transfers.csv"), "--mapping", "bank")
    bakau("-w", desk.workspace, "ingest", str(folder / "remittance.csv"), "--mapping", "remittance")
    rows = desk.transfers()
    first, second, remitted, day, _ = sorted(rows, key=lambda t: t["ts_us"])
    assert remitted["ts_us"] == 1_741_010_700_000_000 - 0 or remitted["time_known"]
    assert first["local_hour"] == 22
    assert second["local_hour"] == 1
    assert not day["time_known"]


def test_a_world_file_may_not_point_outside_its_folder(desk, bakau):
    (desk.folder / "world").mkdir()
    (desk.folder / "world" / "world.yaml").write_text("files: [{path: ../secret.csv, mapping: amlsim}]", encoding="utf-8")
    ran = bakau("-w", desk.workspace, "ingest", desk.folder / "world")
    assert (ran.code, "outside" in ran.err) == (2, True)
