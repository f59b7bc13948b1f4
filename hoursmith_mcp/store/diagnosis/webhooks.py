"""What must hold of webhooks: that all is told that is to be told, and noted as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from sqlalchemy import Connection, text

from hoursmith_mcp.core.instants import DAY_US, HOUR_US
from hoursmith_mcp.core.receivers import TRIPPED_AFTER
from hoursmith_mcp.store.diagnosis.breach import MOST_OF_A_KIND, Breach
from hoursmith_mcp.store.diagnosis.invariant import Invariant

Opens: TypeAlias = Callable[[str, str], bool]
"""Says of the id of a webhook and its encrypted secret whether the key opens it."""

LATE_US = HOUR_US
"""What was due so long ago is not on its way any more."""

_LONGEST_WAIT_US = 2 * DAY_US
_SOMEBODY_SENDS = (
    "Let a process run that sends them, `hoursmith-mcp serve` or an assistant's; where one runs, "
    "its log says why it does not."
)
_KEY = (
    "Put the key file back beside the database (or HOURSMITH_SECRET_KEY as it was), or give the "
    "webhook a new secret with rotate_webhook_secret."
)

WEBHOOKS = (
    Invariant(
        "delivery.endpoint",
        "SELECT d.id, d.endpoint_id AS endpoint FROM delivery d "
        "LEFT JOIN webhook_endpoint e ON e.id = d.endpoint_id WHERE e.id IS NULL",
        "The delivery {id} is for the webhook {endpoint}, which is not there.",
    ),
    Invariant(
        "delivery.event",
        "SELECT d.id, d.event_id AS event, d.type FROM delivery d "
        "LEFT JOIN event e ON e.id = d.event_id "
        "WHERE d.event_id IS NOT NULL AND (e.id IS NULL OR e.type <> d.type)",
        "The delivery {id} tells of the event {event}, and there is none of that type ({type}).",
    ),
    Invariant(
        "delivery.state",
        "SELECT id, state FROM delivery "
        "WHERE state NOT IN "
        "('pending', 'delivered', 'exhausted', 'abandoned', 'withheld', 'dropped') "
        "OR (state = 'pending' AND finished_at IS NOT NULL) "
        "OR (state <> 'pending' AND finished_at IS NULL)",
        "The delivery {id} is {state}, and when it was finished denies that.",
    ),
    Invariant(
        "delivery.delivered",
        "SELECT d.id, d.attempts FROM delivery d WHERE d.state = 'delivered' "
        "AND NOT EXISTS (SELECT 1 FROM delivery_attempt a WHERE a.delivery_id = d.id "
        "AND a.number = d.attempts AND a.status BETWEEN 200 AND 299)",
        "The delivery {id} counts as delivered, and its attempt {attempts} did not succeed.",
        "Send it again with replay_deliveries: whoever had it knows it by its id.",
    ),
    Invariant(
        "delivery.attempts",
        "SELECT d.id, d.attempts, COUNT(a.number) AS noted FROM delivery d "
        "LEFT JOIN delivery_attempt a ON a.delivery_id = d.id "
        "GROUP BY d.id, d.attempts, d.tries, d.state "
        "HAVING COALESCE(MAX(a.number), 0) > d.attempts OR COALESCE(MIN(a.number), 1) < 1 "
        "OR d.tries > d.attempts OR d.tries < 0 "
        "OR (d.state IN ('exhausted', 'abandoned') AND COALESCE(MAX(a.number), 0) <> d.attempts)",
        "The delivery {id} counts {attempts} attempts, and the {noted} that were noted deny that.",
    ),
    Invariant(
        "delivery.schedule",
        "SELECT id, due_at - scheduled_at AS wait FROM delivery WHERE state = 'pending' "
        f"AND (due_at < scheduled_at OR due_at - scheduled_at > {_LONGEST_WAIT_US})",
        "The delivery {id} is to wait for {wait} microseconds, which nothing does.",
    ),
    Invariant(
        "delivery.sequence",
        "SELECT endpoint_id AS id, sequence AS number, COUNT(*) AS deliveries FROM delivery "
        "GROUP BY endpoint_id, sequence HAVING COUNT(*) > 1",
        "The webhook {id} has {deliveries} deliveries with the number {number}.",
    ),
    Invariant(
        "attempt.delivery",
        "SELECT a.delivery_id AS id, a.number FROM delivery_attempt a "
        "LEFT JOIN delivery d ON d.id = a.delivery_id WHERE d.id IS NULL",
        "There is an attempt {number} of the delivery {id}, which is not there.",
    ),
    Invariant(
        "webhook.sequence",
        "SELECT e.id, e.last_sequence AS last, MAX(d.sequence) AS highest FROM webhook_endpoint e "
        "JOIN delivery d ON d.endpoint_id = e.id GROUP BY e.id, e.last_sequence "
        "HAVING MAX(d.sequence) > e.last_sequence",
        "The webhook {id} counted {last} messages, and one has the number {highest}.",
    ),
    Invariant(
        "webhook.cursor",
        "SELECT e.id, e.event_sequence AS seen, COALESCE(c.last_sequence, 0) AS last "
        "FROM webhook_endpoint e LEFT JOIN event_counter c ON c.organization_id = "
        "e.organization_id WHERE e.event_sequence > COALESCE(c.last_sequence, 0) "
        "OR e.event_sequence < 0",
        "The webhook {id} was looked after up to the event {seen}, and the last one is {last}: it "
        "will not be told of what happens until then.",
    ),
)

IN_TIME = (
    Invariant(
        "delivery.overdue",
        "SELECT e.id, COUNT(d.id) AS waiting FROM webhook_endpoint e "
        "JOIN delivery d ON d.endpoint_id = e.id "
        "WHERE e.state = 'active' AND e.deleted_at IS NULL "
        f"AND e.failures < {TRIPPED_AFTER} AND d.state = 'pending' AND d.due_at < :late "
        "AND NOT EXISTS (SELECT 1 FROM delivery_attempt a JOIN delivery o ON o.id = a.delivery_id "
        "WHERE o.endpoint_id = e.id AND a.at >= :late) GROUP BY e.id",
        "{waiting} messages for the webhook {id} were due more than an hour ago, and nobody has "
        "sent any since.",
        _SOMEBODY_SENDS,
    ),
    Invariant(
        "webhook.behind",
        "SELECT e.id, COUNT(v.id) AS unseen FROM webhook_endpoint e "
        "JOIN event v ON v.organization_id = e.organization_id AND v.sequence > e.event_sequence "
        "WHERE e.state = 'active' AND e.deleted_at IS NULL AND v.occurred_at < :late "
        "AND e.updated_at < :late GROUP BY e.id",
        "{unseen} events of more than an hour ago were not looked at for the webhook {id}.",
        _SOMEBODY_SENDS,
    ),
)
"""What is only wrong at some time: `late` is the instant before which all must have been done."""

_SEALED = text("SELECT id, secret FROM webhook_endpoint WHERE deleted_at IS NULL ORDER BY id")


def broken_secrets(connection: Connection, opens: Opens) -> Iterator[Breach]:
    """Yield the webhooks whose secret the key does not open, a few of them."""
    found = 0
    for row in connection.execute(_SEALED):
        if found < MOST_OF_A_KIND and not opens(row.id, row.secret):
            found += 1
            message = (
                f"The secret of the webhook {row.id} does not open with the key that is there, so "
                "nothing is sent to it."
            )
            yield Breach("webhook.secret", message, _KEY)
