from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.ensemble import TestTimeAugmentation, augmented_views
from chainrule.metrics import softmax


@pytest.fixture
def net():
    return cr.models.mlp((8, 8, 1), (8,), 10).init(0)


def test_the_mirror_image():
    x = np.arange(12, dtype=np.uint8).reshape(2, 2, 3, 1)
    views = augmented_views(x, "flip")
    np.testing.assert_array_equal(views[0], x)
    np.testing.assert_array_equal(views[1], x[:, :, ::-1])


def test_moved_images_repeat_their_border():
    x = np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1)
    moved = [view[0, ..., 0].tolist() for view in augmented_views(x, "flip-shift")]
    assert moved[:5] == [
        [[0, 1, 2], [3, 4, 5], [6, 7, 8]],
        [[0, 1, 2], [0, 1, 2], [3, 4, 5]],
        [[3, 4, 5], [6, 7, 8], [6, 7, 8]],
        [[0, 0, 1], [3, 3, 4], [6, 6, 7]],
        [[1, 2, 2], [4, 5, 5], [7, 8, 8]],
    ]
    assert moved[5] == [[2, 1, 0], [5, 4, 3], [8, 7, 6]]
    assert len(moved) == len({str(view) for view in moved}) == 10


def test_a_view_is_moved_by_a_32nd_of_the_image():
    x = np.zeros((1, 64, 96, 3), np.uint8)
    x[0, 10, 10] = 255
    down = augmented_views(x, "flip-shift")[1]
    assert down[0, 12, 10, 0] == 255
    assert augmented_views(x, "flip-shift", 5)[1][0, 15, 10, 0] == 255


@pytest.mark.parametrize("average", ["probabilities", "logits"])
@pytest.mark.parametrize("views", ["flip", "flip-shift"])
def test_it_is_the_mean_over_the_views(net, views, average):
    images = cr.data.digits()[1].images[:9]
    answers = [net(view) for view in augmented_views(images, views)]
    got = TestTimeAugmentation(net, views, average=average)(images)
    expected = np.mean(
        [softmax(z) for z in answers] if average == "probabilities" else answers, axis=0
    )
    np.testing.assert_allclose(
        softmax(got) if average == "probabilities" else got, expected, rtol=1e-4, atol=1e-6
    )


def test_it_is_evaluated_and_asked_as_a_model_is(net):
    train, test = cr.data.digits()
    cr.Trainer(net).fit(train, epochs=1)
    augmented = TestTimeAugmentation(net)
    assert augmented.signature == net.signature
    assert cr.metrics.evaluate(augmented, test).count == 359
    answer = cr.predict(augmented, test.images[:3])
    np.testing.assert_allclose(answer.probabilities, softmax(augmented(test.images[:3])))
    both = cr.Ensemble([augmented, net])
    assert cr.metrics.evaluate(both, test).count == 359


def test_what_cannot_be(net):
    with pytest.raises(cr.InputError, match="unknown views 'flips'; did you mean 'flip'"):
        TestTimeAugmentation(net, "flips")
    with pytest.raises(cr.InputError, match="shift: expected a whole number"):
        TestTimeAugmentation(net, "flip-shift", shift=0)
    with pytest.raises(cr.InputError, match=r"shift: expected less than the side .* 8, received 8"):
        TestTimeAugmentation(net, "flip-shift", shift=8)(np.zeros((1, 8, 8, 1), np.uint8))
    with pytest.raises(cr.InputError, match=r"images: expected \(N, H, W, C\)"):
        TestTimeAugmentation(net)(np.zeros((8, 8), np.uint8))
    with pytest.raises(cr.InputError, match="model: expected a layer or an ensemble"):
        TestTimeAugmentation("net")
