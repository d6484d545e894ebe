"""What ``cr.ImageClassifier`` learns, from what."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import chainrule as cr

from .cases import make, net

pytest.importorskip("sklearn", minversion="1.6")

from sklearn.datasets import load_digits


def test_it_learns_with_its_defaults(digits):
    X, y = load_digits(return_X_y=True)
    assert (
        cr.ImageClassifier(random_state=0).fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.9
    )


def test_the_fitted_attributes(fitted, digits):
    assert fitted.classes_.tolist() == list(range(10))
    assert (fitted.n_features_in_, fitted.n_iter_) == (64, 12)
    assert fitted.loss_curve_[-1] < fitted.loss_curve_[0]
    assert [row["epoch"] for row in fitted.history_] == list(range(1, 13))
    assert not hasattr(fitted, "validation_curve_")
    assert fitted.model_.signature.classes == tuple("0123456789")


def test_probabilities_are_the_softmax_of_the_decision(fitted, digits):
    X, _ = digits
    p, z = fitted.predict_proba(X), fitted.decision_function(X)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.log(p[:, 1] / p[:, 0]), z[:, 1] - z[:, 0], atol=1e-3)
    assert (fitted.predict(X) == p.argmax(axis=1)).all()
    two = make().fit(X, digits[1] > 4)
    assert ((two.decision_function(X) > 0) == two.predict(X)).all()


def test_the_seed_gives_the_same_net(digits):
    X, _ = digits
    for seed in (3, np.int64(3), np.random.RandomState(3)):
        one, other = (make(random_state=clone_of(seed)).fit(*digits) for _ in range(2))
        np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    state = np.random.RandomState(3)
    one, other = (make(random_state=state).fit(*digits) for _ in range(2))
    assert (one.predict_proba(X) != other.predict_proba(X)).any()


def clone_of(seed):
    return pickle.loads(pickle.dumps(seed))


@pytest.mark.parametrize(
    "scale",
    [lambda X: X / 16, lambda X: X / 16 * 255, lambda X: X.astype(np.uint8),
     lambda X: X.astype(int), lambda X: X * 1e6 - 3e5, lambda X: X.astype(np.float32),
     lambda X: X / 1e4],
)  # fmt: skip
def test_values_of_any_range_train_alike(scale, digits, fitted):
    X, y = digits
    other = make(epochs=12).fit(scale(X), y)
    np.testing.assert_allclose(other.predict_proba(scale(X)), fitted.predict_proba(X), atol=2e-2)


@pytest.mark.parametrize("scale", [lambda X: (X > 8) * 1.0, lambda X: X, lambda X: X * 15])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_a_number_is_the_same_in_every_type(scale, dtype, digits):
    X, y = digits
    X = scale(X)
    X[0, 0] = X.max() * 2 if X.max() > 200 else 0  # beyond 255, which a uint8 does not hold
    clf, some = make().fit(X, y), X[1:]
    np.testing.assert_allclose(
        clf.predict_proba(some.astype(dtype)), clf.predict_proba(some), rtol=1e-4, atol=1e-5
    )


def test_pictures_and_rows_are_the_same_images(digits):
    X, y = digits
    rows, pictures = make().fit(X, y), make().fit(X.reshape(-1, 8, 8), y)
    for other in (X, X.reshape(-1, 8, 8, 1), X.tolist()):
        np.testing.assert_array_equal(pictures.predict_proba(other), rows.predict_proba(X))
    assert pictures.n_features_in_ == 64


def test_a_data_set_is_its_images_and_labels():
    train, test = cr.data.digits()
    clf, other = make().fit(train), make().fit(train.images, train.labels)
    np.testing.assert_array_equal(clf.predict_proba(test), other.predict_proba(test.images))
    assert clf.score(test) == other.score(test.images, test.labels) > 0.5


def test_rows_of_a_stated_shape(digits):
    X, y = digits
    clf = make(model="convnet", model_params={"filters": (4,)}, image_shape=(16, 4)).fit(X, y)
    assert clf.model_.signature.image_shape == (16, 4, 1)
    colors = make(image_shape=(4, 4, 4)).fit(X, y)
    assert colors.model_.signature.image_shape == (4, 4, 4)


@pytest.mark.parametrize(
    "labels",
    [np.array(list("abcdefghij")), np.arange(10) * 1.0, -np.arange(10), np.arange(10) > 4,
     np.array(["é", "e\u0301", "猫", *"defghij"]), np.array(list("abcdefghij"), object)],
)  # fmt: skip
def test_labels_of_any_kind_come_back(labels, digits):
    X, y = digits
    clf = make(epochs=12).fit(X, labels[y])
    assert clf.predict(X).dtype == labels.dtype
    assert clf.score(X, labels[y]) > 0.8


@pytest.mark.parametrize(
    ("model", "params"),
    [("convnet", {"filters": (4,)}), ("vgg", {"blocks": ((4,),), "hidden": (8,)}),
     ("resnet", {"blocks": (1,), "widths": (4,)}), (net, {"width": 9}), (net, None),
     (cr.models.mlp((8, 8, 1), (8,), 10), None), ("mlp", None)],
)  # fmt: skip
def test_any_model(model, params, digits):
    X, y = digits
    clf = make(model=model, model_params=params, epochs=2).fit(X, y)
    assert clf.predict_proba(X).shape == (300, 10)
    if isinstance(model, cr.Layer):
        assert not model.initialized  # the argument is as it was


def test_a_model_with_weights_is_trained_on(fitted, digits):
    X, y = digits
    again = make(model=fitted.model_, model_params=None, epochs=1, learning_rate=1e-6).fit(X, y)
    assert again.score(X, y) == pytest.approx(fitted.score(X, y), abs=0.02)
    assert again.model_ is not fitted.model_


def test_the_net_predicts_images_without_scikit_learn(digits, tmp_path):
    X, y = digits
    pixels = (X / 16 * 255).astype(np.uint8)
    clf = make(epochs=12).fit(pixels, y)
    clf.model_.save(tmp_path / "digits.safetensors")
    model = cr.load(tmp_path / "digits.safetensors")
    answer = cr.predict(model, pixels.reshape(-1, 8, 8, 1))
    assert answer.names == [str(label) for label in clf.predict(pixels)]


def test_the_optimizer_is_named_or_made(digits):
    X, y = digits
    made = cr.optim.SGD(0.05, momentum=0.9)
    for options in (
        {"optimizer": "sgd", "optimizer_params": {"momentum": 0.9}, "learning_rate": 0.05},
        {"optimizer": cr.optim.SGD, "learning_rate": cr.schedules.Cosine(0.05, 20)},
        {"optimizer": made, "learning_rate": None},
        {"schedule": "one-cycle"},
        {"schedule": "constant", "loss": cr.losses.SoftmaxCrossEntropy(smoothing=0.1)},
    ):
        assert make(**options).fit(X, y).score(X, y) > 0.4
    assert made.steps == 0


def test_early_stopping_goes_back_to_the_best_epoch(digits):
    X, y = digits
    clf = make(epochs=60, early_stopping=True, n_iter_no_change=3, validation_fraction=0.2)
    clf.fit(X, y)
    curve = clf.validation_curve_
    assert clf.n_iter_ == len(curve) < 60
    assert max(curve) > 0.7
    losses = [row["validation_loss"] for row in clf.history_]
    assert (
        max(zip(curve, [-loss for loss in losses], strict=True))
        not in list(zip(curve, [-loss for loss in losses], strict=True))[-3:]
    )


def test_warm_start_goes_on(digits):
    X, y = digits
    cold, warm = make(), make(warm_start=True)
    for clf in (cold, warm):
        clf.fit(X, y).fit(X, y)
    assert (cold.n_iter_, warm.n_iter_) == (4, 8)
    assert warm.loss_curve_[4] < 0.7 * warm.loss_curve_[0]
    np.testing.assert_array_equal(cold.predict_proba(X), make().fit(X, y).predict_proba(X))


def test_partial_fit_goes_on_through_a_pickle(digits):
    X, y = digits
    one, other = make(), make()
    for clf in (one, other):
        clf.partial_fit(X[:100], y[:100], classes=np.arange(10)).partial_fit(X[100:], y[100:])
    other = pickle.loads(pickle.dumps(other))
    for clf in (one, other):
        clf.partial_fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    assert one.n_iter_ == len(one.loss_curve_) == 3
    assert one.loss_curve_[-1] < one.loss_curve_[0]


def test_partial_fit_of_one_sample(digits):
    X, y = digits
    clf = make().partial_fit(X[:5], y[:5], classes=np.arange(10))
    assert clf.partial_fit(X[5:6], y[5:6]).n_iter_ == 2


def test_weights_are_repetitions(digits):
    """Seen all at once, so that both take the same steps."""
    X, y = digits
    counts = np.random.default_rng(0).integers(4, size=len(X))
    options = {"batch_size": 2000, "model_params": {"hidden": (16,), "dropout": 0}, "epochs": 30}
    weighted = make(**options).fit(X, y, sample_weight=counts)
    repeated = make(**options).fit(X.repeat(counts, axis=0), y.repeat(counts))
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-4, atol=1e-5
    )


def test_class_weights_move_the_decision(digits):
    X, y = digits
    y = (y == 3).astype(int)
    options = {"epochs": 2}
    plain = make(**options).fit(X, y).predict_proba(X)[:, 1].mean()
    balanced = make(class_weight="balanced", **options).fit(X, y).predict_proba(X)[:, 1].mean()
    heavy = make(class_weight={1: 100}, **options).fit(X, y).predict_proba(X)[:, 1].mean()
    assert plain < balanced < heavy


def test_class_weights_are_by_label(digits):
    X, y = digits
    names = np.array(list("abcdefghij"))[y]
    one = make(class_weight={"d": 5}).fit(X, names)
    other = make(class_weight={3: 5}).fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_augmentation_and_callbacks(digits):
    X, y = digits

    class Count(cr.training.Callback):
        epochs = 0

        def on_epoch(self, trainer):
            type(self).epochs += 1

    clf = make(augment="handwriting", callbacks=[Count()]).fit(X, y)
    assert Count.epochs == 4
    plain = make().fit(X, y)
    assert clf.loss_curve_[-1] > plain.loss_curve_[-1]
    assert make(augment="handwriting").fit(X / 16, y).score(X / 16, y) > 0.3


def test_verbose_shows_each_epoch(digits, capsys):
    make(verbose=True).fit(*digits)
    assert "4/4" in capsys.readouterr().out
    make().fit(*digits)
    assert capsys.readouterr() == ("", "")


def test_the_precision_is_that_of_the_training_alone(digits, monkeypatch):
    from chainrule.kernels import instructions, precision

    monkeypatch.setattr(instructions, "_told", {*precision.PRECISIONS})
    X, y = digits
    clf, plain = make(precision="bfloat16").fit(X, y), make().fit(X, y)
    assert clf.get_params()["precision"] == "bfloat16"
    assert clf.loss_curve_ != plain.loss_curve_
    assert clf.score(X, y) == pytest.approx(plain.score(X, y), abs=0.05)
    with precision.using("float32-strict"):
        exact = clf.predict_proba(X)
    np.testing.assert_array_equal(clf.predict_proba(X), exact)
    with pytest.raises(cr.InputError, match="unknown precision 'bf16'; did you mean 'bfloat16'"):
        make(precision="bf16").fit(X, y)
