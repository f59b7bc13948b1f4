"""Sharing an amount by weights, so that the parts always sum to the whole."""

from __future__ import annotations

from collections.abc import Sequence


def share(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Share a whole number by weights: one share for each, in their order, with exactly its sum.

    By the largest remainder: each share is cut to whole units, and what is then left goes, a unit
    each, to those that lost most by it; among equals to the larger weight, then to the first. So no
    share is a whole unit away from what is due to it. Where the weights sum to zero the largest
    takes everything. Raises ValueError where there is something to share and no weight.
    """
    if not weights:
        if total_minor:
            raise ValueError("there is nobody to share with")
        return []
    if total_minor < 0:
        return [-part for part in share(-total_minor, weights)]
    whole = sum(weights)
    if whole == 0:
        largest = weights.index(max(weights))
        return [total_minor if place == largest else 0 for place in range(len(weights))]
    cut = [divmod(total_minor * weight, whole) for weight in weights]
    shares = [part for part, _ in cut]
    by_loss = sorted(
        range(len(weights)), key=lambda place: (-abs(cut[place][1]), -weights[place], place)
    )
    for place in by_loss[: total_minor - sum(shares)]:
        shares[place] += 1
    return shares
