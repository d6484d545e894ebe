from __future__ import annotations

import pytest

from chainrule.errors import InputError
from chainrule.play.layers import about, catalogue
from chainrule.play.specimens import known

from .asgi import request


def test_the_catalogue_has_every_layer_in_a_group():
    found = {one["name"]: one["group"] for one in catalogue()}
    assert set(found) == set(known())
    assert found["Conv2d"] == "convolution" and found["GELU"] == "activations"


@pytest.mark.parametrize("name", known())
def test_what_is_written_of_a_layer(name):
    found = about(name)
    assert found["formula"] and found["source"]["words"]
    assert ">>>" not in found["text"] and found["formula"] not in found["text"]


def test_the_kernels_come_with_their_definition():
    kernels = about("Conv2d")["kernels"]
    assert kernels[0]["name"] == "conv2d"
    assert kernels[0]["file"].startswith("chainrule/kernels/reference/")


def test_unknown_layers_are_refused():
    with pytest.raises(InputError, match="did you mean 'Conv2d'"):
        about("Conv2D")


def test_routes():
    pytest.importorskip("starlette")
    from chainrule.play.app import create_app
    from chainrule.play.context import PlayContext

    app = create_app(PlayContext())
    assert request(app, "GET", "/api/layers/catalogue")[0] == 200
    assert request(app, "GET", "/api/layers/about")[0] == 400
    status, answer = request(app, "POST", "/api/layers/look", {"layer": "ReLU"})
    assert status == 200 and answer["gradients"][0]["ok"]
    status, answer = request(app, "POST", "/api/layers/look", {"layer": "Nothing"})
    assert status == 200 and "error" in answer
    assert request(app, "POST", "/api/layers/look", {"layer": "ReLU", "x": 1})[0] == 400
