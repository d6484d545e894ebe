"""Read pickles that hold plain values, and refuse all others.

A pickle is a program for a small stack machine, and Python's own reader runs whatever function
it names. This one is another machine: it knows no import and no call. It can build dicts with
simple keys, lists, tuples, bytes, str, int, bool, None and arrays of numbers, and nothing else.
What a pickle can make it do is bounded by STEPS and by the file's size. Where a format has values
of its own, a subclass of `Machine` says what its few names stand for (``chainrule.weights``).

Python 2's ``str`` becomes bytes. Every protocol, 0 to 5, is read; pickle data that are out of
band are not.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import InputError
from ..fetching.checksums import unpacked
from .pickled_arrays import GLOBALS, Refused, Unbuilt, build, reduce

LARGEST = 1 << 29
"""Bytes of a file. That of CIFAR-100's training images, the largest in use, has 155 MB."""

STEPS = 2_000_000
"""Instructions; that file has 0.4 million."""

_PLAIN = (dict, list, tuple, bytes, str, int, bool, type(None), np.ndarray)


def read_plain_pickle(path: Path) -> Any:
    """The value in the file at ``path``, plain or packed with gzip.

    Raises InputError, naming the file and what is in it, if it is not a pickle, is damaged, or
    would build anything but plain values.
    """
    data = unpacked(path, LARGEST)
    try:
        return loads(data)
    except Refused as error:
        raise InputError(f"{path} is not a pickle of plain values: {error}") from None


def loads(data: bytes) -> Any:
    """The value in ``data``. Raises Refused, saying why, without the file's name."""
    stream = io.BytesIO(data)
    value = Machine(len(data)).read(stream)
    if stream.tell() != len(data):
        raise Refused(f"it ends at byte {stream.tell():,} of {len(data):,}")
    return value


class Machine:
    """A stack, marks in it, and the memo. One instruction at a time."""

    names: ClassVar[Mapping[tuple[str, str], Any]] = GLOBALS
    """What a global may stand for, by module and name."""
    plain: ClassVar[tuple[type, ...]] = _PLAIN
    """What may be left in the end."""

    def __init__(self, size: int) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.budget = size  # bytes that text may be turned into: each was read once

    def read(self, stream: io.BytesIO) -> Any:
        """The value of the pickle that begins here; the stream is then behind it. Raises Refused,
        saying why."""
        import pickletools

        position, steps = stream.tell(), 0
        try:
            for opcode, argument, at in pickletools.genops(stream):
                position, steps = at or 0, steps + 1
                if steps > STEPS:
                    raise Refused(f"it takes more than {STEPS:,} steps")
                if opcode.name != "STOP":
                    self.run(opcode.name, argument)
            return self.result()
        except (ValueError, IndexError, KeyError, TypeError, OverflowError, Warning) as error:
            # A warning, of an escape that is none, where warnings are errors. A message may
            # repeat much of the file.
            words = " ".join(str(error).split())[:100]
            raise Refused(f"it is damaged after byte {position:,} ({words})") from None

    def run(self, name: str, argument: Any) -> None:
        if name in _PUSHES:
            self.stack.append(_PUSHES[name](argument))
        elif name in _STEPS:
            _STEPS[name](self, argument)
        else:
            raise Refused(f"it has a {name}, which plain values do not need")

    def result(self) -> Any:
        if len(self.stack) != 1:
            raise Refused(f"it leaves {len(self.stack)} values, not one")
        self._check_plain(self.stack[0])
        return self.stack[0]

    def mark(self, _: None) -> None:
        self.marks.append(len(self.stack))

    def pop_mark(self) -> list[Any]:
        start = self.marks.pop()
        items, self.stack[start:] = self.stack[start:], []
        return items

    def drop_mark(self, _: None) -> None:
        self.pop_mark()

    def pop(self, _: None) -> None:
        if self.marks and self.marks[-1] == len(self.stack):
            self.marks.pop()
        else:
            self.stack.pop()

    def dup(self, _: None) -> None:
        self.stack.append(self.stack[-1])

    def put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]
        if isinstance(self.stack[-1], Unbuilt):
            self.stack[-1].memoized.append(index)

    def memoize(self, _: None) -> None:
        self.put(len(self.memo))

    def get(self, index: int) -> None:
        self.stack.append(self.memo[index])

    def tuple_of(self, count: int) -> None:
        if count > len(self.stack):
            raise IndexError("stack underflow")
        start = len(self.stack) - count
        self.stack[start:] = [tuple(self.stack[start:])]

    def collect(self, kind: Callable[[list[Any]], Any]) -> None:
        self.stack.append(kind(self.pop_mark()))

    def append(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not list:
            raise Refused(f"it appends to a {type(target).__name__}")
        target.extend(items)

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not dict:
            raise Refused(f"it sets items of a {type(target).__name__}")
        target.update(pairs(items))

    def global_(self, module: Any, name: Any) -> None:
        meaning = self.names.get((module, name)) if isinstance(module, str) else None
        if meaning is None:
            raise Refused(f"it names {str(module)[:60]}.{str(name)[:60]}, which may be anything")
        self.stack.append(meaning)

    def stack_global(self, _: None) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(name, str):
            raise Refused("it names what has no name")
        self.global_(module, name)

    def reduce(self, _: None) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        value = self.called(function, arguments)
        if isinstance(value, bytes):
            self.budget -= len(value)
            if self.budget < 0:
                raise Refused("it unfolds to more than the file's own size")
        self.stack.append(value)

    def called(self, function: Any, arguments: Any) -> Any:
        """What ``function(*arguments)`` stands for. Raises Refused for what it must not."""
        return reduce(function, arguments)

    def build(self, _: None) -> None:
        state, unbuilt = self.stack.pop(), self.stack.pop()
        value = build(unbuilt, state)
        for index in unbuilt.memoized:
            self.memo[index] = value
        self.stack.append(value)

    def _check_plain(self, value: Any) -> None:
        """Walk through all that can be reached, once, without recursion."""
        todo, seen = [value], {id(value)}
        while todo:
            item = todo.pop()
            if not isinstance(item, self.plain):
                raise Refused("it leaves something half built")
            if isinstance(item, (dict, list, tuple)):
                inside = item.values() if isinstance(item, dict) else item
                fresh = [other for other in inside if id(other) not in seen]
                seen.update(map(id, fresh))
                todo.extend(fresh)


def pairs(items: list[Any]) -> dict[Any, Any]:
    if len(items) % 2:
        raise ValueError("a key without a value")
    for key in items[::2]:
        # No tuples: Python's hash of one that is deep, or shares its parts, does not end well.
        if not isinstance(key, (str, bytes, int)):
            raise Refused(f"it has a {type(key).__name__} for a key")
    return dict(zip(items[::2], items[1::2], strict=True))


def _number(value: int) -> int:
    if value.bit_length() > 64:
        raise Refused(f"it has a number of {value.bit_length():,} bits")
    return value


_PUSHES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"), _number),
    **dict.fromkeys(("STRING", "BINSTRING", "SHORT_BINSTRING"), lambda s: s.encode("latin-1")),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), bytes),
    **dict.fromkeys(("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), str),
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    "EMPTY_TUPLE": lambda _: (),
}

_STEPS: dict[str, Callable[[Machine, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME"), lambda machine, _: None),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), Machine.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), Machine.get),
    "MEMOIZE": Machine.memoize,
    "MARK": Machine.mark,
    "POP": Machine.pop,
    "POP_MARK": Machine.drop_mark,
    "DUP": Machine.dup,
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "TUPLE": lambda machine, _: machine.collect(tuple),
    "LIST": lambda machine, _: machine.collect(list),
    "DICT": lambda machine, _: machine.collect(pairs),
    "APPEND": lambda machine, _: machine.append([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.pop_mark()),
    "SETITEM": lambda machine, _: machine.set_items([machine.stack.pop(-2), machine.stack.pop()]),
    "SETITEMS": lambda machine, _: machine.set_items(machine.pop_mark()),
    "GLOBAL": lambda machine, names: machine.global_(*names.split(" ", 1)),
    "STACK_GLOBAL": Machine.stack_global,
    "REDUCE": Machine.reduce,
    "BUILD": lambda machine, _: machine.build(None),
}
