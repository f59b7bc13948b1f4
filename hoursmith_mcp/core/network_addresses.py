"""Which addresses of the network messages may be sent to: public ones, and those that are allowed.

The tables are our own, because what Python calls global differs from version to version, and in
each of them some addresses are called so that lead back into a private network.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, TypeAlias

from hoursmith_mcp.core.refusal import Refusal, quoted

Address: TypeAlias = "IPv4Address | IPv6Address"
Network: TypeAlias = "IPv4Network | IPv6Network"

_NOT_PUBLIC: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's machines find their host's services there.
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)

# All that was ever given out publicly lies here, so that whatever else there is, or will be, stays
# closed: loopback, link-local, unique-local, multicast, addresses that carry one of IPv4.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


@dataclass(frozen=True)
class AddressRule:
    """Which addresses may be connected to; the allowed networks are named by who runs the house."""

    allowed: tuple[Network, ...] = ()

    def permits(self, address: Address, *, public: bool = True) -> bool:
        """Say whether an address may be connected to.

        Where a connection is not fit for the `public` (no TLS, an odd port), only what is allowed
        by name may be.
        """
        found = plain(address)
        return self.allows(found) or (public and is_public(found))

    def allows(self, address: Address) -> bool:
        """Say whether an address lies in a network that was allowed by name."""
        found = plain(address)
        return any(found in network for network in self.allowed)


def is_public(address: Address) -> bool:
    """Say whether an address is somebody's on the open internet, whatever way it is written."""
    found = plain(address)
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _NOT_PUBLIC)
    return found in _GLOBAL_UNICAST and not any(found in network for network in _NOT_PUBLIC_6)


def plain(address: Address) -> Address:
    """Return the address of IPv4 that is written as one of IPv6, any other as it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def read_address(text: str) -> Address | None:
    """Return the address that a text is; None for a name, and for one that names an interface."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return None if isinstance(found, IPv6Address) and found.scope_id else found


def read_networks(text: str) -> tuple[Network, ...]:
    """Read networks as CIDR, comma-separated. Raises Refusal for anything else."""
    return tuple(_network(part.strip()) for part in text.split(",") if part.strip())


def _network(text: str) -> Network:
    try:
        if "%" not in text:  # An interface of this machine would be passed over in silence.
            return ip_network(text)
    except ValueError:
        pass
    raise Refusal(
        f"{quoted(text)} is not a network; write it as CIDR, like 10.1.0.0/16 or ::1/128."
    )
