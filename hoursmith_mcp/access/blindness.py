"""What members see who see no money: one projection for all that is handed out.

It goes by the declared model of what is handed out, and it is closed by default: a field that no
model declares, or whose type is money or is not known for harmless, is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel

from hoursmith_mcp.schemas.activity import NAMES, ActivityOut, UndoneChange
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.schemas.seen import Models, seen_fields
from hoursmith_mcp.schemas.things import model_of_event, model_of_id

if TYPE_CHECKING:
    from hoursmith_mcp.errors import HoursmithError

OF_CANDIDATE = ("id", "name", "context")
"""What says which thing may be meant; anything beyond that is not known for harmless."""

LINES = frozenset({ActivityOut, UndoneChange})
"""What tells of a thing of any kind, which its id says."""

Data = dict[str, Any]


def without_money(data: Mapping[str, Any], model: type[BaseModel]) -> Data:
    """Return plain data of a model as it is seen by those who see no money."""
    return _object(data, (model,))


class Eyes(Protocol):
    """Whoever looks, as far as it decides what they see."""

    @property
    def blind(self) -> bool:
        """Whether they see no money."""
        ...


def seen_by(actor: Eyes, type: str, data: Mapping[str, Any]) -> Data | None:
    """Return the data of an event as an actor sees it; None where it is none of their business."""
    if not actor.blind:
        return dict(data)
    model = model_of_event(type)
    return _object(data, (model,)) or None if model is not None else None


def hide_in(error: HoursmithError) -> None:
    """Take out of an error what could be made of money: how amounts differ, what things cost."""
    error.difference = None
    if error.candidates is not None:
        error.candidates = [
            {key: one[key] for key in OF_CANDIDATE if key in one} for one in error.candidates
        ]


def _object(data: Mapping[str, Any], models: Models) -> Data:
    seen = [seen_fields(model) for model in models]
    kept: Data = {}
    for name, value in data.items():
        # What may be one of several models is seen as far as each of them lets it be seen.
        inner = [fields[name] for fields in seen if name in fields]
        hidden = any(
            name in model.model_fields and name not in fields
            for model, fields in zip(models, seen, strict=True)
        )
        if inner and not hidden:
            shown = _value(value, tuple(one for models in inner for one in models))
            if shown is not None:
                kept[name] = shown
    return _of_its_thing(data, kept) if not LINES.isdisjoint(models) else kept


def _value(value: Any, models: Models) -> Any:
    """Return what is seen of a value; None where it is not what its type says."""
    if is_array(value):
        items = (_value(item, models) for item in value)
        return [item for item in items if item is not None]
    if is_object(value):
        return _object(value, models) if models else None
    return value


def _of_its_thing(line: Mapping[str, Any], kept: Data) -> Data:
    """Let a line of activity tell of its thing no more, and no less, than the thing itself shows.

    What is made of other things stands in a change as one text, which cannot be looked into.
    """
    model = model_of_id(str(line.get("subject_id", "")))
    seen: Mapping[str, Models] = seen_fields(model) if model is not None else {}
    if seen.keys().isdisjoint(NAMES):
        kept.pop("name", None)
    if "changes" in kept:
        changes: list[Any] = line["changes"]
        kept["changes"] = [dict(one) for one in changes if seen.get(str(one.get("field"))) == ()]
    return kept
