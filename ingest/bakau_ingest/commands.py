"""The commands `ingest` and `mappings`: files in, with every record accounted for."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from bakau.cli import workspace_path

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from bakau.errors import BakauError
    from bakau_graph.archive.records import Source
    from bakau_graph.archive.snapshot import Snapshot
    from bakau_ingest.load import Loaded
    from bakau_ingest.selection import Refused, Selection

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--mapping", help="Name of a shipped mapping, or a YAML file; bank messages (ISO 20022, SWIFT MT, OFX) need none.")
@click.option("--source", "source_id", default="training", show_default=True, help="The source the files come from (bakau source list).")
@click.option("--encoding", help="Encoding of the files, when it is not UTF-8 (windows-1252, utf-16 …).")
@click.option("--replace", "replaced", metavar="BATCH", help="Withdraw this batch and load the file in one step.")
@click.option("--correction", is_flag=True, help="The source says that records with a known reference correct the earlier ones.")
@click.option("--max-rejects", type=click.IntRange(min=0), help="Refuse a file with more rejected records than this (exit 1).")
@click.option("--recursive", is_flag=True, help="Look into the folders of a folder, too.")
@click.option(
    "--workers", type=click.IntRange(1, 16), help="Files made ready at once; by default as many as there are processors, at most 2."
)
@click.option("--dry-run", is_flag=True, help="Read and check everything, load nothing.")
@AS_JSON
@click.pass_context
def ingest(
    ctx: click.Context,
    paths: tuple[Path, ...],
    mapping: str | None,
    source_id: str,
    encoding: str | None,
    replaced: str | None,
    max_rejects: int | None,
    workers: int | None,
    *,
    correction: bool,
    recursive: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Load files through a mapping; every record is loaded, rejected or a duplicate.

    PATHS are files, folders, or patterns in quotes ("in/*.xml"). Files are committed as given, within a folder or pattern sorted by
    name. A run that was stopped goes on where it stopped when it is called again.
    """
    from bakau.errors import InputError
    from bakau.progress import progress
    from bakau_graph.archive import Archive
    from bakau_graph.staleness import describe_staleness
    from bakau_ingest.after_load import tell_after_ingest
    from bakau_ingest.convoy import count_workers, load_files, size_of
    from bakau_ingest.load import LoadOptions
    from bakau_ingest.memory import keep_memory
    from bakau_ingest.selection import choose_files

    if dry_run:
        _check_only(ctx, choose_files(paths, mapping, recursive=recursive), encoding, as_json=as_json)
        return
    keep_memory()
    archive = Archive.open(workspace_path(ctx))
    _greet(archive.get_source(source_id))
    found = choose_files(paths, mapping, recursive=recursive)
    if replaced is not None and len(found.files) + len(found.refused) > 1:
        raise InputError("--replace takes one file", hint="load the others in a call of their own")
    for chosen in found.files:
        if chosen.recognised:
            click.echo(f"{chosen.path.name}: recognised, read with the mapping {chosen.mapping.name}", err=True)
    options = LoadOptions(source_id, encoding, replaced, correction, max_rejects)
    loaded: list[Loaded] = []
    refused = list(found.refused)
    with progress("ingest", size_of(found.files)) as bar:
        stopped = _load_all(load_files(archive, found.files, options, bar, workers=workers or count_workers()), loaded, refused)
    snapshot = archive.snapshot()
    _print(snapshot.label, _as_they_stand(snapshot, loaded), refused, as_json=as_json)
    if behind := describe_staleness(archive):
        click.echo(behind, err=True)
    tell_after_ingest(archive.workspace)
    _report_failures(ctx, refused, anything=bool(loaded))
    if stopped is not None:
        raise stopped


def _greet(source: Source) -> None:
    """Refuse a source that is over, and say of one for training that it is one."""
    from bakau_graph.archive.term import refuse_over

    refuse_over(source)
    if source.training:
        only = "synthetic or public data only" if source.source_id == "training" else "training data only"
        click.echo(f"source {source.source_id}: {only}", err=True)


def _as_they_stand(snapshot: Snapshot, loaded: list[Loaded]) -> list[Loaded]:
    """What became of the files, as the archive says it now: a later file may have brought what an earlier one lacked."""
    from dataclasses import replace

    stands = {batch.batch_id: batch.incomplete for batch in snapshot.batches()}
    return [replace(file, incomplete=stands.get(file.batch_id, file.incomplete)) for file in loaded]


def _load_all(outcomes: Generator[Loaded | Refused], loaded: list[Loaded], refused: list[Refused]) -> BakauError | None:
    """Sort what became of the files; returns what stopped the run: one bad file does not, a locked or damaged workspace does."""
    from bakau.errors import InputError
    from bakau_ingest.selection import Refused

    with closing(outcomes):
        for done in outcomes:
            if not isinstance(done, Refused):
                loaded.append(done)
            elif isinstance(done.error, InputError):
                refused.append(done)
            else:
                return done.error
    return None


def _check_only(ctx: click.Context, found: Selection, encoding: str | None, *, as_json: bool) -> None:
    """Everything a load does before it stores: nothing is stored, no workspace is needed."""
    from bakau.errors import InputError
    from bakau_ingest.dry_run import check_file
    from bakau_ingest.selection import Refused

    checked: list[dict[str, object]] = []
    refused = list(found.refused)
    for chosen in found.files:
        try:
            checked.append(check_file(chosen, encoding))
        except InputError as error:
            refused.append(Refused(chosen.path, error))
    if as_json:
        click.echo(json.dumps({"schema": "bakau.dry-run/1", "snapshot": None, "files": checked, **_say_refused(refused)}))
    else:
        for file in checked:
            click.echo("{file}  {received:,} received = {accepted:,} would load + {rejected:,} would be rejected".format(**file))
            _print_reasons(cast("dict[str, int]", file["reasons"]))
    click.echo("nothing was loaded", err=True)
    _report_failures(ctx, refused, anything=bool(checked))


def _print_reasons(reasons: dict[str, int]) -> None:
    for code, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"  {count:,} × {code}")


def _print(snapshot: str, loaded: list[Loaded], refused: list[Refused], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_document(snapshot, loaded, refused)))
        return
    for file in loaded:
        sum_text = f"{file.received:,} received = {file.loaded:,} loaded + {file.rejected:,} rejected + {file.duplicates:,} duplicates"
        click.echo(f"{file.file}  {file.batch_id}  {sum_text}" + ("  (stands already)" if file.known else ""))
        if file.rounded:
            click.echo(f"  {file.rounded:,} amounts were rounded to the currency's minor unit")
        _print_reasons(file.reasons)
        for reason in file.incomplete:
            click.echo(f"  incomplete: {reason}")
        if file.rejected:
            click.echo(f"  → bakau rejects {file.batch_id}")
    if len(loaded) > 1:
        total = {name: sum(getattr(file, name) for file in loaded) for name in ("received", "loaded", "rejected", "duplicates")}
        click.echo("in all  {received:,} received = {loaded:,} loaded + {rejected:,} rejected + {duplicates:,} duplicates".format(**total))


def _document(snapshot: str, loaded: list[Loaded], refused: list[Refused]) -> dict[str, object]:
    names = ("batch_id", "received", "loaded", "rejected", "duplicates", "rows", "rounded", "seconds")
    batches: list[dict[str, object]] = []
    for file in loaded:
        said = {"incomplete": list(file.incomplete)} if file.incomplete else {}
        batches.append({"source": file.source_id, "file": file.file, **{name: getattr(file, name) for name in names}, **said})
    total = {name: sum(getattr(file, name) for file in loaded) for name in ("received", "loaded", "rejected", "duplicates")}
    return {"schema": "bakau.ingest/1", "snapshot": snapshot, **total, "batches": batches, **_say_refused(refused)}


def _say_refused(refused: Sequence[Refused]) -> dict[str, object]:
    """The field `refused` of a document; nothing when there is none."""
    rows = [{"file": one.path.name, "message": one.error.message, "hint": one.error.hint} for one in refused]
    return {"refused": rows} if rows else {}


def _report_failures(ctx: click.Context, refused: Sequence[Refused], *, anything: bool) -> None:
    from bakau.cli import report
    from bakau_ingest.convoy import worst_code

    for one in refused:
        if len(refused) > 1 and one.error.at is None:
            click.echo(f"{one.path.name}:", err=True)
        report(one.error)
    if refused:
        ctx.exit(1 if anything else worst_code(one.error for one in refused))


@click.group(invoke_without_command=True)
@AS_JSON
@click.pass_context
def mappings(ctx: click.Context, *, as_json: bool) -> None:
    """List the shipped mappings, or print one."""
    if ctx.invoked_subcommand is not None:
        return
    from bakau_ingest.mapping import load_mapping, shipped

    rows = [
        {
            "name": name,
            "meaning": load_mapping(name).meaning,
            "files": [pattern for file in load_mapping(name).files for pattern in file.match],
        }
        for name in shipped()
    ]
    if as_json:
        click.echo(json.dumps({"schema": "bakau.mappings/1", "snapshot": None, "mappings": rows}))
    else:
        click.echo("\n".join(f"{row['name']:<12} {row['meaning']}" for row in rows))


@click.command()
@AS_JSON
def formats(*, as_json: bool) -> None:
    """List the formats we read: versions, what is taken and what is not, limits."""
    from bakau_ingest.formats import load_formats, needs_mapping

    notes = load_formats()
    if as_json:
        rows = [{"name": name, **note.model_dump(), "needs_mapping": needs_mapping(name)} for name, note in notes.items()]
        click.echo(json.dumps({"schema": "bakau.formats/1", "snapshot": None, "formats": rows}))
        return
    for name, note in notes.items():
        click.echo(f"{name:<16} {note.title}{'' if needs_mapping(name) else ' (no mapping needed)'}")
        for what, text in (("read", note.versions), ("taken", note.taken), ("not taken", note.not_taken), ("at most", note.limits)):
            click.echo(f"  {what + ':':<11} {text}")


@mappings.command("show")
@click.argument("name")
def show_mapping(name: str) -> None:
    """Print a shipped mapping's YAML, to copy and change."""
    from bakau.errors import MappingError
    from bakau_ingest.mapping import shipped, shipped_text

    if name not in shipped():
        raise MappingError(f"no mapping {name!r}", hint=f"shipped: {', '.join(shipped())}")
    click.echo(shipped_text(name), nl=False)
