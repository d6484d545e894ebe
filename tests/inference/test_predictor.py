from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import chainrule as cr
from chainrule import kernels, models
from chainrule import layers as L
from chainrule.errors import InputError, ShapeError
from chainrule.inference import predictor as module
from chainrule.kernels.precision import using
from chainrule.metrics import predict_probabilities
from tests.interop.cases import MODELS, build, conv_model, digits_model, images, lively, of_table
from tests.models.test_contract import ROWS

pytest.importorskip("numba")

from chainrule.kernels.cpu import prepared

DEEPER = ("resnet34", "resnet50")  # more of the blocks of others, and slow to fold


def close(y: np.ndarray, expected: np.ndarray, tolerance: float = 1e-5) -> None:
    """As `Predictor` promises."""
    assert y.shape == expected.shape and y.dtype == expected.dtype
    np.testing.assert_allclose(y, expected, rtol=0, atol=tolerance * np.abs(expected).max())


class Doubling(L.Layer):
    """A layer of a user's own."""

    def forward(self, x):
        return 2 * x, None

    def backward(self, dy, cache):
        return 2 * dy


@pytest.mark.parametrize("name", sorted(set(models.MODELS) - set(DEEPER)))
def test_every_registered_model(name):
    row = ROWS[name]
    shape = (33, 32, 3) if row.big else row.inputs
    model = models.build(name, inputs=shape, classes=3, **row.options)
    lively(model) if not row.big else model.init(0)
    x = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
    predictor = cr.Predictor(model)
    close(predictor(x), model(x))
    assert predictor.reason is None


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_models_of_nearly_every_operation(name, count):
    model = MODELS[name]()
    x = images(model, count)
    predictor = cr.Predictor(model)
    close(predictor(x), model(x), 3e-5 if name == "zoo" else 1e-5)  # GELU by another formula
    assert predictor.reason is None
    np.testing.assert_array_equal(predictor(x), predictor(x))


@pytest.mark.parametrize("case", of_table(), ids=lambda case: repr(case.build()))
def test_every_layer_is_prepared_or_runs_as_it_is(case):
    layer = build(case)
    x = np.random.default_rng(0).standard_normal((3, *case.shape[1:])).astype(np.float32)
    predictor = cr.Predictor(layer)
    close(predictor(x), layer(x), 2e-5)


def test_floats_and_pixels_and_several_shapes():
    model = lively(L.Sequential(L.Normalize(3), L.Conv2d(3, 5, 3), L.ReLU(), L.GlobalAvgPool2d()))
    predictor = cr.Predictor(model)
    rng = np.random.default_rng(1)
    for size in (4, 5, 6, 7, 8, 4):
        x = rng.integers(0, 256, (2, size, size + 1, 3), np.uint8)
        close(predictor(x), model(x))
        z = x.astype(np.float32) / 255
        close(predictor(z), model(z))
        close(predictor(np.asfortranarray(z)[::-1]), model(z[::-1]))


def test_it_is_a_model_wherever_one_predicts():
    model = digits_model()
    _, test = cr.data.digits()
    predictor = cr.Predictor(model)
    assert predictor.signature is model.signature and predictor.model is model
    answer, expected = predictor.predict(test.images[:3]), cr.predict(model, test.images[:3])
    close(answer.probabilities, expected.probabilities)
    assert answer.names == expected.names and repr(answer) == repr(cr.predict(predictor, test[:3]))
    every = [predict_probabilities(each, test.images) for each in (predictor, model)]
    close(*every)
    measured = cr.metrics.evaluate(predictor, test)
    assert measured.accuracy == cr.metrics.evaluate(model, test).accuracy
    two = cr.Ensemble([predictor, model], average="logits")
    close(two(test.images[:2]), model(test.images[:2]))


def test_an_ensemble_has_each_of_its_models_prepared():
    ensemble = cr.Ensemble([digits_model(), digits_model()], average="logits")
    x = images(ensemble.models[0])
    predictor = cr.Predictor(ensemble)
    close(predictor(x), ensemble(x))
    views = cr.ensemble.TestTimeAugmentation(digits_model())
    asked = cr.Predictor(views)
    np.testing.assert_array_equal(asked(x), views(x))
    assert asked.reason is not None and "TestTimeAugmentation" in asked.reason


def test_a_model_in_a_file(tmp_path):
    model = conv_model()
    model.save(tmp_path / "model.safetensors")
    x = images(model)
    close(cr.Predictor(tmp_path / "model.safetensors")(x), model(x))
    with pytest.raises(InputError, match="model"):
        cr.Predictor(3)


def learn(model: L.Layer) -> None:
    x, labels = images(model), np.array([1, 2, 3])
    criterion, optimizer = cr.losses.SoftmaxCrossEntropy(), cr.optim.SGD(0.1)
    cr.step.forward_backward(model, x, labels, criterion)
    optimizer.step(L.named_parameters(model))


def replaced(model: L.Layer) -> None:
    model.load_state({path: 1.1 * array if array.dtype.kind == "f" else array
                      for path, array in model.state().items()})  # fmt: skip


def scaled_in_place(model: L.Layer) -> None:
    for _, parameter in L.named_parameters(model):
        parameter.value *= np.float32(0.5)


def only_statistics(model: L.Layer) -> None:
    model.forward(images(model))


@pytest.mark.parametrize("change", [learn, replaced, scaled_in_place, only_statistics])
@pytest.mark.parametrize("make", [digits_model, conv_model])
def test_it_notices_that_the_model_has_learned(make, change):
    model = make()
    x = images(model, 2, seed=5)
    predictor = cr.Predictor(model)
    before = predictor(x)
    change(model)
    assert np.abs(model(x) - before).max() > 1e-3 * np.abs(before).max()
    close(predictor(x), model(x))


def test_a_number_in_the_middle_is_seen_after_a_refresh():
    model = digits_model()
    x = images(model, 2)
    predictor = cr.Predictor(model)
    before = predictor(x)
    weight = L.named_parameters(model)[0][1].value
    weight[20:40, 3:9] += 1
    np.testing.assert_array_equal(predictor(x), before)
    predictor.refresh()
    close(predictor(x), model(x))
    assert np.abs(predictor(x) - before).max() > 1e-3


def test_threads_share_a_predictor_while_the_model_learns():
    model = conv_model()
    x = images(model, 5)
    predictor = cr.Predictor(model)
    expected = predictor(x)
    with ThreadPoolExecutor(4) as pool:
        for y in pool.map(lambda _: predictor(x), range(40)):
            np.testing.assert_array_equal(y, expected)
        answers = [pool.submit(predictor, x) for _ in range(10)]
        learn(model)
        answers += [pool.submit(predictor, x) for _ in range(10)]
        assert all(np.isfinite(answer.result()).all() for answer in answers)
    predictor.refresh()
    close(predictor(x), model(x))


def test_copies_prepare_for_themselves():
    model = digits_model()
    x = images(model)
    predictor = cr.Predictor(model)
    expected = predictor(x)
    for twin in (copy.deepcopy(predictor), pickle.loads(pickle.dumps(predictor))):
        assert twin.model is not model
        np.testing.assert_array_equal(twin(x), expected)


def test_what_is_returned_is_the_callers_own():
    predictor, model = cr.Predictor(digits_model()), digits_model()
    first = predictor(images(model, 1, seed=1))
    kept = first.copy()
    predictor(images(model, 1, seed=2))
    np.testing.assert_array_equal(first, kept)


def reasons(model: L.Layer, x: np.ndarray) -> str:
    predictor = cr.Predictor(model)
    np.testing.assert_array_equal(predictor(x), model(x))
    assert predictor.reason is not None
    return predictor.reason


def test_what_cannot_be_prepared_runs_as_it_is(monkeypatch):
    x = np.random.default_rng(0).standard_normal((2, 6)).astype(np.float32)
    linear = lively(L.Linear(6, 3))
    assert "Doubling" in reasons(L.Sequential(linear, Doubling()), x)
    assert "float64" in reasons(copy.deepcopy(linear).astype(np.float64), x.astype(np.float64))
    assert "uint8 or float32" in reasons(linear, x[:0])
    with using("bfloat16"):
        assert "bfloat16" in reasons(linear, x)
    with kernels.use("reference"):
        assert "other kernels" in reasons(linear, x)
    broken = lively(L.Linear(6, 3))
    broken.weight.value[2, 1] = np.nan
    assert "NaN" in reasons(broken, x)
    monkeypatch.setattr(prepared, "available", lambda: False)  # NUMBA_DISABLE_JIT
    assert "does not compile" in reasons(linear, x)
    monkeypatch.setattr(module.compat, "has_numba", lambda: False)
    assert "Numba is not installed" in reasons(linear, x)
    assert "Numba is not installed" in str(cr.Predictor(digits_model()).reason)


def test_mixed_dtypes_are_refused_by_the_model_itself():
    linear = lively(L.Linear(6, 3)).astype(np.float64)
    with pytest.raises(ShapeError):
        cr.Predictor(linear)(np.zeros((2, 6), np.float32))


@pytest.mark.parametrize(
    "x", [np.zeros((2, 9, 8, 4), np.uint8), np.zeros((2, 9, 8), np.uint8), np.zeros(3), "image",
          None, np.zeros((2, 9, 8, 3), complex), [[1, 2], [3]]]
)  # fmt: skip
def test_bad_images_are_refused_in_the_models_words(x):
    model = conv_model()
    with pytest.raises(InputError) as expected:
        model(x)
    predictor = cr.Predictor(model)
    for _ in range(2):
        with pytest.raises(InputError) as found:
            predictor(x)
        assert str(found.value) == str(expected.value)


def test_a_model_without_weights_says_so_until_it_has_some():
    model = L.Sequential(L.Linear(4, 2))
    predictor = cr.Predictor(model)
    x = np.ones((1, 4), np.float32)
    with pytest.raises(InputError, match="no weights yet"):
        predictor(x)
    model.init(0)
    close(predictor(x), model(x))
    assert predictor.reason is None


def test_a_nan_stays_with_its_image():
    model = lively(L.Sequential(
        L.Conv2d(3, 16, 3, padding=1), L.ReLU(), L.Conv2d(16, 16, 3, padding=1), L.ReLU6(),
        L.MaxPool2d(2), L.GlobalAvgPool2d(), L.Linear(16, 4),
    ))  # fmt: skip
    x = np.random.default_rng(0).standard_normal((3, 16, 16, 3)).astype(np.float32)
    clean = cr.Predictor(model)(x)
    x[1, 4, 4] = np.nan
    y = cr.Predictor(model)(x)
    assert np.isnan(y[1]).all()
    np.testing.assert_array_equal(y[[0, 2]], clean[[0, 2]])
