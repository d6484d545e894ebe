"""The derivative of a function of one number from its values alone, and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

Curve = Callable[[float], float]

FINER = 4  # a difference that disagrees is taken again with a step this many times smaller
FAR = 16  # and, before it counts as wrong, once more from this many times nearer


@dataclass(frozen=True)
class Verdict:
    """What central differences say about one analytic derivative."""

    analytic: float
    numeric: float
    error: float
    kink: bool = False


def relative_error(analytic: float, numeric: float, floor: float) -> float:
    """|a - n| / max(|a| + |n|, floor)

    Two zeros agree, and two numbers far below ``floor`` agree however different their digits:
    those digits are rounding.
    """
    return abs(analytic - numeric) / max(abs(analytic) + abs(numeric), floor)


def slopes(f: Curve, f0: float, h: float) -> tuple[float, float]:
    """The slopes of the two chords (f(0) - f(-h)) / h and (f(h) - f(0)) / h.

    Their mean is the central difference (f(h) - f(-h)) / 2h.
    """
    return (f0 - f(-h)) / h, (f(h) - f0) / h


def judge(
    f: Curve, f0: float, analytic: float, *, h: float, floor: float, tolerance: float
) -> Verdict:
    """Compare ``analytic`` with the central difference of ``f`` at 0, where f(0) = ``f0``.

    A mismatch is believed when a far smaller step, which crosses fewer kinks, shows it too.
    """
    verdict = _judge(f, f0, analytic, h, floor, tolerance)
    wrong = verdict.error > tolerance and not verdict.kink
    noise = floor * tolerance
    if wrong and abs(analytic - verdict.numeric) > FAR * noise:
        nearer = _judge(f, f0, analytic, h / FAR, floor, tolerance)
        if nearer.kink or nearer.error <= tolerance:
            return replace(verdict, kink=True)
    return verdict


def _judge(
    f: Curve, f0: float, analytic: float, h: float, floor: float, tolerance: float
) -> Verdict:
    """One mismatch has three causes: the derivative is wrong, or the step too coarse, or a kink
    (a ReLU that switches, a maximum that changes hands) lies within it, at f or anywhere
    behind it. A step four times finer tells them apart:

        f is smooth    the difference was off by c h²: (16 finer - coarse) / 15 is free of it
        kink beside 0  the finer step reaches less of the other side, so the mismatch with the
                       true slope shrinks; that of a wrong one stays
        kink at 0      the two one-sided slopes keep their distance, which for a smooth f
                       shrinks fourfold, and a subgradient lies between them
    """
    left, right = slopes(f, f0, h)
    coarse = (left + right) / 2
    error = relative_error(analytic, coarse, floor)
    if error <= tolerance:
        return Verdict(analytic, coarse, error)

    finer_left, finer_right = slopes(f, f0, h / FINER)
    finer = (finer_left + finer_right) / 2
    smooth = (FINER**2 * finer - coarse) / (FINER**2 - 1)
    if relative_error(analytic, smooth, floor) <= tolerance:
        return Verdict(analytic, smooth, relative_error(analytic, smooth, floor))

    beside = abs(analytic - finer) < abs(analytic - coarse) / 2
    gap = abs(finer_right - finer_left)
    low, high = sorted((finer_left, finer_right))
    between = low - gap / 20 <= analytic <= high + gap / 20
    at = between and gap > abs(right - left) / 2
    return Verdict(analytic, coarse, error, kink=beside or at)
