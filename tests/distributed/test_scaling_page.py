"""The model of scaling finds what it is given back, and the page has the figures of the results."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scaling_model import Model, Network, Step, errors, fit, network_of

ROOT = Path(__file__).parents[2]
NETWORK = Network("measured", 5e-6, 2e9)
TRUTH = Model(
    a=1e-3, b=2e-5, parallel=0.9, slowdown=0.1, hidden=0.7, sent=4e6, messages=4, network=NETWORK
)


def step(ranks, threads, batch):
    reduce = NETWORK.all_reduce(TRUTH.sent, ranks, TRUTH.messages)
    return Step(
        ranks, threads, batch,
        seconds=TRUTH.step(ranks, batch, threads, ranks_a_host=ranks),
        compute=TRUTH.compute(batch / ranks, threads, ranks),
        wait=(1 - TRUTH.hidden) * reduce, reduce=reduce, sent=TRUTH.sent, messages=TRUTH.messages,
    )  # fmt: skip


def test_a_model_is_found_again_in_the_steps_that_it_makes():
    steps = [step(*case, batch) for batch in (64, 256) for case in ((1, 1), (2, 1), (1, 2))]
    reduces = [(size, NETWORK.all_reduce(size, 2)) for size in (1e3, 1e5, 1e7)]
    model = fit(steps, reduces)
    for name in ("a", "b", "parallel", "slowdown", "hidden"):
        assert getattr(model, name) == pytest.approx(getattr(TRUTH, name), rel=1e-6)
    assert max(map(abs, errors(model, steps))) < 1e-6


def test_the_network_is_found_in_all_reduces_between_two_ranks():
    found = network_of([(size, NETWORK.all_reduce(size, 2)) for size in (1e3, 1e6)])
    assert found.latency == pytest.approx(NETWORK.latency)
    assert found.bandwidth == pytest.approx(NETWORK.bandwidth)


def test_efficiency_falls_with_the_hosts_and_rises_with_the_batch():
    by_hosts = [TRUTH.efficiency(hosts, 1024, 16) for hosts in (1, 2, 4, 8)]
    assert by_hosts[0] == 1 and by_hosts == sorted(by_hosts, reverse=True)
    assert TRUTH.efficiency(8, 8192, 16) > TRUTH.efficiency(8, 1024, 16)
    faster = replace(TRUTH, network=Network("faster", 1e-6, 2e10))
    assert faster.efficiency(8, 1024, 16) > TRUTH.efficiency(8, 1024, 16)


def test_the_page_has_the_figures_of_the_results():
    """Page and results change together: ``python tools/scaling_page.py``."""
    spec = importlib.util.spec_from_file_location("t", ROOT / "tools" / "scaling_page.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    text = tool.PAGE.read_text("utf-8").split(tool.START)[1].split(tool.END)[0]
    assert text == tool.figures(json.loads(tool.RESULT.read_text("utf-8")))
