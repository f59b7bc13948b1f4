"""The period before: what a report is compared with."""

from __future__ import annotations

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from hoursmith_mcp.core.periods import Period

_DAY = timedelta(days=1)


def period_before(period: Period) -> Period:
    """Return the period that ends where this one begins, and is as long.

    Before whole months come as many whole months; before other days as many days.
    """
    last = period.first - _DAY
    after = period.last + _DAY
    if period.first.day == after.day == 1:
        months = (after.year - period.first.year) * 12 + after.month - period.first.month
        return Period(period.first - relativedelta(months=months), last)
    return Period(period.first - timedelta(days=period.days), last)
