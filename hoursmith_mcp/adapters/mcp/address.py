"""Where another server is: what a person writes, read into the address of its MCP endpoint."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlsplit

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.settings import Settings

ENDPOINT = "/mcp"
TOOLSETS_HEADER = "x-mcp-toolsets"


@dataclass(frozen=True)
class Address:
    """Where a server's MCP endpoint is, the token that opens it, and what is to be shown there."""

    url: str
    token: str = field(default="", repr=False)
    toolsets: str = ""
    read_only: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What every request to the server says of whoever sends it."""
        said = {
            "Authorization": f"Bearer {self.token}" if self.token else "",
            TOOLSETS_HEADER: self.toolsets,
            "X-MCP-Readonly": "true" if self.read_only else "",
        }
        return {name: text for name, text in said.items() if text}


def read_address(url: str, token: str = "") -> Address:
    """Read an address, with or without `/mcp` at its end.

    Raises InvalidInput for what is no address, and where a token would travel in the clear.
    """
    parts = _parts(url)
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidInput(
            "The server's address (HOURSMITH_URL) ends with its path; the token belongs into "
            "HOURSMITH_TOKEN."
        )
    if parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
        raise InvalidInput(
            f"http:// is for this machine only, as anybody on the way could read the token: write "
            f"https://{parts.netloc}{parts.path}."
        )
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise InvalidInput("That is no token (HOURSMITH_TOKEN): write it as it was shown, hsk_….")
    path = parts.path.rstrip("/")
    endpoint = path if path.endswith(ENDPOINT) else path + ENDPOINT
    return Address(f"{parts.scheme}://{parts.netloc}{endpoint}", token)


def server_of(settings: Settings) -> Address:
    """Return the server that settings name; it is told which toolsets, and whether only to read.

    Raises InvalidInput also where that cannot be said. The default toolsets are left to the server:
    the token may name others.
    """
    toolsets = "" if settings.toolsets == Settings.toolsets else settings.toolsets
    if not (toolsets.isascii() and toolsets.isprintable()):
        raise InvalidInput("HOURSMITH_TOOLSETS names toolsets, comma-separated, or is `all`.")
    address = read_address(settings.url, settings.token)
    return replace(address, toolsets=toolsets, read_only=settings.read_only)


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a server, and not of a database."""
    return text.lower().startswith(("http://", "https://"))


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        if good and url.isascii() and url.strip().isprintable() and " " not in url.strip():
            return parts
    except ValueError:
        pass  # A bracket too many, or a port that is no number.
    raise InvalidInput(
        "That is no address of a server (HOURSMITH_URL): write it whole, as https://hours.example."
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
