"""What leaves the house goes through here: where to it may go, and what is kept secret for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from hoursmith_mcp.core.network_addresses import AddressRule, read_networks
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.errors import HoursmithError, InvalidInput

if TYPE_CHECKING:
    from hoursmith_mcp.settings import Settings
    from hoursmith_mcp.webhooks.sealing import Sealer


class Outbound:
    """The rules of one process for what it sends; nothing is read before it is needed."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        """Take the settings, and the database beside which a key file may lie."""
        self._settings = settings
        self._database_url = database_url
        self._sealer: Sealer | None = None

    @cached_property
    def rule(self) -> AddressRule:
        """Where webhooks may be sent to. Raises InvalidInput where the setting is no list."""
        try:
            return AddressRule(read_networks(self._settings.webhook_allow))
        except Refusal as refusal:
            raise InvalidInput(f"HOURSMITH_WEBHOOK_ALLOW: {refusal}") from None

    def new_secret(self, webhook_id: str, random_bytes: Callable[[int], bytes]) -> tuple[str, str]:
        """Make the secret of a webhook; returns it, and as it is stored."""
        from hoursmith_mcp.webhooks.sealing import NONCE_BYTES
        from hoursmith_mcp.webhooks.signatures import mint_secret

        secret = mint_secret(random_bytes)
        nonce = random_bytes(NONCE_BYTES)
        return secret, self.sealer(makes=True).seal(secret, of=webhook_id, nonce=nonce)

    def opened(self, sealed: Sequence[str], *, of: str) -> list[str]:
        """Return the secrets of a webhook, the newest first. Raises KeyLost where that is lost.

        One of before that is lost proves nothing any more, and is left out.
        """
        from hoursmith_mcp.webhooks.sealing import KeyLost

        newest, *earlier = sealed
        sealer = self.sealer()
        found = [sealer.open(newest, of=of)]
        for one in earlier:
            with suppress(KeyLost):
                found.append(sealer.open(one, of=of))
        return found

    def can_open(self, webhook_id: str, sealed: str) -> bool:
        """Say whether the key that is there opens the secret of a webhook."""
        try:
            return bool(self.sealer().open(sealed, of=webhook_id))
        except HoursmithError:
            return False

    def sealer(self, *, makes: bool = False) -> Sealer:
        """Return what encrypts secrets; it makes the key file only where it is told so.

        Raises InvalidInput or Unavailable where there is no key.
        """
        from hoursmith_mcp.webhooks.sealing import load_sealer

        if self._sealer is None:
            settings = self._settings
            self._sealer = load_sealer(settings.secret_key, self._database_url, makes=makes)
        return self._sealer
