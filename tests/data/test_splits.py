import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chainrule.data import Dataset, Split, split
from chainrule.data.splits import stratified
from chainrule.errors import InputError


def make(counts):
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.int64)
    images = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Dataset(images, labels, tuple("abcdefgh"[: len(counts)]))


def test_exact_sizes_in_the_proportions_of_the_classes():
    train, validation = split(make([100, 50, 7]), 31, seed=4)

    # Shares of 31 are 19.75, 9.87, 1.38: whole parts 19, 9, 1, then the two largest remainders.
    assert np.bincount(validation.labels).tolist() == [20, 10, 1]
    assert np.bincount(train.labels).tolist() == [80, 40, 6]
    together = np.concatenate([train.images, validation.images]).ravel()
    assert sorted(together.tolist()) == list(range(157))
    assert (train.split, validation.split) == ("train", "validation")


@given(counts=st.lists(st.integers(0, 20), min_size=1, max_size=6), data=st.data())
def test_every_size_that_is_possible_is_met(counts, data):
    classes = sum(count > 0 for count in counts)
    assume(sum(counts) > classes)
    size = data.draw(st.integers(1, sum(counts) - classes))
    labels = np.repeat(np.arange(len(counts)), counts)

    chosen = stratified(labels, size, seed=0)

    assert len(set(chosen.tolist())) == size
    assert chosen.tolist() == sorted(chosen.tolist())
    gives = np.bincount(labels[chosen], minlength=len(counts))
    kept = np.array(counts) - gives
    assert (kept[np.array(counts) > 0] >= 1).all()


def test_depends_on_the_seed_alone():
    data = make([30, 30])
    first = Split.make(data, 10, seed=1)

    assert first == Split.make(data, 10, seed=1)
    assert first.validation != Split.make(data, 10, seed=2).validation


def test_a_share():
    assert len(split(make([50, 50]), 0.1)[1]) == 10
    assert len(split(make([50, 50]), np.float32(0.5))[1]) == 50
    assert len(split(make([5, 5]), 0.001)[1]) == 1


def test_a_class_with_one_image_stays_in_training():
    train, validation = split(make([1, 9]), 5)
    assert 0 in train.labels
    assert validation.labels.tolist() == [1] * 5


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        (0, r"from 1 to 8 of 10 images, so that each of 2 classes keeps one, got 0"),
        (9, r"from 1 to 8 of 10 images, .* got 9"),
        (5000, "got 5,000"),
        (-3, "got -3"),
        (1.0, "a share between 0 and 1, got 1.0"),
        (0.0, "got 0.0"),
        (float("nan"), "got nan"),
        (0.99, "from 1 to 8 of 10 images"),
        ("10%", "got '10%'"),
    ],
)
def test_says_why_it_cannot_be_had(validation, message):
    with pytest.raises(InputError, match=message):
        split(make([5, 5]), validation)


def test_no_split_of_single_images_or_of_nothing():
    with pytest.raises(InputError, match="from 1 to 0 of 2 images"):
        split(make([1, 1]), 1)
    with pytest.raises(InputError, match="from 1 to 0 of 0 images"):
        split(make([5, 5]).take([]), 1)


def test_survives_a_save_and_load(tmp_path):
    data = make([30, 20])
    made = Split.make(data, 0.2, seed=3)
    made.save(tmp_path / "split.json")

    read = Split.load(tmp_path / "split.json")

    assert read == made
    for ours, theirs in zip(read.apply(data), made.apply(data), strict=True):
        assert ours.sha256 == theirs.sha256


def test_other_data_are_refused():
    made = Split.make(make([30, 20]), 0.2)
    with pytest.raises(InputError, match=r"made of data with 50 images and sha256 .* use the"):
        made.apply(make([20, 30]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"dataset": "x"}',
        "\udcff",
        json.dumps({"dataset": 1, "sha256": "", "count": 2, "seed": 0, "validation": [0]}),
        json.dumps({"dataset": "", "sha256": "", "count": 2, "seed": 0, "validation": ["0"]}),
        json.dumps({"dataset": "", "sha256": "", "count": 2, "seed": 0, "validation": [2]}),
        json.dumps({"dataset": "", "sha256": "", "count": 2, "seed": 0, "validation": [-1]}),
        json.dumps({"dataset": "", "sha256": "", "count": 2, "seed": 0, "validation": [0, 0]}),
        json.dumps({"dataset": "", "sha256": "", "count": -2, "seed": 0, "validation": [0]}),
        '{"dataset":"","sha256":"","count":1e400,"seed":0,"validation":[]}',
        '{"dataset":"","sha256":"","count":' + "9" * 9000 + ',"seed":0,"validation":[]}',
    ],
)
def test_a_damaged_file_is_one_clear_line(tmp_path, text):
    path = tmp_path / "split.json"
    path.write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(InputError, match=r"split.json is not a split of chainrule"):
        Split.load(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*split.json: No such file"):
        Split.load(tmp_path / "split.json")
