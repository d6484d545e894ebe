"""What a training runs on: cores, threads, kernels and versions."""

from __future__ import annotations

from .. import compat, machine
from ..cost.available import available_memory
from ..kernels.instructions import told
from ..text import plural, size

SLOW = "without Numba, which makes them faster: pip install numba"


def environment() -> list[tuple[str, str]]:
    """(name, text) rows for a person."""
    facts, versions = machine.machine(), machine.versions()
    free = available_memory()
    rows = [
        (
            "machine",
            f"{facts['cpu'] or 'unknown'}, {plural(facts['cores'], 'usable core')}, {facts['os']}",
        ),
        ("memory", f"{size(free)} available" if free is not None else "unknown"),
        ("kernels", "cpu, compiled by Numba" if compat.has_numba() else f"reference, {SLOW}"),
        ("precision", _precisions()),
        ("threads", _threads()),
    ]
    known = ("chainrule", "numpy", "numba", "blas")
    said = [f"{name} {versions[name]}" for name in known if name in versions]
    return [*rows, ("versions", ", ".join([facts["python"], *said]))]


def _precisions() -> str:
    """What multiplies in which precision."""
    rounded = [told(name) for name in ("bfloat16", "bf16x3")]
    return "; ".join([*rounded, "float32 is never made of bf16x3, whose mean errors are larger"])


def _threads() -> str:
    """How many, and why so many."""
    said = []
    if compat.has_numba():
        from ..kernels.cpu import threads

        why = machine.why_threads("loops")
        said.append(f"{threads.count()} for compiled loops ({why})")
    from threadpoolctl import threadpool_info

    pools = [pool for pool in threadpool_info() if pool.get("user_api") == "blas"]
    why = machine.why_threads("products")
    for name, count in dict.fromkeys((pool["internal_api"], pool["num_threads"]) for pool in pools):
        said.append(f"{count} for products by {name} ({why})")
    return ", ".join(said)
