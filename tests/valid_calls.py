"""One valid call of every public function and class, by its name.

A row has what a call cannot do without; arguments with a default are left to it. Rows of layers,
optimizers and operations come from their own tables.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.circuit import Value
from chainrule.cost.memory import Line

WITHIN = ["circuit.gates", "data.audit", "data.augment", "data.folder", "kernels.precision"]


def modules() -> list[ModuleType]:
    offered = [n for n in dir(cr) if isinstance(getattr(cr, n), ModuleType)]
    return [cr, *(import_module(f"chainrule.{name}") for name in [*offered, *WITHIN])]


def public_callables() -> dict[str, Callable[..., Any]]:
    """Every one once, by the first name that leads to it; no exceptions, which take any message,
    and nothing abstract."""
    found: dict[int, tuple[str, Any]] = {}
    for module in modules():
        for name in dir(module):
            thing = getattr(module, name)
            if not (inspect.isroutine(thing) or inspect.isclass(thing)):
                continue
            if inspect.isclass(thing) and (
                issubclass(thing, BaseException)
                or inspect.isabstract(thing)
                or getattr(thing, "_is_protocol", False)
            ):
                continue
            place = module.__name__.removeprefix("chainrule").removeprefix(".")
            found.setdefault(id(thing), (f"{place}.{name}".removeprefix("."), thing))
    return dict(found.values())


@functools.cache
def digits() -> Any:
    return cr.data.digits()[0][:40]


def model() -> Any:
    made = cr.models.mlp((8, 8, 1), (6,), 10).init(0)
    made.signature = cr.layers.Signature((8, 8, 1), digits().classes)
    return made


def filtering() -> Any:
    made = cr.models.convnet((8, 8, 1), 10, filters=(3,)).init(0)
    made.signature = model().signature
    return made


def convolutional() -> Any:
    made = cr.models.convnet((8, 8, 1), 10, filters=(3, 4)).init(0)
    made.signature = model().signature
    return made


def trainer() -> Any:
    return cr.Trainer(model())


@functools.cache
def evaluation() -> Any:
    return cr.metrics.evaluate(model(), digits())


@functools.cache
def members() -> Any:
    return cr.ensemble.compare_members({"a": model()}, digits())


FLOATS = np.array([[0.5, 0.2], [0.1, 0.9]])
LABELS = np.array([0, 1])
RNG = np.random.default_rng(0)
IMAGES = np.zeros((2, 1, 2, 1), np.float32)


def values(**given: Any) -> dict[str, Any]:
    return given


def heat_maps() -> dict[str, Any]:
    return values(
        maps=IMAGES[..., 0], values=IMAGES, images=IMAGES, targets=LABELS, probabilities=FLOATS[0],
        class_names=("a", "b"), method="saliency", signed=False,
    )  # fmt: skip


def wire() -> Any:
    return Value("x", 0.5)


def config() -> Any:
    return cr.config.resolve(cr.config.Settings({"epochs": 1, "model": {"name": "mlp"}}))


def a_run() -> Any:
    return cr.training.Run("runs/a")


def experiment() -> Any:
    return cr.experiment.prepare(config())


@functools.cache
def cost() -> Any:
    return cr.cost.cost(model())


def memory() -> Any:
    return cr.cost.Memory(1, 1, Line(1, 1), Line(1, 1), 1, 1)


NOTHING = dict[str, Any]
FIT = (
    "train", "labels", "validation", "epochs", "batch_size", "augment", "sample_weight",
    "class_weight",
)  # fmt: skip
"""Arguments of ``Trainer.fit`` that any value may be tried for."""
LAYER = cr.layers.Linear(2, 3)
CALLS: dict[str, Callable[[], dict[str, Any]]] = {
    "Buffer": lambda: values(shape=(2,), init=cr.initializers.zeros),
    "Dataset": lambda: values(images=digits().images, labels=digits().labels),
    "Ensemble": lambda: values(models=[model()]),
    "ImageClassifier": lambda: values(),
    "Parameter": lambda: values(shape=(2,), init=cr.initializers.zeros),
    "Prediction": lambda: values(probabilities=FLOATS, class_names=("a", "b"), images=("0", "1")),
    "Predictor": lambda: values(model=model()),
    "Trainer": lambda: values(model=model()),
    "explain": lambda: values(thing=LAYER),
    "gradcheck": lambda: values(
        model=model(), x=digits().images[:4], labels=digits().labels[:4], samples=1
    ),
    "load": lambda: values(path=saved()),
    "lr_find": lambda: values(model=model(), data=digits(), steps=2),
    "predict": lambda: values(model=model(), images=digits().images[:2]),
    "save": lambda: values(model=model(), path="saved.safetensors"),
    "summary": lambda: values(model=model(), shape=(8, 8, 1)),
    "architecture.describe": lambda: values(value=LAYER),
    "architecture.rebuild": lambda: values(description=cr.architecture.describe(LAYER)),
    "architecture.register": lambda: values(layer=Own),
    "circuit.BackwardStep": lambda: values(node=wire(), name="x", arrived=(1.0,), flows=()),
    "circuit.Check": lambda: values(rows=(), kinks=()),
    "circuit.Circuit": lambda: values(output=wire() * 2),
    "circuit.Comparison": lambda: values(
        name="x", analytic=1.0, numeric=1.0, error=0.0, kink=False
    ),
    "circuit.Flow": lambda: values(input=wire(), name="x", local=1.0, upstream=1.0),
    "circuit.ForwardStep": lambda: values(node=wire(), name="x", value=1.0),
    "circuit.Value": lambda: values(name="x", value=1.0),
    "circuit.apply": lambda: values(gate=cr.circuit.gates.Exp(), operands=(wire(),)),
    "circuit.expression": lambda: values(text="x + 1", x=1.0),
    "circuit.inputs": lambda: values(x=1.0),
    "circuit.maximum": lambda: values(x=(wire(), 1.0)),
    "circuit.minimum": lambda: values(x=(wire(), 1.0)),
    "circuit.gates.AddConstant": lambda: values(c=1.0),
    "circuit.gates.DivideBy": lambda: values(c=2.0),
    "circuit.gates.Power": lambda: values(p=2.0),
    "circuit.gates.Scale": lambda: values(c=2.0),
    **dict.fromkeys(
        ("classic.KNN", "classic.LinearSVM", "classic.RandomSearch", "classic.SoftmaxRegression"),
        NOTHING,
    ),
    "classic.KNNChoice": lambda: values(
        trials=(cr.classic.KNNTrial("L2", 1, (0.5,), 1, 2),), images=4, held_back=2, folds=None
    ),
    "classic.KNNTrial": lambda: values(
        distance="L2", k=1, accuracies=(0.5,), correct=1, count=2
    ),
    "classic.choose": lambda: values(X=digits().images, y=digits().labels, ks=(1,)),
    "config.Config": NOTHING,
    "distributed.Alone": NOTHING,
    "distributed.watch": lambda: values(group=cr.distributed.Alone()),
    "distributed.world": NOTHING,
    "config.Settings": lambda: values(values={"epochs": 1}),
    "config.assignments": lambda: values(texts=["epochs=1"]),
    "config.load": lambda: values(path=toml()),
    "config.read_settings": lambda: values(path=toml()),
    "config.resolve": lambda: values(sources=(cr.config.Settings({"epochs": 1}),)),
    "config.seconds": lambda: values(time="10m"),
    "config.to_toml": lambda: values(config=config()),
    "cost.Cost": lambda: values(layers=cost().layers, batch_size=1, kept=1),
    "cost.LayerCost": lambda: values(
        path="", kind="Linear", output=(1, 2), parameters=1, forward=1, backward=1, kept=1
    ),
    "cost.Memory": lambda: values(
        resident=1, state=1, learning=Line(1, 1), predicting=Line(1, 1), batch_size=1, evaluated=1
    ),
    "cost.Operations": NOTHING,
    "cost.Timing": lambda: values(
        cost=cost(), memory=memory(), step_seconds=1.0, predict_seconds=1.0, epoch_seconds=1.0,
        seconds=1.0, probe_seconds=1.0,
    ),
    "cost.available_memory": NOTHING,
    "cost.count_parameters": lambda: values(model=model()),
    "cost.flops": lambda: values(model=model(), shape=(8, 8, 1)),
    "cost.cost": lambda: values(model=model(), shape=(8, 8, 1)),
    "cost.expect_fit": lambda: values(memory=memory()),
    "cost.expect_weights_fit": lambda: values(model=model()),
    "cost.probe": lambda: values(model=model(), optimizer=cr.optim.Adam(), images=40),
    "data.Known": lambda: values(
        name="x", classes=2, train=None, test=None, shape=(8, 8, 1), folder=None
    ),
    "data.catalog": NOTHING,
    "data.Loader": lambda: values(dataset=digits(), batch_size=8),
    "data.Split": lambda: values(
        dataset="digits", sha256=digits().sha256, count=40, seed=0, validation=(1, 2)
    ),
    "data.cifar10": NOTHING,
    "data.cifar100": NOTHING,
    "data.digits": NOTHING,
    "data.emnist": NOTHING,
    "data.fashion_mnist": NOTHING,
    "data.fetch": lambda: values(name="digits"),
    "data.grayscale": lambda: values(dataset=digits()),
    "data.import_files": lambda: values(name="mnist", sources=["no-such-file"]),
    "data.k_fold": lambda: values(dataset=digits(), folds=2),
    "data.kmnist": NOTHING,
    "data.load": lambda: values(name="digits"),
    "data.mnist": NOTHING,
    "data.resize": lambda: values(dataset=digits(), size=16),
    "data.split": lambda: values(dataset=digits()),
    "data.svhn": NOTHING,
    "data.verify": lambda: values(name="digits"),
    "doctor.Check": lambda: values(name="x", verdict="passed", number=1.0, shown="", threshold=""),
    "doctor.CheckContext": lambda: values(model=model(), train=digits()),
    "doctor.Examination": lambda: values(checks=()),
    "doctor.Verdict": lambda: values(value="ok"),
    "doctor.environment": NOTHING,
    "doctor.examine": lambda: values(model=model(), train=digits(), only=["initial-loss"]),
    "draw_model": lambda: values(model=model(), what="weights", path="a.png"),
    "draw.Figure": lambda: values(summary="x"),
    "draw.draw": lambda: values(what="circuit", path="circuit.svg"),
    "draw.draw_augmentations": lambda: values(
        dataset=digits(), augment=cr.data.augment.Augment(), path="a.svg"
    ),
    "draw.ModelFigure": lambda: values(summary="x", paint=print),
    "draw.FigureSubject": lambda: values(model=model()),
    "draw.draw_subject": lambda: values(
        subject=cr.draw.FigureSubject(model()), what="weights", path="a.png"
    ),
    "draw.model_figure": lambda: values(what="filters"),
    "draw.known_model_figures": NOTHING,
    "draw.draw_schedule": lambda: values(
        schedule=cr.schedules.Constant(0.1), steps=5, path="s.svg"
    ),
    "ensemble.ComparedPair": lambda: values(
        first="a", second="b", test=cr.metrics.McNemar(1, 2, 0.5), adjusted=0.5
    ),
    "ensemble.EnsembleReport": lambda: {
        name: getattr(members(), name)
        for name in inspect.signature(cr.ensemble.EnsembleReport).parameters
    },
    "ensemble.Reliability": lambda: values(
        counts=LABELS, accuracy=FLOATS[0], confidence=FLOATS[0]
    ),
    "ensemble.Scored": lambda: values(
        name="a", evaluation=evaluation(), reliability=members().ensemble.reliability
    ),
    "ensemble.Soup": lambda: values(model=model(), members=(0,)),
    "ensemble.TestTimeAugmentation": lambda: values(model=model()),
    "ensemble.augmented_views": lambda: values(images=digits().images[:2], views="flip"),
    "ensemble.calibration_error": lambda: values(labels=LABELS, probabilities=FLOATS),
    "ensemble.compare_members": lambda: values(members={"a": model()}, dataset=digits()),
    "ensemble.fit_temperature": lambda: values(logits=FLOATS, labels=LABELS),
    "ensemble.greedy_soup": lambda: values(models=[model(), model()], validation=digits()),
    "ensemble.reliability": lambda: values(labels=LABELS, probabilities=FLOATS),
    "ensemble.uniform_soup": lambda: values(models=[model(), model()]),
    "ensemble.with_temperature": lambda: values(logits=FLOATS, temperature=2.0),
    "ensemble.with_views": lambda: values(model=model(), views="flip"),
    "errors.did_you_mean": lambda: values(word="a", choices=["b"]),
    "experiment.Experiment": lambda: {
        name: getattr(experiment(), name)
        for name, p in inspect.signature(cr.experiment.Experiment).parameters.items()
        if p.default is p.empty
    },
    "experiment.Measured": lambda: values(images=digits(), said=""),
    "experiment.Outcome": lambda: values(run=a_run(), evaluation=evaluation(), metrics={}),
    "experiment.compare": lambda: values(runs=[a_run(), a_run()]),
    "experiment.configure": lambda: values(
        base=cr.config.Settings({}), given=cr.config.Settings({}), assigned=[], data_dir=None
    ),
    "experiment.begin": lambda: values(experiment=experiment(), run=a_run()),
    "experiment.estimate": lambda: values(experiment=experiment()),
    "experiment.load_inputs": lambda: values(config=config()),
    "experiment.load_other": lambda: values(name="digits", signature=model().signature),
    "experiment.load_test": lambda: values(config=config()),
    "experiment.stem": lambda: values(config=config()),
    "experiment.prepare": lambda: values(config=config()),
    "experiment.read_metrics": lambda: values(run=a_run()),
    "experiment.reopen": lambda: values(run=a_run()),
    "experiment.report_on": lambda: values(run=a_run()),
    "experiment.resume": lambda: values(experiment=experiment(), run=a_run()),
    "experiment.start": lambda: values(config=config(), folder="runs/b"),
    "gradient_check.ArrayCheck": lambda: values(
        path="", shape=(1,), checked=1, kinks=0, error=0.0, worst="", analytic=0.0, numeric=0.0,
        ok=True,
    ),
    "gradient_check.Diagnosis": lambda: values(where="", name="", evidence="", fix=""),
    "gradient_check.GradCheck": lambda: values(rows=(), value=1.0, h=1e-5, tolerance=1e-6),
    "gradient_check.check_function": lambda: values(
        f=lambda arrays: float((arrays["x"] ** 2).sum()),
        arrays={"x": FLOATS.copy()}, gradient={"x": 2 * FLOATS},
    ),
    "gradient_check.check_layer": lambda: values(layer=LAYER.init(), x=FLOATS, samples=1),
    "initializers.Constant": lambda: values(value=1.0),
    **dict.fromkeys(
        ("initializers.Dirac", "initializers.Normal", "initializers.Orthogonal",
         "initializers.Uniform", "initializers.VarianceScaling"), NOTHING,
    ),
    "initializers.fans": lambda: values(shape=(2, 3)),
    **dict.fromkeys(
        [f"initializers.{name}" for name in (
            "he_normal", "he_normal_fan_out", "he_uniform", "he_uniform_fan_out", "lecun_normal",
            "lecun_uniform", "ones", "xavier_normal", "xavier_uniform", "zeros",
        )],
        lambda: values(rng=RNG, shape=(2, 3)),
    ),
    "interpret.ClassImages": lambda: values(
        images=IMAGES, targets=LABELS, probabilities=FLOATS[0], logits=FLOATS,
        class_names=("a", "b"),
    ),
    "interpret.FoolingImages": lambda: values(
        images=IMAGES, changes=IMAGES, norms=FLOATS[0], largest=FLOATS[0], before=LABELS,
        after=LABELS, probabilities_before=FLOATS[0], probabilities_after=FLOATS[0],
        fooled=LABELS == 1, class_names=("a", "b"),
    ),
    "interpret.HeatMaps": heat_maps,
    "interpret.IntegratedGradients": lambda: values(
        **heat_maps(), difference=FLOATS[0], gap=FLOATS[0], baseline=IMAGES
    ),
    "interpret.RandomizationCheck": lambda: values(
        original=cr.interpret.HeatMaps(**heat_maps()), layers=(("layers.1",),),
        correlations=FLOATS[:1], maps=FLOATS.reshape(1, 2, 1, 2), architecture=FLOATS[0],
    ),
    "interpret.class_image": lambda: values(model=model(), steps=2),
    "interpret.fooling_image": lambda: values(model=model(), images=digits().images[:2], steps=2),
    "interpret.grad_cam": lambda: values(model=filtering(), images=digits().images[:2]),
    **dict.fromkeys(
        [f"interpret.{name}" for name in (
            "guided_backprop", "integrated_gradients", "occlusion", "randomization_check",
            "saliency",
        )],
        lambda: values(model=model(), images=digits().images[:2]),
    ),
    "interpret.FeatureMap": lambda: values(path="", kind="Linear", output=FLOATS),
    "interpret.FilterKinds": lambda: values(
        path="", size=(3, 3, 1), kinds=("edge",), edge=FLOATS[0], color=FLOATS[0], spans=None
    ),
    "interpret.Histogram": lambda: values(
        path="", shape=(2,), counts=LABELS, edges=FLOATS[0], mean=0.0, std=1.0, zeros=0.0
    ),
    "interpret.LabelErrors": lambda: values(
        indices=LABELS, suggested=LABELS, margins=FLOATS[0], thresholds=FLOATS[0], joint=LABELS
    ),
    "interpret.Neighbors": lambda: values(indices=LABELS, distances=FLOATS),
    "interpret.Projection": lambda: values(
        points=FLOATS, components=FLOATS, mean=FLOATS[0], explained_variance=FLOATS[0],
        explained_variance_ratio=FLOATS[0],
    ),
    "interpret.feature_maps": lambda: values(model=model(), image=digits().images[0]),
    "interpret.features": lambda: values(model=model(), images=digits().images),
    "interpret.filter_kinds": lambda: values(model=convolutional(), images=digits().images),
    "interpret.filters": lambda: values(model=convolutional()),
    "interpret.head": lambda: values(model=model()),
    "interpret.label_errors": lambda: values(probabilities=FLOATS, labels=LABELS),
    "interpret.nearest_images": lambda: values(queries=FLOATS, among=FLOATS, k=1),
    "interpret.parameter_histograms": lambda: values(model=model(), bins=5),
    "interpret.pca": lambda: values(x=FLOATS),
    "interpret.templates": lambda: values(model=model()),
    "interpret.tsne": lambda: values(x=digits().images[:10], perplexity=3.0),
    "interpret.weight_matrix": lambda: values(model=model()),
    "kernels.fastest": NOTHING,
    "kernels.of": lambda: values(x=FLOATS),
    "kernels.overlay": lambda: values(modules=(np,)),
    "kernels.precision.current": NOTHING,
    "kernels.precision.known": lambda: values(precision="bfloat16"),
    "kernels.precision.using": lambda: values(precision="bfloat16"),
    "kernels.reuse_buffers": lambda: values(on=True),
    "kernels.use": lambda: values(backend="reference"),
    **dict.fromkeys(("layers.Add", "layers.Concat", "layers.Multiply"), NOTHING),
    "layers.Signature": lambda: values(image_shape=(8, 8, 1), classes=("a",)),
    "layers.derivative": lambda: values(layer=cr.layers.ReLU(), x=FLOATS),
    "layers.named_arrays": lambda: values(layer=LAYER),
    "layers.named_parameters": lambda: values(layer=LAYER),
    **{f"losses.{kind.__name__}": NOTHING for kind in cr.losses.Loss.__subclasses__()},
    "metrics.ClassScores": lambda: values(
        precision=FLOATS[0], recall=FLOATS[0], f1=FLOATS[0], support=LABELS
    ),
    "metrics.McNemar": lambda: values(only_first=1, only_second=2, p_value=0.5),
    "metrics.mcnemar": lambda: values(labels=LABELS, first=LABELS, second=LABELS),
    "metrics.precision_recall_f1": lambda: values(labels=LABELS, predicted=LABELS, k=2),
    "metrics.Confusion": lambda: values(true=LABELS, predicted=LABELS, counts=LABELS, classes=2),
    "metrics.Evaluation": lambda: {
        name: getattr(evaluation(), name)
        for name in inspect.signature(cr.metrics.Evaluation).parameters
    },
    "metrics.confusion_matrix": lambda: values(labels=LABELS, predicted=LABELS, k=2),
    "metrics.evaluate_logits": lambda: values(logits=FLOATS, labels=LABELS),
    "metrics.predict_logits": lambda: values(model=model(), dataset=digits()),
    "metrics.evaluate": lambda: values(model=model(), dataset=digits()),
    "metrics.most_probable": lambda: values(probabilities=FLOATS),
    "metrics.predict_probabilities": lambda: values(model=model(), images=digits().images),
    "metrics.softmax": lambda: values(logits=FLOATS),
    "metrics.top_k_accuracy": lambda: values(labels=LABELS, probabilities=FLOATS, k=1),
    "metrics.wilson_interval": lambda: values(correct=1, n=2),
    **dict.fromkeys(
        [f"models.{name}" for name in (
            "airbench", "cnn3", "lenet5", "resnet20", "resnet32", "resnet56", "resnet9", "vgg11",
            "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "wide_resnet",
        )],
        NOTHING,
    ),
    "models.build": lambda: values(name="mlp", inputs=4, hidden=(), classes=2),
    "models.convnet": lambda: values(inputs=(8, 8, 1), classes=2),
    "models.efficientnet_lite0": NOTHING,
    "models.mlp": lambda: values(inputs=(8, 8, 1), hidden=(4,), classes=2),
    "models.mobilenet_v2": NOTHING,
    "models.resnet": lambda: values(inputs=(8, 8, 1), classes=2, blocks=(1,), widths=(4,)),
    "models.resnet18": NOTHING,
    "models.resnet34": NOTHING,
    "models.resnet50": NOTHING,
    "models.squeezenet1_1": NOTHING,
    "models.vgg": lambda: values(inputs=(8, 8, 1), classes=2, blocks=((4,),), hidden=(4,)),
    "penalties.L1": lambda: values(reg=0.1),
    "penalties.L2": lambda: values(reg=0.1),
    "penalties.Sum": lambda: values(parts=(cr.penalties.L2(0.1),)),
    "random.generator": lambda: values(key=("a", 1)),
    "random.stream_key": lambda: values(key=("a", 1)),
    "interop.Exported": lambda: values(
        path=Path("a"), files=(Path("a"),), bytes=1, difference=0.0, images=1
    ),
    "interop.from_onnx": lambda: values(path=onnx_file()),
    "interop.to_html": lambda: values(model=model(), path="page.html"),
    "interop.to_onnx": lambda: values(model=model(), path="model.onnx"),
    "interop.to_torch": lambda: values(model=model(), folder="torch"),
    "interop.to_python": lambda: values(model=model(), folder="."),
    "replay.LayerPeak": lambda: values(
        path="layers.0", kind="Linear", output=1.0, usual_output=None, gradient=None,
        usual_gradient=None,
    ),
    "replay.Origin": lambda: values(
        stage="forward", path="layers.0", kind="Linear", what="", value=1.0, usual=None, samples=()
    ),
    "replay.Replay": lambda: values(
        run="", step=1, epoch=1, batch=1, batches=1, images=1, reason="", start=0, recorded=1.0,
        loss=1.0, exact=True, compared=1, updated=True, origin=None, verdict="", samples=(),
        affected=0, layers=(), updates=(), lr=0.1,
    ),
    "replay.Sample": lambda: values(
        place=0, index=0, name="image 0", label="a", predicted=None, loss=None, value=None
    ),
    "replay.Update": lambda: values(
        path="weight", shape=(2,), before=1.0, gradient=1.0, usual=None, update=0.1, after=1.0
    ),
    "replay.replay": lambda: values(run=a_run()),
    "replay.replay_fit": lambda: values(trainer=trainer(), record="no-such-file"),
    "report.write": lambda: values(
        run=a_run(), config={}, history=[], evaluation=None, test=None, machine={}, versions={},
        data_hashes={}, metrics={}, seed=0,
    ),
    "schedules.Constant": lambda: values(lr=0.1),
    "schedules.Cosine": lambda: values(lr=0.1, steps=5),
    "schedules.CosineRestarts": lambda: values(lr=0.1, steps=5),
    "schedules.Exponential": lambda: values(lr=0.1),
    "schedules.InverseSqrt": lambda: values(lr=0.1),
    "schedules.Linear": lambda: values(lr=0.1, steps=5),
    "schedules.MultiStep": lambda: values(lr=0.1, milestones=(1, 2)),
    "schedules.OneCycle": lambda: values(lr=0.1, steps=5),
    "schedules.Polynomial": lambda: values(lr=0.1, steps=5),
    "schedules.Repeat": lambda: values(schedule=cr.schedules.Constant(0.1), steps=5),
    "schedules.Sequence": lambda: values(
        first=cr.schedules.Constant(0.1), second=cr.schedules.Constant(0.2), at=3
    ),
    "schedules.Step": lambda: values(lr=0.1, every=2),
    "schedules.TimeScaled": lambda: values(schedule=cr.schedules.Constant(0.1)),
    "schedules.Until": lambda: values(schedule=cr.schedules.Constant(0.1), steps=5),
    "schedules.Warmup": lambda: values(schedule=cr.schedules.Constant(0.1), steps=5),
    "schedules.as_schedule": lambda: values(lr=0.1),
    "schedules.curve": lambda: values(schedule=cr.schedules.Constant(0.1), steps=5),
    "schedules.preview": lambda: values(schedule=cr.schedules.Constant(0.1), steps=5),
    "training.BestModel": lambda: values(path="best.safetensors"),
    "training.Callback": NOTHING,
    "training.Checkpoint": lambda: values(folder="checkpoint"),
    "training.GradualUnfreezing": lambda: values(epochs=(1, 2)),
    "training.EarlyStopping": lambda: values(patience=2),
    "training.StopOnConvergence": lambda: values(gradient_norm=0.1, update_norm=0.0),
    "training.Log": lambda: values(sinks=(), meters=()),
    "training.MaxNorm": lambda: values(limit=1.0),
    "training.RangeTest": lambda: values(
        lrs=FLOATS[0], losses=FLOATS[0], smoothed=FLOATS[0], diverged=False
    ),
    "training.RateFactor": NOTHING,
    "training.StepRecorder": lambda: values(path="steps.bin"),
    "training.Run": lambda: values(folder="runs/a"),
    "training.SWA": lambda: values(start_epoch=1),
    "training.Snapshots": lambda: values(folder="snapshots", ends=(1, 2)),
    "training.TimeBudget": lambda: values(seconds=1.0),
    "training.graceful_stop": lambda: values(trainer=trainer()),
    "training.lr_range_test": lambda: values(trainer=trainer(), dataset=digits(), steps=2),
    "training.lsuv": lambda: values(model=model(), images=digits().images),
    "training.refresh_batch_norm": lambda: values(model=model(), dataset=digits()),
    "training.restore": lambda: values(trainer=trainer(), path="no-such-folder"),
    "transfer.freeze": lambda: values(model=model()),
    "transfer.load": lambda: values(source="no-such-file"),
    "transfer.rates": lambda: values(model=model()),
    "transfer.replace_head": lambda: values(model=model(), classes=("cat", "dog")),
    "transfer.unfreeze": lambda: values(model=model()),
    "weights.Match": lambda: values(
        library="timm", matched=(), missing={}, extra={}, reshaped={}
    ),
    "weights.Pretrained": lambda: values(
        name="x", model="mlp", project="x", version="1", package=None, file=None, license="MIT"
    ),
    "weights.fetch": lambda: values(name="no such weights"),
    "weights.from_torch": lambda: values(model=model(), tensors=cr.weights.to_torch(model())),
    "weights.import_file": lambda: values(name="no such weights"),
    "weights.pretrained": lambda: values(name="no such weights"),
    "weights.read": lambda: values(path=saved()),
    "weights.save_torch": lambda: values(model=model(), folder="for-torch"),
    "weights.to_torch": lambda: values(model=model()),
    "data.audit.Audit": lambda: values(subject=None, findings=()),
    "data.audit.Finding": lambda: values(level="warning", name="x", says="", fix=""),
    "data.audit.Subject": lambda: values(
        place="", names=(), parts=LABELS, labels=LABELS, classes=("a", "b"), records=LABELS
    ),
    "data.audit.audit": lambda: values(data=[digits()]),
    "data.augment.SampleRNG": lambda: values(operation="flip", seed=0, epoch=0, samples=LABELS),
    "data.augment.preset": lambda: values(name="photo"),
    "data.folder.ImageFolder": lambda: values(
        train=digits(), validation=None, test=digits(), skipped=(), notes=(),
        options=cr.data.folder.ImageOptions(),
    ),
    "data.folder.ImageOptions": NOTHING,
    "data.folder.Measurable": lambda: values(images=digits(), part="test", skipped=(), notes=()),
    "data.folder.list_images": lambda: values(path=photos()),
    "data.folder.load": lambda: values(path=photos()),
    "data.folder.read_images": lambda: values(path=photos()),
    "data.folder.read_measurable": lambda: values(
        path=photos(), options=cr.data.folder.ImageOptions()
    ),
}  # fmt: skip


class Own(cr.Layer):
    """A layer of a user's."""

    def forward(self, x):
        return x, None

    def backward(self, dy, cache):
        return dy


def saved() -> Path:
    path = Path("model.safetensors")
    if not path.exists():
        cr.save(model(), path)
    return path


def onnx_file() -> Path:
    path = Path("given.onnx")
    if importlib.util.find_spec("onnx") and not path.exists():
        cr.interop.to_onnx(model(), path)
    return path


def toml() -> Path:
    path = Path("settings.toml")
    path.write_text("epochs = 1\n")
    return path


def photos() -> Path:
    from PIL import Image

    folder = Path("photos")
    for kind in ("cat", "dog"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for i in range(5):
            path = folder / kind / f"{i}.png"
            if not path.exists():
                pixels = np.full((6, 6), 40 * i + (kind == "dog"), np.uint8)
                Image.fromarray(pixels).save(path)
    return folder


def valid(name: str, thing: Callable[..., Any]) -> dict[str, Any] | None:
    """The arguments of a valid call; None where there is no row for it."""
    if name in CALLS:
        return CALLS[name]()
    if inspect.isclass(thing) and issubclass(thing, cr.Layer):
        from .test_contract import LAYERS

        made = (case.build() for case in LAYERS)
        layer = next((layer for layer in made if type(layer) is thing), None)
        return None if layer is None else dict(layer._arguments)
    needed = [
        p for p in inspect.signature(thing).parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]  # fmt: skip
    if name.startswith("circuit.") and [p.name for p in needed] == ["x"]:
        return {"x": wire()}
    return {} if not needed else None


def calls(
    thing: Callable[..., Any], given: dict[str, Any], wrong: Any
) -> Iterator[tuple[str, Any]]:
    """(parameter, a call with ``wrong`` as its argument), for each parameter."""
    parameters = inspect.signature(thing).parameters
    for name, p in parameters.items():
        arguments = dict(given)
        if p.kind is p.VAR_POSITIONAL:
            arguments[name] = (wrong, *given.get(name, ())[1:])
        elif p.kind is p.VAR_KEYWORD:
            extra = next((key for key in given if key not in parameters), None)
            if extra is None:
                continue
            arguments[extra] = wrong
        else:
            arguments[name] = wrong
        yield name, functools.partial(call, thing, arguments)


def call(thing: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """``thing`` with these arguments, those of ``*args`` among them by their name."""
    positional: list[Any] = []
    left = dict(arguments)
    parameters = inspect.signature(thing).parameters
    variadic = next((p.name for p in parameters.values() if p.kind is p.VAR_POSITIONAL), None)
    if variadic is not None:
        for name, p in parameters.items():
            if name == variadic:
                positional += left.pop(name, ())
                break
            positional.append(left.pop(name, p.default))
    result = thing(*positional, **left)
    if hasattr(result, "__enter__") and not isinstance(result, np.ndarray):
        with result:
            pass
    return result
