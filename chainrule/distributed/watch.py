"""What ends the job when a rank dies or hangs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .. import require
from ..declared import checked
from .group import Group


@contextmanager
@checked
def watch(group: Group, timeout: float = 300.0, *, hint: str = "") -> Iterator[None]:
    """Inside, the job ends if a rank dies, or if one has not answered the others for ``timeout``
    seconds: a line on stderr names it, with ``hint`` as what to do next.

    A rank answers whenever it comes to a transfer, so ``timeout`` is above what the slowest step,
    or the evaluation of a rank's share of the images, may take. Where ranks cannot connect to rank
    0 over the network, the launcher alone sees to them. InputError unless ``timeout`` is
    above 0; an infinite one leaves ranks that hang alone.

    >>> from chainrule.distributed import Alone
    >>> with watch(Alone()):
    ...     pass
    """
    if not timeout > 0:
        require.positive(timeout=timeout)
    if group.size == 1:
        yield
        return
    from .line import connected  # imports what a plain training does not need

    line = connected(group, timeout, hint or "start it again")
    before = group.pulse
    if line is not None:
        group.pulse = line.pulse
    try:
        yield
    finally:
        group.pulse = before
        if line is not None:
            line.leave()
