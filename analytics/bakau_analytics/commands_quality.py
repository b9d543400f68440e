"""More of the command `indicators`: how each rule does on a planted truth, and signatures of packs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from bakau.cli import workspace_path
from bakau_analytics.commands_indicators import AS_JSON
from bakau_analytics.commands_rulebook import indicators

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@indicators.command("quality")
@click.argument("rule_ids", metavar="[RULE_ID]...", nargs=-1)
@click.option(
    "--truth", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False), help="Truth of a synthetic world (DIR.truth)."
)
@AS_JSON
@click.pass_context
def show_quality(ctx: click.Context, rule_ids: tuple[str, ...], truth: Path, *, as_json: bool) -> None:
    """Say how each rule of the newest run did on a planted truth: hits, precision and recall by crime type, overlap, harmless groups it hits."""
    from bakau_analytics.rulebook.quality import measure_rules
    from bakau_graph.archive import Archive

    archive = Archive.open(workspace_path(ctx))
    cards = [card for name, card in measure_rules(archive, truth).items() if not rule_ids or name in rule_ids]
    if as_json:
        rows = [asdict(card) | {"benign_group": card.benign_group} for card in cards]
        click.echo(json.dumps({"schema": "bakau.indicator-quality/1", "snapshot": archive.snapshot().label, "quality": rows}))
        return
    for card in cards:
        click.echo(f"{card.rule}  " + "; ".join(f"{name.lower()}: {words}" for name, words in card.facts()))
    click.echo("" if cards else "none of these rules hits anybody", nl=not cards)
    click.echo(f"snapshot {archive.snapshot().label}")


@indicators.command("sign")
@click.argument("pack", type=_FILE)
@click.option("--key", required=True, type=_FILE, help="Private Ed25519 key (PEM): openssl genpkey -algorithm ed25519 -out my.key")
@AS_JSON
def sign(pack: Path, key: Path, *, as_json: bool) -> None:
    """Sign a pack's file: writes PACK.sig beside it and prints the public key, for others to trust."""
    from bakau_analytics.indicators.signing import sign_pack

    _show_signature(pack, sign_pack(pack, key), None, as_json=as_json)


@indicators.command("verify")
@click.argument("pack", type=_FILE)
@AS_JSON
@click.pass_context
def verify(ctx: click.Context, pack: Path, *, as_json: bool) -> None:
    """Check the signature beside a pack's file, and (with -w) whether the workspace trusts its key; exit code 2 when it does not fit."""
    from bakau_analytics.indicators.signing import verify_pack
    from bakau_analytics.indicators.states import load_workspace_rules

    public, trusted = verify_pack(pack), load_workspace_rules(ctx.find_root().obj).trusted
    _show_signature(pack, public, public in trusted if trusted else None, as_json=as_json)


def _show_signature(pack: Path, public: str, is_trusted: bool | None, *, as_json: bool) -> None:
    if as_json:
        said = {"schema": "bakau.pack-signature/1", "snapshot": None, "file": pack.name, "key": public, "is_trusted": is_trusted}
        click.echo(json.dumps(said))
        return
    words = {None: "", True: ", trusted by this workspace", False: ", not trusted by this workspace"}[is_trusted]
    click.echo(f"{pack.name} is signed by {public}{words}")


__all__ = ["indicators"]
