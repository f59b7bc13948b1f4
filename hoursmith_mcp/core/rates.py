"""Dated rates: which one holds on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol, TypeVar


class Dated(Protocol):
    """A rate with the day it starts on, as ISO text; none where it is the first of its level."""

    @property
    def starts_on(self) -> str | None:
        """The first day on which the rate holds; absent for all days before, too."""
        ...


Record = TypeVar("Record", bound=Dated)


def rate_on(records: Sequence[Record], day: date) -> Record | None:
    """Return the record of one level and one currency that holds on a day, if there is one."""
    begun = [one for one in records if one.starts_on is None or one.starts_on <= day.isoformat()]
    return max(begun, key=lambda one: one.starts_on or "", default=None)
