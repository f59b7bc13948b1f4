"""Time zones as rows name them; who stored them may have known more zones than this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoursmith_mcp.core.instants import load_zone
from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.errors import UnknownZone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def stored_zone(name: str) -> ZoneInfo:
    """Return the zone that a row names. Raises UnknownZone where this machine has none such."""
    try:
        return load_zone(name)
    except Refusal:
        raise UnknownZone(
            f"This machine does not know the time zone {quoted(name)}, by which days are counted "
            "here: update the package tzdata, or choose another with set_up(time_zone=…), a "
            "member's own with update_member(time_zone=…)."
        ) from None
