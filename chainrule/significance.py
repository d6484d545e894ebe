"""How far to trust a share of right answers, and the difference between two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from .confusion import same_images
from .declared import checked
from .errors import InputError
from .types import Array

EXACT = 1000
"""Images up to which McNemar's test is exact; beyond, the other form differs by under 1e-4."""


@dataclass(frozen=True)
class McNemar:
    """Whether two classifiers that answered for the same images differ by more than chance.

    only_first   images that only the first answered right
    only_second  images that only the second answered right
    p_value      how probable a split at least as uneven is if neither is better

    >>> McNemar(only_first=10, only_second=2, p_value=0.0386).p_value < 0.05
    True
    """

    only_first: int
    only_second: int
    p_value: float


@checked
def mcnemar(labels: Array, first: Array, second: Array) -> McNemar:
    """McNemar's test, two-sided: with b and c images that only one of two classifiers answered
    right, n = b + c, m = min(b, c),

        p = min(1, 2 Σᵢ₌₀..ₘ C(n, i) / 2ⁿ)                        n ≤ 1000: exact
        p = P(χ² > (|b - c| - 1)² / n), one degree of freedom     else, corrected for continuity

    labels, first, second (N,): class indices, the predictions of both for the same N images.
    Images that both answered right, or both wrong, say nothing about which is better.
    Raises InputError for arrays of different lengths.

    Source: McNemar 1947, "Note on the sampling error of the difference between correlated
    proportions or percentages"; Edwards 1948 for the correction.

    >>> labels = np.zeros(20, np.int64)
    >>> first, second = (np.arange(20) < 2).astype(int), (np.arange(20) >= 10).astype(int)
    >>> test = mcnemar(labels, first, second)
    >>> test.only_first, test.only_second, round(test.p_value, 4)
    (10, 2, 0.0386)
    """
    right = [np.equal(*same_images(labels, each)) for each in (first, second)]
    b, c = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    n = b + c
    if n <= EXACT:
        p = min(1.0, 2 * sum(math.comb(n, i) for i in range(min(b, c) + 1)) / 2**n)
    else:
        p = math.erfc((max(abs(b - c), 1) - 1) / math.sqrt(2 * n))
    return McNemar(b, c, p)


@checked
def holm(p_values: Sequence[float]) -> list[float]:
    """p adjusted for the number m of tests: of the k-th smallest, (m - k + 1) p, at most 1, and not
    less than those before it.

    InputError for what is no probability.

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure".

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    for p in p_values:
        if not 0 <= p <= 1:
            raise InputError(f"p_values: expected probabilities, received {p}")
    adjusted, most = [0.0] * len(p_values), 0.0
    for k, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        most = max(most, min(1.0, (len(p_values) - k) * p_values[i]))
        adjusted[i] = most
    return adjusted


@checked
def wilson_interval(correct: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """(p + z²/2n ± z √(p (1-p)/n + z²/4n²)) / (1 + z²/n),  p = correct / n

    Where the true share lies with probability ``level``: honest also for few images and for
    shares near 0 or 1, where p ± 2 standard errors is not. With n = 0 nothing is known: (0, 1).

    InputError unless 0 ≤ correct ≤ n, and for a ``level`` outside (0, 1).

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".

    >>> [round(bound, 3) for bound in wilson_interval(95, 100)]
    [0.888, 0.978]
    """
    if not 0 <= correct <= n:
        raise InputError(f"expected 0 <= correct <= n, received correct={correct}, n={n}")
    if not 0 < level < 1:
        raise InputError(f"level: expected a probability in (0, 1), received {level}")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + level) / 2)
    p = correct / n
    center = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if correct == 0 else (center - reach) / scale
    high = 1.0 if correct == n else (center + reach) / scale
    return low, high
