from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.training import StepRecorder, step_ring
from chainrule.training.step_ring import LastSteps, Layout, first_record


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("ring") / "steps.bin"
    train, _ = cr.data.digits()
    trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (4,), 10), callbacks=[StepRecorder(file)])
    trainer.fit(train.take(range(100)), epochs=2, batch_size=20)
    return file.read_bytes()


def read(folder: Path, content: bytes) -> LastSteps:
    file = folder / "steps.bin"
    file.write_bytes(content)
    return LastSteps.read(file)


def test_what_is_written_is_read(written: bytes, tmp_path: Path) -> None:
    steps = read(tmp_path, written)
    assert steps.records["step"].tolist() == list(range(1, 11))
    assert steps.records["batch"].tolist() == [0, 1, 2, 3, 4] * 2
    assert steps.records["epoch"].tolist() == [0] * 5 + [1] * 5
    assert steps.about["seed"] == 0
    assert np.isfinite(steps.records["norms"]).all()
    assert steps.of(7)["batch"] == 1
    assert steps.of(0) is None and steps.of(11) is None


def test_a_record_that_was_cut_in_two_is_left_out(written: bytes, tmp_path: Path) -> None:
    size = read(tmp_path, written).layout.dtype.itemsize
    place = first_record(written) + 4 * size + 30  # of step 4
    torn = written[:place] + b"\xff" * 20 + written[place + 20 :]
    assert read(tmp_path, torn).records["step"].tolist() == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    assert read(tmp_path, written[:-5]).records["step"].tolist() == list(range(1, 10))


def test_a_record_at_another_place_is_none(written: bytes, tmp_path: Path) -> None:
    size, first = read(tmp_path, written).layout.dtype.itemsize, first_record(written)
    moved = written[:first] + written[first + size :]
    assert len(read(tmp_path, moved).records) == 0


def test_without_a_record_there_are_none(written: bytes, tmp_path: Path) -> None:
    assert len(read(tmp_path, written[: first_record(written)]).records) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"CRSTEPS1",
        b"CRSTEPS1" + (2**63).to_bytes(8, "little"),
        b"CRSTEPS1" + (2).to_bytes(8, "little") + b"{}",
        b"CRSTEPS1" + (2).to_bytes(8, "little") + b"[]",
        b"CRSTEPS1" + (3).to_bytes(8, "little") + b"\xff\xfe{",
        b"PK" + bytes(5000),
        b"CRSTEPS1" + (52).to_bytes(8, "little")
        + b'{"parameters": [1], "counters": [], "about": {}}    ',
        b"CRSTEPS1" + (52).to_bytes(8, "little")
        + b'{"parameters": [], "counters": null, "about": {}}   ',
    ],
)  # fmt: skip
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match="damaged"):
        read(tmp_path, content)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*steps\.bin"):
        LastSteps.read(tmp_path / "steps.bin")


def test_a_ring_is_bounded() -> None:
    small, large = Layout(("w",), ()), Layout(tuple(map(str, range(10**6))), ())
    for layout in (small, large):
        assert step_ring.FEWEST <= layout.capacity <= step_ring.MOST
    assert small.capacity * small.dtype.itemsize <= step_ring.SIZE
