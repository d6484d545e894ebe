"""Whether numbers in memory are what they were: compared as words of 4 bytes, by address."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from ..loops import Loop
from .blocks import INT


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def _word(context, address):
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        word = builder.load(builder.inttoptr(values[0], INT.as_pointer()))
        word.align = 1
        return word

    return types.int32(types.int64), emit


@Loop
def differ(addresses, words):
    """How many words at the addresses (n,) int64 are not those of ``words`` (n,) int32."""
    count = 0
    for i in range(addresses.size):
        count += _word(addresses[i]) != words[i]
    return count
