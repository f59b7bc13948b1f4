"""Whether this machine knows the zones by which days are counted: without one nobody can call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, text

from hoursmith_mcp.core.instants import load_zone
from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.store.diagnosis.breach import MOST_OF_A_KIND, Breach

_ZONES = text(
    "SELECT 'organization' AS kind, 'organisation' AS noun, id, time_zone FROM organization "
    "UNION ALL SELECT 'member', 'member', id, time_zone FROM member "
    "WHERE time_zone IS NOT NULL AND deleted_at IS NULL ORDER BY 1 DESC, 3"
)
_WAYS_OUT = {
    "organization": "Update the package tzdata here, or set another with set_up(time_zone=…).",
    "member": "Update the package tzdata here, or set another with update_member(time_zone=…).",
}


def broken_zones(connection: Connection) -> Iterator[Breach]:
    """Yield whose time zone is none that this machine knows."""
    unknown = Counter[str]()
    for row in connection.execute(_ZONES):
        if _is_known(row.time_zone):
            continue
        unknown[row.kind] += 1
        if unknown[row.kind] <= MOST_OF_A_KIND:
            message = (
                f"The {row.noun} {row.id} has the time zone {quoted(row.time_zone)}, which this "
                "machine does not know, so calls are refused."
            )
            yield Breach(f"{row.kind}.zone", message, _WAYS_OUT[row.kind])


def _is_known(name: str) -> bool:
    try:
        load_zone(name)
    except Refusal:
        return False
    return True
