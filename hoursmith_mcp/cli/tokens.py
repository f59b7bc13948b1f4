"""The commands `token create`, `token list` and `token revoke`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hoursmith_mcp.access.issuing import issue_token, revoke_token
from hoursmith_mcp.cli.house import run_in_house
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.runtime import Runtime

app = typer.Typer(help="Make, list and revoke access tokens.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What the token is for.")],
    member: Annotated[str, typer.Option(help="E-mail of its member, if not the owner.")] = "",
    toolsets: Annotated[
        str, typer.Option(help="What its clients are shown: default,billing; or all.")
    ] = "",
) -> None:
    """Make a token and print it, once."""
    issued = run_in_house(
        lambda runtime: issue_token(runtime, name=name, email=member, toolsets=toolsets)
    )
    typer.echo(
        f"A token for {issued.member_name} of {issued.organization_name}. It is shown only now:",
        err=True,
    )
    typer.echo(issued.token)


@app.command("list")
def list_() -> None:
    """List all tokens; their secrets are not kept and cannot be shown."""
    rows = run_in_house(_all_tokens)
    if not rows:
        typer.echo("There are no tokens. Make one: hoursmith-mcp token create --name NAME")
    for row in rows:
        state = "revoked" if row.revoked_at is not None else "good"
        made = instant_text(row.created_at)[:10]
        typer.echo(
            f"{row.id}  {state:<7}  {made}  {row.name}  ({row.member_name}, "
            f"{row.organization_name}, hsk_…_{row.prefix}_…)"
        )


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="The token's id, name or public prefix.")],
) -> None:
    """Revoke a token; it opens nothing from the next request on."""
    revoked = run_in_house(lambda runtime: revoke_token(runtime, token))
    typer.echo(f"Revoked {revoked}.")


async def _all_tokens(runtime: Runtime) -> list[Any]:
    from hoursmith_mcp.store.queries.tokens import list_tokens

    return await (await runtime.database()).read(list_tokens)
