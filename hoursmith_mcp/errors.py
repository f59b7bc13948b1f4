"""The one error tree: what a caller can be told.

HoursmithError
├── InvalidInput          validation_error  422   an argument cannot be read
├── Unauthenticated       unauthenticated   401   nobody we know
├── Forbidden             forbidden_scope   403   known, and not allowed
├── NotFound              not_found         404   not there, or not yours: equal text
├── Conflict              conflict          409   the state of the business forbids it
├── Declined              declined          409   a person was asked, and did not say yes
├── PreconditionFailed    precondition_failed 412 it is not as the caller last saw it
├── RateLimited           rate_limited      429   too much in too short a time
├── Unavailable           unavailable       503   the database cannot serve now
│   └── UnknownZone                                 this machine lacks a time zone that is stored
└── Unexpected            internal          500   a fault of ours: an id, no internals

Messages are our own words: what is wrong and what to do. Anything that is not in this tree is a
fault; `invoke` logs it with an id and answers `Unexpected`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class HoursmithError(Exception):
    """A call was refused; nothing of it was stored."""

    code: ClassVar[str]
    status: ClassVar[int]

    def __init__(
        self,
        message: str,
        *,
        fields: dict[str, str] | None = None,
        candidates: list[dict[str, str]] | None = None,
        difference: list[dict[str, str]] | None = None,
        ambiguous: tuple[str, str] | None = None,
    ) -> None:
        """Take one sentence in our own words, and what a program needs to act on it.

        `ambiguous` is the kind of thing and the text that fits several of them.
        """
        super().__init__(message)
        self.message = message
        self.fields = fields
        self.candidates = candidates
        self.difference = difference
        self.ambiguous = ambiguous

    def document(self) -> dict[str, Any]:
        """Return the `error` object that every door hands out."""
        parts = {
            "code": self.code,
            "message": self.message,
            "fields": self.fields,
            "candidates": self.candidates,
            "difference": self.difference,
        }
        return {name: part for name, part in parts.items() if part is not None}


class InvalidInput(HoursmithError):
    """An argument is missing, unknown, or cannot be read."""

    code = "validation_error"
    status = 422


class Unauthenticated(HoursmithError):
    """No token where one is needed, or one that does not open this house."""

    code = "unauthenticated"
    status = 401


class Forbidden(HoursmithError):
    """The member's role or the token's scopes do not cover the operation."""

    code = "forbidden_scope"
    status = 403

    def __init__(self, message: str, *, scope: str | None = None, **parts: Any) -> None:
        """Take the sentence, and the scope that is missing, where it is for want of one."""
        super().__init__(message, **parts)
        self.scope = scope


class NotFound(HoursmithError):
    """Nothing of that name or id is there for the caller."""

    code = "not_found"
    status = 404


class Conflict(HoursmithError):
    """What is there already forbids the call."""

    code = "conflict"
    status = 409


class Declined(HoursmithError):
    """A person was asked whether to go on, and did not say yes."""

    code = "declined"
    status = 409


class PreconditionFailed(HoursmithError):
    """What is to be changed is not as the caller last saw it."""

    code = "precondition_failed"
    status = 412


class RateLimited(HoursmithError):
    """Too much was asked, or guessed, in too short a time."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, *, retry_after_seconds: int = 1, **parts: Any) -> None:
        """Take the sentence, and after how many whole seconds to try again."""
        super().__init__(message, **parts)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(HoursmithError):
    """The database is away, locked, read-only, full or newer than the program."""

    code = "unavailable"
    status = 503


class UnknownZone(Unavailable):
    """A time zone that was stored is none that this machine knows."""


class Unexpected(HoursmithError):
    """A fault of the program; the id leads to the line in its log."""

    code = "internal"
    status = 500


def error_of(document: Mapping[str, Any]) -> HoursmithError:
    """Make the error again of which some door handed out this `error` object."""
    kinds = {kind.code: kind for kind in HoursmithError.__subclasses__()}
    kind = kinds.get(str(document.get("code")), Unavailable)
    parts = {name: document.get(name) for name in ("fields", "candidates", "difference")}
    return kind(str(document.get("message", "")), **parts)
