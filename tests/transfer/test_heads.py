"""A new last layer, for other classes."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import InputError, models, transfer
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    Linear,
    Normalize,
    ReLU,
    Sequential,
    Signature,
)


def squeeze():
    """A net whose head is a 1x1 convolution."""
    return Sequential(
        Normalize(3), Conv2d(3, 4, 3), ReLU(), Dropout(0.5), Conv2d(4, 7, 1), ReLU(),
        GlobalAvgPool2d(),
    ).init(0)  # fmt: skip


def trained():
    model = models.convnet((16, 16, 3), 10, filters=(4, 6)).init(0)
    model.signature = Signature((16, 16, 3), tuple("abcdefghij"), "crop", 255)
    return model


def test_the_body_is_the_same_and_the_head_is_new():
    old = trained()
    new = transfer.replace_head(old, ("cat", "dog", "fox"))
    assert new.signature == Signature((16, 16, 3), ("cat", "dog", "fox"), "crop")
    assert old.signature.classes[0] == "a" and new.layers[-1] is not old.layers[-1]
    for name, array in old.state().items():
        if not name.startswith("layers.10"):
            np.testing.assert_array_equal(new.state()[name], array)
            assert new.state()[name] is not array
    x = np.zeros((2, 16, 16, 3), np.uint8)
    assert new(x).shape == (2, 3) and old(x).shape == (2, 10)


def test_the_head_follows_from_the_seed():
    one, same, other = (transfer.replace_head(trained(), 4, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one[-1].weight.value, same[-1].weight.value)
    assert (one[-1].weight.value != other[-1].weight.value).any()
    assert one.signature.classes == ("0", "1", "2", "3")
    assert 0.005 < one[-1].weight.value.std() < 0.02 and not one[-1].bias.value.any()


def test_images_of_another_size_give_another_number_of_features():
    new = transfer.replace_head(trained(), 4, image_shape=(24, 20, 3))
    assert new(np.zeros((1, 24, 20, 3), np.uint8)).shape == (1, 4)
    assert new.signature.image_shape == (24, 20, 3)


def test_a_convolution_as_head():
    new = transfer.replace_head(squeeze(), ("a", "b"), image_shape=(8, 8, 3))
    assert isinstance(new[4], Conv2d) and new(np.zeros((1, 8, 8, 3), np.uint8)).shape == (1, 2)


def test_it_is_saved_and_loaded(tmp_path):
    new = transfer.replace_head(trained(), ("x", "y"))
    cr.save(new, tmp_path / "m.safetensors")
    again = cr.load(tmp_path / "m.safetensors")
    assert again.signature == new.signature
    x = np.full((1, 16, 16, 3), 9, np.uint8)
    np.testing.assert_array_equal(again(x), new(x))


def test_a_model_without_a_signature_needs_no_shape():
    new = transfer.replace_head(models.mlp(8, (6,), 3).init(0), 2)
    assert new.signature is None and new(np.zeros((1, 8), np.float32)).shape == (1, 2)


@pytest.mark.parametrize(
    ("model", "classes", "shape", "said"),
    [
        (trained(), 0, None, "classes"),
        (trained(), ("a", "a"), None, "different names, received 'a' twice"),
        (trained(), (), None, "at least one name"),
        (trained(), 2.5, None, "classes"),
        (trained(), 2, (2, 2, 3), "images that the body takes, received 2x2x3"),
        (trained(), 2, (16, 16, 1), "images that the body takes, received 16x16x1"),
        (trained(), 2, (16, 16), "image"),
        (Sequential(Linear(3, 2), BatchNorm(2)), 2, None, "is its head"),
        (BatchNorm(2), 2, None, "is its head"),
        ("mobilenet", 2, None, "model"),
    ],
)
def test_what_cannot_be(model, classes, shape, said):
    with pytest.raises(InputError, match=said):
        transfer.replace_head(model, classes, image_shape=shape)
