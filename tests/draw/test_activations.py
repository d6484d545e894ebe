from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from chainrule.draw import activations
from chainrule.layers import ACTIVATIONS, LeakyReLU, ReLU


def test_every_activation_has_a_panel_with_its_formula():
    figure = Figure()
    activations.paint(figure)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:4] == ["ReLU", "LeakyReLU", "Sigmoid", "Tanh"]
    assert sorted(titles) == sorted(kind.__name__ for kind in ACTIVATIONS.values())
    assert all(axes.texts[0].get_text().startswith("y = ") for axes in figure.axes)
    assert figure.axes[0].texts[0].get_text() == "y = max(x, 0)"


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_second_curve_is_the_slope_of_the_first(name):
    x, y, slope = activations.curves(ACTIVATIONS[name](), -4, 8)
    differences = np.gradient(y, x)
    smooth = np.abs(np.diff(differences, prepend=differences[0])) < 0.02  # away from corners
    smooth &= np.isfinite(slope)
    np.testing.assert_allclose(slope[smooth], differences[smooth], atol=0.02)
    assert smooth.mean() > 0.98


def test_the_slope_is_broken_where_it_jumps():
    x, _, slope = activations.curves(ReLU(), -4, 4)
    assert 0 < x[np.isnan(slope)].item() < 0.01
    _, _, slope = activations.curves(LeakyReLU(0.97), -4, 4)
    assert not np.isnan(slope).any()
