"""``bakau referrals``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bakau_casework.commands.options import echo_json, json_option, opened_desk
from bakau_casework.referrals.words import Act, Why

if TYPE_CHECKING:
    from bakau_casework.view import View

PURPOSE = "safeguarding"
_CASE = click.option("--case", "case_id", metavar="CASE", help="The case for safeguarding of which you are a member; real data needs one.")


@click.group(invoke_without_command=True)
@_CASE
@json_option
@click.pass_context
def referrals(ctx: click.Context, case_id: str | None, *, as_json: bool) -> None:
    """List people who may need protection, last payment first, with whom to call and who acted; nobody is named.

    Accounts whose holder's age is not known stand in review among them: no suspects, until somebody settles it. A referral is no suspicion and has no score. For the purpose safeguarding; every look is recorded.
    """
    if ctx.invoked_subcommand is None:
        with opened_desk(ctx, purpose=PURPOSE, case_id=case_id) as desk:
            view = desk.referrals()
        _show(view, as_json=as_json)


@referrals.command("act")
@click.argument("referral_id", metavar="ID")
@click.option("--did", type=click.Choice([act.value for act in Act]), required=True, help="What was done.")
@click.option("--reference", default="", help="Case number of whoever was told; letters, digits and . / _ - only, no names.")
@_CASE
@json_option
@click.pass_context
def act(ctx: click.Context, referral_id: str, did: str, reference: str, case_id: str | None, *, as_json: bool) -> None:
    """Record what was done about a referral, by whom and when; prints all of them as they stand then."""
    with opened_desk(ctx, purpose=PURPOSE, case_id=case_id) as desk:
        view = desk.act_on_referral(referral_id, Act(did), reference)
    _show(view, as_json=as_json)


@referrals.command("settle")
@click.argument("referral_id", metavar="ID")
@click.option("--adult", is_flag=True, help="It was established that the account's holder is an adult.")
@click.option("--protected", is_flag=True, help="It was established that the holder is a child, or a possible victim.")
@click.option("--basis", required=True, help="How: a case number or code, such as that of the institution's answer; no names.")
@_CASE
@json_option
@click.pass_context
def settle(ctx: click.Context, referral_id: str, basis: str, case_id: str | None, *, adult: bool, protected: bool, as_json: bool) -> None:
    """Record that the holder of an account in review is an adult, or protected; prints all referrals as they stand then.

    An adult may carry numbers and be named from the next `bakau analyse` on. Recorded with basis, person and time.
    """
    from bakau.model import ProtectionState

    if adult == protected:
        raise click.UsageError("say one of --adult and --protected")
    state = ProtectionState.ADULT_KNOWN if adult else ProtectionState.PROTECTED
    with opened_desk(ctx, purpose=PURPOSE, case_id=case_id) as desk:
        view = desk.settle_referral(referral_id, state, basis)
    _show(view, as_json=as_json)


@referrals.command("reveal")
@click.argument("referral_id", metavar="ID")
@click.option("--why", type=click.Choice([why.value for why in Why]), required=True, help="What the number is needed for; recorded.")
@click.option("--after-break", is_flag=True, help="You took the break that was asked for.")
@_CASE
@json_option
@click.pass_context
def reveal(ctx: click.Context, referral_id: str, why: str, case_id: str | None, *, after_break: bool, as_json: bool) -> None:
    """Show the account number behind one referral, so that its institution or the police can be told. Counted by the day."""
    from bakau_casework.commands.screen import facts, foot

    with opened_desk(ctx, purpose=PURPOSE, case_id=case_id) as desk:
        document = desk.reveal_referral(referral_id, Why(why), after_break=after_break).to_document()
    if as_json:
        echo_json(document)
        return
    row = document["referral"]
    if isinstance(row, dict):
        facts((name.replace("_", " "), row[name]) for name in ("referral_id", "institution_id", "country", "number"))
    foot(document, f"{document['looked_up_today']} of at most {document['most_a_day']} numbers today", str(document["prompt"]))


def _show(view: View, *, as_json: bool) -> None:
    from bakau.model import ProtectionState
    from bakau_casework.commands.screen import clean, foot, objects

    document = view.to_document()
    if as_json:
        echo_json(document)
        return
    found = objects(document["referrals"])
    click.echo(f"{len(found)} referrals, {document['open']} of them open: people who may need protection, last payment first")
    click.echo(f"of these {document['in_review']} are in review: the holder's age is not known")
    for row in found:
        click.echo()
        click.echo(
            clean(
                f"{row['referral_id']}  last payment {row['last_ts']}  {row['country'] or 'country not known'}  {row['institution_id'] or ''}"
            )
        )
        for sign in objects(row["signs"]):
            click.echo(
                clean(f"  sign: {sign['title']} ({sign['rule']}): {sign['looks_for']}; {sign['payments']} payments, last {sign['last']}")
            )
            click.echo(clean(f"    next: {sign['runbook']}"))
        click.echo(clean(f"  in danger now: {row['immediate']}"))
        for one in objects(row["contacts"]):
            click.echo(clean(f"    {one['name']}: {one['how']} (source: {one['source']})"))
        if row["warning"]:
            click.echo(clean(f"  warning: {row['warning']}"))
        for one in objects(row["acts"]):
            click.echo(clean(f"  {one['act']} {one['reference']} by {one['person']} at {one['time']}"))
        if row["age_state"] == ProtectionState.AGE_UNKNOWN:
            click.echo("  in review, age not known: establish it, then bakau referrals settle ID --adult (or --protected) --basis …")
        if row["is_open"]:
            click.echo("  nobody has acted yet: bakau referrals act ID --did …")
    foot(document, f"contacts checked on {document['contacts_checked_on']}")
