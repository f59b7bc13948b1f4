"""What has just changed, told within this process to whoever watches."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

logger = logging.getLogger("hoursmith_mcp")


@dataclass(frozen=True)
class Changed:
    """What one unit of work that is stored by now has changed: whose, and which kinds of things."""

    organization_id: str
    kinds: frozenset[str]


Listener = Callable[[Changed], None]
"""Takes note of a change at once: it must neither wait nor raise."""


def do_nothing() -> None:
    """Do nothing."""


@dataclass
class Announcements:
    """The listeners of one process; telling them never holds a call up."""

    _listeners: dict[object, Listener] = field(default_factory=dict[object, Listener])
    _endings: dict[object, Callable[[], None]] = field(
        default_factory=dict[object, Callable[[], None]]
    )

    def __bool__(self) -> bool:
        """Tell whether anybody listens."""
        return bool(self._listeners)

    def listen(
        self, listener: Listener, at_end: Callable[[], None] = do_nothing
    ) -> Callable[[], None]:
        """Add a listener, and what to do at the end of all; returns what takes both away."""
        token = object()
        self._listeners[token] = listener
        self._endings[token] = at_end

        def stop() -> None:
            self._listeners.pop(token, None)
            self._endings.pop(token, None)

        return stop

    def end(self) -> None:
        """Let every listener go: the program is about to end."""
        for ending in list(self._endings.values()):
            ending()

    def tell(self, changed: Changed) -> None:
        """Tell every listener; one that fails is logged and keeps nobody else from hearing."""
        for listener in list(self._listeners.values()):
            try:
                listener(changed)
            except Exception:
                logger.exception("a listener failed to take note of a change")
