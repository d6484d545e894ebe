from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from chainrule import explain
from chainrule.layers import BatchNorm
from chainrule.notation import Text, typable


def ascii_stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "ascii")


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("σ² = Σ (x − μ)", "sigma2 = sum (x - mu)"),
        ("xᵀ Ŵ × ½ → ∂", "xT W^ x 1/2 -> d"),
        ("▁▄█ … Δ", "_~# ... Delta"),
        ("猫 ü \udcff", r"\u732b \xfc \xff"),
        ("plain", "plain"),
    ],
)
def test_notation_is_typed_where_a_stream_has_only_ascii(text: str, typed: str) -> None:
    assert typable(text, ascii_stream()) == typed
    assert text.encode("ascii", "chainrule").decode() == typed


def test_what_a_stream_can_show_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    assert str(Text("σ")) == typable("σ") == "σ"


def test_text_is_typed_only_when_it_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = explain(BatchNorm(2))
    monkeypatch.setattr(sys, "stdout", ascii_stream())
    assert "σ" in text
    assert str(text).isascii()
    assert "sigma" in str(text)


def test_a_program_without_a_stdout_prints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert str(Text("σ")) == "σ"


PAGES = """
import chainrule as cr
from chainrule.circuit import Circuit, Value, exp
from chainrule.schedules import Cosine, preview
a, b = Value("a", 2.0), Value("\\u03c3", 3.0)
circuit = Circuit(exp(a * b) + b)
circuit.backward()
for step in [*circuit.forward_steps(), *circuit.backward_steps(), circuit, circuit.check(), b]:
    print(step)
print(preview(Cosine(0.1, 100), 100))
for thing in (cr.layers.GELU(), cr.optim.Adam(), cr.losses.SoftmaxCrossEntropy()):
    print(cr.explain(thing))
"""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_pages_can_be_printed_in_any_encoding(encoding: str) -> None:
    env = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-c", PAGES], capture_output=True, env=env)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_console_shows_lines_as_lines():
    assert repr(Text("a\nb")) == "a\nb"
    assert repr(Text("a")) == "a"
