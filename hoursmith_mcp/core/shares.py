"""Sharing an amount by weights, so that the parts always sum to the whole."""

from __future__ import annotations

from collections.abc import Sequence

from hoursmith_mcp.core.money import divide_half_away


def share(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Share a whole number by weights: one share for each, in their order, with exactly its sum.

    Each share is rounded half away from zero; what is then left or too much goes to the largest
    weight, the first among equals. Where the weights sum to zero the largest takes everything.
    Raises ValueError where there is something to share and no weight.
    """
    if not weights:
        if total_minor:
            raise ValueError("there is nobody to share with")
        return []
    whole = sum(weights)
    shares = [divide_half_away(total_minor * weight, whole) if whole else 0 for weight in weights]
    shares[weights.index(max(weights))] += total_minor - sum(shares)
    return shares
