from __future__ import annotations

import sys

import pytest

from chainrule.errors import ChainruleWarning, InputError
from chainrule.training.logs import Gradients, Log, Steps, TensorBoard
from chainrule.training.logs.log import Row

from .conftest import Train


def scalars(folder) -> list[tuple[int, str, float]]:
    """(step, tag, value) of all event files, as their protocol has them."""
    from tensorboardX.proto.event_pb2 import Event

    found = []
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        while content:  # length (8), its checksum (4), event, checksum (4)
            length = int.from_bytes(content[:8], "little")
            event = Event.FromString(content[12 : 12 + length])
            found += [(event.step, v.tag, v.simple_value) for v in event.summary.value]
            content = content[16 + length :]
    return found


def test_every_number_is_a_scalar(train: Train, tmp_path):
    pytest.importorskip("tensorboardX")
    rows: list[tuple[str, Row]] = []

    class Keep(TensorBoard):
        def write(self, table, every):
            rows.extend((table, row) for row in every)
            super().write(table, every)

    train(Log([Keep(tmp_path / "tb")], [Steps(), Gradients()], every_steps=10))
    found = {(step, tag): value for step, tag, value in scalars(tmp_path / "tb")}
    assert found[20, "steps/lr"] == pytest.approx(0.1)
    assert (20, "gradients/layers.2.weight/ratio") in found
    assert (10, "epochs/validation_accuracy") in found
    for table, row in rows:
        for column in row.keys() - {"step", "epoch", "name"}:
            tag = "/".join([table, *([row["name"]] if "name" in row else []), column])
            if row[column] is not None:
                assert found[row["step"], tag] == pytest.approx(row[column], rel=1e-6)


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(InputError, match=r"pip install 'chainrule\[tensorboard\]'"):
        TensorBoard(tmp_path)


def test_events_that_cannot_be_written_do_not_end_a_training(train: Train, tmp_path, monkeypatch):
    class Full:
        def __init__(self, folder, purge_step=None):
            pass

        def add_scalar(self, *event):
            raise OSError(28, "No space left on device")

        def close(self):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("chainrule.training.logs.tensorboard.writer", lambda: Full)
    with pytest.warns(ChainruleWarning, match="No space left on device; some events are lost"):
        train(Log([TensorBoard(tmp_path)], [Steps()], every_steps=1))
