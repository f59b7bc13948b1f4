"""What callers give: objects that are read strictly, and choices that are read in any case."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from hoursmith_mcp.schemas.json_values import is_object


class Given(BaseModel):
    """An object that a caller gives: nothing is coerced, and what is unknown is refused.

    Null is taken for what may be left out as if it were: programs that call for a model fill in
    with null what the model did not say.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, given: Any) -> Any:
        if not is_object(given) or None not in given.values():
            return given
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {
            name: value
            for name, value in given.items()
            if value is not None or name not in optional
        }


def choices_in_any_case(hint: Any) -> Any:
    """Return a type whose choices of words are read in any case: "in progress" is IN_PROGRESS.

    Where several may be chosen, a word alone is a choice of one.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return Annotated[choices_in_any_case(inner[0]), *inner[1:]]
    if origin is list and get_origin(inner[0]) is Literal:
        several: Any = list[choices_in_any_case(inner[0])]  # type: ignore[misc]  # Made here.
        return Annotated[several, BeforeValidator(_at_least_listed)]
    if origin is not Literal:
        return hint
    choices = inner
    words = {_folded(choice): choice for choice in choices if isinstance(choice, str)}

    def read(value: Any) -> Any:
        if isinstance(value, bool) and not any(choice is value for choice in choices):
            return str(value)  # Python has False equal 0, which may be a choice.
        return words.get(_folded(value), value) if isinstance(value, str) else value

    return Annotated[hint, BeforeValidator(read)]


def _at_least_listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _folded(word: str) -> str:
    return "_".join(word.casefold().replace("-", " ").replace("_", " ").split())
