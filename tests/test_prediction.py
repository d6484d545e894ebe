from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.errors import ChainruleWarning, InputError

TRAIN, TEST = cr.data.digits()


@pytest.fixture(scope="module")
def trainer():
    made = cr.Trainer(cr.models.mlp((8, 8, 1), (16,), 10), average="ema")
    made.fit(TRAIN, epochs=2)
    return made


@pytest.fixture
def files(tmp_path):
    for i in range(3):
        Image.fromarray(TEST.images[i, ..., 0]).save(tmp_path / f"{i}.png")
    return tmp_path


def test_one_answer_for_images_in_every_form(trainer, files):
    model = trainer.model
    expected = cr.metrics.predict_probabilities(model, TEST.images[:3])
    for images in [
        TEST.images[:3],
        TEST.images[:3, ..., 0],
        TEST.images[:3].reshape(3, 64),
        TEST.images[:3].astype(float),
        TEST[:3],
        files,
        str(files / "*.png"),
        [files / f"{i}.png" for i in range(3)],
    ]:
        np.testing.assert_allclose(cr.predict(model, images).probabilities, expected, rtol=1e-5)
    first = TEST.images[0]
    for image in (first, first[..., 0], first.ravel(), TEST[0][0], files / "0.png"):
        one = cr.predict(model, image).probabilities
        np.testing.assert_allclose(one, expected[:1], rtol=1e-5)  # BLAS rounds otherwise


def test_every_way_to_name_a_model(trainer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = cr.training.Run.create("runs/first")
    run.config.write_text("")
    trainer.model.save(run.model)
    expected = cr.predict(trainer.model, TEST[:5]).classes.tolist()
    for model in (run, run.model, str(run.model), "runs/first", "first"):
        assert cr.predict(model, TEST[:5]).classes.tolist() == expected
    ensemble = cr.Ensemble([trainer.model, trainer.model])
    assert cr.predict(ensemble, TEST[:5]).classes.tolist() == expected
    with trainer.averaged():
        averaged = cr.predict(trainer.model, TEST[:5]).probabilities
    np.testing.assert_array_equal(cr.predict(trainer, TEST[:5]).probabilities, averaged)


def test_what_an_answer_holds(trainer):
    answer = cr.predict(trainer.model, TEST[:25])
    assert len(answer) == len(answer.names) == 25
    assert answer.names == [str(k) for k in answer.classes]
    best = answer.top(2)[3]
    assert best[0] == (answer.names[3], pytest.approx(answer.probabilities[3].max()))
    assert best[0][1] >= best[1][1]
    lines = repr(answer).splitlines()
    assert lines[0] == "Prediction of 25 images"
    assert lines[-1] == "… 5 more"
    assert lines[2].split()[:2] == [TEST.name_of(0).split()[0], "0"]


def test_a_file_that_cannot_be_read_is_left_out(trainer, files):
    (files / "broken.png").write_bytes(b"no image")
    with pytest.warns(ChainruleWarning, match="left out: cannot read image .*broken.png"):
        answer = cr.predict(trainer.model, files)
    assert len(answer) == 3
    with pytest.raises(InputError, match=r"broken\.png"):
        cr.predict(trainer.model, files / "broken.png")


def test_floats_are_compared_with_what_was_learned(trainer):
    with pytest.warns(ChainruleWarning, match=r"floats in 0\.\.1"):
        cr.predict(trainer.model, TEST.images[:3] / 255)


@pytest.mark.parametrize("model", [None, "nothing-there", 3, object(), "", np.zeros(3)])
def test_what_is_no_model_is_named(model):
    with pytest.raises(InputError):
        cr.predict(model, TEST[:2])


def test_images_of_another_size_are_refused(trainer):
    with pytest.raises(InputError, match=r"expected \(N, 8, 8, 1\), as the model was trained on"):
        cr.predict(trainer.model, np.zeros((2, 9, 9), np.uint8))
    with pytest.raises(InputError, match="train it first"):
        cr.predict(cr.models.mlp((8, 8, 1), (4,), 10).init(), "a.png")
