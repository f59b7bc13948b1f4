"""Making and revoking a token is told to people, without what the token opens with."""

from __future__ import annotations

import json

import pytest
from houses import Clock
from rows import everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token, revoke_token
from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio


async def test_a_token_that_is_made_and_revoked_leaves_two_lines_of_activity(
    house: tuple[Runtime, Caller], clock: Clock
) -> None:
    runtime, _ = house
    issued = await issue_token(runtime, name="laptop")
    clock.advance(minutes=1)
    assert await revoke_token(runtime, "laptop") == issued.id
    with pytest.raises(NotFound):
        await revoke_token(runtime, "laptop")
    rows = await everything(runtime)
    lines = [line for line in rows["activity"] if line["subject_id"] == issued.id]
    made, revoked = sorted(lines, key=lambda line: int(line["at"]))
    assert (made["operation"], revoked["operation"]) == ("token create", "token revoke")
    (owner,) = rows["member"]
    for line in (made, revoked):
        assert (line["door"], line["member_id"]) == ("command line", owner["id"])
        assert line["token_id"] is None
    assert made["before"] is None
    assert made["after"] == revoked["before"]
    before, after = json.loads(revoked["before"]), json.loads(revoked["after"])
    assert before["name"] == "laptop"
    assert after == {**before, "revoked_at": "2026-11-20T09:31:00.000000Z"}
    (kept,) = (token for token in rows["token"] if token["id"] == issued.id)
    assert kept["secret_hash"] not in str(lines)
    assert issued.token[-32:] not in str(lines)
