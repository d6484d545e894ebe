from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.experiment import compare
from chainrule.training import Run

PATHS = tuple(f"image {n}" for n in range(40))


def make_run(
    folder: Path, right: np.ndarray, *, config: str = "", paths=PATHS, sha256="aa", data="digits"
) -> Run:
    """A finished run whose answers are right where ``right`` says so."""
    folder.mkdir(parents=True)
    run = Run(folder)
    run.config.write_text(f'data = "{data}"\n{config}')
    rows = [
        f"{path},yes,{'yes' if ok else 'no'},0.9" for path, ok in zip(paths, right, strict=True)
    ]
    run.predictions.write_text("path,true,predicted,probability\n" + "\n".join(rows) + "\n")
    run.history.write_text(
        "epoch,step,loss,accuracy,validation_loss,validation_accuracy,lr,seconds,images_per_second\n"
        "1,5,1.5,0.4,1.4,0.5,0.1,1,9\n2,10,1.0,0.6,0.9,0.8,0.1,2,9\n3,15,0.7,0.7,1.0,0.7,0.1,3,9\n"
    )
    run.metrics.write_text(
        json.dumps(
            {
                "test_accuracy": float(right.mean()),
                "test_count": len(right),
                "test_loss": 0.5,
                "parameters": 100,
                "seconds": 3.0,
                "data_sha256": {"train": "t", "test": sha256},
                "commit": "c" * 40,
            }
        )
    )
    return run


def answers(*wrong: int) -> np.ndarray:
    right = np.ones(40, bool)
    right[list(wrong)] = False
    return right


def test_two_runs_of_the_same_images(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", answers(*range(10)), config="seed = 1\n")
    b = make_run(tmp_path / "b", answers(0, 20), config="seed = 2\n")
    comparison = compare([a, b])
    first, second = comparison.runs
    assert (first.name, second.name) == ("a", "b")
    assert (first.test, second.test) == (0.75, 0.95)
    assert first.interval == pytest.approx((0.5981, 0.8581), abs=1e-4)
    assert (first.best, first.best_epoch, first.last) == (0.8, 2, 0.7)
    (pair,) = comparison.pairs
    assert (pair.only_first, pair.only_second) == (1, 9)
    assert pair.p_value == pair.adjusted == pytest.approx(22 / 1024)
    assert comparison.verdict(pair) == "b is significantly better than a"
    assert comparison.settings == {"seed": [1, 2]}


def test_a_difference_of_two_images_is_none(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / "a", answers(1)), make_run(tmp_path / "b", answers(2, 3))]
    comparison = compare(runs)
    assert "no significant difference" in comparison.verdict(comparison.pairs[0])


def test_p_is_adjusted_for_the_number_of_pairs(tmp_path: Path) -> None:
    wrong = {"a": range(20), "b": range(11), "c": range(4)}
    runs = [make_run(tmp_path / name, answers(*each)) for name, each in wrong.items()]
    pairs = compare(runs).pairs
    plain = [pair.p_value for pair in pairs]
    assert plain == pytest.approx([2 / 2**9, 2 / 2**16, 2 / 2**7])
    assert [pair.adjusted for pair in pairs] == pytest.approx(
        [2 * 2 / 2**9, 3 * 2 / 2**16, 2 / 2**7]
    )


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"paths": tuple(f"image {n}" for n in range(1, 41))}, "test images are not the same"),
        ({"sha256": "bb"}, "test images are not the same"),
        ({"data": "mnist"}, None),  # the hash says that the arrays are the same
    ],
)
def test_runs_of_other_images_are_compared_in_the_rest(tmp_path: Path, other, reason) -> None:
    a = make_run(tmp_path / "a", answers(1, 2), config="seed = 1\n")
    b = make_run(tmp_path / "b", answers(3), **other)
    comparison = compare([a, b])
    (pair,) = comparison.pairs
    assert (reason or "") in pair.reason
    assert bool(pair.reason) == (reason is not None)
    assert [run.test for run in comparison.runs] == [0.95, 0.975]
    assert comparison.settings["seed"] == [1, 0]


def test_images_of_a_folder_may_have_been_read_in_another_size(tmp_path: Path) -> None:
    files = tuple(f"yes/{n}.png" for n in range(40))
    (tmp_path / "photos").mkdir()
    (tmp_path / "others").mkdir()
    kinds = {
        "a": ("aa", "photos"),
        "b": ("bb", "photos"),
        "c": ("bb", "others"),
        "d": ("cc", "others"),
    }
    runs = [
        make_run(tmp_path / name, answers(1), paths=files, sha256=sha, data=str(tmp_path / folder))
        for name, (sha, folder) in kinds.items()
    ]
    reasons = {(p.first, p.second): bool(p.reason) for p in compare(runs).pairs}
    same = {pair for pair, refused in reasons.items() if not refused}
    assert same == {(0, 1), (1, 2), (2, 3)}


def test_a_run_that_is_not_finished_has_what_it_has(tmp_path: Path) -> None:
    a, b = (make_run(tmp_path / name, answers(1)) for name in "ab")
    b.metrics.unlink()
    comparison = compare([a, b])
    assert comparison.pairs[0].reason == "not tested: b is not finished"
    assert np.isnan(comparison.runs[1].test)
    assert comparison.runs[1].last == 0.7
    assert comparison.settings == {}  # its machine is not known, which is no difference


def test_predictions_that_are_not_there_can_be_written(tmp_path: Path) -> None:
    a, b = (make_run(tmp_path / name, answers(1)) for name in "ab")
    a.predictions.unlink()
    reason = compare([a, b]).pairs[0].reason
    assert reason == f"not tested: a has no predictions: chainrule report {a.folder}"


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / place / "a", answers(1)) for place in ("here", "there")]
    assert [run.name for run in compare(runs).runs] == [str(run.folder) for run in runs]


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", answers(1))
    with pytest.raises(InputError, match="expected two runs or more, received 1"):
        compare([a])
    with pytest.raises(InputError, match="expected each run once"):
        compare([a, Run(tmp_path / "b" / ".." / "a")])


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("predictions", ""),
        ("predictions", "path,true,predicted,probability\n"),
        ("predictions", "path,true,predicted,probability\nimage 0,yes\n"),
        ("predictions", "a,b\n"),
        ("metrics", "[]"),
        ("metrics", "{"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, file: str, content: str) -> None:
    a, b = (make_run(tmp_path / name, answers(1)) for name in "ab")
    getattr(b, file).write_text(content)
    with pytest.raises(InputError, match=str(getattr(b, file))):
        compare([a, b])


@pytest.mark.parametrize("odd", ["many", None, -1, 2, 1e300, [], {}])
def test_odd_figures_are_not_known(tmp_path: Path, odd) -> None:
    a, b = (make_run(tmp_path / name, answers(1)) for name in "ab")
    for key in ("test_accuracy", "test_count", "seconds", "parameters", "commit", "test_loss"):
        figures = json.loads(a.metrics.read_text()) | {key: odd}
        b.metrics.write_text(json.dumps(figures))
        compare([a, b])


def test_old_runs_are_read(tmp_path: Path) -> None:
    """One under the names that settings had, without hashes and without a commit."""
    a = make_run(tmp_path / "a", answers(1))
    b = Run(shutil.copytree(a.folder, tmp_path / "b"))
    b.config.write_text('data = "digits"\n[pictures]\ncolour = "grey"\n')
    b.log.write_text("{}\n")
    b.metrics.write_text(json.dumps({"test_accuracy": 0.975, "test_count": 40}))
    comparison = compare([a, b])
    assert comparison.pairs[0].reason == ""
    assert comparison.settings == {"images.color": ["auto", "gray"]}
