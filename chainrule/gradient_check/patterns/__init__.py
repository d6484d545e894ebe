"""The classic mistakes, each a small function: Mismatch -> a Match if it looks like it, or None.

The order is that of trust: where two explain an error equally well, the earlier one is named.
"""

from __future__ import annotations

from collections.abc import Callable

from ..evidence import Mismatch
from ..findings import Match
from . import absent, batch, factor, gate, norm, order, rounding, stale, sums, terms, uses, weights

Pattern = Callable[[Mismatch], Match | None]

PATTERNS: tuple[Pattern, ...] = (
    rounding.not_finite,
    rounding.no_mistake,
    rounding.single_precision,
    absent.never_written,
    absent.all_zero,
    stale.another_forward,
    uses.overwritten,
    uses.fan_out,
    factor.constant_factor,
    sums.kept_an_axis,
    sums.wrong_axis,
    weights.another_weight,
    order.transposed,
    order.flipped,
    order.reordered,
    order.shuffled_slices,
    gate.wrong_gate,
    norm.statistics_path,
    terms.penalty,
    terms.label_term,
    batch.one_sample_only,
    gate.one_side,
    batch.wrong_beyond_one,
)
