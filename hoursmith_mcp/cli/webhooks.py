"""The commands `webhook …`: systems outside that are told of what happens."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hoursmith_mcp.cli.acting import act

app = typer.Typer(
    help="Make, list, change, test and delete webhooks, and send things again.",
    no_args_is_help=True,
)

EVENT = "Type: invoice.paid, task.*, or * for all; may be repeated."

Which = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its id; `webhook list` has it.")]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", help=EVENT),
]
Projects = Annotated[
    list[str] | None,
    typer.Option("--project", help="Only this project, by name or id; may be repeated."),
]
PerMinute = Annotated[
    int | None, typer.Option(min=0, help="Messages a minute at most; 0 for any number.")
]
Description = Annotated[str | None, typer.Option(help="What it is for.")]


@app.command()
def create(
    url: Annotated[str, typer.Argument(help="Where to, by https.")],
    events: Annotated[list[str], typer.Option("--event", help=EVENT)],
    projects: Projects = None,
    thin: Annotated[bool, typer.Option("--thin", help="Send ids alone.")] = False,
    description: Description = None,
    per_minute: PerMinute = None,
) -> None:
    """Send events to a URL; prints the signing secret, once."""
    made = act(
        "create_webhook",
        url=url,
        events=events,
        projects=projects or None,
        thin=thin or None,
        description=description,
        per_minute=per_minute,
    )
    typer.echo(f"{_line(made)}\n{made['note']}", err=True)
    typer.echo(made["secret"])


@app.command("list")
def list_() -> None:
    """List the webhooks, and how each is doing."""
    page = act("list_webhooks", limit=100)
    if not page["webhooks"]:
        typer.echo("There are no webhooks. Make one: hoursmith-mcp webhook create URL")
    for one in page["webhooks"]:
        typer.echo(_line(one))
        typer.echo(f"    {_extent(one)}")


@app.command()
def update(
    webhook: Which,
    url: Annotated[str | None, typer.Option(help="Another URL.")] = None,
    events: Events = None,
    projects: Projects = None,
    all_projects: Annotated[
        bool, typer.Option("--all-projects", help="Of all projects again.")
    ] = False,
    thin: Annotated[bool | None, typer.Option("--thin/--full", help="Ids alone, or all.")] = None,
    description: Description = None,
    per_minute: PerMinute = None,
) -> None:
    """Change a webhook; what waits unwanted is dropped."""
    if projects and all_projects:
        raise typer.BadParameter("Say --project or --all-projects, not both.")
    said = (url, events, projects, thin, description, per_minute)
    if not all_projects and all(one is None or one == [] for one in said):
        raise typer.BadParameter(
            "Say what to change: --url, --event, --project, --thin or another."
        )
    changed = act(
        "update_webhook",
        webhook=webhook,
        url=url,
        events=events or None,
        projects=[] if all_projects else projects or None,
        thin=thin,
        description=description,
        per_minute=per_minute,
    )
    _show(changed)


@app.command()
def pause(webhook: Which) -> None:
    """Hold back everything for a webhook."""
    _show(act("update_webhook", webhook=webhook, paused=True))


@app.command()
def resume(webhook: Which) -> None:
    """Go on where a webhook was paused or disabled."""
    _show(act("update_webhook", webhook=webhook, paused=False))


@app.command()
def delete(webhook: Which) -> None:
    """Take a webhook away, and what waits for it."""
    gone = act("delete_webhook", webhook=webhook)
    typer.echo(f"Deleted {gone['id']} to {gone['url']}.")


@app.command("rotate-secret")
def rotate_secret(webhook: Which) -> None:
    """Print another signing secret, once; both sign for a day."""
    made = act("rotate_webhook_secret", webhook=webhook)
    typer.echo(f"The secret of before is good until {made['earlier_secret_until']}.", err=True)
    typer.echo(made["secret"])


@app.command("test")
def send_test(
    webhook: Which,
    event: Annotated[
        str | None, typer.Option("--event", help="Type; one that it is told, if left out.")
    ] = None,
) -> None:
    """Send the sample of an event, marked as a test."""
    queued = act("send_test_event", webhook=webhook, event=event)
    typer.echo(f"Queued {queued['type']} as {queued['id']}; a server or a worker sends it.")


@app.command()
def deliveries(
    webhook: Annotated[str | None, typer.Option(help="Only to this one, by id.")] = None,
    type: Annotated[str | None, typer.Option(help="Type of event: invoice.paid, task.*.")] = None,
    status: Annotated[
        str | None,
        typer.Option(help="pending, delivered, exhausted, abandoned, withheld or dropped."),
    ] = None,
    period: Annotated[str | None, typer.Option(help="today, since monday, 2026-11.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
) -> None:
    """List what was sent, and how the last attempt went."""
    filters = {"webhook": webhook, "type": type, "status": status, "period": period}
    page = act("list_deliveries", **filters, cursor=cursor, limit=50)
    for one in page["deliveries"]:
        typer.echo(_delivery(one))
    if "next_cursor" in page:
        typer.echo(f"There are more: repeat it with --cursor {page['next_cursor']}", err=True)


@app.command()
def replay(
    delivery: Annotated[
        str | None, typer.Argument(help="The id of one delivery; else --webhook.")
    ] = None,
    webhook: Annotated[str | None, typer.Option(help="All that this one was sent.")] = None,
    period: Annotated[str | None, typer.Option(help="Only of: today, since monday.")] = None,
) -> None:
    """Send one delivery again, or all of a webhook."""
    done = act("replay_deliveries", delivery=delivery, webhook=webhook, period=period)
    typer.echo(done["message"])


def _show(one: dict[str, Any]) -> None:
    typer.echo(f"{_line(one)}\n    {_extent(one)}")


def _line(one: dict[str, Any]) -> str:
    return f"{one['id']}  {one['status']:<8}  {one['url']}"


def _extent(one: dict[str, Any]) -> str:
    """Say what a webhook is told, and what is wrong with it."""
    parts = [", ".join(one["events"])]
    if one["project_ids"]:
        parts.append(f"only of {', '.join(one['project_ids'])}")
    if one.get("thin"):
        parts.append("ids alone")
    if "per_minute" in one:
        parts.append(f"{one['per_minute']} a minute at most")
    if "failures" in one:
        parts.append(f"failures in a row: {one['failures']}")
    parts += [one[name] for name in ("disabled_because", "description") if name in one]
    return "; ".join(parts)


def _delivery(one: dict[str, Any]) -> str:
    last: dict[str, Any] = one["attempts"][-1] if one["attempts"] else {}
    how = last.get("status") or last.get("fault") or "-"
    parts = [one["id"], f"{one['status']:<9}", f"{how!s:<12}", one["created_at"], one["type"]]
    if "next_attempt_at" in one:
        parts.append(f"(again at {one['next_attempt_at']})" if last else "(waits)")
    return "  ".join(parts)
