from __future__ import annotations

import pytest

from chainrule.errors import InputError
from chainrule.play.layer_catalog import known
from chainrule.play.layers import about, catalogue


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


def test_routes(client):
    def looked(**values):
        return client.post("/api/layers/look", json=values)

    assert len(client.get("/api/layers/catalogue").json()) == len(known())
    assert client.get("/api/layers/about", params={"layer": "ReLU"}).json()["layer"] == "ReLU"
    assert client.get("/api/layers/about").status_code == 400
    assert looked(layer="ReLU").json()["gradients"][0]["ok"]
    unknown = looked(layer="Nothing")
    assert unknown.status_code == 200 and "error" in unknown.json()
    assert looked(layer="ReLU", x=1).status_code == 400
