"""What is done with a model on a GPU besides training it: done, or refused in a line."""

from __future__ import annotations

import copy
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import ensemble, interop, interpret, weights
from chainrule.errors import InputError
from chainrule.layers import Flatten, Linear, Sequential, Signature

Call = Callable[[Any, Any, Any], object]

ANYWHERE: dict[str, Call] = {
    "summary": lambda m, x, p: str(cr.summary(m)),
    "overview": lambda m, x, p: m._repr_html_(),
    "cost": lambda m, x, p: str(cr.cost.cost(m, 4)),
    "probe": lambda m, x, p: cr.cost.probe(m, cr.optim.Adam(), batch_size=4, images=8),
    "explain": lambda m, x, p: str(cr.explain(m.layers[1])),
    "lr_find": lambda m, x, p: cr.lr_find(m, *x, batch_size=10),
    "doctor": lambda m, x, p: cr.doctor.examine(m, cr.Dataset(*x)),
    "to_torch": lambda m, x, p: weights.to_torch(m),
    "from_torch": lambda m, x, p: weights.from_torch(m, weights.to_torch(m)),
    "tta": lambda m, x, p: ensemble.TestTimeAugmentation(m)(x[0]),
}
ON_THE_CPU: dict[str, Call] = {
    "to_html": lambda m, x, p: interop.to_html(m, p / "m.html"),
    "to_python": lambda m, x, p: interop.to_python(m, p / "m"),
    "uniform_soup": lambda m, x, p: ensemble.uniform_soup([m, m]),
    "saliency": lambda m, x, p: interpret.saliency(m, x[0][:1]),
    "feature_maps": lambda m, x, p: interpret.feature_maps(m, x[0][0]),
    "features": lambda m, x, p: interpret.features(m, x[0]),
    "weight_matrix": lambda m, x, p: interpret.weight_matrix(m),
    "templates": lambda m, x, p: interpret.templates(m),
    "parameter_histograms": lambda m, x, p: interpret.parameter_histograms(m),
    "fooling_image": lambda m, x, p: interpret.fooling_image(m, x[0][:1], 1),
    "draw": lambda m, x, p: cr.draw_model(m, "weights", p / "w.png"),
}


if find_spec("onnx") is not None:
    ON_THE_CPU["to_onnx"] = lambda m, x, p: interop.to_onnx(m, p / "m.onnx")


@pytest.fixture
def there(gpu) -> Sequential:
    model = Sequential(Flatten(), Linear(16, 3)).init(0)
    model.signature = Signature((4, 4, 1), ("a", "b", "c"))
    return model.to("gpu")


@pytest.fixture
def some() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((30, 4, 4, 1), np.float32), np.arange(30) % 3


@pytest.mark.filterwarnings("ignore::chainrule.ChainruleWarning")
@pytest.mark.parametrize("call", ANYWHERE.values(), ids=ANYWHERE)
def test_it_is_done_where_the_model_is(call: Call, there, some, tmp_path):
    model = cr.models.mlp((4, 4, 1), (5,), 3).init(0)
    cr.Trainer(model).fit(*some, epochs=1)
    call(copy.deepcopy(model).to("gpu"), some, tmp_path)


@pytest.mark.parametrize("call", ON_THE_CPU.values(), ids=ON_THE_CPU)
def test_it_wants_a_model_on_the_cpu(call: Call, there, some, tmp_path):
    (tmp_path / "m").mkdir()
    with pytest.raises(
        InputError, match=r"expected one on the CPU, received one on gpu; model\.to"
    ):
        call(there, some, tmp_path)
