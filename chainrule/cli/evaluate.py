"""chainrule evaluate"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from .places import RUNS, DataDir, RunName, Runs, load_model, open_run

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..ensemble import Ensemble
    from ..layers.base import Layer


def evaluate(
    run: RunName,
    /,
    *,
    ensemble: Annotated[
        bool, Parameter(negative=(), help="The run's snapshots together, not its best model.")
    ] = False,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Measure the best model of a run on the test pictures: accuracy, loss, each class."""
    from .. import config, metrics
    from ..ensemble import Ensemble
    from ..experiment import load_inputs
    from . import show

    opened = open_run(run, runs)
    settings = config.load(opened.config)
    model = Ensemble.load(opened.snapshots) if ensemble else load_model(opened)
    test = load_inputs(settings, data_dir).test
    check_fit(model, test)
    evaluation = metrics.evaluate(model, test)
    show.result(evaluation)
    show.per_class(evaluation, test)


def check_fit(model: Layer | Ensemble, dataset: Dataset) -> None:
    """InputError unless the model was made for pictures and classes such as these."""
    from ..data.matching import places

    signature = model.signature
    if signature is None:
        raise InputError("the model does not say what pictures and classes it is for")
    if signature.image_shape != dataset.images.shape[1:]:
        raise InputError(
            f"the model is for pictures of {signature.image_shape}, "
            f"and those of {dataset.name} are {dataset.images.shape[1:]}"
        )
    places(signature.classes, dataset.classes, dataset.name)
