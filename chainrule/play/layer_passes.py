"""A layer with a tiny input: what it computes, and whether its gradients are right."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from .. import kernels
from ..errors import InputError, ShapeError
from ..explanation.inputs import spread, tiny_inputs
from ..explanation.numeric import Gradient, gradients
from ..explanation.passes import Passes, run
from ..gradient_check.function import TOLERANCE, check_entry
from ..layers import Layer, named_arrays, named_parameters
from ..layers.shapes import infer_shape
from ..printable import received
from ..types import Array
from .edited import MOST_INPUT, array_of
from .layer_catalog import GIVEN, SHAPES, build, fixed, kind_of
from .options import FieldError, arguments, controls

MOST_OUTPUT, MOST_WEIGHTS = 1024, 2048
CHECKED = 96  # entries of one array whose central difference is taken
MOST_SEED = 999_999


def look(
    layer: Any,
    options: Any = None,
    seed: Any = 0,
    inputs: Any = None,
    dy: Any = None,
    parameters: Any = None,
    fit: Any = False,
) -> dict[str, Any]:
    """Both passes of a layer and the check of its gradients.

    ``options`` are texts by name; ``inputs`` a list of arrays, ``dy`` one, ``parameters`` arrays by
    path. An array is ``{"shape": […], "values": […] or None}``, the values in one list; without
    them they are made up. With ``fit``, inputs that the layer does not take are made up too. What
    cannot be is answered by ``{"error": {"sentence", "field"}}``, ``field`` being the control that
    it is about, as "options.stride", "inputs.0", "dy" or "parameters.weight", or None.
    """
    names: list[str] = []
    try:
        kind = kind_of(layer)
        given = GIVEN.get(layer, {})
        shown = [] if fixed(layer) else controls(kind, given)
        names = [control["name"] for control in shown]
        chosen = arguments(kind, options, given, names)
        with kernels.use("reference"), np.errstate(all="ignore"):
            made = _made(layer, chosen, _seed(seed))
            xs = _inputs(made, layer, inputs, bool(fit))
            edited = _edit(made, parameters)
            passes = _run(made, xs, dy)
            return _described(layer, passes) | {
                "options": controls(kind, chosen) if shown else [],
                "shown": repr(made),
                "edited": edited,
                "seeded": bool(named_arrays(made)),
            }
    except InputError as error:
        return {"error": {"sentence": str(error), "field": _field(error, names)}}


def _field(error: InputError, options: Sequence[str]) -> str | None:
    """The control that an error is about: of an option, whose name the sentence begins with, or
    of the input's shape."""
    if isinstance(error, FieldError):
        return error.field
    if isinstance(error, ShapeError):
        return "inputs.0"
    named = re.match(r"\w+(?=: )", str(error))
    return f"options.{named[0]}" if named and named[0] in options else None


def _seed(seed: Any) -> int:
    if type(seed) is not int or not 0 <= seed <= MOST_SEED:
        raise FieldError(f"seed: expected 0 to {MOST_SEED:,}, received {received(seed)}", "seed")
    return seed


def _made(name: str, options: Mapping[str, Any], seed: int) -> Layer:
    """The layer with its parameters drawn, in float64: nothing large is made before it is known
    to be small."""
    layer = build(name, options)
    size = sum(math.prod(node.shape) for _, node in named_arrays(layer))
    if size > MOST_WEIGHTS:
        raise InputError(
            f"{name}: expected at most {MOST_WEIGHTS:,} numbers in its parameters here, "
            f"received {size:,}: smaller sizes show as much"
        )
    return layer.init(seed).astype(np.float64)


def _inputs(layer: Layer, name: str, given: Any, fit: bool) -> tuple[Array, ...]:
    count = layer.example.inputs
    if given is not None:
        if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != count:
            raise InputError(f"inputs: expected {count} arrays, received {received(given)}")
        xs = tuple(
            array_of(f"x{i + 1}" if count > 1 else "x", each, f"inputs.{i}", layer.example.span)
            for i, each in enumerate(given)
        )
        if not fit or _takes(layer, xs):
            _expect_small(layer, xs)
            return xs
    if shape := SHAPES.get(name):
        xs = (spread(shape, layer.example.span, "input 0"),)
        if _takes(layer, xs):
            return xs
    xs = tuple(x.astype(np.float64) for x in tiny_inputs(layer))
    if sum(x.size for x in xs) > 2 * MOST_INPUT:
        raise InputError(f"{name}: with these options no input is small enough to be shown")
    _expect_small(layer, xs)
    return xs


def _takes(layer: Layer, xs: tuple[Array, ...]) -> bool:
    try:
        _expect_small(layer, xs)
        copy.deepcopy(layer).forward(*xs)
    except ValueError:  # of which InputError is one
        return False
    return True


def _expect_small(layer: Layer, xs: tuple[Array, ...]) -> None:
    """InputError where the output would be too large for the page, before it is computed."""
    shape = None
    with suppress(ShapeError):  # which forward puts in words that fit a batch
        shape = infer_shape(layer, *(x.shape[1:] for x in xs))
    whole = (len(xs[0]), *shape) if shape is not None else ()
    if shape is not None and math.prod(whole) > MOST_OUTPUT:
        raise InputError(
            f"the output would have {math.prod(whole):,} numbers, of the shape {whole}: "
            f"at most {MOST_OUTPUT:,} are shown here"
        )


def _edit(layer: Layer, given: Any) -> list[str]:
    """Put the parameters that the page gives in their places, those whose shapes fit; their
    paths."""
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise InputError(f"parameters: expected arrays by path, received {received(given)}")
    edited = []
    for path, parameter in named_parameters(layer):
        if path in given:
            array = array_of(path, given[path], f"parameters.{path}", most=MOST_WEIGHTS)
            if array.shape == parameter.shape:
                parameter.value = array
                edited.append(path)
    return edited


def _run(layer: Layer, xs: tuple[Array, ...], dy: Any) -> Passes:
    passes = run(layer, xs)
    if passes.y.size > MOST_OUTPUT:
        raise InputError(f"the output has {passes.y.size:,} numbers: at most {MOST_OUTPUT:,}")
    if dy is None:
        return passes
    upstream = array_of("dy", dy, "dy", most=MOST_OUTPUT)
    return run(layer, xs, upstream) if upstream.shape == passes.y.shape else passes


def _described(name: str, passes: Passes) -> dict[str, Any]:
    predicted: Any = passes.kept
    if predicted is None and passes.differs:
        predicted = _sent(passes.predicted)
    return {
        "layer": name,
        "inputs": [
            {"name": x} | _sent(array) for x, array in zip(passes.names, passes.xs, strict=True)
        ],
        "parameters": [
            {"name": path} | _sent(node.value) for path, node in passes.parameters
        ],
        "y": _sent(passes.y),
        "predicted": predicted,
        "cache": passes.cache,
        "buffers": [
            {"name": path, "before": _sent(before), "after": _sent(after)}
            for path, before, after in passes.buffers
        ],
        "dy": _sent(passes.dy),
        "gradients": [_checked(gradient) for gradient in gradients(passes)],
    }  # fmt: skip


def _sent(array: Array) -> dict[str, Any]:
    return {"shape": list(array.shape), "values": array.ravel().tolist()}


def _checked(gradient: Gradient) -> dict[str, Any]:
    """A gradient with the central differences of its entries, or of so many spread over it."""
    problem, array = gradient.problem, gradient.value
    found = {"name": gradient.label, **_sent(array), "problem": ""}
    if not math.isfinite(problem.value(problem.arrays)) or not np.isfinite(array).all():
        problems = "the numbers are not finite at this point: there is no difference to take"
        return found | {"problem": problems, "entries": [], "checked": 0, "worst": None, "ok": None}
    places = range(array.size)
    if array.size > CHECKED:
        places = np.linspace(0, array.size - 1, CHECKED).round().astype(int).tolist()
    entries = []
    for i in places:
        place = tuple(int(k) for k in np.unravel_index(i, array.shape))
        verdict = check_entry(
            problem.value, problem.arrays, gradient.path, place, float(array[place])
        )
        kind = "kink" if verdict.kink else "ok" if verdict.error <= TOLERANCE else "WRONG"
        entries.append(
            {
                "at": i, "analytic": verdict.analytic, "numeric": verdict.numeric,
                "error": verdict.error, "verdict": kind,
            }
        )  # fmt: skip
    judged = [entry for entry in entries if entry["verdict"] != "kink"]
    worst = max(judged, key=_badness, default=None)
    return found | {
        "entries": entries,
        "checked": len(judged),
        "worst": worst,
        "ok": all(entry["verdict"] == "ok" for entry in judged),
    }


def _badness(entry: Mapping[str, Any]) -> float:
    error = float(entry["error"])
    return math.inf if math.isnan(error) else error
