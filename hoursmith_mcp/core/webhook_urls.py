"""The URL of a webhook, read so strictly that no two readers can take it for different ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

from hoursmith_mcp.core.network_addresses import Address, AddressRule, read_address
from hoursmith_mcp.core.refusal import Refusal

MOST_CHARACTERS: Final = 2_000
_MOST_OF_NAME: Final = 253
_HTTPS_PORT: Final = 443
_HTTP_PORT: Final = 80
_HIGHEST_PORT: Final = 65_535

# No userinfo, no fragment, nothing outside ASCII, no backslash, no space.
_URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:/[!$&-;=@-\[\]_a-z~%]*)?(?:\?[!$&-;=?@-\[\]_a-z~%]*)?)",
    re.IGNORECASE | re.ASCII,
)
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# What ends in a number is an address, or a spelling that some resolver takes for one.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")

_FORM: Final = (
    "write it as https://host/path, in ASCII, without a user, a password or a fragment, and "
    "an address as four decimal numbers or in brackets."
)
_NO_ADDRESS: Final = (
    "That host has no address that webhooks may be sent to. They go to public addresses by https, "
    "and to the networks that HOURSMITH_WEBHOOK_ALLOW names."
)


@dataclass(frozen=True)
class WebhookUrl:
    """Where a webhook is sent: what is connected to, and what is asked of it."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The host as it stands in a URL and a Host header, with its port where it is unusual."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default_port(self.scheme) else f"{host}:{self.port}"

    @property
    def is_public(self) -> bool:
        """Whether it is fit for public addresses: by TLS, and at the port of the web."""
        return self.scheme == "https" and self.port == _HTTPS_PORT

    @property
    def address(self) -> Address | None:
        """The address that is the host; None where that is a name."""
        return read_address(self.host)

    def __str__(self) -> str:
        """Return the URL in its one form."""
        return f"{self.scheme}://{self.authority}{self.target}"


def read_webhook_url(text: str, rule: AddressRule) -> WebhookUrl:
    """Read a URL that webhooks are to be sent to; no name is looked up.

    Raises Refusal where it cannot be read, or can be known to lead nowhere that is permitted: in
    one sentence, whatever there may be at that address.
    """
    found = _URL.fullmatch(text.strip()) if len(text) <= MOST_CHARACTERS else None
    if found is None:
        raise Refusal(f"That is no URL for a webhook; {_FORM}")
    scheme = found["scheme"].lower()
    host = _host(found["host"].lower())
    port = int(found["port"]) if found["port"] else _default_port(scheme)
    if not 0 < port <= _HIGHEST_PORT:
        raise Refusal(f"That is no URL for a webhook: a port is 1 to {_HIGHEST_PORT}.")
    target = found["target"] if found["target"].startswith("/") else f"/{found['target']}"
    url = WebhookUrl(scheme, host, port, target)
    _require_permitted(url, rule)
    return url


def _host(text: str) -> str:
    if text.startswith("["):
        address = read_address(text[1:-1])
        if isinstance(address, IPv6Address):
            return str(address)
    elif _NUMBER.fullmatch(text.rpartition(".")[2]):
        address = read_address(text)
        if address is not None:
            return str(address)
    elif len(text) <= _MOST_OF_NAME and all(_LABEL.fullmatch(part) for part in text.split(".")):
        return text
    raise Refusal(f"That is no host for a webhook; {_FORM}")


def _require_permitted(url: WebhookUrl, rule: AddressRule) -> None:
    address = url.address
    if address is not None:
        permitted = rule.permits(address, public=url.is_public)
    else:
        # Where a name leads is known when something is sent there, and only then.
        permitted = url.is_public or bool(rule.allowed)
    if not permitted:
        raise Refusal(_NO_ADDRESS)


def _default_port(scheme: str) -> int:
    return _HTTPS_PORT if scheme == "https" else _HTTP_PORT
