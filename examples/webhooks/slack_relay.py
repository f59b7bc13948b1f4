"""Tell a Slack channel of every invoice that is paid.

    SLACK_URL=https://hooks.slack.com/services/… HOURSMITH_WEBHOOK_SECRET=whsec_… \
        uv run --no-dev python examples/webhooks/slack_relay.py 8080

Make the webhook with events=["invoice.paid"]. While Slack is away the message is sent again later.
"""

from __future__ import annotations

import os

import httpx2
from receiver import Event, once, serve


def text_of(event: Event) -> str:
    """Return what is said of a payment, with the characters that Slack would read as markup."""
    invoice, payment = event["data"]["invoice"], event["data"]["payment"]
    said = f"{invoice['billToName']} paid {payment['amount']} {payment['currency']}"
    test = " (only a test)" if event["data"].get("test") else ""
    text = f"{said}: {invoice['number']} is settled{test}."
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


async def relay(event: Event) -> None:
    """Post to Slack what it is to know of."""
    if event["type"] == "invoice.paid":
        async with httpx2.AsyncClient(timeout=5) as client:
            answer = await client.post(os.environ["SLACK_URL"], json={"text": text_of(event)})
            answer.raise_for_status()


if __name__ == "__main__":
    serve(once(relay))
