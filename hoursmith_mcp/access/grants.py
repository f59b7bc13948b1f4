"""What a token may be good for: presets, scopes, toolsets, and until when.

All of it is decided within what its maker's own token may do: no token has more than that one.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Literal, get_args

from hoursmith_mcp.access.roles import ALL_SCOPES, LIMITED_SCOPES, Scope
from hoursmith_mcp.errors import Forbidden, InvalidInput

Preset = Literal["full", "read-only", "time-only", "draft-only"]

READING = frozenset(scope for scope in Scope if not scope.writes)

PRESETS: Mapping[str, frozenset[Scope]] = MappingProxyType(
    {
        "full": ALL_SCOPES,
        "read-only": READING,
        "time-only": frozenset({Scope.TIME_READ, Scope.TIME_WRITE, Scope.PROJECTS_READ}),
        "draft-only": READING | {Scope.INVOICES_WRITE},
    }
)
"""What most tokens are for: `draft-only` prepares invoices, and cannot issue one."""

NO_ADMINISTRATION = ALL_SCOPES - {
    Scope.ORGANIZATION_WRITE,
    Scope.MEMBERS_WRITE,
    Scope.TOKENS_WRITE,
    Scope.WEBHOOKS_WRITE,
}
"""What everyday work needs."""


def grant_scopes(
    preset: str | None,
    words: Iterable[str],
    *,
    within: frozenset[Scope],
    limited: bool,
) -> frozenset[Scope]:
    """Return the scopes of a new token, within those of its maker's.

    A preset means as much of it as can be given; scopes that are named are given or refused.

    Raises InvalidInput for a preset or scope that does not exist, or cannot be limited to projects,
    and Forbidden for one that its maker's token lacks.
    """
    named = [word for text in words for word in text.replace(",", " ").split()]
    if preset is not None and named:
        raise InvalidInput("Give a preset or scopes, not both: a preset stands for its scopes.")
    if named:
        wanted = frozenset(_scope(word) for word in named)
        _refuse_beyond(wanted, within, limited=limited)
        return wanted
    given = _preset(preset or "full") & within
    if limited:
        given &= LIMITED_SCOPES
    if not given:
        raise Forbidden(f"Your own token has none of the scopes of {preset or 'full'}.")
    return given


def read_scopes(text: str) -> frozenset[Scope]:
    """Return the scopes in a text that are known, as they are kept of a token."""
    known = {scope.value for scope in Scope}
    return frozenset(Scope(word) for word in text.split() if word in known)


def scopes_text(scopes: Iterable[str]) -> str:
    """Return scopes as they are kept, and as OAuth writes them."""
    return " ".join(sorted(scopes))


def read_toolsets(text: str, known: Collection[str]) -> frozenset[str]:
    """Read names of toolsets, comma-separated; raises InvalidInput for one that does not exist."""
    wanted = frozenset(word.strip() for word in text.split(",") if word.strip())
    unknown = sorted(wanted - set(known))
    if unknown or not wanted:
        wrong = f"There is no toolset {', '.join(unknown)}." if unknown else "None is named."
        raise InvalidInput(f"{wrong} Choose toolsets from {', '.join(sorted(known))}.")
    return wanted


def _refuse_beyond(wanted: frozenset[Scope], within: frozenset[Scope], *, limited: bool) -> None:
    if limited and (unlimited := wanted - LIMITED_SCOPES):
        raise InvalidInput(
            f"scopes: {scopes_text(unlimited)} cannot be limited to projects; such a token "
            f"may have {scopes_text(LIMITED_SCOPES)}."
        )
    if lacking := wanted - within:
        raise Forbidden(
            "A token gets no scopes that its maker's lacks, and yours lacks "
            f"{scopes_text(lacking)}.",
        )


def _scope(word: str) -> Scope:
    try:
        return Scope(word)
    except ValueError:
        near = difflib.get_close_matches(word, list(Scope), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        shown = f"{word} " if word.isprintable() and len(word) <= 40 else ""
        raise InvalidInput(
            f"scopes: there is no scope {shown}here.{hint} There are {scopes_text(Scope)}."
        ) from None


def _preset(name: str) -> frozenset[Scope]:
    if name not in PRESETS:
        raise InvalidInput(f"preset: choose one of {', '.join(get_args(Preset))}.")
    return PRESETS[name]
