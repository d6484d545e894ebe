"""An array that is as strict as a GPU's: what does not go through it would not run on CuPy.

It holds an array of NumPy and hides it. NumPy's functions refuse it, it mixes with no array of
NumPy, each method takes the arguments that CuPy's has, and going through its elements in Python is
an error (on a GPU it would only be slow). Results are NumPy's, to the last bit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

MOST_STEPS = 16  # of a loop over the first axis


class OutOfMemoryError(MemoryError):
    """As CuPy's, which is one too."""


class State:
    """What a process knows of its GPUs, and what went there and back."""

    def __init__(self) -> None:
        self.gpus, self.current = 2, 0
        self.driver, self.runtime = 13000, 13020
        self.memory = self.largest = 1 << 40  # bytes of all arrays, and of one that fits
        self.sent: list[int] = []  # bytes of each array that was put on a GPU
        self.fetched = 0


STATE = State()


class ndarray:
    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("_a", "_gpu")

    def __init__(self, a: Any) -> None:
        self._a = np.asarray(a)
        self._gpu = STATE.current
        if self._a.nbytes > STATE.largest:
            raise OutOfMemoryError(f"Out of memory allocating {self._a.nbytes:,} bytes")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_function__(self, function: Any, *rest: Any) -> Any:
        raise TypeError(f"numpy.{function.__name__} was called with an array of a GPU")

    def get(self) -> Any:
        STATE.fetched += 1
        return self._a.copy(order="C")

    def set(self, a: Any) -> None:
        self._a[...] = a

    @property
    def device(self) -> Any:
        from .fake import Device

        return Device(self._gpu)

    def __getitem__(self, key: Any) -> ndarray:
        return ndarray(self._a[_whole(plain(key))])

    def __setitem__(self, key: Any, value: Any) -> None:
        self._a[plain(key)] = plain(value)

    def __iter__(self) -> Iterator[ndarray]:
        if len(self) > MOST_STEPS:
            raise TypeError(f"a loop in Python over {len(self)} parts of an array of a GPU")
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        return len(self._a)

    def __bool__(self) -> bool:
        return bool(self._a)

    def __int__(self) -> int:
        return int(self._a)

    def __float__(self) -> float:
        return float(self._a)

    def __format__(self, spec: str) -> str:
        return format(self._a, spec)

    def __repr__(self) -> str:
        return repr(self._a)

    def __copy__(self) -> ndarray:
        return self.copy()  # type: ignore[attr-defined,no-any-return]

    def __deepcopy__(self, memo: Any) -> ndarray:
        return self.copy()  # type: ignore[attr-defined,no-any-return]

    def __reduce__(self) -> Any:
        return ndarray, (self._a,)


def plain(x: Any) -> Any:
    """What NumPy is to work on: arrays of the current GPU, and anything that is no array."""
    if isinstance(x, ndarray):
        if x._gpu != STATE.current:
            raise RuntimeError(
                f"an array of GPU {x._gpu} was used while {STATE.current} is current"
            )
        return x._a
    if isinstance(x, np.ndarray):
        raise TypeError(f"Unsupported type {type(x)}")
    if isinstance(x, tuple | list):
        return type(x)(map(plain, x))
    return x


def wrapped(x: Any) -> Any:
    if isinstance(x, np.ndarray | np.generic):
        return ndarray(x)
    if isinstance(x, tuple | list):
        return type(x)(map(wrapped, x))
    return x


def _whole(key: Any) -> Any:
    """The key of a view, where NumPy would make a number of a single element."""
    parts = key if isinstance(key, tuple) else (key,)
    return key if any(part is Ellipsis for part in parts) else (*parts, Ellipsis)


def strictly(name: str, function: Callable[..., Any], takes: str | None) -> Callable[..., Any]:
    """``function`` of arrays of a GPU, with the arguments that CuPy's takes, or any for None."""
    known = None if takes is None else takes.split()

    def call(*arguments: Any, **named: Any) -> Any:
        if known is not None and (len(arguments) > len(known) or not named.keys() <= set(known)):
            raise TypeError(f"{name}: CuPy takes ({', '.join(known)}), received {list(named)}")
        with np.errstate(all="ignore"):  # a GPU has no warnings
            return wrapped(
                function(*plain(arguments), **{key: plain(value) for key, value in named.items()})
            )

    call.__name__ = name
    return call


REDUCTION = "axis out keepdims"
SUM = "axis dtype out keepdims"
METHODS: dict[str, str | None] = {
    "all": REDUCTION, "any": REDUCTION, "max": REDUCTION, "min": REDUCTION,
    "argmax": "axis out dtype keepdims", "argmin": "axis out dtype keepdims",
    "sum": SUM, "mean": SUM, "prod": SUM, "var": "axis dtype out ddof keepdims",
    "std": "axis dtype out ddof keepdims",
    "argsort": "axis kind", "astype": "dtype order casting subok copy", "clip": "min max out",
    "copy": "order", "cumsum": "axis dtype out", "diagonal": "offset axis1 axis2", "dot": "b out",
    "fill": "value", "flatten": "order", "item": "", "nonzero": "", "ravel": "order",
    "repeat": "repeats axis", "reshape": None, "round": "decimals out", "squeeze": "axis",
    "swapaxes": "axis1 axis2", "take": "indices axis out", "tobytes": "order", "tolist": "",
    "transpose": None, "view": "dtype type",
}  # fmt: skip
PROPERTIES = ("T", "dtype", "flags", "itemsize", "nbytes", "ndim", "shape", "size", "strides")
BINARY = (
    "add", "and_", "eq", "floordiv", "ge", "gt", "le", "lshift", "lt", "matmul", "mod", "mul", "ne",
    "or_", "pow", "rshift", "sub", "truediv", "xor",
)  # fmt: skip
UNARY = ("abs", "invert", "neg", "pos")


def _method(name: str, takes: str | None) -> Callable[..., Any]:
    def call(self: ndarray, *arguments: Any, **named: Any) -> Any:
        return strictly(name, getattr(plain(self), name), takes)(*arguments, **named)

    return call


def _operator(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *other: strictly(function.__name__, function, None)(self, *other)


def _reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: strictly(function.__name__, function, None)(other, self)


def _in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: ndarray, other: Any) -> ndarray:
        with np.errstate(all="ignore"):
            function(plain(self), plain(other))
        return self

    return call


for _name, _takes in METHODS.items():
    setattr(ndarray, _name, _method(_name, _takes))
for _name in PROPERTIES:
    setattr(ndarray, _name, property(lambda self, name=_name: wrapped(getattr(self._a, name))))
for _name in BINARY:
    _plain, _stem = getattr(operator, _name), _name.rstrip("_")
    setattr(ndarray, f"__{_stem}__", _operator(_plain))
    if _name not in ("eq", "ge", "gt", "le", "lt", "ne"):
        setattr(ndarray, f"__r{_stem}__", _reflected(_plain))
        setattr(ndarray, f"__i{_stem}__", _in_place(getattr(operator, f"i{_stem}")))
for _name in UNARY:
    setattr(ndarray, f"__{_name}__", _operator(getattr(operator, _name)))
