"""The commands `token create`, `token list` and `token revoke`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hoursmith_mcp.access.issuing import issue_token, revoke_token
from hoursmith_mcp.cli.house import run_in_house
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.tokens import token_status

app = typer.Typer(help="Make, list and revoke access tokens.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What the token is for.")],
    member: Annotated[str, typer.Option(help="E-mail of its member, if not the owner.")] = "",
    preset: Annotated[
        str, typer.Option(help="What it may do: full, read-only, time-only or draft-only.")
    ] = "",
    scopes: Annotated[
        str, typer.Option(help="Scopes instead of a preset: time:write,projects:read.")
    ] = "",
    projects: Annotated[
        list[str] | None, typer.Option(help="Only this project, by name or id; may be repeated.")
    ] = None,
    expires: Annotated[
        str, typer.Option(help="Its last day: 'in 90 days', 2027-01-31; else none.")
    ] = "",
    toolsets: Annotated[
        str, typer.Option(help="What its clients are shown: default,billing; or all.")
    ] = "",
) -> None:
    """Make a token and print it, once."""
    issued = run_in_house(
        lambda runtime: issue_token(
            runtime,
            name=name,
            email=member,
            preset=preset,
            scopes=[scopes] if scopes else [],
            projects=projects or [],
            expires=expires,
            toolsets=toolsets,
        )
    )
    typer.echo(
        f"For {issued.member_name} of {issued.organization_name}: {issued.sentence}", err=True
    )
    typer.echo(issued.token)


@app.command("list")
def list_() -> None:
    """List all tokens; their secrets are not kept and cannot be shown."""
    rows, now_us = run_in_house(_all_tokens)
    if not rows:
        typer.echo("There are no tokens. Make one: hoursmith-mcp token create --name NAME")
    for row in rows:
        typer.echo(
            f"{row.id}  {token_status(row, now_us):<7}  {_day(row.created_at)}  {row.name}  "
            f"({row.member_name}, {row.organization_name}, hsk_…_{row.prefix}_…)"
        )
        typer.echo(f"    {_extent(row)}")


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="The token's id, name or public prefix.")],
) -> None:
    """Revoke a token; it opens nothing from the next request on."""
    revoked = run_in_house(lambda runtime: revoke_token(runtime, token))
    typer.echo(f"Revoked {revoked}.")


async def _all_tokens(runtime: Runtime) -> tuple[list[Any], int]:
    from hoursmith_mcp.store.queries.tokens import list_tokens

    return await (await runtime.database()).read(list_tokens), runtime.clock()


def _extent(row: Any) -> str:
    """Say what a token may do, until when, and when it was last used."""
    parts = [row.scopes]
    if row.is_limited:
        parts.append("some projects only")
    if row.expires_at is not None:
        parts.append(f"until {instant_text(row.expires_at)}")
    parts.append("never used" if row.last_used_at is None else f"used {_day(row.last_used_at)}")
    return "; ".join(parts)


def _day(instant_us: int) -> str:
    return instant_text(instant_us)[:10]
