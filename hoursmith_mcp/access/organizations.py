"""Making organisations, for the command that runs the house."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hoursmith_mcp.access.issuing import DOOR
from hoursmith_mcp.core.defaults import OWNER_NAME
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.names import clean_line

if TYPE_CHECKING:
    from hoursmith_mcp.runtime import Runtime
    from hoursmith_mcp.store.session import Session

MOST_CHARACTERS = 200


@dataclass(frozen=True)
class FoundedOrganization:
    """An organisation that was just made, and its owner."""

    id: str
    name: str
    owner_id: str


async def found_organization(
    runtime: Runtime, *, name: str, owner_email: str, owner_name: str = "", live: bool = True
) -> FoundedOrganization:
    """Make another organisation in the database; it knows nothing of the others.

    Raises Conflict where there is one of that name.
    """
    label = clean_line(name, what="name", max_length=MOST_CHARACTERS)
    owner = clean_line(owner_name or OWNER_NAME, what="name", max_length=MOST_CHARACTERS)
    database = await runtime.database()

    async def unit(session: Session) -> FoundedOrganization:
        from hoursmith_mcp.store.queries.house import found_another
        from hoursmith_mcp.store.queries.ledger import write_activity

        organization_id, owner_id = await found_another(
            session,
            runtime.entropy,
            name=label,
            owner_name=owner,
            owner_email=owner_email.lower(),
            live=live,
        )
        session.organization_id = organization_id

        def an_id() -> str:
            return new_id("act", session.now_us, runtime.entropy(ENTROPY_BYTES))

        await write_activity(
            session,
            id=an_id(),
            unit_id=an_id(),
            member_id=owner_id,
            door=DOOR,
            operation="org create",
            subject_id=organization_id,
            after=json.dumps({"id": organization_id, "name": label, "livemode": live}),
        )
        return FoundedOrganization(organization_id, label, owner_id)

    return await database.write(unit)
