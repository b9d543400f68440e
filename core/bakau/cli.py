"""The root command. It knows no layer above it: sub-commands come from the entry points ``bakau.commands`` and load when used.

Each entry point names ``module:command``; its name is the command's name. One line of help per command lies in HELP, so that
``bakau --help`` imports none of them.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bakau import __version__
from bakau.entries import list_entries
from bakau.errors import BakauError, InputError
from bakau.settings import NETWORKS

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

#: One line each, shown by ``bakau --help`` without importing the command; a test holds it to the commands' own help.
HELP = {
    "account": "Show one account: what is known of it and where from.",
    "agecontrol": "Report, per provider and tier, wallets of known adults that are used as a child would and are credited from abroad.",
    "analyse": "Compute features, indicators, communities and findings for the newest snapshot.",
    "archive": "Verify, compact, purge or upgrade the stored facts.",
    "ask": "Draft a request for the records that would tell most about a finding, for as few records as can be.",
    "audit": "Show or verify the audit log.",
    "backup": "Write the workspace to one file, whoever works in it meanwhile; the vault key only when asked for.",
    "batch": "Withdraw a batch, or show one.",
    "batches": "List what was loaded: file, source, counts, state.",
    "case": "Open, list or show cases.",
    "coverage": "Show which parts of the mission work, with command and test.",
    "dashboard": "Open the dashboard: findings, networks and data in a browser on this machine.",
    "evaluate": "Score the newest run against labels or a planted truth.",
    "explain": "Say why a finding is a finding, in sentences, with its evidence down to file and line.",
    "export": "Write scores, findings, communities or transfers to CSV or Parquet; draw a finding as a page.",
    "find": "Search accounts by id, by exact number or (with a purpose that allows it) by name.",
    "findings": "List suspect accounts and networks: still happening first, then worst.",
    "formats": "List the formats we read: versions, what is taken and what is not, limits.",
    "indicators": "List, show, test, run or propose red-flag rules, say what can be looked at and how each does, or write the rulebook.",
    "ingest": "Load files through a mapping; every record is loaded, rejected or a duplicate.",
    "init": "Make a new workspace.",
    "inspect": "Look at a file nobody has described: what it is, which column is what, how its first rows would load.",
    "jobs": "Load supplies of files as a jobs file says: once, or whenever new ones arrive.",
    "leads": "Look up a list of leads (phones, accounts, names …): signal, not proof; see what links the hits.",
    "mappings": "List the shipped mappings, or print one.",
    "methods": "Note emerging methods that no rule looks for yet, each with its source, or list them.",
    "neighbours": "Show who an account pays or is paid by, within a window and above a value.",
    "neo4j": "Install, start, stop or show the Neo4j server of a workspace.",
    "network": "Bring the network of accounts in step, rebuild or verify it, or show its state.",
    "path": "Find paths, or time-respecting paths, between two accounts.",
    "protect": "Mark a person or account as protected; withdraws every number about them.",
    "rates": "Load dated exchange rates, or list them: what transfers are worth in one reporting currency.",
    "referrals": "List people who may need protection, last payment first, with whom to call and who acted; nobody is named.",
    "rejects": "List the records of a batch that were rejected: line, column, reason.",
    "replay": "Say who would have been found in a past window by other rules, who is new and who is gone. Stores nothing.",
    "restore": "Make a workspace from a backup in a new or empty directory, whole or not at all.",
    "source": "Add, list, hold or extend sources: authority, legal basis, purposes, end.",
    "world": "Make a synthetic world with planted networks and look-alikes.",
}


class LazyGroup(click.Group):
    """A group whose commands are entry points, loaded only when called."""

    def _entries(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in list_entries("bakau.commands")}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, sorted."""
        return sorted({*super().list_commands(ctx), *self._entries()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command by name."""
        entry = self._entries().get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        command = entry.load()
        if not isinstance(command, click.Command):
            raise TypeError(f"entry point {cmd_name} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their one line each, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, HELP.get(name, "")) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-w", "--workspace", type=click.Path(path_type=Path), help="Workspace directory (or BAKAU_WORKSPACE).")
@click.option("--network", type=click.Choice(NETWORKS), help="Network to walk on, instead of the workspace's own (or BAKAU_NETWORK).")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="How much to log on stderr.")
@click.version_option(__version__, prog_name="bakau")
@click.pass_context
def root(ctx: click.Context, workspace: Path | None, network: str | None, log_level: str | None) -> None:
    """Bakau follows the money behind online child sexual exploitation: detect, report, disrupt."""
    from bakau.logs import configure_logs
    from bakau.settings import load_settings, use_network

    if network:
        ctx.call_on_close(use_network(network))
    settings = load_settings()
    configure_logs(level=log_level or settings.log_level)
    ctx.obj = workspace or settings.workspace


def workspace_path(ctx: click.Context) -> Path:
    """The workspace a command works in; InputError when none was named."""
    path = ctx.find_root().obj
    if not isinstance(path, Path):
        raise InputError("no workspace given", hint="bakau -w CASE_DIR …, or set BAKAU_WORKSPACE")
    return path


def report(error: BakauError) -> None:
    """Say on stderr what happened, where, and what to do next."""
    click.echo(f"bakau: {error}", err=True)
    if error.hint:
        click.echo(f"  → {error.hint}", err=True)


def main() -> None:
    """Run the command line: our errors become one or two lines and an exit code, never a traceback.

    Exit codes: 0 done, 1 failed, 2 your input, 3 refused by policy.
    """
    try:
        code = root.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except BakauError as error:
        report(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("bakau: stopped", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except MemoryError:
        click.echo("bakau: out of memory", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"bakau: {_words_of(error)}" + (f": {error.filename}" if error.filename else ""), err=True)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the outermost loop: a library's message may quote a value, so only its kind is said
        _report_defect(error)
        sys.exit(1)


def _words_of(error: OSError) -> str:
    """What the system said. Libraries in C++ give it only within a text of their own (``… [errno 28] …``)."""
    number = error.errno or next((int(found) for found in re.findall(r"errno (\d+)", str(error), re.IGNORECASE)), None)
    return error.strerror or (os.strerror(number) if number else type(error).__name__)


def _report_defect(error: Exception) -> None:
    """Say that something went wrong that we did not foresee; the traceback, without values, at log level debug."""
    from bakau.logs import frames_of, get_logger

    frames = frames_of(error)
    get_logger("bakau.cli").debug("defect", kind=type(error).__name__, frames=frames)
    click.echo(f"bakau: unexpected {type(error).__name__} in {frames[-1] if frames else 'the command line'}", err=True)
    click.echo("  → this is a defect of ours: run again with --log-level debug and report the frames it prints", err=True)
