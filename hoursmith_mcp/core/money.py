"""Money, rates and percentages: whole numbers at a fixed scale, and their text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hoursmith_mcp.core.currencies import CURRENCIES
from hoursmith_mcp.core.refusal import Refusal, quoted

# A rate is stored in 1/10,000 of the currency's unit, a percentage in 1/10,000 of a percent.
RATE_SCALE = 10_000
PERCENT_SCALE = 10_000
HIGHEST_RATE = 1_000_000
_SCALE_DECIMALS = 4

# Twelve digits before the point keep every minor unit, and sums of thousands, inside 64 bits.
_PLAIN_NUMBER = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,20}))?")


class CurrencyMismatch(TypeError):
    """Two currencies met in one sum or comparison: a fault of the program, never of its user."""


def divide_half_away(numerator: int, denominator: int) -> int:
    """Divide exactly and round to the nearest whole number, a half away from zero.

    Raises ZeroDivisionError where the denominator is zero.
    """
    size = (2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator))
    return size if (numerator < 0) == (denominator < 0) else -size


@dataclass(frozen=True)
class Money:
    """An amount in minor units (cents, yen, fils) of an ISO 4217 currency.

    Adding, subtracting and ordering raise CurrencyMismatch where the currencies differ.
    """

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        """Return the sum."""
        return Money(self.minor + self._same_currency(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Return the difference."""
        return Money(self.minor - self._same_currency(other), self.currency)

    def __neg__(self) -> Money:
        """Return the amount with its sign turned."""
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        """Tell whether this is the smaller amount."""
        return self.minor < self._same_currency(other)

    def __le__(self, other: Money) -> bool:
        """Tell whether this is no more than the other."""
        return self.minor <= self._same_currency(other)

    def __gt__(self, other: Money) -> bool:
        """Tell whether this is the larger amount."""
        return self.minor > self._same_currency(other)

    def __ge__(self, other: Money) -> bool:
        """Tell whether this is no less than the other."""
        return self.minor >= self._same_currency(other)

    def text(self) -> str:
        """Return the amount as a decimal string with the currency's decimals ("1200.50")."""
        return _decimal_text(self.minor, currency_decimals(self.currency))

    def _same_currency(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be mixed.")
        return other.minor


def parse_currency(text: str) -> str:
    """Read a currency's three letters, in any case, and return them upper-case.

    Raises Refusal for what ISO 4217 does not list as active.
    """
    code = text.strip()
    if not code.isascii() or code.upper() not in CURRENCIES:
        raise Refusal(
            f"{quoted(text)} is not a currency; write its three letters (ISO 4217), "
            "like EUR, USD or GBP."
        )
    return code.upper()


def currency_decimals(code: str) -> int:
    """Return how many decimals a currency has: 0, 2, 3 or 4. Raises Refusal for an unknown one."""
    return CURRENCIES[parse_currency(code)]


def parse_amount(text: str, currency: str) -> Money:
    """Read an amount like "1200", "1200.50" or "-5" in a currency.

    Raises Refusal for signs of a currency, marks between thousands, a decimal comma, more decimals
    than the currency has, and twelve digits and more before the point.
    """
    code = parse_currency(currency)
    decimals = currency_decimals(code)
    example = _decimal_text(1200 * 10**decimals + 10**decimals // 2, decimals)
    return Money(_scaled(text, decimals, what=f"an amount in {code}", example=example), code)


def parse_rate(text: str) -> int:
    """Read a rate, 0 to 1,000,000 with up to four decimals, and return it at 1/10,000 of a unit."""
    rate = _scaled(text, _SCALE_DECIMALS, what="a rate", example="95 or 87.50")
    if not 0 <= rate <= HIGHEST_RATE * RATE_SCALE:
        raise Refusal(
            f"{quoted(text)} is out of range; write a rate from 0 to 1000000, like 87.50."
        )
    return rate


def known_currency(currency: str | None) -> str:
    """Return the currency that money is put in; raises Refusal where none is set yet."""
    if currency is None:
        raise Refusal(
            'there is no currency to put it in. Give the client one (currency="EUR"), or the '
            'organisation, with set_up(currency="EUR").'
        )
    return currency


def format_rate(rate_e4: int, currency: str) -> str:
    """Return a rate at 1/10,000 as text: the currency's decimals, up to four where needed."""
    return _decimal_text(rate_e4, _SCALE_DECIMALS, at_least=currency_decimals(currency))


def parse_percentage(text: str) -> int:
    """Read "19", "8.875" or "19 %", 0 to 100, and return it at 1/10,000 of a percent (88,750)."""
    number = text.strip().removesuffix("%")
    percentage = _scaled(number, _SCALE_DECIMALS, what="a percentage", example="19 or 8.875%")
    if not 0 <= percentage <= 100 * PERCENT_SCALE:
        raise Refusal(f"{quoted(text)} is out of range; write a percentage from 0 to 100, like 19.")
    return percentage


def format_percentage(value: int) -> str:
    """Return a percentage at 1/10,000 of a percent as text without trailing zeros ("8.875")."""
    return _decimal_text(value, _SCALE_DECIMALS, at_least=0)


def _scaled(text: str, decimals: int, *, what: str, example: str) -> int:
    """Read a plain decimal number as a whole number of its smallest allowed decimals."""
    match = _PLAIN_NUMBER.fullmatch(text.strip())
    if match is None:
        raise Refusal(
            f"{quoted(text)} is not {what}; write {example}: digits alone, a point before decimals "
            "and nothing between thousands."
        )
    sign, whole, fraction = match[1], match[2], match[3] or ""
    if len(fraction) > decimals:
        allowed = f"{decimals} decimals" if decimals else "no decimals"
        raise Refusal(f"{quoted(text)} is too fine: {what} has {allowed}; write it like {example}.")
    size = int(whole + fraction.ljust(decimals, "0"))
    return -size if sign else size


def _decimal_text(value: int, decimals: int, *, at_least: int | None = None) -> str:
    """Write a scaled whole number with its decimals, dropping zeros beyond `at_least` of them."""
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), 10**decimals)
    fraction = f"{part:0{decimals}}" if decimals else ""
    if at_least is not None:
        fraction = fraction.rstrip("0").ljust(at_least, "0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"
