"""Arguments: a strict model made from a function's signature, and its refusals in our own words."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticSerializationError, to_json

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.given import Given, choices_in_any_case
from hoursmith_mcp.schemas.json_schema import arguments_schema
from hoursmith_mcp.schemas.listing import Listing
from hoursmith_mcp.schemas.seen import is_seen_whole

IS_MISSING = " is missing"
"""What is said first of an argument that is not there."""

MOST_MISTAKES = 50
"""So many are told at once: a short request can hold a hundred thousand."""


class Arguments:
    """The arguments of one operation: how they are read, and the schema that says so."""

    def __init__(
        self, function: Callable[..., Awaitable[BaseModel]], *, blind: bool = False
    ) -> None:
        """Take the function; nothing is built before it is asked for.

        To the `blind`, an argument that is about money, or has a part that is, does not exist.
        """
        self._function = function
        self._name = function.__name__
        self._blind = blind

    @cached_property
    def model(self) -> type[BaseModel]:
        """The model; unknown arguments are refused, and nothing is coerced."""
        fields: dict[str, Any] = {}
        for parameter in list(inspect.signature(self._function).parameters.values())[1:]:
            if parameter.name in self._listings:
                fields |= self._listings[parameter.name].arguments(blind=self._blind)
                continue
            required = parameter.default is inspect.Parameter.empty
            fields[parameter.name] = (
                choices_in_any_case(_without_none(self._hints[parameter.name])),
                ... if required else parameter.default,
            )
        name = self._name.title().replace("_", "") + "Arguments"
        model: type[BaseModel] = create_model(name, __base__=Given, **fields)
        if not self._blind:
            return model
        seen = [one for one, field in model.model_fields.items() if is_seen_whole(field)]
        blind: type[BaseModel] = create_model(
            name, __base__=Given, **{one: fields[one] for one in seen}
        )
        return blind

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return hints_of(self._function)

    @cached_property
    def _listings(self) -> dict[str, Listing]:
        """The parameters that stand for all arguments of a listing."""
        return {
            name: mark
            for name, hint in self._hints.items()
            for mark in getattr(hint, "__metadata__", ())
            if isinstance(mark, Listing)
        }

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the arguments, in the order of the signature."""
        return tuple(self.model.model_fields)

    @cached_property
    def fields(self) -> dict[str, FieldInfo]:
        """The arguments' fields by name, with what their annotations carry."""
        return dict(self.model.model_fields)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of the arguments, without titles and nulls."""
        return arguments_schema(self.model)

    def read(self, given: Mapping[str, Any], *, not_here: Collection[str] = ()) -> dict[str, Any]:
        """Read what a caller gave; what is `not_here` is as unknown as what is nowhere.

        Raises InvalidInput with one sentence that names every argument that cannot be read.
        """
        for name in not_here:
            if name in given and name in self.names:
                sentence = f"{self._name} takes {name} over REST only."
                raise InvalidInput(sentence, fields={name: sentence})
        try:
            # As JSON, so that every door has the rules of JSON: no tuple, no date object slips by.
            read = self.model.model_validate_json(to_json(dict(given)))
        except ValidationError as error:
            raise self._refusal(error, not_here) from None
        except (PydanticSerializationError, UnicodeError):
            raise InvalidInput(
                f"{self._name} was given something that cannot be written as JSON in UTF-8; "
                "give text, numbers, true or false, and lists of them."
            ) from None
        values = {name: getattr(read, name) for name in self.names}
        for name, listing in self._listings.items():
            own = {each: values.pop(each, None) for each in listing.arguments()}
            values[name] = listing.read(own)
        return values

    def _refusal(self, error: ValidationError, not_here: Collection[str]) -> InvalidInput:
        found: dict[str, str] = {}
        for detail in error.errors(include_url=False)[:MOST_MISTAKES]:
            place = ".".join(str(part) for part in detail["loc"]) or "arguments"
            found.setdefault(place, self._sentence(place, detail, not_here))
        return InvalidInput(" ".join(found.values()), fields=found)

    def _sentence(self, place: str, detail: ErrorDetails, not_here: Collection[str]) -> str:
        if detail["type"] == "extra_forbidden":
            return self._unknown(detail["loc"], not_here)
        if detail["type"] == "missing":
            return f"{place}{IS_MISSING}; {self._name} needs it."
        if detail["type"] == "value_error":
            return f"{place}: {detail.get('ctx', {}).get('error', 'cannot be read')}"
        return f"{place} {_expectation(detail)}."

    def _unknown(self, location: tuple[int | str, ...], not_here: Collection[str]) -> str:
        *within, last = location
        name, names = str(last), _names_within(self.model, within)
        if not within:
            names = tuple(one for one in names if one not in not_here)
        taker = ".".join(map(str, within)) or self._name
        shown = name if name.isprintable() and len(name) <= 40 else OF_THAT_NAME
        return unknown_argument(taker, name, names, shown=shown)


OF_THAT_NAME = "of that name"
"""What an argument is called whose name is not repeated."""


def unknown_argument(
    taker: str, name: str, known: Collection[str], *, shown: str = OF_THAT_NAME
) -> str:
    """Return the sentence that refuses an argument by a name that its taker does not know."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{taker} takes no argument {shown}.{hint} It takes: {', '.join(known) or 'none'}."


@cache  # A client that starts us waits for each time that they are read.
def hints_of(function: Callable[..., Awaitable[BaseModel]]) -> dict[str, Any]:
    """Return the types in a function's signature, with what they carry."""
    return get_type_hints(function, include_extras=True)


def _names_within(model: type[BaseModel], location: list[int | str]) -> tuple[str, ...]:
    """Return the names that a model takes at a place within it: an object in a list, say."""
    for name in (part for part in location if isinstance(part, str)):
        annotation: Any = model.model_fields[name].annotation
        model = next(iter(get_args(annotation)), annotation)
    return tuple(model.model_fields)


def _without_none(hint: Any) -> Any:
    """Turn "X or None" into "X": no value of an argument is null, it is left out."""
    if get_origin(hint) is Annotated:
        inner, *extras = get_args(hint)
        return Annotated[_without_none(inner), *extras]
    if get_origin(hint) in (Union, UnionType):
        kept = [part for part in get_args(hint) if part is not NoneType]
        if len(kept) == 1:
            return kept[0]
    return hint


# What pydantic calls a mistake -> what we say after the argument's name.
_EXPECTATIONS = {
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "list_type": "must be a list",
    "dict_type": "must be an object with named fields",
    "model_type": "must be an object with named fields",
    "json_invalid": "must be valid JSON",
    "string_unicode": "must be valid Unicode text",
}


def _expectation(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "literal_error":
            return f"must be one of {context['expected']}"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "string_too_short":
            return "must not be empty"
        case "too_long":
            return f"must have at most {context['max_length']} items"
        case "too_short":
            return f"must have at least {context['min_length']} item"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case kind:
            return _EXPECTATIONS.get(kind, "cannot be read; see the tool's schema for its form")
