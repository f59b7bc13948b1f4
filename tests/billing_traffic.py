"""A month's end in a house: every operation of billing, most of them several times."""

from __future__ import annotations

from typing import Any, Protocol


class Caller(Protocol):
    """What calls, and remembers one id of each kind of thing."""

    ids: dict[str, str]

    async def say(self, operation: str, **given: Any) -> Any:
        """Call an operation, which must do it."""
        ...

    async def ask_too_much(self, operation: str, **given: Any) -> None:
        """Call an operation, which must refuse."""
        ...


async def bill_a_month(traffic: Caller) -> None:
    """Price, propose, draft, issue and settle what a house has worked."""
    await _price(traffic)
    await _draft(traffic)
    await _issue(traffic)
    await _settle(traffic)


async def _price(traffic: Caller) -> None:
    say, ids = traffic.say, traffic.ids
    await say("set_up", default_tax_rate="19", payment_terms=14)
    await say("set_rate", client=ids["client"], rate="97.5")
    await say("set_rate", project=ids["project"], member=ids["member"], rate="130")
    await traffic.ask_too_much("set_rate", client=ids["client"], task=ids["task"], rate="1")
    await say("set_rounding", project=ids["project"], minutes="6", mode="nearest")
    await say("list_unbilled")
    await say("list_unbilled", client=ids["client"], period="this month", lines=True)
    await say("explain_amount", client=ids["client"])


async def _draft(traffic: Caller) -> None:
    say, ids = traffic.say, traffic.ids
    proposed = await say("preview_invoice", client=ids["client"], discount="5%", notes="Thanks")
    await say("preview_invoice", client=ids["client"], exclude=["Homepage"], group_by="entry")
    await traffic.ask_too_much("preview_invoice", client=ids["client"], exclude=["no such note"])
    draft = await say("create_invoice", proposal=proposed["proposal"])
    await say("create_invoice", proposal=proposed["proposal"])
    await traffic.ask_too_much("delete_time_entry", time_entry=ids["time_entry"])
    hosting = {"description": "Hosting", "quantity": "1", "unit_price": "25.00"}
    await say("update_invoice", invoice=draft["id"], lines=[hosting], po_number="4711")
    await say("delete_invoice", invoice=draft["id"])
    await say("restore_invoice", invoice=draft["id"])
    await say("cancel_invoice", invoice=draft["id"])
    await say("restore_invoice", invoice=draft["id"])
    traffic.ids |= {"invoice": draft["id"], "proposal": proposed["proposal"]}


async def _issue(traffic: Caller) -> None:
    say, invoice = traffic.say, traffic.ids["invoice"]
    asked = await say("send_invoice", invoice=invoice)
    await say("send_invoice", invoice=invoice, confirm=asked["confirm"])
    await traffic.ask_too_much("update_invoice", invoice=invoice, notes="Late")
    copy = await say("duplicate_invoice", invoice=invoice)
    asked = await say("send_invoice", invoice=copy["id"])
    await say("send_invoice", invoice=copy["id"], confirm=asked["confirm"])
    asked = await say("cancel_invoice", invoice=copy["id"])
    await say("cancel_invoice", invoice=copy["id"], confirm=asked["confirm"])


async def _settle(traffic: Caller) -> None:
    say, invoice = traffic.say, traffic.ids["invoice"]
    await say("list_unpaid_invoices", overdue_only=True)
    paid = await say("record_payment", invoice=invoice, amount="100.00", note="Part")
    await traffic.ask_too_much("record_payment", invoice=invoice, amount="99999.00")
    await traffic.ask_too_much("cancel_invoice", invoice=invoice)
    await say("void_payment", payment=paid["id"])
    kept = await say("record_payment", invoice=invoice, amount="10.00")
    await say("list_unpaid_invoices", client=traffic.ids["client"])
    await say("get_invoice", invoice=invoice)
    await say("list_invoices", client=traffic.ids["client"], status=["SENT"], limit=1)
    await say("filter_invoices", client_name="nobody", payment_status="unpaid", sort="-total")
    await say("filter_invoices", client_id=traffic.ids["client"], total_min="0.01")
    await say("list_payments", invoice=invoice)
    await say("filter_payments", client_id=traffic.ids["client"], invoice_id=invoice)
    await say("filter_payments", client_name="nobody", voided=True, sort="-amount")
    await say("filter_invoice_lines", client_id=traffic.ids["client"], invoice_id=invoice)
    await say("filter_invoice_lines", client_name="nobody", project_id=traffic.ids["project"])
    await say("explain_amount", invoice=invoice)
    await say("get_client_account", client=traffic.ids["client"])
    traffic.ids["payment"] = kept["id"]
