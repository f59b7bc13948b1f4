"""The organisation and its people."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Index, false, text
from sqlmodel import Field

from hoursmith_mcp.store.tables.base import (
    Table,
    identity,
    instant,
    optional_instant,
    optional_whole_number,
    reference,
    tenant,
    whole_number,
)


class Organization(Table, table=True):
    """One business; everything else belongs to exactly one."""

    id: str = identity()
    name: str
    legal_name: str | None = None
    address: str | None = None
    tax_number: str | None = None
    email: str | None = None
    website: str | None = None
    currency: str | None = Field(default=None, max_length=3)
    time_zone: str
    week_start: int = 0
    # The month in which fiscal years begin, 1 to 12.
    fiscal_year_start: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    payment_terms_days: int | None = None
    default_tax_rate: int | None = optional_whole_number()
    rounding_minutes: int = 15
    rounding_mode: str = "up"
    rounding_per: str = "entry"
    invoice_number_pattern: str
    invoice_sequence: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    bank_details: str | None = None
    live: bool = True
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()


class EventCounter(Table, table=True):
    """The number of an organisation's last event; writing locks it, so events have one order."""

    organization_id: str = Field(primary_key=True, foreign_key="organization.id", max_length=40)
    last_sequence: int = whole_number()


class Member(Table, table=True):
    """A person in one organisation."""

    __table_args__ = (
        Index(
            "uq_member_email",
            "organization_id",
            "email",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: str = identity()
    organization_id: str = tenant()
    name: str
    name_key: str
    email: str | None = None
    role: str
    time_zone: str | None = None
    # Seconds expected on each weekday, from Monday on.
    working_pattern: list[int] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    # Who is invited has not joined yet; who was erased has neither name nor address any more.
    joined_at: int | None = optional_instant()
    erased_at: int | None = optional_instant()
    deleted_at: int | None = optional_instant()


class Token(Table, table=True):
    """A bearer token; only its hash is kept."""

    id: str = identity()
    organization_id: str = tenant()
    member_id: str = reference("member")
    name: str
    prefix: str = Field(unique=True, max_length=12)
    secret_hash: str = Field(max_length=64)
    scopes: str
    toolsets: str | None = None
    # An invitation opens nothing but the door: it is good for accepting it, once.
    is_invitation: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # Whether it reaches only the projects named in token_project.
    is_limited: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    created_at: int = instant()
    expires_at: int | None = optional_instant()
    revoked_at: int | None = optional_instant()
    last_used_at: int | None = optional_instant()


class TokenProject(Table, table=True):
    """That a limited token reaches a project."""

    token_id: str = Field(primary_key=True, foreign_key="token.id", max_length=40)
    project_id: str = Field(primary_key=True, foreign_key="project.id", max_length=40)
    organization_id: str = tenant()
