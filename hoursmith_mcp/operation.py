"""One definition: a plain async function plus one frozen record.

The decorator registers nothing and returns the function; the catalogue finds the records. The name
of the function is the name of the tool and the operationId, its docstring the description, its
signature the arguments, its return type the result.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.arguments import Arguments, hints_of
from hoursmith_mcp.page import Page
from hoursmith_mcp.questions import CONFIRM, Question
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.schemas.result_schema import result_schema

MARK = "__operation__"
NO_DEFAULTS: Mapping[str, Any] = MappingProxyType({})

CONFIRM_SCHEMA = {
    "type": "string",
    "description": "confirm of the answer that asked.",
}
"""The argument that doors for assistants add to an act which asks first."""

Asking = Callable[..., Awaitable[Would | None]]
"""Says what an act would do, from the same arguments; None where there is nothing to ask."""

Offering = Callable[..., Awaitable[Question | None]]
"""Says what a person could choose, from the same arguments; None where there is no choice."""

Also = Callable[[Mapping[str, Any]], Scope | None]
"""Says which scope an operation takes besides, for a thing as answers show it."""


@dataclass(frozen=True)
class Undo:
    """Whether an operation can be taken back: by the rows that it changed, or not at all.

    `why_not` says in whole sentences why not, and what to do instead.
    """

    why_not: str = ""


BY_ROWS = Undo()
"""The rows that it changed are written back as they were."""

Function = TypeVar("Function", bound=Callable[..., Awaitable[BaseModel]])


def _without_required(part: Any) -> Any:
    if is_array(part):
        return [_without_required(inner) for inner in part]
    if not is_object(part):
        return part
    # A field that has this name holds a schema, which is no list.
    return {
        name: _without_required(inner)
        for name, inner in part.items()
        if name != "required" or not is_array(inner)
    }


@dataclass(frozen=True)
class Operation:
    """All that a door needs to know of one thing that people can do."""

    function: Callable[..., Awaitable[BaseModel]]
    toolset: str
    scope: Scope | None
    least: Role
    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool
    mcp: bool
    rest: str | None
    resource: str | None
    page: Page | None
    completes: bool
    proposes: bool
    asks: Asking | None
    offers: Offering | None
    undo: Undo | None
    unlisted: tuple[str, ...]
    creates: bool
    rest_only: tuple[str, ...]
    rest_defaults: Mapping[str, Any]
    for_invited: bool
    also: Also | None
    whole: Operation | None = None
    """The operation itself, where this one is how those see it who see no money."""

    @property
    def name(self) -> str:
        """The name of the function, the tool and the OpenAPI operation."""
        return self.function.__name__

    @property
    def takes_a_writing_scope(self) -> bool:
        """Whether it takes some scope that writes; which one shows as it runs."""
        return self.scope is None and not self.read_only and not self.for_invited

    @property
    def title(self) -> str:
        """The name as a person reads it: "Log time"."""
        return self.name.replace("_", " ").capitalize()

    @cached_property
    def description(self) -> str:
        """The docstring, as one paragraph."""
        return " ".join((inspect.getdoc(self.function) or "").split())

    @cached_property
    def arguments(self) -> Arguments:
        """The arguments, built from the signature when they are first asked for."""
        return Arguments(self.function, blind=self.whole is not None)

    @cached_property
    def result(self) -> type[BaseModel]:
        """The public model that the function returns."""
        result: type[BaseModel] = hints_of(self.function)["return"]
        return result

    @cached_property
    def result_schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of the result."""
        return result_schema(self.result, blind=self.whole is not None)

    @cached_property
    def definition(self) -> dict[str, Any]:
        """The definition of the tool, in the form of the Model Context Protocol."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self._listed_arguments(),
            "outputSchema": self._listed_result(),
            "annotations": self.annotations,
        }

    @property
    def annotations(self) -> dict[str, bool]:
        """The four safety flags, as the Model Context Protocol names them."""
        return {
            "readOnlyHint": self.read_only,
            "destructiveHint": self.destructive,
            "idempotentHint": self.idempotent,
            "openWorldHint": self.open_world,
        }

    def seen(self, *, blind: bool) -> Operation:
        """Return the operation as it is for those who see money, or for those who do not.

        To the latter, arguments and fields that are about money are not there at all.
        """
        itself = self if self.whole is None else self.whole
        return itself._blind_view if blind else itself

    @cached_property
    def _blind_view(self) -> Operation:
        return replace(self, whole=self)

    def _listed_arguments(self) -> dict[str, Any]:
        """Return the schema of the arguments as assistants are shown it, in every conversation.

        That unknown arguments are refused is left to the refusal, which names the nearest one.
        """
        schema = dict(self.arguments.schema)
        schema.pop("additionalProperties", None)
        properties = dict(schema["properties"])
        for name in (*self.unlisted, *self.rest_only):
            properties.pop(name, None)
        if self.asks is not None:
            properties[CONFIRM] = CONFIRM_SCHEMA
        return {**schema, "properties": properties}

    def _listed_result(self) -> dict[str, Any]:
        """Return the schema of the result as assistants are shown it: what may be there.

        That some of it always is, is told to programs only: its bytes are in every conversation.
        Where an act asks first it is that of the question, too.
        """
        schema: dict[str, Any] = _without_required(self.result_schema)
        if self.asks is None:
            return schema
        question = {"would": {"type": "string"}, CONFIRM: {"type": "string"}}
        return {**schema, "properties": {**schema["properties"], **question}}

    def __call__(self, *positional: Any, **named: Any) -> Awaitable[BaseModel]:
        """Run the bare function; `invoke` is the only caller."""
        return self.function(*positional, **named)


def operation(
    *,
    toolset: str,
    scope: Scope | None,
    least: Role,
    read_only: bool,
    destructive: bool,
    idempotent: bool,
    open_world: bool,
    mcp: bool = True,
    rest: str | None = None,
    resource: str | None = None,
    page: Page | None = None,
    completes: bool = False,
    proposes: bool = False,
    asks: Asking | None = None,
    offers: Offering | None = None,
    undo: Undo | None = None,
    unlisted: tuple[str, ...] = (),
    for_invited: bool = False,
    also: Also | None = None,
    creates: bool = False,
    rest_only: tuple[str, ...] = (),
    rest_defaults: Mapping[str, Any] = NO_DEFAULTS,
) -> Callable[[Function], Function]:
    """Attach the record to a function; safety flags are written out, never defaulted.

    `mcp=False` keeps it out of the tools, `rest` is "METHOD /path", `resource` a URI template whose
    variables are arguments, `page` how it reads there, `completes` marks the operation that
    completes names being typed, `proposes` lets one that only reads keep a proposal, `asks` says
    what an act would do first, `offers` what a person may choose who can be asked (where nobody
    can, the operation decides), `undo` says of one that changes data whether it can be taken back,
    `unlisted` names arguments that every door takes and no assistant
    is shown: they are seldom wanted, another listed tool takes them too, and every byte is paid for
    in every conversation. `for_invited` is what an invitation can be used for, and nothing else
    can; `also` names the scope that it takes besides for some things. Over REST alone, `creates`
    says that what is answered is new, `rest_only` names arguments that no other door takes,
    `rest_defaults` what others leave out differently.
    """

    def attach(function: Function) -> Function:
        record = Operation(
            function=function,
            toolset=toolset,
            scope=scope,
            least=least,
            read_only=read_only,
            destructive=destructive,
            idempotent=idempotent,
            open_world=open_world,
            mcp=mcp,
            rest=rest,
            resource=resource,
            page=page,
            completes=completes,
            proposes=proposes,
            asks=asks,
            offers=offers,
            undo=undo,
            unlisted=unlisted,
            for_invited=for_invited,
            also=also,
            creates=creates,
            rest_only=rest_only,
            rest_defaults=rest_defaults,
        )
        setattr(function, MARK, record)
        return function

    return attach
