"""The first lines of other libraries' tutorials, translated by name only: each works, or says in
one line what to write here."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from PIL import Image

import chainrule as cr

WORKS = ""

KERAS = [  # "Simple MNIST convnet" and "Basic classification" of keras.io and tensorflow.org
    ("cr.keras.datasets.mnist.load_data()", "cr.data"),
    ("cr.datasets.mnist.load_data()", "train, test = cr.data.mnist()"),
    ("(x_train, y_train), (x_test, y_test) = (X, y), (X[:9], y[:9])", WORKS),
    ("x_train = X.astype('float32') / 255", WORKS),
    ("cr.utils.to_categorical(y, 10)", "cr.data"),
    ("cr.Sequential([cr.layers.Flatten(), cr.layers.Linear(64, 10)])", "cr.layers.Sequential"),
    ("cr.layers.Sequential([cr.layers.Flatten(), cr.layers.Linear(64, 10)])", WORKS),
    ("cr.layers.Dense(128, activation='relu')", "cr.layers.Linear(in_features, out_features)"),
    ("cr.layers.Conv2D(32, kernel_size=(3, 3), activation='relu')", "cr.layers.Conv2d("),
    ("cr.layers.MaxPooling2D(pool_size=(2, 2))", "cr.layers.MaxPool2d(2)"),
    ("cr.Input(shape=(28, 28, 1))", "cr.models.mlp("),
    ("model.summary()", "cr.summary(model)"),
    ("model.compile(loss='sparse_categorical_crossentropy', optimizer='adam')", "cr.Trainer(model"),
    ("model.fit(X, y, batch_size=128, epochs=15)", "cr.Trainer(model).fit(X, y)"),
    ("cr.Trainer(model, 'adam', loss='sparse_categorical_crossentropy')", WORKS),
    ("cr.Trainer(model, 'adam').fit(X, y, epochs=1)", WORKS),
    ("cr.Trainer(model).fit(X / 255.0, one_hot, epochs=1, validation=(X, y))", WORKS),
    ("cr.Trainer(model).fit(X, y, epochs=1, class_weight={0: 2.0, 9: 0.5})", WORKS),
    ("cr.Trainer(model).fit(X, y, epochs=1, sample_weight=[1.0] * len(y))", WORKS),
    ("model.evaluate(X, y, verbose=0)", "cr.Trainer(model).evaluate(X, y)"),
    ("model.predict(X[:3])", "cr.predict(model, X)"),
    ("model.save(folder / 'model.safetensors')", WORKS),
    ("cr.models.load_model('model.keras')", "cr.load(path)"),
]
PYTORCH = [  # "Quickstart" of pytorch.org
    ("cr.datasets.FashionMNIST(root='data', train=True, download=True)", "cr.data.mnist()"),
    ("cr.data.FashionMNIST(root='data')", "cr.data.fashion_mnist()"),
    ("cr.utils.data.DataLoader(training_data, batch_size=64)", "cr.data"),
    ("cr.data.DataLoader(training_data, batch_size=64)", "cr.data.Loader(dataset, 64)"),
    ("cr.nn.Linear(28 * 28, 512)", "cr.layers"),
    ("cr.Linear(28 * 28, 512)", "cr.layers.Linear"),
    ("cr.layers.CrossEntropyLoss()", "cr.losses.SoftmaxCrossEntropy()"),
    ("cr.optim.SGD(model.parameters(), lr=1e-3)", "cr.layers.named_parameters(model)"),
    ("cr.optim.SGD(lr=1e-3)", WORKS),
    ("model.train()", "model.forward(x)"),
    ("model.eval()", "model(x)"),
    ("cr.no_grad()", "model(x)"),
    ("cr.save(model.state_dict(), 'model.pth')", "model.state()"),
    ("image, label = dataset[0]; image.shape", WORKS),
]
FASTAI = [  # the folder of the first lesson
    ("cr.ImageDataLoaders.from_folder(folder)", "cr.data.load("),
    ("train, test = cr.data.load(folder / 'photos'); train.show()", WORKS),
    ("cr.vision_learner(dls, cr.resnet18, metrics=accuracy)", "cr.Trainer(cr.models.resnet18("),
    ("cr.Trainer(model, 'adam').lr_find(dataset, steps=9).plot()", WORKS),
    ("cr.Trainer(model).fine_tune(1)", "trainer.fit(train, epochs=1)"),
    ("cr.predict(model, folder / 'photos' / 'cat' / '0.png').names", WORKS),
]
SKLEARN = [  # "Recognizing hand-written digits"
    ("cr.datasets.load_digits()", "cr.data"),
    ("cr.load_digits()", "train, test = cr.data.digits()"),
    ("cr.train_test_split(X, y, test_size=0.5)", "cr.data.split(dataset, 0.1)"),
    ("cr.Trainer(model).fit(X.reshape(len(X), -1).astype(float), y, epochs=1)", WORKS),
    ("cr.Trainer(model).fit(X)", "fit(images, labels)"),
    ("cr.MLPClassifier(hidden_layer_sizes=(100,))", 'cr.ImageClassifier("mlp")'),
    ("cr.NeuralNetClassifier(model, max_epochs=10, lr=0.1)", 'cr.ImageClassifier("mlp")'),
    ("cr.neural_network.MLPClassifier()", 'cr.ImageClassifier("mlp")'),
    ("clf.fit(X.reshape(len(X), -1), y).predict(X)", WORKS),
    ("clf.fit(X, y).score(X, y); clf.predict_proba(X)", WORKS),
    ("cr.ImageClassifier(hidden_layer_sizes=(100,))", 'model_params={"hidden": (100,)}'),
    ("cr.ImageClassifier(max_iter=300)", "epochs=10"),
    ("cr.ImageClassifier(lr=0.1)", "learning_rate=1e-3"),
    ("clf.set_params(alpha=0.01)", "weight_decay"),
    ("clf.coefs_", "clf.model_.state()"),
    ("clf.evaluate(X, y)", "clf.score(X, y)"),
    ("model.score(X, y)", "cr.Trainer(model).evaluate(X, y).accuracy"),
    ("cr.metrics.classification_report(y, predicted)", "cr.metrics.evaluate(model, test)"),
]


def classifier():
    """None where scikit-learn is not installed: its lines are skipped."""
    with contextlib.suppress(cr.InputError):
        return cr.ImageClassifier(model_params={"hidden": (8,)}, epochs=1, random_state=0)


@pytest.fixture
def names(tmp_path):
    """What the lines before would have made: digits, a model that has seen them, and a folder."""
    train, _ = cr.data.digits()
    dataset = train[:200]
    model = cr.models.mlp((8, 8, 1), (8,), 10)
    cr.Trainer(model, callbacks=()).fit(dataset, epochs=1)
    for kind in ("cat", "dog"):
        (tmp_path / "photos" / kind).mkdir(parents=True)
        for i in range(6):
            pixels = np.full((8, 8), 40 * i + (kind == "dog"), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / kind / f"{i}.png")
    X, y = dataset.images[..., 0], dataset.labels.tolist()
    return {
        "cr": cr, "X": X, "y": y, "one_hot": np.eye(10)[y], "model": model, "dataset": dataset,
        "clf": classifier(), "folder": tmp_path, "training_data": dataset, "dls": dataset,
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore::chainrule.ChainruleWarning")
@pytest.mark.parametrize(("line", "shown"), [*KERAS, *PYTORCH, *FASTAI, *SKLEARN])
def test_a_first_line_works_or_shows_the_right_one(line, shown, names):
    if names["clf"] is None and ("clf" in line or "ImageClassifier(" in line):
        pytest.skip("scikit-learn is not installed")
    if shown == WORKS:
        exec(line, names)
        return
    with pytest.raises((cr.InputError, AttributeError)) as raised:
        exec(line, names)
    assert shown in str(raised.value)
    assert "\n" not in str(raised.value)


def test_there_are_forty():
    assert len([*KERAS, *PYTORCH, *FASTAI, *SKLEARN]) >= 40


@pytest.mark.parametrize("kind", [cr.layers.Layer, cr.Trainer, cr.optim.Optimizer, cr.data.Dataset])
def test_hints_are_only_for_what_is_not_there(kind):
    from chainrule.hints import HINTS

    assert [name for name in HINTS[kind.__name__] if hasattr(kind, name)] == []


def test_hints_of_modules_are_only_for_what_they_lack():
    from importlib import import_module

    from chainrule.hints import HINTS

    for place in (key for key in HINTS if key.startswith("chainrule")):
        module = import_module(place)
        assert [name for name in HINTS[place] if name in module.__all__] == []


def test_a_wrong_letter_is_corrected():
    with pytest.raises(AttributeError, match="did you mean 'Linear'"):
        _ = cr.layers.Linaer
    with pytest.raises(AttributeError, match=r"has no attribute 'zzz'$"):
        _ = cr.layers.zzz
