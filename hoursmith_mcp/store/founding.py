"""Founding an organisation: its row, its counter of events, and its owner."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, func, insert, select

from hoursmith_mcp.core import defaults
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.store.session import core_table
from hoursmith_mcp.store.tables import EventCounter, Member, Organization, Table

Rows = list[tuple[type[Table], dict[str, Any]]]


def found(connection: Connection, now_us: int) -> None:
    """Make the first organisation and its owner, where there is none yet."""
    organizations = select(func.count()).select_from(core_table(Organization))
    if connection.execute(organizations).scalar_one():
        return
    for table, row in founding_rows(now_us, os.urandom, live=True):
        connection.execute(insert(core_table(table)).values(row))


def founding_rows(
    now_us: int,
    entropy: Callable[[int], bytes],
    *,
    live: bool,
    name: str = defaults.ORGANIZATION_NAME,
    owner_name: str = defaults.OWNER_NAME,
    owner_email: str | None = None,
) -> Rows:
    """Return the rows of a new organisation, in the order in which they refer to each other."""
    organization_id = new_id("org", now_us, entropy(ENTROPY_BYTES))
    stamps = {"version": 1, "created_at": now_us, "updated_at": now_us}
    organization = {
        "id": organization_id,
        "name": name,
        "time_zone": _zone_of_machine(),
        "week_start": 0,
        "fiscal_year_start": 1,
        "rounding_minutes": defaults.ROUNDING_MINUTES,
        "rounding_mode": defaults.ROUNDING_MODE,
        "rounding_per": defaults.ROUNDING_PER,
        "invoice_number_pattern": defaults.INVOICE_NUMBER_PATTERN,
        "invoice_sequence": 0,
        "live": live,
        **stamps,
    }
    owner = {
        "id": new_id("mem", now_us, entropy(ENTROPY_BYTES)),
        "organization_id": organization_id,
        "name": owner_name,
        "name_key": fold(owner_name),
        "email": owner_email,
        "role": "OWNER",
        "joined_at": now_us,
        **stamps,
    }
    counter = {"organization_id": organization_id, "last_sequence": 0}
    return [(Organization, organization), (EventCounter, counter), (Member, owner)]


def _zone_of_machine() -> str:
    from tzlocal import get_localzone_name

    return get_localzone_name() or "UTC"
