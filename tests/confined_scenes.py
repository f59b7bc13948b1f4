"""A house of which a caller reaches one project only: a Member, or an owner's limited token."""

from __future__ import annotations

from dataclasses import dataclass

from houses import InProcess
from rows import add_member, limit_to_projects

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.runtime import Runtime

FOREIGN = "Zanzibar"
"""What everything is called that the caller does not reach; nothing else has it in it."""

CONFINED = ("member", "token")


@dataclass(frozen=True)
class Divided:
    """What the caller reaches, and what they do not, by kind: an id and a name of each."""

    owner: InProcess
    caller: InProcess
    own: dict[str, str]
    foreign_ids: dict[str, list[str]]
    foreign_names: dict[str, str]


async def divide(runtime: Runtime, owner: Caller, confined: str) -> Divided:
    """Work on two projects, of which the confined caller reaches the one called Website."""
    door = InProcess(runtime, owner)
    await door.call("set_up", time_zone="UTC", currency="EUR")
    own = await _work(door, "Acme", "Website", "Design")
    theirs = await _work(door, f"{FOREIGN} Ltd", f"{FOREIGN} mine", f"{FOREIGN} dig")
    zoe = InProcess(runtime, await add_member(runtime, f"{FOREIGN} Zoe"))
    stranger = (await zoe.call("overview"))["user_id"]
    sibling = await door.call("create_project", client="Acme", name=f"{FOREIGN} site")
    caller = await _confined(runtime, door, confined, own["project"])
    inside = InProcess(runtime, caller)
    own["member"] = (await inside.call("overview"))["user_id"]
    entry = await inside.call("log_time", project="Website", duration="1h", note="own")
    await door.call("update_task", task=own["task"], assignees=[own["member"]])
    ids = {kind: [one_id] for kind, one_id in theirs.items()} | {"member": [stranger]}
    ids["project"].append(sibling["id"])
    if confined == "member":
        ids["time_entry"].append(own["time_entry"])
    names = {
        "client": f"{FOREIGN} Ltd",
        "project": f"{FOREIGN} mine",
        "task": f"{FOREIGN} dig",
        "member": f"{FOREIGN} Zoe",
    }
    return Divided(door, inside, own | {"time_entry": entry["id"]}, ids, names)


async def _work(door: InProcess, client: str, project: str, task: str) -> dict[str, str]:
    owner = await door.call("create_client", name=client)
    made = await door.call("create_project", client=client, name=project, hourly_rate="90")
    to_do = await door.call("create_task", project=project, name=task)
    entry = await door.call("log_time", project=project, duration="2h", note=project, tags=[task])
    return {
        "client": owner["id"],
        "project": made["id"],
        "task": to_do["id"],
        "time_entry": entry["id"],
    }


async def _confined(runtime: Runtime, door: InProcess, confined: str, project: str) -> Caller:
    if confined == "member":
        caller = await add_member(runtime, "Ben")
        await door.call("add_project_member", project=project, member="Ben")
        return caller
    issued = await issue_token(runtime, name="limited")
    await limit_to_projects(runtime, "limited", [project])
    return Caller(door="test", token=issued.token)
