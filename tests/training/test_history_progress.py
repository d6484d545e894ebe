from __future__ import annotations

import io

import pytest
from rich.console import Console

from chainrule import Trainer, data
from chainrule.models import mlp
from chainrule.training.history import GAP, SHOWN, Progress


@pytest.mark.parametrize(("width", "shown"), [(200, 7), (66, 7), (65, 6), (40, 4), (28, 3), (5, 3)])
def test_a_narrow_terminal_gets_fewer_columns_and_whole_lines(width: int, shown: int) -> None:
    train, test = data.digits()
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, color_system=None)
    Trainer(mlp(64, (4,), 10), callbacks=[Progress(console)]).fit(train, test, epochs=1)
    header = next(line for line in out.getvalue().splitlines() if "epoch  " in line + "  ")
    assert header == GAP.join(f"{name:>{wide}}" for name, wide in SHOWN[:shown])


@pytest.mark.parametrize("width", [5, 40])
def test_a_file_gets_every_column_whatever_its_width(width: int) -> None:
    train, test = data.digits()
    out = io.StringIO()
    Trainer(mlp(64, (4,), 10), callbacks=[Progress(Console(file=out, width=width))]).fit(
        train, test, epochs=1
    )
    header, row = out.getvalue().splitlines()
    assert header == GAP.join(f"{name:>{wide}}" for name, wide in SHOWN)
    assert len(row) == len(header)
