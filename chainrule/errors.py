"""What chainrule raises, by what the person at the keyboard can do about it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from .hints import WORDS
from .printable import shortened
from .public import publish

BREAK = re.compile(r"\n+(?!  on the way) +|\n(?=\))")
"""Of the ``repr`` of an array or a model; the route of a `ShapeError` stays a line, and a break in
a name is shown as an escape where it is printed."""


class InputError(ValueError):
    """Something that was given cannot be used: a file, an option, an array.

    The message names it, states the rule, what was received, and the way out. The command
    line prints it on one line and ends with exit code 2. Of a long one, which repeats a long value
    that was given, the beginning and the end are kept.

    >>> import chainrule as cr
    >>> try:
    ...     cr.optim.Adam(lr=-1)
    ... except cr.InputError as error:
    ...     print(error)
    lr: expected a positive finite number or a Schedule, received -1
    """

    def __init__(self, message: str) -> None:
        super().__init__(shortened(BREAK.sub(" ", str(message))))


class ShapeError(InputError):
    """An array of the wrong shape or dtype met a layer.

    Each container on the way out adds its part of the layer's path and the shapes that led
    there, so that the final message reads like a route.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> try:
    ...     cr.layers.Linear(3, 2).init(0)(np.zeros((1, 4), np.float32))
    ... except cr.ShapeError as error:
    ...     print(error)
    expected an input of shape (N, 3), received (1, 4)
    """

    def __init__(self, problem: str, path: str = "", route: str = "") -> None:
        super().__init__(f"{path}: {problem}{route}" if path else problem)
        self.problem, self.path, self.route = problem, path, route

    def inside(self, name: str, route: str = "") -> ShapeError:
        """The same error seen from one container further out."""
        path = f"{name}.{self.path}" if self.path else name
        return type(self)(self.problem, path, route + self.route)


class OutOfRange(InputError, IndexError):
    """There is no item at this place, as of a list that is too short.

    >>> import chainrule as cr
    >>> try:
    ...     cr.layers.Sequential(cr.layers.ReLU())[1]
    ... except IndexError as error:
    ...     print(error)
    layer: expected an index from -1 to 0 of 1, received 1
    """


class CheckFailed(Exception):
    """A check that was asked for did not pass. The command line ends with exit code 1.

    >>> issubclass(CheckFailed, InputError)
    False
    """


class ChainruleWarning(UserWarning):
    """Something went less well than was asked for, and the work goes on. One line.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", ChainruleWarning)
    ...     warnings.warn("slower than asked for", ChainruleWarning)
    """


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """The end of an error message: the nearest choice if one is near, else all of them.
    InputError for choices that are no names.

    >>> did_you_mean("adm", ["adam", "sgd"]), did_you_mean("x", ["adam", "sgd"])
    ("; did you mean 'adam'?", '; choose from adam, sgd')
    """
    try:
        word, names = str(word), sorted(map(str, choices))
    except TypeError:
        raise InputError("choices: expected names, received something else") from None
    if WORDS.get(word.lower()) in names:
        return f"; did you mean {WORDS[word.lower()]!r}?"
    # get_close_matches takes time that grows with the product of the lengths.
    near = difflib.get_close_matches(word[:100], names, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; choose from {', '.join(names)}" if names else ""


publish(globals())
