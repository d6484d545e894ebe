from __future__ import annotations

import pytest

import chainrule as cr


def test_a_model_at_a_glance():
    model = cr.models.resnet((16, 16, 3), 10, blocks=(1,), widths=(8,)).init(0)
    lines = str(cr.summary(model, (16, 16, 3))).splitlines()
    assert lines[0].split() == ["layer", "kind", "output", "parameters"]
    leaves = [layer for layer in cr.cost.cost(model, 1, (16, 16, 3)).layers if layer.parameters]
    assert {layer.path for layer in leaves} <= {line.split()[0] for line in lines}
    total = sum(p.value.size for _, p in cr.layers.named_parameters(model))
    assert f"{total:,}" in lines[-1].split()


def test_the_model_knows_its_images_or_is_told():
    model = cr.models.vgg((16, 16, 3), 10, blocks=((4,),), hidden=(4,))
    with pytest.raises(cr.InputError, match="shape: expected that of an image"):
        cr.summary(model)
    model.signature = cr.layers.Signature((16, 16, 3), tuple("0123456789"))
    assert cr.summary(model) == cr.summary(model, (16, 16, 3))
    with pytest.raises(cr.InputError):
        cr.summary(model, (16, 16, 1))
