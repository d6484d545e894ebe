"""Where a NaN, an infinity or an outlier was first seen in a step, and which samples it is in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..types import Array
from .sites import BACKWARD, FORWARD, GRADIENT, INPUT, LOSS, PARAMETER, Key, Look, Site

FACTOR = 10.0
"""A value is an outlier beyond so many times what is usual."""

ALL = 0.5
"""The share of a batch from which on it is the batch, and no sample, that carries something."""


@dataclass(frozen=True)
class Origin:
    """The first place of a step that holds what it should not.

    stage    input, parameter, forward, loss, backward or gradient
    path     of the layer or the parameter; "" for the loss
    kind     the layer's class, or what it is
    what     one sentence
    value    the largest |value| there, NaN or infinity if it holds one
    usual    what is usual there, None where nothing is known
    samples  places in the batch of the affected ones, the largest first; empty if most are

    >>> Origin("forward", "layers.3", "Linear", "the output holds 1 NaN", 1.0, None, (5,)).name
    'layers.3 (Linear)'
    """

    stage: str
    path: str
    kind: str
    what: str
    value: float
    usual: float | None
    samples: tuple[int, ...]

    @property
    def name(self) -> str:
        """ "layers.3 (Linear)" """
        return f"{self.path} ({self.kind})" if self.path else self.kind


Usual = dict[Key, float]


def usual_of(looks: Sequence[Look], now: Look) -> Usual:
    """What is usual at each site: the median over some earlier steps of the largest value there;
    where there are none, the median over the samples of this step, of layers' outputs alone."""
    known: dict[Key, list[float]] = {}
    for site in (site for look in looks for site in look.sites):
        if site.finite:
            known.setdefault(site.key, []).append(site.peak)
    usual: Usual = {key: float(np.median(peaks)) for key, peaks in known.items()}
    for site in now.sites:
        finite = site.peaks[np.isfinite(site.peaks)]
        if not looks and site.stage in (INPUT, FORWARD) and len(finite):
            usual[site.key] = float(np.median(finite))
    return usual


def origin_of(step: Look, usual: Usual) -> Origin | None:
    """The first site with a NaN or an infinity; else the first with an outlier; else None."""
    return _nonfinite(step) or _outlier(step, usual)


def _nonfinite(step: Look) -> Origin | None:
    before = [site for site in step.sites if site.stage in (INPUT, PARAMETER, FORWARD)]
    after = [site for site in step.sites if site.stage in (BACKWARD, GRADIENT)]
    for site in before:
        if not site.finite:
            return _of(site, f"{_words(site)} {site.holds}{_since(site)}", None, _carriers(site))
    if not math.isfinite(step.loss):
        samples = _where(~np.isfinite(step.losses)) if step.losses is not None else ()
        return Origin(
            LOSS, "", "loss", f"the loss is {step.loss:g}; the logits are finite", step.loss, None,
            samples,
        )  # fmt: skip
    for site in after:
        if not site.finite:
            samples = _carriers(site) if site.by_sample else ()
            return _of(site, f"{_words(site)} {site.holds}{_since(site)}", None, samples)
    return None


def _outlier(step: Look, usual: Usual) -> Origin | None:
    for site in step.sites:
        normal = usual.get(site.key, 0.0)
        if normal > 0 and site.peak > FACTOR * normal:
            what = (
                f"{_words(site, 'reaches')} {site.peak:.3g}, {site.peak / normal:,.0f} times what "
                "is usual there"
            )
            return _of(site, what, normal, _carriers(site, FACTOR * normal))
    return None


def _of(site: Site, what: str, usual: float | None, samples: tuple[int, ...]) -> Origin:
    return Origin(site.stage, site.path, site.kind, what, site.peak, usual, samples)


def _words(site: Site, verb: str = "holds") -> str:
    subject = {
        INPUT: "the input",
        PARAMETER: "before the step, the parameter",
        FORWARD: "the output",
        BACKWARD: "the gradient of the output",
        GRADIENT: "the gradient",
    }[site.stage]
    return f"{subject} {verb}"


def _since(site: Site) -> str:
    """What is known of those before it."""
    return {FORWARD: "; its input is finite", BACKWARD: "; all before it are finite"}.get(
        site.stage, ""
    )


def _carriers(site: Site, limit: float | None = None) -> tuple[int, ...]:
    """The samples with something that is not finite, or beyond a limit; none for most of them."""
    if not site.by_sample:
        return ()
    found = ~np.isfinite(site.peaks) if limit is None else site.peaks > limit
    return _where(found, site.peaks)


def _where(found: Array, sizes: Array | None = None) -> tuple[int, ...]:
    places = np.flatnonzero(found)
    if len(places) > ALL * len(found):
        return ()
    if sizes is not None:
        places = places[np.argsort(-np.nan_to_num(sizes[places], nan=np.inf), kind="stable")]
    return tuple(places.tolist())
