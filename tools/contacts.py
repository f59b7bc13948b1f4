"""Contacts: the people at a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import AllowDuplicate, ClientRef, Email, Line
from hoursmith_mcp.schemas.contacts import ContactDeleted, ContactList, ContactOut, contact_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.contacts import Flag

ContactId = Annotated[Line, Field(description="Contact id.")]
FullName = Annotated[Line, Field(description="Name.")]
Title = Annotated[Line, Field(description="Title or role, as Head of design.")]
Phone = Annotated[Line, Field(description="Phone.")]
Primary = Annotated[bool, Field(description="The first to talk to; no other is then.")]
BillingDefault = Annotated[bool, Field(description="Who gets invoices; no other does then.")]


@operation(
    toolset="clients",
    scope=Scope.CLIENTS_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /clients/{client}/contacts",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_contacts(call: Call, client: ClientRef) -> ContactList:
    """List the contacts of a client, the primary one first."""
    row = await call.store.clients.find(client, writing=False)
    rows = await call.store.contacts.of_client(row.id)
    return ContactList(contacts=[contact_out(one) for one in rows])


@operation(
    toolset="clients",
    scope=Scope.CLIENTS_WRITE,
    least=Role.MANAGER,
    mcp=False,
    rest="POST /clients/{client}/contacts",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def create_contact(
    call: Call,
    client: ClientRef,
    email: Email,
    name: FullName | None = None,
    title: Title | None = None,
    phone: Phone | None = None,
    primary: Primary = False,
    billing_default: BillingDefault = False,
    allow_duplicate: AllowDuplicate = False,
) -> ContactOut:
    """Add a contact to a client."""
    owner = await call.store.clients.find_open(client)
    values: dict[str, Any] = {
        "client_id": owner.id,
        "email": _address(email),
        "name": name or None,
        "title": title or None,
        "phone": phone or None,
        "is_primary": primary,
        "is_billing": billing_default,
    }
    await call.answer_repeats(*values.values(), allow_duplicate=allow_duplicate)
    await _step_back(call, owner.id, values)
    contact = contact_out(await call.store.contacts.add(id=call.new_id("co"), **values))
    call.emit("contact.created", contact)
    return contact


@operation(
    toolset="clients",
    scope=Scope.CLIENTS_WRITE,
    least=Role.MANAGER,
    mcp=False,
    rest="PATCH /contacts/{contact}",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def update_contact(
    call: Call,
    contact: ContactId,
    email: Email | None = None,
    name: FullName | None = None,
    title: Title | None = None,
    phone: Phone | None = None,
    primary: Primary | None = None,
    billing_default: BillingDefault | None = None,
) -> ContactOut:
    """Change a contact; what is left out stays, an empty text clears."""
    row = await call.store.contacts.get(contact)
    texts = {"name": name, "title": title, "phone": phone}
    changes: dict[str, Any] = {
        column: text or None for column, text in texts.items() if text is not None
    }
    if email is not None:
        changes["email"] = _address(email)
    if primary is not None:
        changes["is_primary"] = primary
    if billing_default is not None:
        changes["is_billing"] = billing_default
    changes = {column: new for column, new in changes.items() if getattr(row, column) != new}
    before = contact_out(row)
    if not changes:
        return before
    await _step_back(call, row.client_id, changes)
    after = contact_out(await call.store.contacts.update(row.id, changes))
    call.emit("contact.updated", after, before=before)
    return after


@operation(
    toolset="clients",
    scope=Scope.CLIENTS_WRITE,
    least=Role.MANAGER,
    mcp=False,
    rest="DELETE /contacts/{contact}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def delete_contact(call: Call, contact: ContactId) -> ContactDeleted:
    """Delete a contact."""
    shown = contact_out(await call.store.contacts.get(contact))
    await call.store.contacts.remove(shown.id)
    call.emit("contact.deleted", shown, gone=True)
    return ContactDeleted(id=shown.id, deleted=True, contact=shown)


def _address(email: str) -> str:
    if not email:
        raise InvalidInput("email: a contact has an address, as ada@example.com.")
    return email


async def _step_back(call: Call, client_id: str, values: dict[str, Any]) -> None:
    """Let whoever was a client's only one of a kind be it no more, where another is to be."""
    flags: tuple[Flag, ...] = ("is_primary", "is_billing")
    for flag in flags:
        other = await call.store.contacts.holder(client_id, flag) if values.get(flag) else None
        if other is not None:
            before = contact_out(other)
            after = await call.store.contacts.update(other.id, {flag: False})
            call.emit("contact.updated", contact_out(after), before=before)
