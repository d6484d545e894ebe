"""Frameworks run our net: from equal weights, equal loss and gradient."""

from __future__ import annotations

import functools
import shutil
from dataclasses import dataclass, replace

import pytest

from chainrule.bench.equivalence import difference
from chainrule.bench.frameworks import FRAMEWORKS, OURS, Framework
from chainrule.bench.nets import NETS, Net
from chainrule.bench.timing import in_subprocess
from chainrule.layers import named_parameters

# of whole images, the float64 ones wait
SMALL = {"vgg": (16, 16, 3), "resnet18": (16, 16, 3), "mobilenet_v2": (64, 64, 3)}


def small(name: str) -> Net:
    return NETS[name].with_shape(*SMALL.get(name, NETS[name].shape))


def installed(name: str):
    framework = FRAMEWORKS[name]
    if framework.missing:
        pytest.skip(f"{framework.missing} is not installed")
    return framework


@pytest.mark.parametrize("name", ["eager", "channels-last"])
@pytest.mark.parametrize("net", NETS)
def test_pytorch_runs_the_same_net(net, name):
    exact = difference(small(net), installed(name), "float64")
    assert exact.loss < 1e-12
    assert exact.gradient < 1e-9
    single = difference(small(net), installed(name), "float32")
    assert single.loss < 1e-5
    assert single.gradient < 0.02
    parameters = named_parameters(small(net).model())
    assert single.parameters == sum(parameter.value.size for _, parameter in parameters)


@pytest.mark.filterwarnings("ignore")  # the compiler's own
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_the_compiled_net_is_the_same():
    single = difference(NETS["mlp"], installed("compile"))
    assert single.loss < 1e-5
    assert single.gradient < 1e-4


@pytest.mark.filterwarnings("ignore")  # the frameworks' own
@pytest.mark.parametrize("name", ["jax", "keras"])
@pytest.mark.parametrize("net", ["mlp", "resnet18"])
def test_other_frameworks_run_the_same_net(net, name):
    # in a process of its own, because JAX's threads do not bear the forks of later tests
    single = in_subprocess(functools.partial(difference, small(net), installed(name)))
    assert single.loss < 1e-5
    assert single.gradient < 0.02


def test_bfloat16_is_another_precision():
    single = difference(NETS["conv"], installed("bf16"))
    assert 1e-3 < single.gradient < 0.2


@dataclass(frozen=True)
class Other(Framework):
    """A framework who starts from other weights."""

    def setup(self, net, batch_size, threads, **rest):
        return super().setup(replace(net, scale=1.1), batch_size, threads, **rest)


def test_another_net_is_found_out():
    ours = FRAMEWORKS[OURS]
    other = Other(ours.name, ours.title, ours.framework, ours.program, ours.packages)
    assert difference(NETS["mlp"], ours).gradient == 0
    assert difference(NETS["mlp"], other).gradient > 1e-2
