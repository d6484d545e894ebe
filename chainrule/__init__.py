"""chainrule: image classifiers with every backward pass written out, proven right, and fast.

>>> import chainrule as cr
>>> model = cr.models.mlp((8, 8, 1), (32,), 10)

Names are imported when first used, so that ``import chainrule`` costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if sys.version_info < (3, 11):  # noqa: UP036  a checkout is imported by any Python
    _version = ".".join(map(str, sys.version_info[:3]))
    _told = f"chainrule needs Python 3.11 or newer, this is {_version}"
    raise (SystemExit if sys.argv[:1] == ["-m"] else ImportError)(_told)

from . import public

if TYPE_CHECKING:
    from . import architecture as architecture
    from . import circuit as circuit
    from . import classic as classic
    from . import config as config
    from . import cost as cost
    from . import data as data
    from . import distributed as distributed
    from . import doctor as doctor
    from . import draw as draw
    from . import ensemble as ensemble
    from . import errors as errors
    from . import estimator as estimator
    from . import experiment as experiment
    from . import explanation as explanation
    from . import gradient_check as gradient_check
    from . import inference as inference
    from . import initializers as initializers
    from . import interop as interop
    from . import interpret as interpret
    from . import kernels as kernels
    from . import layers as layers
    from . import losses as losses
    from . import metrics as metrics
    from . import models as models
    from . import optim as optim
    from . import penalties as penalties
    from . import random as random
    from . import replay as replay
    from . import report as report
    from . import schedules as schedules
    from . import training as training
    from . import transfer as transfer
    from . import weights as weights
    from .cost.overview import summary as summary
    from .data.dataset import Dataset as Dataset
    from .ensemble import Ensemble as Ensemble
    from .errors import ChainruleWarning as ChainruleWarning
    from .errors import CheckFailed as CheckFailed
    from .errors import InputError as InputError
    from .errors import OutOfRange as OutOfRange
    from .errors import ShapeError as ShapeError
    from .estimator import ImageClassifier as ImageClassifier
    from .experiment.drawing import draw_model as draw_model
    from .explanation import explain as explain
    from .gradient_check import gradcheck as gradcheck
    from .inference import Predictor as Predictor
    from .layers.base import Layer as Layer
    from .layers.variables import Buffer as Buffer
    from .layers.variables import Parameter as Parameter
    from .prediction import Prediction as Prediction
    from .prediction import predict as predict
    from .saving import load as load
    from .saving import save as save
    from .training.finding import lr_find as lr_find
    from .training.trainer import Trainer as Trainer

    __version__: str

_MODULES = (
    "architecture", "circuit", "classic", "config", "cost", "data", "distributed", "doctor", "draw",
    "ensemble", "errors", "estimator", "experiment", "explanation", "gradient_check",
    "inference", "initializers", "interop",
    "interpret", "kernels", "layers", "losses", "metrics", "models", "optim", "penalties", "random",
    "replay", "report", "schedules", "training", "transfer", "weights",
)  # fmt: skip

_HOME = {
    "Buffer": ".layers.variables",
    "ChainruleWarning": ".errors",
    "CheckFailed": ".errors",
    "Dataset": ".data.dataset",
    "Ensemble": ".ensemble",
    "ImageClassifier": ".estimator",
    "InputError": ".errors",
    "Layer": ".layers.base",
    "OutOfRange": ".errors",
    "Parameter": ".layers.variables",
    "Prediction": ".prediction",
    "Predictor": ".inference",
    "ShapeError": ".errors",
    "Trainer": ".training.trainer",
    "draw_model": ".experiment.drawing",
    "explain": ".explanation",
    "gradcheck": ".gradient_check",
    "load": ".saving",
    "lr_find": ".training.finding",
    "predict": ".prediction",
    "save": ".saving",
    "summary": ".cost.overview",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in _HOME:
        thing = getattr(import_module(_HOME[name], __name__), name)
        globals()[name] = thing
        return thing
    if name == "__version__":
        from importlib.metadata import version

        return version("chainrule")
    raise AttributeError(public.absent(__name__, name, (*_MODULES, *_HOME)), name=name)


public.publish(globals(), *_MODULES, *_HOME, "__version__")
