"""The commands that copy what a database holds, and put copies back."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hoursmith_mcp.cli.house import refusing, settings_of_house
from hoursmith_mcp.cli.watching import watched
from hoursmith_mcp.runtime import Runtime

if TYPE_CHECKING:
    from hoursmith_mcp.store.copies.progress import Progress
    from hoursmith_mcp.store.diagnosis import Breach

Anyway: TypeAlias = Annotated[
    bool, typer.Option("--anyway", help="Also where the doctor finds something wrong with it.")
]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to make; there must be none yet.")],
    anyway: Anyway = False,
) -> None:
    """Copy the whole database into one SQLite file, while it is used, and examine the copy."""
    from hoursmith_mcp.store.copies.backing_up import back_up

    with _working() as (runtime, progress):
        breaches = back_up(runtime.database_url, file, anyway=anyway, progress=progress)
    typer.echo(f"Wrote {file}.")
    _tell(breaches)


def restore(
    file: Annotated[Path, typer.Argument(help="What `backup` made, on either kind of database.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Keep the SQLite file that is there aside, and replace it."),
    ] = False,
    anyway: Anyway = False,
) -> None:
    """Put a backup in the place of the database, all of it or nothing."""
    from hoursmith_mcp.store.copies.restoring import restore as put_back

    with _working() as (runtime, progress):
        restored = put_back(
            runtime.database_url,
            file,
            runtime.clock,
            replace=replace,
            anyway=anyway,
            progress=progress,
        )
        _warn_of_webhooks(runtime)
    typer.echo(f"Restored {file}.")
    if restored.kept is not None:
        typer.echo(f"What was there is kept in {restored.kept}.")
    _tell(restored.breaches)


def export_archive(
    file: Annotated[Path, typer.Argument(help="The file to make; there must be none yet.")],
) -> None:
    """Write everything of an organisation into one archive: a ZIP file with checksums."""
    from hoursmith_mcp.store.copies import exporting

    with _working() as (runtime, progress):
        manifest = exporting.export_archive(
            runtime.database_url, runtime.settings.organization, file, runtime.clock, progress
        )
    typer.echo(f"Wrote {file}: {manifest.rows} rows of {manifest.organization.name}.")
    typer.echo(f"Content: sha256 {manifest.content_sha256}")


def import_archive(
    file: Annotated[Path, typer.Argument(help="What `export-archive` made.")],
    anyway: Anyway = False,
) -> None:
    """Put the organisation of an archive into a database that is empty, or was never used."""
    from hoursmith_mcp.store.copies import restoring

    with _working() as (runtime, progress):
        manifest, imported = restoring.import_archive(
            runtime.database_url, file, runtime.clock, anyway=anyway, progress=progress
        )
        _warn_of_webhooks(runtime)
    typer.echo(f"Imported {file}: {manifest.rows} rows of {manifest.organization.name}.")
    typer.echo(f"Content: sha256 {manifest.content_sha256}")
    _tell(imported.breaches)


@contextmanager
def _working() -> Generator[tuple[Runtime, Progress]]:
    """Yield a house whose database is not opened, and what to tell of the work on it."""
    with refusing(), watched() as progress:
        yield Runtime(settings_of_house()), progress


def _tell(breaches: list[Breach]) -> None:
    """Say what is wrong with a copy that was wanted anyway; status 1."""
    for breach in breaches:
        typer.echo(f"{breach.code}: {breach.message}\n    {breach.way_out}", err=True)
    if breaches:
        raise typer.Exit(1)


def _warn_of_webhooks(runtime: Runtime) -> None:
    from hoursmith_mcp.store.diagnosis.webhooks import broken_secrets
    from hoursmith_mcp.store.snapshot import in_snapshot
    from hoursmith_mcp.webhooks.sealing import LOST

    opens = runtime.outbound.can_open
    if in_snapshot(runtime.database_url, lambda one: [*broken_secrets(one, opens)]):
        typer.echo(LOST, err=True)
