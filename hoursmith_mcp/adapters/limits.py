"""How often a caller may ask over HTTP: per token and per organisation, in short and in long.

Windows begin at whole multiples of their length, so that all processes mean the same ones. Each
process counts for itself; where they share what they counted, `shared_limits.py` does it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hoursmith_mcp.access.actor import Actor
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.settings import Settings

OFF = "off"
MOST_WINDOWS = 10_000
"""How many windows are kept before those that are over are forgotten."""

_RATE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,5})")


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


OF_NOBODY = Rate(10, 60)
"""What an address may ask for without being let in."""


@dataclass
class Window:
    """A stretch of time, and how often a caller asked in it."""

    caller_id: str
    seconds: int
    ends_at: int
    """In seconds since the epoch."""
    organization_id: str | None
    """Whose it is, where it is counted together with other processes."""
    here: int = 0
    told: int = 0
    """Of those that were counted here, how many the other processes know of."""
    elsewhere: int = 0
    """How many other processes counted, as far as it is known."""

    @property
    def used(self) -> int:
        """How many requests were let through."""
        return self.here + self.elsewhere


@dataclass(frozen=True)
class Standing:
    """Where a caller stands: what is left of the longest window of theirs, and when it ends."""

    limit: int
    remaining: int
    resets_at: int
    """In seconds since the epoch."""
    wait_seconds: float = 0
    """How long to wait; zero where the request is let through."""


class Limits:
    """The windows of every caller of this process."""

    def __init__(self, settings: Settings, now_unix_seconds: Callable[[], float]) -> None:
        """Take the settings and a clock; raises InvalidInput where a limit cannot be read."""
        self._of_token = read_rates(settings.rate_limits, "HOURSMITH_RATE_LIMITS")
        self._of_organization = read_rates(
            settings.organization_rate_limits, "HOURSMITH_ORGANIZATION_RATE_LIMITS"
        )
        self._of_nobody = (OF_NOBODY,) if self._of_token else ()
        self._now = now_unix_seconds
        self._windows: dict[tuple[str, int], Window] = {}
        self._most = MOST_WINDOWS

    def take(self, actor: Actor) -> Standing | None:
        """Count a request, unless it is one too many; None where nothing is limited."""
        organization_id = actor.organization_id
        own = self._places(actor.token_id or actor.member_id, self._of_token, organization_id)
        shared = self._places(organization_id, self._of_organization, organization_id)
        return self._take(own or shared, own + shared)

    def take_unknown(self, address: str) -> Standing | None:
        """Count a request of nobody who is known, by where it came from."""
        places = self._places(f"address {address}", self._of_nobody, None)
        return self._take(places, places)

    async def close(self) -> None:
        """Let go of whatever is being done."""

    def live_windows(self) -> list[Window]:
        """Return the windows that are not over."""
        now = self._now()
        return [one for one in self._windows.values() if one.ends_at > now]

    def _take(
        self, told: list[tuple[Window, Rate]], places: list[tuple[Window, Rate]]
    ) -> Standing | None:
        if not places:
            return None
        now = self._now()
        waits = [window.ends_at - now for window, rate in places if window.used >= rate.requests]
        if not waits:
            for window, _ in places:
                window.here += 1
        window, rate = max(told, key=lambda one: one[1].seconds)
        return Standing(
            limit=rate.requests,
            remaining=max(0, rate.requests - window.used),
            resets_at=window.ends_at,
            wait_seconds=max(waits, default=0),
        )

    def _places(
        self, caller_id: str, rates: Iterable[Rate], organization_id: str | None
    ) -> list[tuple[Window, Rate]]:
        """Return the windows of a caller that are open now; the longest is the shared one."""
        longest = max((rate.seconds for rate in rates), default=0)
        return [
            (
                self._window(
                    caller_id, rate.seconds, organization_id if rate.seconds == longest else None
                ),
                rate,
            )
            for rate in rates
        ]

    def _window(self, caller_id: str, seconds: int, organization_id: str | None) -> Window:
        ends_at = (int(self._now()) // seconds + 1) * seconds
        window = self._windows.get((caller_id, seconds))
        if window is None or window.ends_at != ends_at:
            if len(self._windows) >= self._most:
                self._forget()
            window = Window(caller_id, seconds, ends_at, organization_id)
            self._windows[caller_id, seconds] = window
        return window

    def _forget(self) -> None:
        self._windows = {(one.caller_id, one.seconds): one for one in self.live_windows()}
        # Where most are still open, looking again at each new one would help nobody.
        self._most = max(MOST_WINDOWS, 2 * len(self._windows))


def read_rates(text: str, name: str) -> tuple[Rate, ...]:
    """Read a setting such as `100/10,1200/60`; raises InvalidInput that names it."""
    if text.strip().casefold() == OFF:
        return ()
    found = [_RATE.fullmatch(part.strip()) for part in text.split(",")]
    rates = tuple(Rate(int(one[1]), int(one[2])) for one in found if one is not None)
    if len(rates) < len(found):
        raise InvalidInput(
            f"{name} must be requests/seconds, comma-separated, like 100/10,1200/60, or off."
        )
    return rates
