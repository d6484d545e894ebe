"""What to write here for a name of Keras, PyTorch, fastai or scikit-learn that is not offered."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

FIT = "cr.Trainer(model).fit(X, y)"
DATA = "train, test = cr.data.mnist()"
FOLDER = 'train, test = cr.data.load("photos")'

HINTS: dict[str, dict[str, str]] = {
    "chainrule": {
        "Classifier": 'cr.ImageClassifier("mlp")',
        "KerasClassifier": 'cr.ImageClassifier("mlp")',
        "MLPClassifier": 'cr.ImageClassifier("mlp")',
        "NeuralNetClassifier": 'cr.ImageClassifier("mlp")',
        "Input": "cr.models.mlp((28, 28, 1), (128,), 10), which is given the shape",
        "Learner": "cr.Trainer(model)",
        "Model": "cr.layers.Sequential(…) or cr.layers.Graph({…})",
        "Tensor": "a NumPy array",
        "callbacks": "cr.training",
        "cnn_learner": "cr.Trainer(cr.models.resnet18((32, 32, 3), 10))",
        "cuda": 'model.to("gpu")',
        "datasets": "train, test = cr.data.mnist(), or another of cr.data",
        "device": 'model.to("gpu"), or cr.Trainer(model, device="gpu")',
        "from_numpy": "the array itself",
        "get_image_files": FOLDER,
        "keras": "cr.models, cr.layers, cr.data and cr.Trainer(model).fit(X, y)",
        "manual_seed": "cr.Trainer(model, seed=0)",
        "neural_network": 'cr.ImageClassifier("mlp")',
        "nn": "cr.layers",
        "no_grad": "model(x), which keeps nothing for a backward pass",
        "preprocessing": "cr.data",
        "set_seed": "cr.Trainer(model, seed=0)",
        "tensor": "a NumPy array",
        "untar_data": 'cr.data.fetch("mnist")',
        "utils": "cr.data",
        "vision_learner": "cr.Trainer(cr.models.resnet18((32, 32, 3), 10))",
    },
    "chainrule.classic": {
        "KNeighborsClassifier": "cr.classic.KNN(k=5)",
        "LinearSVC": "cr.classic.LinearSVM()",
        "LogisticRegression": "cr.classic.SoftmaxRegression()",
        "NearestNeighbors": "cr.classic.KNN(k=5), which has kneighbors(X)",
        "SVC": "cr.classic.LinearSVM()",
    },
    "chainrule.data": {
        "DataBlock": FOLDER,
        "DataLoader": "cr.data.Loader(dataset, 64), which trainer.fit(train) makes itself",
        "ImageDataLoaders": FOLDER,
        "ImageFolder": FOLDER,
        "MNIST": DATA,
        "FashionMNIST": "train, test = cr.data.fashion_mnist()",
        "TensorDataset": "cr.data.Dataset(X, y)",
        "image_dataset_from_directory": FOLDER,
        "load_data": DATA,
        "load_digits": "train, test = cr.data.digits()",
        "load_files": FOLDER,
        "random_split": "train, validation = cr.data.split(dataset, 0.1)",
        "train_test_split": "train, validation = cr.data.split(dataset, 0.1)",
        "utils": "cr.data.Loader(dataset, batch_size=64)",
    },
    "chainrule.layers": {
        "Activation": "cr.layers.ReLU()",
        "AveragePooling2D": "cr.layers.AvgPool2d(2)",
        "BatchNorm1d": "cr.layers.BatchNorm(channels)",
        "BatchNorm2d": "cr.layers.BatchNorm(channels)",
        "BatchNormalization": "cr.layers.BatchNorm(channels)",
        "CrossEntropyLoss": "cr.losses.SoftmaxCrossEntropy()",
        "Conv2D": "cr.layers.Conv2d(in_channels, out_channels, kernel_size)",
        "Dense": "cr.layers.Linear(in_features, out_features), then cr.layers.ReLU()",
        "Dropout2d": "cr.layers.SpatialDropout(0.5)",
        "GlobalAveragePooling2D": "cr.layers.GlobalAvgPool2d()",
        "Input": "nothing: the first layer is given its size",
        "InputLayer": "nothing: the first layer is given its size",
        "LogSoftmax": "nothing: losses take logits",
        "MaxPooling2D": "cr.layers.MaxPool2d(2)",
        "Module": "class MyLayer(cr.Layer)",
        "Rescaling": "cr.layers.Normalize()",
        "Softmax": "nothing: losses take logits, and cr.predict(model, X) gives probabilities",
    },
    "chainrule.losses": {
        "BCELoss": "cr.losses.BinaryCrossEntropy()",
        "BCEWithLogitsLoss": "cr.losses.BinaryCrossEntropy()",
        "BinaryCrossentropy": "cr.losses.BinaryCrossEntropy()",
        "CategoricalCrossentropy": "cr.losses.SoftmaxCrossEntropy()",
        "CrossEntropyLoss": "cr.losses.SoftmaxCrossEntropy()",
        "L1Loss": "cr.losses.MAE()",
        "MSELoss": "cr.losses.MSE()",
        "MeanSquaredError": "cr.losses.MSE()",
        "NLLLoss": "cr.losses.SoftmaxCrossEntropy()",
        "SparseCategoricalCrossentropy": "cr.losses.SoftmaxCrossEntropy()",
    },
    "chainrule.metrics": {
        "accuracy_score": "cr.metrics.evaluate(model, test).accuracy",
        "classification_report": "cr.metrics.evaluate(model, test).per_class",
    },
    "chainrule.models": {
        "Model": "cr.layers.Sequential(…)",
        "Sequential": "cr.layers.Sequential(…)",
        "load_model": "cr.load(path)",
    },
    "chainrule.optim": {"lr_scheduler": "cr.optim.Adam(cr.schedules.Cosine(1e-3, steps=1000))"},
    "chainrule.training": {
        "CSVLogger": 'cr.training.History("history.csv")',
        "ModelCheckpoint": 'cr.training.BestModel("best.safetensors")',
        "ReduceLROnPlateau": "cr.training.ReduceOnPlateau()",
    },
    "Layer": {
        "compile": 'trainer = cr.Trainer(model, "adam")',
        "cuda": 'model.to("gpu")',
        "eval": "model(x) to predict: there are no modes",
        "evaluate": "cr.Trainer(model).evaluate(X, y)",
        "fit": FIT,
        "load_state_dict": "model.load_state(arrays), or cr.weights.from_torch(model, tensors)",
        "load_weights": "model = cr.load(path)",
        "named_parameters": "cr.layers.named_parameters(model)",
        "parameters": "cr.layers.named_parameters(model)",
        "predict": "cr.predict(model, X)",
        "predict_proba": "cr.predict(model, X).probabilities",
        "save_weights": "model.save(path)",
        "score": "cr.Trainer(model).evaluate(X, y).accuracy",
        "state_dict": "model.state()",
        "summary": "cr.summary(model)",
        "train": "model.forward(x) to learn: there are no modes",
        "zero_grad": "model.clear_grads()",
    },
    "Trainer": {
        "fine_tune": "trainer.fit(train, epochs=1)",
        "fit_one_cycle": "optimizer=cr.optim.Adam(cr.schedules.OneCycle(1e-3, steps=1000))",
        "plot_loss": "trainer.history.plot()",
        "predict": "cr.predict(trainer.model, X)",
        "recorder": "trainer.history",
        "save": "trainer.model.save(path)",
        "score": "trainer.evaluate(X, y).accuracy",
    },
    "Optimizer": {"zero_grad": "nothing: optimizer.step(parameters) clears the gradients"},
    "Dataset": {
        "data": "dataset.images",
        "map": 'trainer.fit(train, augment=cr.data.augment.preset("photo"))',
        "show_batch": "dataset.show()",
        "target": "dataset.labels",
        "targets": "dataset.labels",
        "vocab": "dataset.classes",
    },
    "ImageClassifier": {
        "callbacks_": "clf.history_, the record of each epoch",
        "coefs_": "clf.model_.state(), the arrays by name",
        "compile": 'cr.ImageClassifier("mlp", optimizer="adam", learning_rate=1e-3)',
        "evaluate": "clf.score(X, y)",
        "history": "clf.history_",
        "intercepts_": "clf.model_.state(), the arrays by name",
        "loss_": "clf.loss_curve_[-1]",
        "module_": "clf.model_",
        "n_layers_": "len(clf.model_)",
        "predict_log_proba": "np.log(clf.predict_proba(X))",
        "save": "joblib.dump(clf, path), or clf.model_.save(path)",
        "save_params": "joblib.dump(clf, path), or clf.model_.save(path)",
        "summary": "cr.summary(clf.model_)",
        "transform": "clf.predict_proba(X)",
        "validation_scores_": "clf.validation_curve_, with early_stopping=True",
    },
    "ImageClassifier(…)": {
        "activation": 'model_params={"activation": "relu"}',
        "alpha": 'optimizer="adamw", optimizer_params={"weight_decay": 0.01}',
        "criterion": 'loss="cross-entropy"',
        "dropout": 'model_params={"dropout": 0.1}',
        "hidden": 'model_params={"hidden": (100,)}',
        "hidden_layer_sizes": 'model_params={"hidden": (100,)}',
        "iterator_train__shuffle": "nothing: each epoch has its own order",
        "learning_rate_init": "learning_rate=1e-3",
        "lr": "learning_rate=1e-3",
        "max_epochs": "epochs=10",
        "max_iter": "epochs=10",
        "metrics": "nothing: clf.score(X, y) is the accuracy",
        "module": 'model="mlp"',
        "momentum": 'optimizer="sgd", optimizer_params={"momentum": 0.9}',
        "nesterovs_momentum": 'optimizer="sgd", optimizer_params={"nesterov": True, …}',
        "patience": "early_stopping=True, n_iter_no_change=10",
        "random_seed": "random_state=0",
        "seed": "random_state=0",
        "shuffle": "nothing: each epoch has its own order",
        "solver": 'optimizer="adam"',
        "train_split": "early_stopping=True, validation_fraction=0.1",
        "validation_split": "early_stopping=True, validation_fraction=0.1",
        "weight_decay": 'optimizer="adamw", optimizer_params={"weight_decay": 0.01}',
    },
    "History": {"history": "history.rows", "plot_loss": "history.plot()"},
}
"""The way out by where a name was looked for: a module, or a kind of object."""


WORDS = {
    "bf16": "bfloat16",
    "bf16-mixed": "bfloat16",
    "bf16-true": "bfloat16",
    "mixed_bfloat16": "bfloat16",
    "amp": "bfloat16",
    "autocast": "bfloat16",
    "mixed": "bfloat16",
    "float16": "bfloat16",
    "fp16": "bfloat16",
    "half": "bfloat16",
    "16-mixed": "bfloat16",
    "mixed_float16": "bfloat16",
    "fp32": "float32",
    "f32": "float32",
    "32": "float32",
    "single": "float32",
    "float64": "float32",
    "fp64": "float32",
    "double": "float32",
    "full": "float32",
    "tf32": "bf16x3",
    "high": "bf16x3",
    "highest": "float32-strict",
}
"""What PyTorch, Lightning, Keras and JAX call a choice, and what it is called here: the letters of
"bf16" are nearer to those of "bf16x3" than to what is meant."""


def missing(place: str, name: str, offered: Iterable[str] = ()) -> str:
    """How the message ends that ``name`` is not in ``place``: with the line to write, or with the
    nearest name.

    >>> missing("Layer", "state_dict"), missing("chainrule.layers", "Linaer", ["Linear"])
    ('; write model.state()', "; did you mean 'Linear'?")
    """
    hints = HINTS.get(place, {})
    if name in hints:
        return f"; write {hints[name]}"
    import difflib

    near = difflib.get_close_matches(name[:100], [*offered, *hints], n=1, cutoff=0.75)
    if near and near[0] in hints:
        return f"; write {hints[near[0]]}"
    return f"; did you mean {near[0]!r}?" if near else ""


def elsewhere(place: str, name: str) -> str:
    """The same from the packages inside ``place``: what they offer, or would say. Nothing where
    ``name`` is a module, which is about to be imported."""
    from importlib.util import find_spec

    if place != "chainrule" or find_spec(f"{place}.{name}") is not None:
        return ""
    for inner in (key for key in HINTS if key.startswith(f"{place}.")):
        if name in getattr(import_module(inner), "__all__", ()):
            return f"; write {inner.replace('chainrule', 'cr', 1)}.{name}"
        if name in HINTS[inner]:
            return missing(inner, name)
    return ""


class Hinted:
    """An object whose missing attributes say what to write instead, if its class, or one that it
    is a kind of, has `HINTS`."""

    if not TYPE_CHECKING:  # a type checker still knows which attributes there are

        def __getattr__(self, name: str) -> Any:
            said = f"{type(self).__name__!r} object has no attribute {name!r}"
            if not name.startswith("_"):
                kinds = (kind.__name__ for kind in type(self).__mro__ if kind.__name__ in HINTS)
                said += next(filter(None, (missing(kind, name) for kind in kinds)), "")
            raise AttributeError(said, name=name, obj=self)
