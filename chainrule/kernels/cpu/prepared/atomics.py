"""What threads need to meet inside compiled code: a counter that each takes a number from."""

from __future__ import annotations

import os
import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LONG, INT = ir.IntType(64), ir.IntType(32)
X86 = platform.machine() in ("x86_64", "AMD64")


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def fetch_add(context, address, number):
    """The int64 at the address as it was; ``number`` is added to it in the same step."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        at = builder.inttoptr(values[0], LONG.as_pointer())
        return builder.atomic_rmw("add", at, values[1], "seq_cst")

    return types.int64(types.int64, types.int64), emit


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def load(context, address):
    """The int64 at the address, as other threads have left it."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        at = builder.inttoptr(values[0], LONG.as_pointer())
        return builder.load_atomic(at, "seq_cst", 8)

    return types.int64(types.int64), emit


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def pause(context):
    """A thread that waits for another on the same core lets it go first for a moment."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if X86:
            kind = ir.FunctionType(ir.VoidType(), [])
            name = "llvm.x86.sse2.pause"
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
        return context.get_dummy_value()

    return types.void(), emit


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def give_way(context):
    """A thread that has waited for long lets others have its core."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if os.name == "posix":
            kind = ir.FunctionType(INT, [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), emit
