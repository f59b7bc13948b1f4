"""Taking a person's name out of what was made of it."""

from __future__ import annotations

from typing import Any, TypeGuard

FORMER_MEMBER = "Former member"
BETWEEN_WORDS = " · "


def without_name(text: str, name: str) -> str:
    """Return what a line says, with the name replaced where it stands as a part of its own."""
    parts = text.split(BETWEEN_WORDS)
    return BETWEEN_WORDS.join(FORMER_MEMBER if part == name else part for part in parts)


def content_without_name(content: Any, name: str) -> Any:
    """Return data, as JSON holds it, with the name replaced in every text of it."""
    if isinstance(content, str):
        return without_name(content, name)
    if _is_object(content):
        return {key: content_without_name(value, name) for key, value in content.items()}
    if _is_list(content):
        return [content_without_name(one, name) for one in content]
    return content


def _is_object(content: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(content, dict)


def _is_list(content: Any) -> TypeGuard[list[Any]]:
    return isinstance(content, list)
