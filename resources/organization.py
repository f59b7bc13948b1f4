"""Who calls, and the business that everything belongs to, to be read by programs."""

from __future__ import annotations

from hoursmith_mcp.access.roles import Role, scopes_within
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.defaults import PLAN
from hoursmith_mcp.core.rates import rate_on
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.me import Me
from hoursmith_mcp.schemas.organization import OrganizationOut, organization_out


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /me",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_me(call: Call) -> Me:
    """Show who calls: member, role, and what the token is good for."""
    actor, store = call.actor, call.store
    member = await store.members.get(actor.member_id)
    token = await store.tokens.get(actor.token_id) if actor.token_id is not None else None
    return Me(
        org_id=actor.organization_id,
        org_name=actor.organization_name,
        user_id=actor.member_id,
        name=actor.member_name,
        email=member.email,
        role=actor.role.name,
        plan=PLAN,
        token_name=token.name if token is not None else None,
        scopes=scopes_within(actor.role, actor.scopes),
        project_ids=await store.projects.every_id() if actor.confined else None,
        livemode=actor.live,
    )


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /organization",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_organization(call: Call) -> OrganizationOut:
    """Show the business, its defaults, and its own rate as it holds today."""
    row = await call.store.organization.get()
    rates = await call.store.rates.of_organization()
    current = rate_on([rate for rate in rates if rate.currency == row.currency], call.today)
    return organization_out(row, current)
