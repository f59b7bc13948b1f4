"""The commands `member …` and `join`."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from hoursmith_mcp.cli.acting import act, in_house, on_server
from hoursmith_mcp.cli.house import run_to_its_end
from hoursmith_mcp.settings import read_settings

app = typer.Typer(help="Invite, list, change and remove members.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="Whole name or id.")]
ROLES = "OWNER, ADMIN, MANAGER or MEMBER."


@app.command()
def invite(
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    name: Annotated[str, typer.Option(help="Name.")],
    role: Annotated[str, typer.Option(help=ROLES)] = "MEMBER",
    renew: Annotated[bool, typer.Option("--renew", help="Make a new code.")] = False,
) -> None:
    """Invite somebody and print the code to join with, once."""
    made = act("invite_member", email=email, name=name, role=role.upper(), renew=renew or None)
    typer.echo(made["message"], err=True)
    for warning in made.get("warnings", []):
        typer.echo(warning, err=True)
    typer.echo(made["code"])


@app.command("list")
def list_(
    removed: Annotated[bool, typer.Option("--removed", help="Those who have left.")] = False,
) -> None:
    """List members, and who was invited."""
    page = act("list_members", removed=removed or None, limit=200)
    for one in page["members"]:
        address = f" <{one['email']}>" if "email" in one else ""
        typer.echo(f"{one['id']}  {one['status']:<7}  {one['role']:<7}  {one['name']}{address}")
    if "next_cursor" in page:
        typer.echo("There are more: hoursmith-mcp call list_members cursor=…", err=True)


@app.command()
def role(
    member: Who,
    role: Annotated[str, typer.Argument(help=ROLES)],
) -> None:
    """Give a member another role."""
    changed = act("update_member", member=member, role=role.upper())
    typer.echo(f"{changed['name']} is {changed['role']}.")


@app.command()
def remove(member: Who) -> None:
    """Remove a member, or withdraw an invitation; their time stays."""
    typer.echo(_told(act("remove_member", member=member)))


@app.command()
def erase(member: Who) -> None:
    """Erase the name and address of somebody who has left, for good."""
    typer.echo(act("erase_member", member=member)["message"])


def join(
    code: Annotated[str, typer.Argument(help="The code that you were given.")],
    url: Annotated[str, typer.Option(help="Address of the server, if it is one.")] = "",
    name: Annotated[str, typer.Option(help="Your name, if not as you were invited.")] = "",
    time_zone: Annotated[str, typer.Option(help="Your zone, as Europe/Berlin.")] = "",
) -> None:
    """Join with the code of an invitation, and print your token, once."""
    given = {"name": name, "time_zone": time_zone}
    arguments: dict[str, Any] = {word: text for word, text in given.items() if text}

    async def work() -> dict[str, Any]:
        settings = read_settings(os.environ)
        if server := url or settings.url:
            return await on_server(server, code, "accept_invitation", arguments)
        return await in_house(settings, code, "accept_invitation", arguments)

    joined = run_to_its_end(work())
    typer.echo(
        f"Welcome to {joined['organization']}, {joined['name']} ({joined['role']}).", err=True
    )
    typer.echo("Your token; it is shown only now. Set a client up with it, for instance:", err=True)
    server = f" --url {url}" if url else ""
    typer.echo(f"  hoursmith-mcp install claude-code{server} --token hsk_…", err=True)
    typer.echo(joined["token"])


def _told(gone: dict[str, Any]) -> str:
    parts = [gone["message"], gone.get("timer", "")]
    if gone["tokens_revoked"]:
        parts.append(f"Tokens that opened something until now: {gone['tokens_revoked']}.")
    if gone["tasks_unassigned"]:
        parts.append(f"Tasks without them: {gone['tasks_unassigned']}.")
    return " ".join(part for part in parts if part)
