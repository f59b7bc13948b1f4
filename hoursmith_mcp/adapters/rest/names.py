"""Names over REST: the one place where they become what scripts read and write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from hoursmith_mcp.schemas.arguments import DecimalMark, Reference, RestName, RestNumber
from hoursmith_mcp.schemas.json_values import is_array, is_object

_NESTS = (dict, list)
_VARIABLE = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=4_096)
def rest_name(name: str) -> str:
    """Return the name of a field over REST: "made_at" is "madeAt"."""
    return to_camel(name)


def rest_path(path: str) -> str:
    """Return a path with the names of its variables over REST."""
    return _VARIABLE.sub(lambda found: f"{{{rest_name(found[1])}}}", path)


def path_variables(path: str) -> tuple[str, ...]:
    """Return the names of a path's variables, which are arguments of its operation."""
    return tuple(_VARIABLE.findall(path))


def outward(value: Any) -> Any:
    """Return plain data with the names of its fields as over REST, at every depth."""
    if is_object(value):
        # Most values are plain, and a long list has many of them.
        return {
            rest_name(name): outward(inner) if isinstance(inner, _NESTS) else inner
            for name, inner in value.items()
        }
    if is_array(value):
        return [outward(inner) for inner in value]
    return value


@dataclass(frozen=True)
class ArgumentField:
    """One argument, or a field of an object within one, as scripts write it."""

    name: str
    rest_name: str
    model: type[BaseModel] | None
    is_decimal: bool


@dataclass(frozen=True)
class NumberField:
    """A number of a unit, as which scripts may write an argument instead, under a name."""

    name: str
    number: RestNumber


@cache
def number_fields(model: type[BaseModel]) -> Mapping[str, NumberField]:
    """Return the arguments that scripts may also write as a number, by the names for that."""
    found = [(name, _number(field)) for name, field in model.model_fields.items()]
    return {number.name: NumberField(name, number) for name, number in found if number is not None}


@cache
def argument_fields(model: type[BaseModel]) -> Mapping[str, ArgumentField]:
    """Return the fields of an argument's model by their names over REST."""
    fields = [_argument_field(name, field) for name, field in model.model_fields.items()]
    return {field.rest_name: field for field in fields}


@cache
def rest_names(model: type[BaseModel]) -> Mapping[str, str]:
    """Return the names over REST by our own, of an argument's model."""
    return {field.name: field.rest_name for field in argument_fields(model).values()}


def rest_place(model: type[BaseModel], place: str) -> tuple[str, ...]:
    """Return where a dotted place within arguments is over REST: ("items", "0", "madeAt")."""
    found: list[str] = []
    within: type[BaseModel] | None = model
    for part in place.split("."):
        names: Mapping[str, str] = rest_names(within) if within is not None else {}
        if part not in names:
            found.append(part)
            continue
        field = argument_fields(within)[names[part]] if within is not None else None
        found.append(names[part])
        within = field.model if field is not None else None
    return tuple(found)


def number_name(model: type[BaseModel], place: str) -> str | None:
    """Return the name for a number that the argument at a dotted place may be written as."""
    *around, last = place.split(".")
    for part in around:
        names = rest_names(model)
        model = (argument_fields(model)[names[part]].model if part in names else None) or model
    return next((name for name, one in number_fields(model).items() if one.name == last), None)


def nested_models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield an argument's model and those of the objects within it."""
    yield model
    for field in argument_fields(model).values():
        if field.model is not None:
            yield from nested_models(field.model)


def _number(field: FieldInfo) -> RestNumber | None:
    """Return the mark that was made last: it is nearer to the argument than its type's own."""
    marks = [mark for mark in field.metadata if isinstance(mark, RestNumber)]
    return marks[-1] if marks else None


def _argument_field(name: str, field: FieldInfo) -> ArgumentField:
    marks = [(mark, False) for mark in field.metadata] + list(_marks(field.annotation))
    return ArgumentField(
        name=name,
        rest_name=_argument_name(name, marks),
        model=next(_models(field.annotation), None),
        is_decimal=any(isinstance(mark, DecimalMark) for mark, _ in marks),
    )


def _argument_name(name: str, marks: list[tuple[Any, bool]]) -> str:
    said = [mark.name for mark, _ in marks if isinstance(mark, RestName)]
    if said:
        return said[-1]
    for mark, is_of_items in marks:
        if isinstance(mark, Reference) and mark.by_id:
            own = rest_name(name)
            return own.removesuffix("s") + "Ids" if is_of_items else own + "Id"
    return rest_name(name)


def _marks(hint: Any, *, of_items: bool = False) -> Iterator[tuple[Any, bool]]:
    """Yield the marks within an annotation, and whether each is one of a list's items."""
    if get_origin(hint) is Annotated:
        yield from ((mark, of_items) for mark in hint.__metadata__)
    within_list = of_items or get_origin(hint) is list
    for part in get_args(hint):
        yield from _marks(part, of_items=within_list)


def _models(hint: Any) -> Iterator[type[BaseModel]]:
    if get_origin(hint) is None and isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in get_args(hint):
        yield from _models(part)
