"""The first start on an empty database: an organisation and its owner."""

from __future__ import annotations

import os

from sqlalchemy import Connection, func, insert, select

from hoursmith_mcp.core import defaults
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.store.session import core_table
from hoursmith_mcp.store.tables import EventCounter, Member, Organization


def found(connection: Connection, now_us: int) -> None:
    """Make the first organisation and its owner, where there is none yet."""
    organization = core_table(Organization)
    if connection.execute(select(func.count()).select_from(organization)).scalar_one():
        return
    organization_id = new_id("org", now_us, os.urandom(ENTROPY_BYTES))
    connection.execute(
        insert(organization).values(
            id=organization_id,
            name=defaults.ORGANIZATION_NAME,
            time_zone=_zone_of_machine(),
            week_start=0,
            rounding_minutes=defaults.ROUNDING_MINUTES,
            rounding_mode=defaults.ROUNDING_MODE,
            rounding_per=defaults.ROUNDING_PER,
            invoice_number_pattern=defaults.INVOICE_NUMBER_PATTERN,
            invoice_sequence=0,
            live=True,
            version=1,
            created_at=now_us,
            updated_at=now_us,
        )
    )
    connection.execute(
        insert(core_table(EventCounter)).values(organization_id=organization_id, last_sequence=0)
    )
    connection.execute(
        insert(core_table(Member)).values(
            id=new_id("mem", now_us, os.urandom(ENTROPY_BYTES)),
            organization_id=organization_id,
            name=defaults.OWNER_NAME,
            name_key=fold(defaults.OWNER_NAME),
            role="OWNER",
            version=1,
            created_at=now_us,
            updated_at=now_us,
            joined_at=now_us,
        )
    )


def _zone_of_machine() -> str:
    from tzlocal import get_localzone_name

    return get_localzone_name() or "UTC"
