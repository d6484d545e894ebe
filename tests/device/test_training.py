"""A training on strict arrays: the same numbers as on the CPU, also after a change of device."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import optim, transfer
from chainrule.arrays import is_on_gpu
from chainrule.data import Dataset
from chainrule.data.augment import (
    Augment,
    Brightness,
    Contrast,
    CutMix,
    Cutout,
    GaussianNoise,
    HorizontalFlip,
    Hue,
    Mixup,
    PixelTransform,
    RandomCrop,
    RandomErasing,
    Rotation,
    TrivialAugment,
)
from chainrule.device import device as cr_device
from chainrule.device import on_host
from chainrule.distributed.group import Alone
from chainrule.errors import CheckFailed, InputError
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Sequential,
    WhiteningConv2d,
)
from chainrule.training import (
    EMA,
    SWA,
    Callback,
    Checkpoint,
    ClipGlobalNorm,
    ClipValue,
    Log,
    MaxNorm,
    StepRecorder,
    StopOnNonFinite,
    lsuv,
    refresh_batch_norm,
    restore,
)
from chainrule.training.data_dependent import measure_images
from chainrule.training.logs import Activations, Gradients, RowFiles, Steps
from chainrule.training.placement import Resident

from ..contract import assert_equal
from . import strict


def images(count: int = 40) -> Dataset:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (count, 6, 6, 2), np.uint8)
    return Dataset(pixels, np.arange(count) % 3, ("a", "b", "c"))


def net() -> Sequential:
    return Sequential(
        Normalize(2), Conv2d(2, 4, 3, padding=1), BatchNorm(4), ReLU(), MaxPool2d(2), Flatten(),
        Dropout(0.2), Linear(36, 3),
    )  # fmt: skip


def trainer(device: str, **options) -> cr.Trainer:
    return cr.Trainer(net(), optim.AdamW(1e-2), device=device, seed=3, **options)


def state(trained: cr.Trainer) -> dict[str, np.ndarray]:
    arrays = trained.model.state() | {
        f"optimizer {name}": array for name, array in trained.optimizer.state().items()
    }
    for callback in trained.callbacks:
        arrays |= {f"{type(callback).__name__} {n}": a for n, a in callback.arrays().items()}
    return {name: on_host(array) for name, array in arrays.items()}


AUGMENTS = {
    "plain": None,
    "augmented": Augment(RandomCrop(padding=1), HorizontalFlip(), GaussianNoise(0.1)),
}


@pytest.mark.parametrize("augment", AUGMENTS.values(), ids=AUGMENTS)
def test_the_steps_are_those_of_the_cpu(augment, gpu):
    data = images()
    here, there = trainer("cpu", average=EMA(0.9)), trainer("gpu", average=EMA(0.9))
    for each in (here, there):
        each.fit(data, data, epochs=2, batch_size=16, augment=augment)
    assert is_on_gpu(there.model.layers[1].weight.value)
    assert figures(there) == figures(here)
    assert_equal(state(there), state(here))


def figures(trained: cr.Trainer) -> list[list[float]]:
    """What the history says of each epoch, without the time that it took."""
    names = ("step", "loss", "accuracy", "validation_loss", "validation_accuracy")
    return [[row[name] for name in names] for row in trained.history.rows]


@pytest.mark.parametrize("way", [("cpu", "gpu"), ("gpu", "cpu"), ("gpu", "gpu:1")], ids="-".join)
def test_a_checkpoint_is_gone_on_from_on_another_device(way, gpu, tmp_path):
    data = images()
    whole = trainer("cpu", average=EMA(0.9))
    whole.fit(data, epochs=2, batch_size=16)

    first = trainer(way[0], average=EMA(0.9), callbacks=[Checkpoint(tmp_path)])
    first.callbacks.append(StopAfter(4))
    first.fit(data, epochs=2, batch_size=16)
    second = trainer(way[1], average=EMA(0.9), callbacks=[Checkpoint(tmp_path)])
    restore(second, tmp_path)
    assert second.step == 4
    second.fit(data, epochs=2, batch_size=16)
    assert str(second.model.device) == way[1]
    assert_equal(state(second), state(whole))


class StopAfter(Callback):
    def __init__(self, steps: int) -> None:
        self.steps = steps

    def on_step(self, trainer: cr.Trainer) -> None:
        trainer.stop = trainer.step == self.steps


def test_files_do_not_say_where_they_were_made(gpu, tmp_path):
    for device in ("cpu", "gpu"):
        each = trainer(device, callbacks=[Checkpoint(tmp_path / f"{device}-checkpoint")])
        each.fit(images(), epochs=1, batch_size=16)
        each.model.save(tmp_path / f"{device}.safetensors")
    here, there = (tmp_path / f"{device}.safetensors" for device in ("cpu", "gpu"))
    assert here.read_bytes() == there.read_bytes()
    assert str(cr.load(there).device) == "cpu"
    names = [
        sorted(path.name for path in (tmp_path / f"{d}-checkpoint").iterdir())
        for d in ("cpu", "gpu")
    ]
    assert names[0] == names[1]


def test_a_model_goes_on_where_it_was_brought_to(gpu):
    whole, moved = trainer("cpu", average=EMA(0.9)), trainer("gpu", average=EMA(0.9))
    for epochs, device in ((1, "gpu"), (2, "cpu"), (3, "gpu:1"), (4, "gpu")):
        moved.model.to(device)
        for each in (whole, moved):
            each.fit(images(), epochs=epochs, batch_size=16)
    assert_equal(state(moved), state(whole))


def test_images_go_to_the_gpu_once(gpu):
    data = images()
    trainer("gpu").fit(data, epochs=3, batch_size=16)
    assert gpu.sent.count(data.images.nbytes) == 1
    assert 16 * data.images[0].nbytes not in gpu.sent


def test_images_that_do_not_fit_go_batch_by_batch(gpu):
    data = images()
    gpu.memory = 2 * data.images.nbytes
    mine, here = trainer("gpu"), trainer("cpu")
    for each in (mine, here):
        each.fit(data, epochs=2, batch_size=16)
    assert data.images.nbytes not in gpu.sent
    assert gpu.sent.count(16 * data.images[0].nbytes) == 4
    assert_equal(state(mine), state(here))


class Negative(PixelTransform):
    """One of a user's own, which knows NumPy alone."""

    def apply(self, images, rng):
        return np.where(self.chosen(rng)[:, None, None, None], 255 - images, images)


def test_an_augmentation_of_a_users_own_runs_in_memory(gpu):
    mine, here = trainer("gpu"), trainer("cpu")
    for each in (mine, here):
        each.fit(images(), epochs=1, batch_size=16, augment=Augment(Negative(p=0.5)))
    assert_equal(state(mine), state(here))


@pytest.mark.parametrize(
    "augment",
    [
        Augment(Mixup(0.4), CutMix()), Augment(Brightness(), Contrast(), Hue(), RandomErasing()),
        Augment(TrivialAugment()), Augment(Cutout(), Rotation(20)),
    ],
    ids=str,
)  # fmt: skip
def test_every_augmentation_runs_on_the_gpu(augment, gpu):
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (60, 6, 6, 3), np.uint8)
    data = Dataset(pixels, np.arange(60) % 3, ("a", "b", "c"))
    given = data.images, data.labels, np.arange(60)
    options = {"seed": 2, "epoch": 1, "classes": 3}
    expected = augment(*given, **options, source=data)
    there = Resident(data, cr_device("gpu"))
    found = augment(there.images, there.labels, given[2], **options, source=there)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(other.get(), one)


def test_weights_and_parts_of_a_batch(gpu):
    mine, here = (trainer(d, accumulate=2, penalty=cr.penalties.L1(1e-3)) for d in ("gpu", "cpu"))
    for each in (mine, here):
        each.fit(
            images(),
            epochs=1,
            batch_size=16,
            class_weight="balanced",
            sample_weight=np.arange(40) % 4,
        )
    assert_equal(state(mine), state(here))


def test_frozen_layers_give_their_features_once(gpu):
    mine, here = trainer("gpu"), trainer("cpu")
    for each in (mine, here):
        transfer.freeze(each.model, "layers.1.*")
        each.fit(images(), images(), epochs=2, batch_size=16)
    assert_equal(state(mine), state(here))
    assert figures(mine) == figures(here)


def test_callbacks_that_look_at_gradients_and_weights(gpu, tmp_path):
    def watched(device: str) -> cr.Trainer:
        folder = tmp_path / device
        return trainer(
            device, average=SWA(1),
            callbacks=[
                StepRecorder(folder / "last-steps.bin"), StopOnNonFinite(), ClipGlobalNorm(0.5),
                ClipValue(0.1), MaxNorm(0.6),
                Log([RowFiles(folder)], [Activations(), Gradients(), Steps()], every_steps=2),
            ],
        )  # fmt: skip

    mine, here = watched("gpu"), watched("cpu")
    for each, device in ((mine, "gpu"), (here, "cpu")):
        (tmp_path / device).mkdir()
        each.fit(images(), epochs=2, batch_size=16)
    assert_equal(state(mine), state(here))


def test_a_loss_that_is_no_number_is_found_on_the_gpu(gpu):
    mine = trainer("gpu", callbacks=[StopOnNonFinite()])
    mine.model.layers[1].weight.value[...] = np.inf
    with pytest.raises(CheckFailed, match=r"layers\.1\.weight holds"):
        mine.fit(images(), epochs=1)


def test_one_step_by_hand(gpu):
    data, mine, here = images(), trainer("gpu"), trainer("cpu")
    for each in (mine, here):
        each.train_step(data.images[:8], data.labels[:8])
    assert_equal(state(mine), state(here))
    found, labels = mine.last_batch
    assert is_on_gpu(found) and is_on_gpu(labels)


def test_predictions_and_evaluations_come_back(gpu):
    data, model = images(), net().init(0)
    expected = cr.predict(model, data.images), cr.metrics.evaluate(model, data)
    both = cr.Ensemble([model, net().init(1)])
    joined = both(data.images)
    for member in (model, both.models[1]):
        member.to("gpu")
    found = cr.predict(model, data.images), cr.metrics.evaluate(model, data)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(other.probabilities, one.probabilities)
        assert type(other.probabilities) is np.ndarray
    np.testing.assert_array_equal(both(data.images), joined)


def test_the_gradient_check_runs_on_the_gpu(gpu):
    data, model = images(4), net().init(0)
    cr.gradcheck(model.to("gpu"), data.images, data.labels)


def test_other_first_weights_and_statistics(gpu):
    results = []
    for device in ("cpu", "gpu"):
        model = Sequential(Normalize(2), WhiteningConv2d(2), *net().layers[2:3]).init(0)
        model.layers[2] = BatchNorm(16).init(0)
        measure_images(model.to(device), images().images)
        lsuv_model = net().init(0).to(device)
        measure_images(lsuv_model, images().images)
        lsuv(lsuv_model, images().images)
        refresh_batch_norm(lsuv_model, images())
        results.append({n: on_host(a) for m in (model, lsuv_model) for n, a in m.state().items()})
    assert_equal(results[1], results[0])


def test_too_little_memory_says_which_batch_would_fit(gpu):
    data, mine = images(600), trainer("gpu")
    gpu.largest = 40 * data.images[0].nbytes * 8
    gpu.memory = 400_000
    with pytest.raises(InputError, match="batch_size: a step of 512 images does not fit") as caught:
        mine.fit(data, epochs=1, batch_size=512)
    said = str(caught.value)
    assert "would fit, or keep 512 and take each batch in parts: accumulate=" in said
    fits = int(said.partition("; ")[2].split()[0])
    assert 1 <= fits <= 256
    gpu.memory = 1000
    with pytest.raises(InputError, match="nor would one image; make the model or the images"):
        mine.fit(data, epochs=1, batch_size=512)


def test_several_processes_stay_on_the_cpu(gpu):
    class Pair(Alone):
        size = 2

    with pytest.raises(InputError, match="device: expected cpu for a training in 2 processes"):
        trainer("gpu", group=Pair())


def test_a_prediction_that_does_not_fit_is_made_in_parts(gpu):
    data, model = images(), net().init(0)
    expected = cr.predict(model, data.images).probabilities
    model.to("gpu")
    gpu.largest = 7 * 6 * 6 * 4 * 4  # of the first convolution, for 7 images
    np.testing.assert_allclose(cr.predict(model, data.images).probabilities, expected, rtol=1e-5)
    gpu.largest = 300
    with pytest.raises(InputError, match="gpu has too little memory for one image; use cpu"):
        cr.predict(model, data.images)


def test_a_model_that_does_not_fit_stays_where_it_was(gpu):
    model = net().init(0)
    gpu.largest = 200
    with pytest.raises(InputError, match="device: gpu has too little memory for the model"):
        model.to("gpu")
    gpu.largest = 1 << 30
    assert all(type(array) is not strict.ndarray for array in model.state().values())


def test_a_wrong_gradient_is_found_on_the_gpu(gpu):
    class Doubled(Linear):
        def backward(self, dy, cache):
            return 2 * super().backward(dy, cache)

    model = Sequential(Doubled(4, 4), ReLU(), Doubled(4, 3)).init(0).to("gpu")
    x = np.random.default_rng(0).random((3, 4), np.float32)
    with pytest.raises(CheckFailed, match=r"2 times|twice|factor"):
        cr.gradcheck(model, x, np.array([0, 1, 2]))
