from __future__ import annotations

import os
import subprocess
import sys

import pytest

from chainrule import models
from chainrule.errors import InputError
from chainrule.warmup import SIZES, _compiled, _root, warm_up

TRAIN = """
from chainrule import Trainer, models
from chainrule.data.augment import OPERATIONS, Augment
from chainrule.data.sources.digits import digits
from chainrule.kernels.notices import when_compiling
train, test = digits()
model = models.mlp(train.images.shape[1:], (256, 64), 10, norm="batch", dropout=0.2)
every = Augment(*(kind() for kind in OPERATIONS.values()))
with when_compiling(lambda: print("compiling")):
    Trainer(model).fit(train, test, epochs=1, augment=every)
    Trainer(model, precision="bfloat16").fit(train, test, epochs=1)
"""


def test_after_it_training_compiles_nothing():
    heard = []
    first = warm_up(["mlp"], begin=heard.append)
    assert [stage.name for stage in first] == heard
    assert warm_up(["mlp"]) == []  # already warm
    assert _compiled(_root()) > 20
    out = subprocess.run([sys.executable, "-c", TRAIN], check=True, capture_output=True, text=True)
    assert out.stdout == ""


def test_other_features_of_the_processor_need_other_kernels():
    code = "from chainrule.warmup import _digest; print(_digest())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | features,
        ).stdout
        for features in ({}, {}, {"NUMBA_CPU_NAME": "generic"}, {"NUMBA_CPU_FEATURES": "+sse3"})
    }
    assert len(digests) == 3


def test_sizes_are_of_models():
    assert set(SIZES) <= set(models.MODELS)


def test_an_unknown_model_gets_a_hint():
    with pytest.raises(InputError, match="no model named 'mpl'; did you mean 'mlp'"):
        warm_up(["mpl"])
