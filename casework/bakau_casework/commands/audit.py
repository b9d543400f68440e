"""``bakau audit``."""

from __future__ import annotations

from pathlib import Path

import click

from bakau_casework.commands.options import echo_json, json_option, opened_desk


@click.group()
def audit() -> None:
    """Show or verify the audit log: who looked at what, why, when."""


@audit.command("list")
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True, help="The newest N entries.")
@json_option
@click.pass_context
def list_(ctx: click.Context, last: int, *, as_json: bool) -> None:
    """List the newest entries, oldest of them first. Reading the log is an entry too."""
    with opened_desk(ctx) as desk:
        document = desk.audit(last=last).to_document()
    if as_json:
        echo_json(document)
        return
    from bakau_casework.commands.screen import foot, objects, table

    lines = []
    for row in objects(document["entries"]):
        counts = ", ".join(f"{one['name']} {one['count']}" for one in objects(row["counts"]) if one["count"])
        who = row["person"] if row["person"] == row["login"] else f"{row['person']} (login {row['login']})"
        lines.append((row["sequence"], row["time"], who, row["purpose"], row["case"], row["action"], row["outcome"], counts))
    table(("", "time", "person", "purpose", "case", "action", "outcome", "counts"), lines, right=(0,))
    foot(document)


@audit.command("head")
@click.pass_context
def head(ctx: click.Context) -> None:
    """Print size and root of the log as one JSON object. Keep it away from this machine: it proves truncation and rewriting."""
    from bakau_casework.documents import audit_head_document

    with opened_desk(ctx) as desk:
        echo_json(audit_head_document(desk.audit_head()))


@audit.command("verify")
@click.option(
    "--head", "head_path", type=click.Path(dir_okay=False, path_type=Path), help="A head kept elsewhere, as `bakau audit head` printed it."
)
@json_option
@click.pass_context
def verify(ctx: click.Context, head_path: Path | None, *, as_json: bool) -> None:
    """Check that no entry was changed, removed or swapped, and with --head that the log was not cut or rewritten. Exit code 1 when it was."""
    from bakau.errors import AuditError
    from bakau_casework.audit import read_head
    from bakau_casework.documents import audit_verify_document

    against = read_head(head_path) if head_path else None
    with opened_desk(ctx) as desk:
        faults, now = desk.verify_audit(head=against), desk.audit_head()
    if as_json:
        echo_json(audit_verify_document(now, faults, against=against))
    else:
        for fault in faults:
            click.echo(fault)
        if not faults:
            click.echo(f"sound: {now.size} entries, root {now.root}")
            click.echo(
                "it continues the head given"
                if against
                else "no head was given: a log that was cut or rewritten as a whole looks sound, too"
            )
    if faults:
        raise AuditError(f"the audit log has {len(faults)} faults")
