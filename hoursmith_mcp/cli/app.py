"""The command line: running the house, and calling its tools by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from hoursmith_mcp import __version__
from hoursmith_mcp.cli import (
    calling,
    copying,
    demonstration,
    exporting,
    installing,
    members,
    organizations,
    running,
    tokens,
    webhooks,
    working,
)

app = typer.Typer(
    name="hoursmith-mcp",
    help="The back office of a freelancer or small agency, driven by talking to an assistant.",
    epilog="Without a command it speaks MCP on stdin and stdout, for a client that started it.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("serve")(running.serve)
app.command("worker")(working.worker)
app.command("doctor")(running.doctor)
app.command("tools")(calling.tools)
app.command("call")(calling.call)
app.command("openapi")(calling.openapi)
app.command("export")(exporting.export)
app.command("demo")(demonstration.demo)
app.command("install")(installing.install)
app.command("backup")(copying.backup)
app.command("restore")(copying.restore)
app.command("export-archive")(copying.export_archive)
app.command("import-archive")(copying.import_archive)
app.command("join")(members.join)
app.add_typer(members.app, name="member")
app.add_typer(organizations.app, name="org")
app.add_typer(tokens.app, name="token")
app.add_typer(webhooks.app, name="webhook")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that stand before any command."""
