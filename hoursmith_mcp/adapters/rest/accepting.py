"""Which of several forms of an answer a client wants, by its header Accept (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_RANGE = re.compile(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+", re.ASCII)
_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def chosen(accept: str | None, offered: Sequence[str]) -> str | None:
    """Return the media type that a client likes best; None where it takes none of those offered.

    Of equals that comes first which the client named more exactly, then which is offered first.
    Without the header, and where nothing of it can be read, that is the first.
    """
    ranges = _ranges(accept or "")
    if not ranges:
        return offered[0]
    liked = [(_liking(ranges, one), one) for one in offered]
    best = max(liking for liking, _ in liked)
    return next(one for liking, one in liked if liking == best) if best[0] > 0 else None


def _ranges(accept: str) -> Mapping[str, float]:
    """Return how much is liked what fits each range; parameters do not narrow one."""
    found: dict[str, float] = {}
    for part in accept.split(","):
        name, _, parameters = part.partition(";")
        name, weight = name.strip().lower(), _weight(parameters)
        if weight is not None and _RANGE.fullmatch(name):
            found[name] = max(weight, found.get(name, 0))
    return found


def _weight(parameters: str) -> float | None:
    """Return what the weight among parameters says, 1 without one; None where it is none."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            found = _WEIGHT.fullmatch(value.strip())
            return float(found[0]) if found is not None else None
    return 1.0


def _liking(ranges: Mapping[str, float], media_type: str) -> tuple[float, int]:
    """Return how much a media type is liked, and how exactly it is named; the exactest decides."""
    kind = media_type.partition("/")[0]
    for exactness, name in ((2, media_type), (1, f"{kind}/*"), (0, "*/*")):
        if name in ranges:
            return ranges[name], exactness
    return 0.0, 0
