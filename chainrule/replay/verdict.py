"""What was found, in one sentence."""

from __future__ import annotations

from ..text import plural
from .origin import FACTOR, Origin, Usual
from .seen import Rerun
from .sites import PARAMETER, Look, Site

LARGE = 0.5
"""An update of so much of a weight's norm is no small step any more; 0.001 is usual."""

TOO_LARGE = ": the learning rate is too large for this gradient"


def verdict(origin: Origin | None, seen: Rerun, usual: Usual, began: int | None) -> str:
    """The place where the step went wrong, in how many images, and what it points to."""
    step, count = seen.step, len(seen.batch[1])
    if origin is None:
        return f"no value is {FACTOR:g} times what is usual{_large(seen)}"
    said = f"{origin.stage}, {origin.name}: {origin.what}"
    if origin.samples:
        said += f"; in {len(origin.samples)} of {plural(count, 'image')}"
    if origin.stage != PARAMETER and (grown := _grown(step, usual)) is not None:
        times = grown.peak / usual[grown.key]
        said += f"; before the step, {grown.path} is {times:,.3g} times as large as usual"
    if began is not None:
        said += f"; gradients stand out from step {began:,} on"
    return said + _large(seen)


def _grown(step: Look, usual: Usual) -> Site | None:
    """The parameter that has grown most, if it is an outlier."""
    sites = [s for s in step.sites if s.stage == PARAMETER and s.finite and usual.get(s.key)]
    most = max(sites, key=lambda site: site.peak / usual[site.key], default=None)
    return most if most is not None and most.peak > FACTOR * usual[most.key] else None


def _large(seen: Rerun) -> str:
    """The weight that the step, or one just before, changed most for its size."""
    own = {
        each.path: each.ratio
        for each in seen.updates
        if each.ratio > LARGE and len(each.shape) > 1  # a bias begins at 0
    }
    if own:
        path = max(own, key=lambda each: own[each])
        return f"; the update of {path} is {own[path]:.2g} times its norm{TOO_LARGE}"
    if not seen.recent:
        return ""
    step, (path, ratio) = max(seen.recent.items(), key=lambda item: item[1][1])
    if not ratio > LARGE:
        return ""
    return f"; in step {step:,} the update of {path} was {ratio:.2g} times its norm{TOO_LARGE}"
