"""Signals that end a command: what it was making is cleared away first, as Ctrl-C has it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

# How a service manager ends a program, and a terminal that is closed; Windows has no such hangup.
ENDS = [signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def stopped_in_order() -> Generator[None]:
    """Let the first signal to end interrupt what is within; the process ends by it afterwards.

    A signal that the process was started to ignore, as by `nohup`, stays ignored.
    """
    heard: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        if len(heard) > 1:  # What clears away is not interrupted: who stops us may say it twice.
            return
        as_ctrl_c = signal.getsignal(signal.SIGINT)  # An event loop has a way of its own.
        if not callable(as_ctrl_c):  # A script's background ignores Ctrl-C.
            raise KeyboardInterrupt
        as_ctrl_c(signal.SIGINT, frame)

    # Signals are for the main thread: who calls from another one hears none.
    hears = threading.current_thread() is threading.main_thread()
    ours = [one for one in ENDS if hears and signal.getsignal(one) == signal.SIG_DFL]
    for one in ours:
        signal.signal(one, interrupt)
    try:
        yield
    finally:
        for one in ours:
            signal.signal(one, signal.SIG_DFL)
        for number in heard[:1]:
            signal.raise_signal(number)
