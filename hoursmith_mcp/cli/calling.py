"""The commands `call`, `tools` and `openapi`: a thin adapter for terminals and scripts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from hoursmith_mcp.catalogue import named
from hoursmith_mcp.cli.house import house, refuse, refusing, run_to_its_end
from hoursmith_mcp.cli.reading import plain, print_answer
from hoursmith_mcp.errors import HoursmithError, InvalidInput
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings, read_settings
from hoursmith_mcp.unit import compact_json

KINDS_OF_VALUES = {
    "boolean": "true or false",
    "integer": "a whole number",
    "object": "an object of JSON",
    "string": "text",
}


def call(
    tool: Annotated[str, typer.Argument(help="The tool's name; `tools` lists them.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Its arguments.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    key: Annotated[str, typer.Option(help="Key that makes a retry of this call safe.")] = "",
    run: Annotated[str, typer.Option(help="Name of the run that this call belongs to.")] = "",
) -> None:
    """Call a tool: hoursmith-mcp call log_time project=acme duration=2h."""

    async def work() -> dict[str, Any]:
        settings = read_settings(os.environ)
        if settings.url:
            return await _call_there(settings, tool, arguments or [], key or None, run)
        async with house(settings) as runtime:
            return await _call_here(runtime, tool, arguments or [], key or None, run)

    data = run_to_its_end(work())
    if as_json:
        typer.echo(compact_json(data))
    else:
        print_answer(data)


async def _call_here(
    runtime: Runtime, tool: str, pairs: Sequence[str], key: str | None, run: str
) -> dict[str, Any]:
    operation = named(runtime.catalogue.operations, tool)
    caller = runtime.local_caller("command line", client="hoursmith-mcp call", run=run)
    given = read_pairs(pairs, operation.arguments.schema)
    return (await runtime.invoke(operation, caller, given, key=key)).data


async def _call_there(
    settings: Settings, tool: str, pairs: Sequence[str], key: str | None, run: str
) -> dict[str, Any]:
    from hoursmith_mcp.adapters.mcp.address import server_of
    from hoursmith_mcp.adapters.mcp.remote import open_remote

    address = server_of(settings)
    async with open_remote(address, door="call") as remote:
        # What the server does not show is refused by it, in its own words.
        given = read_pairs(pairs, remote.tools.get(tool, {}).get("inputSchema", {}))
        return await remote.call(tool, given, key=key, run=run)


def tools(
    tool: Annotated[str, typer.Argument(help="One tool, with all that it takes.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List all tools, with their arguments; those in brackets may be left out."""
    with refusing():
        runtime = Runtime(read_settings(os.environ))
        found = runtime.catalogue.tools("all")
        if tool:
            _tell_of(named(found, tool), runtime, as_json=as_json)
            return
    shown = found.values()
    if as_json:
        typer.echo(json.dumps([_row(one, runtime) for one in shown], ensure_ascii=False))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("Tool", "What it does", "Arguments", box=None, pad_edge=False)
    for one in shown:
        table.add_row(one.name, one.description, escape(" ".join(_arguments(one))))
    Console(highlight=False).print(table)


def _tell_of(one: Operation, runtime: Runtime, *, as_json: bool) -> None:
    """Print what a tool does, and of each argument what may be given."""
    schema = one.arguments.schema
    if as_json:
        typer.echo(compact_json({**_row(one, runtime), "schema": schema}))
        return
    properties: dict[str, dict[str, Any]] = schema["properties"]
    taken = [
        {"argument": word, "values": _values(properties[name]), "what": _what(properties[name])}
        for word, name in zip(_arguments(one), one.arguments.names, strict=True)
    ]
    typer.echo(f"{one.name}: {one.description}")
    print_answer({"arguments": taken})


def _values(schema: Mapping[str, Any]) -> str:
    """Return what may be given for an argument, in words."""
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"a list of: {_values(schema.get('items', {}))}"
    words = KINDS_OF_VALUES[_kind(schema)]
    if "minimum" in schema and "maximum" in schema:
        return f"{words}, {schema['minimum']} to {schema['maximum']}"
    return words


def _what(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    usual = f" Usually {plain(default)}." if default not in (None, "") else ""
    return f"{schema.get('description', '')}{usual}".strip()


def openapi() -> None:
    """Print the OpenAPI document of the REST API."""
    from hoursmith_mcp.adapters.rest.openapi import build_openapi

    try:
        runtime = Runtime(read_settings(os.environ))
        server_url = runtime.settings.public_url or "http://127.0.0.1:8484"
        document = build_openapi(runtime.catalogue, server_url=server_url)
    except HoursmithError as error:
        refuse(error)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def read_pairs(pairs: Sequence[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Read KEY=VALUE words; what the schema says is no text is read as JSON.

    Raises InvalidInput for a word without "=".
    """
    given: dict[str, Any] = {}
    properties = schema.get("properties", {})
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise InvalidInput(f"Write arguments as key=value; there is no = in {pair[:40]!r}.")
        given[name] = _value(text, properties.get(name, {}))
    return given


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    kind = _kind(schema)
    if kind == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        # A list may be written without brackets: tags=design,urgent.
        return [part.strip() for part in text.split(",")] if kind == "array" else text


def _kind(schema: Mapping[str, Any]) -> str:
    """Return what a value is by its schema: what is described elsewhere is an object."""
    kind: str = schema.get("type", "object" if "$ref" in schema else "string")
    return kind


def _row(one: Operation, runtime: Runtime) -> dict[str, Any]:
    return {
        "name": one.name,
        "toolset": one.toolset,
        "default": one.name in runtime.catalogue.default_tools,
        "read_only": one.read_only,
        "description": one.description,
        "arguments": _arguments(one),
    }


def _arguments(one: Operation) -> list[str]:
    required = one.arguments.schema.get("required", [])
    return [name if name in required else f"[{name}]" for name in one.arguments.names]
