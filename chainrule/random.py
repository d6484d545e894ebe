"""Random streams with names instead of one generator with a history.

A stream is chosen by its key, such as ``("shuffle", seed, epoch)``, and always gives the same
numbers, on any machine, in any order of asking, after any resume.
"""

from __future__ import annotations

import hashlib

import numpy as np

from .public import publish


def stream_key(*key: int | str) -> int:
    """A 128-bit number for a key: the same on every machine, unrelated between keys.

    >>> stream_key("shuffle", 0) == stream_key("shuffle", 0) != stream_key("shuffle", 1)
    True
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in key)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


def generator(*key: int | str) -> np.random.Generator:
    """The stream named by ``key``, from its start.

    >>> float(generator("shuffle", 0, 3).random()) == float(generator("shuffle", 0, 3).random())
    True

    Philox is counter-based: distinct keys give independent streams (Salmon et al. 2011,
    "Parallel random numbers: as easy as 1, 2, 3").
    """
    return np.random.Generator(np.random.Philox(key=stream_key(*key)))


publish(globals())
