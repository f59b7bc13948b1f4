"""Who calls, as programs ask for it."""

from __future__ import annotations

from hoursmith_mcp.schemas.base import Personal, Public


class Me(Public):
    """Who a token stands for, and what it is good for.

    `scopes` are those of the token that the member's role lets it use. `project_ids` are the
    projects that are reached, where those are not all of them.
    """

    org_id: str
    org_name: str
    user_id: str
    name: Personal[str]
    email: Personal[str] | None = None
    role: str
    plan: str
    token_name: str | None = None
    scopes: list[str]
    project_ids: list[str] | None = None
    livemode: bool
