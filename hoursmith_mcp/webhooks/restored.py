"""Whether the webhooks of a database that came from elsewhere can be signed for here."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hoursmith_mcp.settings import Settings
from hoursmith_mcp.store.session import core_table
from hoursmith_mcp.store.snapshot import in_snapshot
from hoursmith_mcp.store.tables import WebhookEndpoint
from hoursmith_mcp.webhooks.sealing import KeyLost, has_key, load_sealer


def count_sealed_otherwise(settings: Settings, database_url: str) -> int:
    """Return how many webhooks have a secret that the key which is there does not open."""
    table = core_table(WebhookEndpoint)
    live = select(table.c.id, table.c.secret).where(table.c.deleted_at.is_(None))

    def read(connection: Connection) -> list[tuple[str, str]]:
        return [(row.id, row.secret) for row in connection.execute(live)]

    sealed = in_snapshot(database_url, read)
    if not sealed or not has_key(settings.secret_key, database_url):
        return len(sealed)
    sealer = load_sealer(settings.secret_key, database_url)
    lost = 0
    for endpoint_id, secret in sealed:
        try:
            sealer.open(secret, of=endpoint_id)
        except KeyLost:
            lost += 1
    return lost
