"""A model as a program of its own: one Python file that needs NumPy alone, and its weights."""

from __future__ import annotations

import ast
import inspect
import io
import json
import os
import runpy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..files import atomic_write
from ..layers.base import Layer, Signature
from ..types import Array
from .exported import Exported
from .folding import fold_batch_norm as folded
from .plan import INPUT, Plan, Step, array_name
from .planning import plan
from .predictor import operations, reading
from .verification import expect_equal, samples

NAME = "predictor"
COPIED = "# --- copied from here on ---\n"
WIDTH = 100


@checked
def to_python(
    model: Layer,
    folder: str | os.PathLike[str],
    *,
    fold_batch_norm: bool = False,
    images: Array | None = None,
) -> Exported:
    """Write ``predictor.py`` and ``predictor.npz`` into ``folder``: the model without chainrule.

    The program needs NumPy, and Pillow to read image files. It has a function
    ``predict(images)``, uint8 (N, H, W, C) to probabilities (N, K), and a command line:
    ``python predictor.py image.png …``. It says layer by layer what the model computes; the
    weights, and the mean and standard deviation of the preprocessing, lie in the .npz file.

    ``fold_batch_norm`` makes batch norms part of the weights before them. Before anything is
    written, the program is run on random images and on ``images`` (N, H, W, C).

    InputError for a model that does not say which images and classes it is for or takes no
    uint8 images, for a layer that cannot be written so, and for numbers that differ.

    >>> import tempfile
    >>> from chainrule import models
    >>> from chainrule.layers import Signature
    >>> model = models.mlp((8, 8, 1), (16,), 10).init(0)
    >>> model.signature = Signature((8, 8, 1), tuple("0123456789"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print([file.name for file in to_python(model, folder).files])
    ['predictor.py', 'predictor.npz']
    """
    target = Path(os.path.expanduser(os.fsdecode(folder)))
    if not target.is_dir():
        raise InputError(f"folder: expected a folder that is there, received {str(target)!r}")
    signature = expect_signature(model)
    made = plan(model, signature.image_shape, "uint8")
    made = folded(made) if fold_batch_norm else made
    source, weights = program(made, signature).encode(), _packed(made)
    checks = samples(made, images)
    difference = expect_equal(model, made, checks, _runner(source, weights), "Python")
    files = (target / f"{NAME}.py", target / f"{NAME}.npz")
    for file, content in zip(reversed(files), (weights, source), strict=True):
        atomic_write(file, content)
    size = len(source) + len(weights)
    return Exported(files[0], files, size, difference, sum(map(len, checks)))


def expect_signature(model: Layer) -> Signature:
    """What images and classes a model is for. InputError if it does not say."""
    signature = model.signature
    if signature is None:
        raise InputError(
            "model: it does not say which images and classes it is for: train it first"
        )
    if len(signature.image_shape) != 3 or signature.image_shape[2] not in (1, 3):
        raise InputError(
            f"model: expected one of images (H, W, 1) or (H, W, 3), received "
            f"{tuple(signature.image_shape)}"
        )
    return signature


def program(made: Plan, signature: Signature) -> str:
    """The source of the Python file."""
    names = sorted({step.op for step in made.steps} | {"softmax"})
    needed = sorted({*names, *(n for name in names for n in operations.NEEDS.get(name, ()))})
    functions = [_source(getattr(operations, name)) for name in needed]
    reader = _plain(inspect.getsource(reading).split(COPIED)[1]).strip()
    maths = "import math\n" if any("math." in function for function in functions) else ""
    h, w, c = signature.image_shape
    return "\n".join(
        [
            f'"""Classifies images of {h}x{w}x{c} into {len(signature.classes)} classes.',
            "",
            "    python predictor.py image.png …",
            "",
            "or, from Python, predict(images) of uint8 images (N, H, W, C). It needs NumPy, and",
            "Pillow to read image files; the weights are in the .npz file beside it.",
            'Made by chainrule.\n"""',
            "",
            f"import json\n{maths}import sys\nfrom pathlib import Path\n\nimport numpy as np\n",
            f"IMAGE_SHAPE = {(h, w, c)}",
            f"RESIZE = {quoted(signature.resize)}  # how images of another shape are made to fit",
            f"CLASSES = {_listed(signature.classes)}\n",
            'with np.load(Path(__file__).with_suffix(".npz"), allow_pickle=False) as file:',
            "    W = dict(file)  # weights by the layer that they are of\n\n",
            "\n".join(_forward(made)),
            "",
            "\n\n\n".join(functions),
            "\n",
            reader,
            "",
            '\nif __name__ == "__main__":\n    sys.exit(main(sys.argv[1:]))\n',
        ]
    )


def _listed(names: tuple[str, ...]) -> str:
    line = f"[{', '.join(map(quoted, names))}]"
    if len(line) <= WIDTH - 10:
        return line
    return "[\n" + "".join(f"    {quoted(name)},\n" for name in names) + "]"


def _forward(made: Plan) -> Iterator[str]:
    """``logits``, a line a step. Values that are no longer read give their name to the next."""
    yield "def logits(x):"
    yield f'    """(N, {", ".join(map(str, made.output_shape))}) of uint8 images (N, H, W, C)."""'
    last = {name: i for i, step in enumerate(made.steps) for name in step.inputs}
    last[made.output] = len(made.steps)
    held = {INPUT: "x"}
    for i, step in enumerate(made.steps):
        reads = [held[name] for name in step.inputs]
        for name in [n for n in held if last.get(n, -1) <= i]:
            del held[name]
        free = (v for v in _variables() if v not in held.values())
        held[step.output] = next(free)
        call = f"    {held[step.output]} = {step.op}("
        yield from _wrapped(call, [*reads, *_arguments(step)], _remark(step))
    yield f"    return {held[made.output]}\n"


def _variables() -> Iterator[str]:
    yield from "xyzuv"
    yield from (f"x{i}" for i in range(10**6))


def _arguments(step: Step) -> Iterator[str]:
    for name in step.arrays:
        yield f"{name}=W[{quoted(array_name(step, name))}]"
    for name, value in step.options.items():
        if value != USUAL.get(name):
            yield f"{name}={quoted(value) if isinstance(value, str) else repr(value)}"


USUAL: dict[str, Any] = {
    "stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "mode": "zeros",
    "output_padding": (0, 0), "groups": 1,
}  # fmt: skip
"""Options that the functions have by themselves."""


def _remark(step: Step) -> str:
    return f"  # {' x '.join(map(str, step.shape))}"


def _wrapped(call: str, arguments: list[str], remark: str) -> Iterator[str]:
    """The call on one line with its remark, or with an argument a line."""
    line = f"{call}{', '.join(arguments)}){remark}"
    if len(line) <= WIDTH:
        yield line
        return
    yield call + remark
    yield from (f"        {argument}," for argument in arguments)
    yield "    )"


def _source(function: Any) -> str:
    return _plain(inspect.getsource(function)).strip()


def _plain(source: str) -> str:
    """Without annotations, which a program of one page does not need."""
    lines = source.replace("  # fmt: skip", "").split("\n")
    cuts: list[tuple[int, int, int, str]] = []  # line, from, to, what stands there instead
    for node in ast.walk(ast.parse("\n".join(lines))):
        if not isinstance(node, ast.FunctionDef):
            continue
        given = [*node.args.posonlyargs, *node.args.args]
        defaults: list[ast.expr | None] = [None] * (len(given) - len(node.args.defaults))
        each: list[tuple[ast.arg | None, ast.expr | None]] = [
            *zip(given, [*defaults, *node.args.defaults], strict=True),
            *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
            (node.args.vararg, None),
        ]
        for argument, default in each:
            if argument is not None and argument.annotation is not None:
                start = argument.col_offset + len(argument.arg)
                end = argument.annotation.end_col_offset if default is None else default.col_offset
                cuts.append((argument.lineno - 1, start, end or 0, "" if default is None else "="))
        if node.returns is not None and node.returns.end_col_offset is not None:
            start = lines[node.returns.lineno - 1].rindex(" ->", 0, node.returns.col_offset)
            cuts.append((node.returns.lineno - 1, start, node.returns.end_col_offset, ""))
    for number, start, end, instead in sorted(cuts, reverse=True):
        # ast counts in bytes of UTF-8; a header of ours is ASCII
        lines[number] = lines[number][:start] + instead + lines[number][end:]
    return "\n".join(lines)


def quoted(text: str) -> str:
    """A Python literal that shows ``text`` as it is, unless it has letters that hide something."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else ascii(text)


def _packed(made: Plan) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(made.arrays()))
    return buffer.getvalue()


def _runner(source: bytes, weights: bytes) -> Any:
    """A function that runs ``logits`` of the two files."""

    def run(x: Array) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, f"{NAME}.py")
            file.write_bytes(source)
            file.with_suffix(".npz").write_bytes(weights)
            return runpy.run_path(str(file))["logits"](x)

    return run
