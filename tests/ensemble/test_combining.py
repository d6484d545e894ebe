"""The common answer of several models."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.metrics import evaluate, softmax


@pytest.fixture
def nets():
    return [cr.models.mlp((8, 8, 1), (8,), 10).init(seed) for seed in range(3)]


def test_it_is_the_mean_of_their_probabilities(nets):
    images = cr.data.digits()[1].images[:20]
    expected = np.mean([softmax(net(images)) for net in nets], axis=0)
    np.testing.assert_allclose(softmax(cr.Ensemble(nets)(images)), expected, rtol=1e-5)


def test_it_is_evaluated_like_a_model(nets):
    _, test = cr.data.digits()
    one, together = evaluate(nets[0], test), evaluate(cr.Ensemble(nets[:1]), test)
    assert together.accuracy == one.accuracy
    assert together.loss == pytest.approx(one.loss, rel=1e-5)


def test_a_probability_of_zero_stays_finite(nets):
    for net in nets:
        net.layers[-1].bias.value[:] = [500, *[0] * 9]
    logits = cr.Ensemble(nets)(cr.data.digits()[1].images[:3])
    assert np.isfinite(logits).all() and logits.dtype == np.float32


def test_the_models_of_a_folder(nets, tmp_path):
    for i, net in enumerate(nets):
        cr.save(net, tmp_path / f"{i}.safetensors")
    images = cr.data.digits()[1].images[:5]
    loaded = cr.Ensemble.load(tmp_path)
    np.testing.assert_array_equal(loaded(images), cr.Ensemble(nets)(images))
    assert loaded.signature == nets[0].signature
    with pytest.raises(cr.InputError, match="there are no models in"):
        cr.Ensemble.load(tmp_path / "none")


def test_models_that_do_not_go_together_are_refused(nets):
    one, other = nets[:2]
    one.signature = cr.layers.Signature((8, 8, 1), tuple("abcdefghij"))
    with pytest.raises(cr.InputError, match="models for the same images and classes"):
        cr.Ensemble(nets)
    other.signature = cr.layers.Signature((4, 4, 1), tuple("abcdefghij"))
    with pytest.raises(cr.InputError, match="models for the same images and classes"):
        cr.Ensemble([one, other])
    other.signature = cr.layers.Signature((8, 8, 1), tuple("abcdefghiz"))
    with pytest.raises(cr.InputError, match="models: expected the classes of the model, 10 "):
        cr.Ensemble([one, other])
    with pytest.raises(cr.InputError, match="expected at least one, received none"):
        cr.Ensemble([])


def test_models_whose_classes_stand_in_another_order_are_matched_by_name(nets):
    one, other = nets[:2]
    images = cr.data.digits()[1].images[:20]
    expected = cr.Ensemble([one, other])(images)
    shuffled = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]
    names = tuple("abcdefghij")
    one.signature = cr.layers.Signature((8, 8, 1), names)
    other.signature = cr.layers.Signature((8, 8, 1), tuple(names[i] for i in shuffled))
    head = other.layers[-1]
    head.weight.value = head.weight.value[:, shuffled]
    head.bias.value = head.bias.value[shuffled]
    np.testing.assert_allclose(cr.Ensemble([one, other])(images), expected, rtol=1e-5)


def test_the_mean_of_logits_is_the_geometric_mean_of_probabilities(nets):
    images = cr.data.digits()[1].images[:20]
    together = cr.Ensemble(nets, average="logits")
    each = [net(images) for net in nets]
    np.testing.assert_allclose(together(images), np.mean(each, axis=0), atol=1e-6)
    geometric = np.prod([softmax(z.astype(float)) for z in each], axis=0) ** (1 / 3)
    geometric /= geometric.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(softmax(together(images)), geometric, rtol=1e-4)


def test_an_ensemble_of_ensembles(nets):
    images = cr.data.digits()[1].images[:5]
    twice = cr.Ensemble([cr.Ensemble(nets), cr.Ensemble(nets)])
    np.testing.assert_allclose(
        softmax(twice(images)), softmax(cr.Ensemble(nets)(images)), rtol=1e-5
    )


def test_other_averages_and_what_is_no_model(nets):
    with pytest.raises(cr.InputError, match="unknown average 'logit'; did you mean 'logits'"):
        cr.Ensemble(nets, average="logit")
    with pytest.raises(cr.InputError, match="each item a layer or an ensemble, received"):
        cr.Ensemble([nets[0], "a"])
