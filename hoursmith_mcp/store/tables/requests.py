"""What the processes that serve one database tell each other of their requests."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field

from hoursmith_mcp.store.tables.base import Table, tenant, whole_number


class RequestCount(Table, table=True):
    """How many requests of a caller one process let through in one window; gone when it is over."""

    # A token, a member or an organisation; it is counted, whatever becomes of it meanwhile.
    caller_id: str = Field(primary_key=True, max_length=40)
    seconds: int = Field(primary_key=True)
    ends_at: int = Field(primary_key=True, sa_type=BigInteger)
    process_id: str = Field(primary_key=True, max_length=40)
    organization_id: str = tenant()
    requests: int = whole_number()
