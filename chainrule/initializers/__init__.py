"""First values of parameters: ``init(rng, shape) -> float64 array``, cast when stored.

Functions where there is nothing to choose, frozen dataclasses where there is. For weights scaled by
what the layers make of real images see ``chainrule.training.lsuv``.
"""

from collections.abc import Callable
from typing import Any

from ..public import publish
from .constant import Constant as Constant
from .constant import ones as ones
from .constant import zeros as zeros
from .fans import fans as fans
from .random import Normal as Normal
from .random import Uniform as Uniform
from .scaled import VarianceScaling as VarianceScaling
from .scaled import he_normal as he_normal
from .scaled import he_normal_fan_out as he_normal_fan_out
from .scaled import he_uniform as he_uniform
from .scaled import he_uniform_fan_out as he_uniform_fan_out
from .scaled import lecun_normal as lecun_normal
from .scaled import lecun_uniform as lecun_uniform
from .scaled import xavier_normal as xavier_normal
from .scaled import xavier_uniform as xavier_uniform
from .structured import Dirac as Dirac
from .structured import Orthogonal as Orthogonal

INITIALIZERS: dict[str, Callable[..., Any]] = {
    maker.__name__: maker
    for maker in (
        zeros,
        ones,
        Constant,
        Normal,
        Uniform,
        VarianceScaling,
        xavier_normal,
        xavier_uniform,
        he_normal,
        he_uniform,
        he_normal_fan_out,
        he_uniform_fan_out,
        lecun_normal,
        lecun_uniform,
        Orthogonal,
        Dirac,
    )
}
"""What a model file may name: functions as they are, classes with their options."""

publish(globals(), "INITIALIZERS")
