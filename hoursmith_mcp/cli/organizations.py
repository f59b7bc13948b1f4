"""The commands `org create` and `org list`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hoursmith_mcp.access.organizations import found_organization
from hoursmith_mcp.cli.house import run_in_house
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.runtime import Runtime

app = typer.Typer(help="Make and list organisations of one database.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the business is called.")],
    owner_email: Annotated[str, typer.Option(help="E-mail of its owner.")],
    owner_name: Annotated[str, typer.Option(help="Name of its owner.")] = "",
    test: Annotated[bool, typer.Option("--test", help="For trying things out.")] = False,
) -> None:
    """Make another organisation and print its id."""

    async def work(runtime: Runtime) -> Any:
        if "@" not in owner_email.strip("@"):
            raise InvalidInput("--owner-email is no e-mail address; write it like ada@example.com.")
        return await found_organization(
            runtime, name=name, owner_email=owner_email, owner_name=owner_name, live=not test
        )

    made = run_in_house(work)
    typer.echo(f"Made {made.name}. A token for its owner, who can then invite others:", err=True)
    typer.echo(
        f"  HOURSMITH_ORGANIZATION={made.id} hoursmith-mcp token create --name owner", err=True
    )
    typer.echo(made.id)


@app.command("list")
def list_() -> None:
    """List the organisations of the database."""
    for row in run_in_house(_all_organizations):
        made = instant_text(row.created_at)[:10]
        kind = "live" if row.live else "test"
        members = "1 member" if row.members == 1 else f"{row.members} members"
        typer.echo(f"{row.id}  {kind}  {made}  {row.name}  ({members})")


async def _all_organizations(runtime: Runtime) -> list[Any]:
    from hoursmith_mcp.store.queries.house import list_organizations

    return await (await runtime.database()).read(list_organizations)
