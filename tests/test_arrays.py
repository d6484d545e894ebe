"""Arrays of every origin give the same numbers, or one clear error; never others in silence."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from chainrule import kernels
from chainrule.arrays import class_indices, native
from chainrule.data import Dataset
from chainrule.errors import InputError
from chainrule.layers import (
    Add,
    BatchNorm,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Graph,
    LayerNorm,
    Linear,
    MaxPool2d,
    Normalize,
    Parallel,
    PReLU,
    ReLU,
    Residual,
    Sequential,
)
from chainrule.metrics import (
    confusion_matrix,
    evaluate,
    most_probable,
    predict_probabilities,
    softmax,
    top_k_accuracy,
)
from chainrule.training import Trainer
from chainrule.training.fitting import make_ready

from .contract import BACKENDS, gradients
from .losses.cases import EACH, OF_LABELS, Case

every_backend = pytest.mark.parametrize("backend", BACKENDS)

INTEGERS = [f"{order}{kind}{width}" for order in "<>" for kind in "iu" for width in (1, 2, 4, 8)]

# how the same numbers may lie in memory
LAYOUTS = {
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "little-endian": lambda x: x.astype(x.dtype.newbyteorder("<")),
    "fortran": np.asfortranarray,
    "negative strides": lambda x: x[::-1].copy()[::-1],
    "every other": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "unaligned": lambda x: np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(x.dtype).reshape(
        x.shape
    ),
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "list": lambda x: x.tolist(),
}  # fmt: skip
every_layout = pytest.mark.parametrize("layout", LAYOUTS)


def test_what_is_native_already_is_not_touched():
    for x in (np.ones(3, np.float32), np.ones((2, 3))[:, ::-1], np.zeros(0, np.uint8)):
        assert native("x", x) is x


@pytest.mark.parametrize(
    ("x", "problem"),
    [
        ([[1, 2], [3]], "x: expected an array, received a list"),
        (np.array([1, "a"], object), "x: expected an array of numbers, received one of object"),
        (None, "x: expected an array of numbers, received a NoneType"),
        (np.ma.masked_array([1, 2, 3], [0, 1, 0]), "x: expected an array without masked values, "
         "received 1 masked"),
    ],
)  # fmt: skip
def test_what_is_no_array_of_numbers_is_refused(x, problem):
    with pytest.raises(InputError, match=problem):
        native("x", x)


def test_subclasses_lose_what_they_add():
    class Own(np.ndarray):
        """As np.matrix, of which x * y is a product of matrices."""

    assert type(native("x", np.ones((1, 2)).view(Own))) is np.ndarray
    assert type(native("x", np.ma.masked_array([1, 2, 3]))) is np.ndarray


@pytest.mark.parametrize("dtype", INTEGERS)
def test_class_indices_of_every_width(dtype):
    labels = class_indices("labels", np.array([0, 1, 100], dtype), 101)
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 1, 100]


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (np.array([0.0, 1.0]), "expected whole numbers, received float64; use .astype"),
        (np.array([True, False]), "expected whole numbers, received bool"),
        (np.array(["0", "1"]), "expected whole numbers, received <U1"),
        (np.array([0, 1], "m8[s]"), "expected whole numbers, received timedelta64"),
        (np.array([[0], [1]]), r"expected labels \(N,\), received an array of shape \(2, 1\)"),
        (np.array([0, -1], np.int8), r"expected values in 0\.\.299, received -1 at position 1"),
        (np.array([300, 0], ">u2"), r"expected values in 0\.\.299, received 300 at position 0"),
        (np.array([0, 2**64 - 1], np.uint64), "received 18446744073709551615 at position 1"),
        (np.array([0, 1], object), "expected an array of numbers, received one of object"),
    ],
)
def test_what_is_no_class_index_is_refused(labels, problem):
    with pytest.raises(InputError, match=f"labels.*{problem}"):
        class_indices("labels", labels, 300)


# --- losses ----------------------------------------------------------------------------------


@every_backend
@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("case", OF_LABELS, ids=str)
def test_losses_read_labels_of_every_width(case: Case, dtype, backend, rng):
    labels, logits = case.targets(rng, (6, 4)), rng.standard_normal((6, 4), np.float32)
    with kernels.use(backend):
        expected, dexpected = case.loss(logits, labels)
        loss, dlogits = case.loss(logits, labels.astype(dtype))
    assert loss == expected
    np.testing.assert_array_equal(dlogits, dexpected)


@pytest.mark.parametrize("case", OF_LABELS, ids=str)
@pytest.mark.parametrize("label", [np.int8(-1), np.int16(-1), np.int64(-300), np.uint64(2**64 - 1)])
def test_losses_refuse_labels_that_would_wrap_round(case: Case, label):
    """-1 of int8 is 255 of uint8: an output, where there are more than 255."""
    case = Case(type(case.loss)(), case.targets)  # without class weights, which are for 4 classes
    with pytest.raises(InputError, match=rf"label {label} is outside 0\.\.69999"):
        case.loss(np.zeros((1, 70_000), np.float32), np.array([label]))


@pytest.mark.parametrize("case", OF_LABELS, ids=str)
@pytest.mark.parametrize("dtype", [bool, object, np.float32, "U1", "m8[s]"])
def test_losses_refuse_labels_that_are_no_integers(case: Case, dtype):
    labels = np.array([0, 1]).astype(dtype)
    with pytest.raises(
        InputError, match=r"integer labels, received|(labels|targets): expected an array of"
    ):
        case.loss(np.zeros((2, 4), np.float32), labels)


@every_backend
@every_layout
@pytest.mark.parametrize(("case", "shape"), EACH, ids=lambda part: str(part))
def test_losses_read_every_layout(case: Case, shape, layout, backend, rng):
    targets = case.targets(rng, shape)
    for dtype in (np.float32, np.float64):
        logits = rng.standard_normal(shape, np.float32).astype(dtype)
        if targets.dtype.kind == "f":
            targets = targets.astype(dtype)
        given = [LAYOUTS[layout](a) for a in (logits, targets)]
        with kernels.use(backend):
            expected, dexpected = case.loss(logits, targets)
            loss, dlogits = case.loss(*given)
        assert loss == pytest.approx(expected, rel=1e-6)
        np.testing.assert_allclose(dlogits, dexpected, rtol=1e-5, atol=1e-8)
        assert dlogits.dtype.isnative
        assert dlogits.dtype == (dtype if layout != "list" else np.float64)


# --- layers ----------------------------------------------------------------------------------


def _conv() -> Conv2d:
    return Conv2d(3, 3, 3, padding=1)


MODELS = {
    "convolutions": lambda: Sequential(_conv(), BatchNorm(3), ReLU(), MaxPool2d(2), Flatten(),
                                       Linear(12, 4), BatchNorm(4), ReLU()),
    "pools": lambda: Sequential(MaxPool2d(2), PReLU(3), GlobalAvgPool2d(), LayerNorm(3)),
    "norm first": lambda: Sequential(BatchNorm(3), ReLU(), Flatten(), Linear(48, 4)),
    "residual": lambda: Residual(Sequential(_conv(), BatchNorm(3)), _conv()),
    "parallel": lambda: Parallel(_conv(), LayerNorm(3, affine=False)),
    "graph": lambda: Graph({"a": (_conv(), "input"), "sum": (Add(), "a", "input")}),
    "normalize": lambda: Sequential(Normalize(3), _conv()),
}  # fmt: skip


@every_backend
@every_layout
@pytest.mark.parametrize("name", MODELS)
def test_models_read_every_layout(name, layout, backend, rng):
    x = rng.random((5, 4, 4, 3)).astype(np.float32)
    results = []
    for turn in (lambda a: a, LAYOUTS[layout]):
        model, given = MODELS[name]().init(0), turn(x)
        if layout == "list" and turn is LAYOUTS[layout]:
            model, x = model.astype(np.float64), x  # numbers of Python are float64
        with kernels.use(backend):
            predicted, (y, cache) = model(given), model.forward(given)
            dx = model.backward(turn(np.cos(y)), cache)
        results.append({"y": y, "dx": dx, "predicted": predicted} | gradients(model))
    for path, expected in results[0].items():
        np.testing.assert_allclose(results[1][path], expected, rtol=1e-4, atol=5e-5, err_msg=path)
        assert results[1][path].dtype.isnative


@pytest.mark.parametrize(
    "layer",
    [ReLU(), Linear(3, 2), LayerNorm(3), LayerNorm(3, affine=False), PReLU(3), Normalize(3),
     BatchNorm(3), _conv(), MaxPool2d(2), GlobalAvgPool2d()],
    ids=lambda layer: repr(layer),
)  # fmt: skip
def test_a_layer_alone_refuses_the_other_byte_order(layer):
    """It keeps its input for the backward pass, where a loop would read other numbers."""
    shape = (2, 3) if isinstance(layer, Linear) else (2, 4, 4, 3)
    other = np.ones(shape, np.dtype(np.float32).newbyteorder())
    for verb in (layer.init(0), layer.forward):
        with pytest.raises(InputError, match=r"native byte order, received '[<>]f4'; use x.astype"):
            verb(other)


# --- metrics and data sets -------------------------------------------------------------------


def flatten(images):
    return images.reshape(len(images), -1).astype(np.float32)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_metrics_read_labels_of_every_width(dtype, rng):
    logits, labels = rng.standard_normal((30, 4), np.float32), rng.integers(4, size=30)
    other, classes = labels.astype(dtype), tuple("abcd")
    images = logits.reshape(30, 2, 2, 1)
    one, two = (
        evaluate(flatten, SimpleNamespace(images=images, labels=each, classes=classes))
        for each in (labels, other)
    )
    assert (one.loss, one.accuracy) == (two.loss, two.accuracy)
    np.testing.assert_array_equal(one.confusion, two.confusion)
    assert top_k_accuracy(other, logits, 2) == top_k_accuracy(labels, logits, 2)
    predicted = most_probable(logits)
    np.testing.assert_array_equal(
        confusion_matrix(other, predicted.astype(dtype), 4), confusion_matrix(labels, predicted, 4)
    )
    assert top_k_accuracy(labels.tolist(), logits.tolist()) == 1


@pytest.mark.parametrize(
    "labels",
    [
        np.array([0.0, 1.5]),
        np.array([0, -1]),
        np.array([0, 4]),
        np.array([True, False]),
        np.array([0, 1], object),
        np.array([[0], [1]]),
    ],
    ids=str,
)
def test_metrics_refuse_what_is_no_label(labels):
    logits = np.zeros((2, 4), np.float32)
    images = logits.reshape(2, 2, 2, 1)
    with pytest.raises(InputError, match="labels"):
        top_k_accuracy(labels, logits)
    with pytest.raises(InputError, match="labels"):
        confusion_matrix(labels, np.zeros(2, np.int64), 4)
    with pytest.raises(InputError, match="predicted"):
        confusion_matrix(np.zeros(2, np.int64), labels, 4)
    with pytest.raises(InputError, match="labels"):
        evaluate(flatten, SimpleNamespace(images=images, labels=labels, classes=tuple("abcd")))


def test_evaluate_refuses_more_labels_than_images():
    images = np.zeros((2, 2, 2, 1), np.float32)
    with pytest.raises(InputError, match="one label for each image, received 2 images and 3"):
        evaluate(flatten, SimpleNamespace(images=images, labels=np.zeros(3, int), classes="abcd"))


def test_softmax_of_whole_numbers_is_no_whole_number():
    np.testing.assert_allclose(softmax(np.array([[0, 0]])), [[0.5, 0.5]])
    np.testing.assert_allclose(softmax([[1.0, 1.0]]), [[0.5, 0.5]])
    with pytest.raises(InputError, match=r"logits: expected real numbers \(N, K\)"):
        softmax(np.array([[0, 1j]]))


@every_layout
def test_predictions_of_every_layout(layout, rng):
    images = rng.integers(256, size=(4, 5, 5, 1), dtype=np.uint8)
    model = Sequential(Normalize(1), Flatten(), Linear(25, 3)).init(0)
    given = LAYOUTS[layout](images) if layout != "list" else images[:]
    np.testing.assert_allclose(
        predict_probabilities(model, given), predict_probabilities(model, images), rtol=1e-6
    )


@every_layout
def test_training_reads_every_layout(layout, rng):
    images, labels = rng.integers(256, size=(8, 4, 4, 1), dtype=np.uint8), np.arange(8) % 2
    losses = []
    for turn in (lambda a: a, LAYOUTS[layout] if layout != "list" else np.copy):
        model = Sequential(Normalize(1), Conv2d(1, 2, 3), BatchNorm(2), ReLU(), Flatten(),
                           Linear(8, 2))  # fmt: skip
        trainer = Trainer(model, seed=1)
        make_ready(trainer.model, Dataset(images, labels, ("a", "b")))
        for _ in range(3):
            trainer.train_step(turn(images), turn(labels))
        losses.append(trainer.last_loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_a_data_set_of_any_layout_holds_the_same_images(rng):
    images, labels = rng.integers(256, size=(6, 3, 4, 2), dtype=np.uint8), np.arange(6) % 3
    expected = Dataset(images, labels, tuple("abc"))
    for layout in ("fortran", "negative strides", "every other", "read-only"):
        given = [LAYOUTS[layout](a) for a in (images, labels)]
        assert Dataset(*given, tuple("abc")).sha256 == expected.sha256
    for other in (LAYOUTS["big-endian"](labels), labels.astype(np.int32), labels.tolist()):
        assert Dataset(images, other, tuple("abc")).sha256 == expected.sha256
