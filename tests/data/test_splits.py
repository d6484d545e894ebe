import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chainrule.data import Dataset, Split, split
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
        (0, r"from 1 to 8 of 10 images, so that each of 2 classes keeps one, received 0"),
        (9, r"from 1 to 8 of 10 images, .* received 9"),
        (5000, "received 5,000"),
        (-3, "received -3"),
        (1.0, "a share between 0 and 1, received 1.0"),
        (0.0, "received 0.0"),
        (float("nan"), "received nan"),
        (0.99, "from 1 to 8 of 10 images"),
        ("10%", "received '10%'"),
    ],
)
def test_says_why_it_cannot_be_had(validation, message):
    with pytest.raises(InputError, match=message):
        split(make([5, 5]), validation)


def test_no_split_of_single_images_or_of_nothing():
    with pytest.raises(InputError, match="none of 2 images can be held back"):
        split(make([1, 1]), 1)
    with pytest.raises(InputError, match="from 1 to 0 of 0 images"):
        split(make([5, 5]).take([]), 1)


@given(
    groups=st.lists(st.integers(0, 8), min_size=2, max_size=60),
    share=st.floats(0.05, 0.9),
    seed=st.integers(0, 5),
)
def test_grouped_no_group_is_on_both_sides_and_both_have_some(groups, share, seed):
    assume(len(set(groups)) > 1)
    labels = np.array([0] * len(groups))
    data = Dataset(np.zeros((len(groups), 1, 1, 1), np.uint8), labels, ("a",))

    train, validation = split(data, min(share, 1 - 1.1 / len(groups)), seed, groups)
    held_back = Split.make(data, min(share, 1 - 1.1 / len(groups)), seed, groups).validation

    assert min(len(train), len(validation)) > 0
    inside = {groups[i] for i in held_back}
    assert set(held_back) == {i for i, group in enumerate(groups) if group in inside}


def test_grouped_meets_the_size_as_whole_groups_allow():
    data = make([60, 40])
    groups = np.arange(100) // 4
    made = [Split.make(data, 20, seed, groups) for seed in range(3)]
    assert [len(split.validation) for split in made] == [20, 20, 20]
    assert np.bincount(data.labels[list(made[0].validation)]).tolist() == [12, 8]
    assert made[0] == Split.make(data, 20, 0, groups)
    assert made[0].validation != made[1].validation


def test_grouped_keeps_a_class_that_only_one_group_has():
    data = make([10, 10, 2])
    groups = [i % 5 for i in range(20)] + [7, 7]
    for seed in range(5):
        train, _ = split(data, 0.3, seed, groups)
        assert 2 in train.labels


@pytest.mark.parametrize(
    ("groups", "validation", "message"),
    [
        ([0] * 5 + [1] * 5, 3, "none of 2 can be held back, for each has a class that no other"),
        ([0] * 10, 3, "none of 1 can be held back"),
        (list(range(10)), 10, "from 1 to 9 of 10 images, received 10"),
        ([1, 2, 3], 3, "one for each of 10 images, received 3"),
    ],
)
def test_groups_that_cannot_be_split(groups, validation, message):
    with pytest.raises(InputError, match=message):
        split(make([5, 5]), validation, groups=groups)


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


def test_a_split_is_read_from_a_file_and_from_nothing_else(tmp_path):
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    with pytest.raises(InputError, match=r"zero\.json: expected a regular file, received a device"):
        Split.load(tmp_path / "zero.json")
