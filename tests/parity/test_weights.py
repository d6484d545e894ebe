"""The weights of torchvision and timm give the logits of torchvision and timm, and back."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

import chainrule as cr
from chainrule import models, weights
from chainrule.data.formats.images import read_image
from chainrule.layers import Signature
from chainrule.layers.base import walk
from chainrule.weights.catalog import PRETRAINED
from chainrule.weights.fetching import is_here, place_of

from .torchvision_models import arrays, drawn, logits, timm, torchvision

CLASSES = 12
IMAGENET = {"stem": "imagenet"}
SYMMETRIC = {"padding": "symmetric", "eps": 1e-5}
BLOCKS = ((64,), (128,), (256, 256), (512, 512), (512, 512))
VGG11 = {"blocks": BLOCKS, "hidden": (4096, 4096), "norm": None}

SHARED = [
    ("torchvision", "resnet18", "resnet18", IMAGENET),
    ("torchvision", "resnet34", "resnet34", IMAGENET),
    ("torchvision", "resnet50", "resnet50", IMAGENET),
    ("torchvision", "mobilenet_v2", "mobilenet_v2", {}),
    ("torchvision", "squeezenet1_1", "squeezenet1_1", {}),
    ("timm", "resnet18", "resnet18", IMAGENET),
    ("timm", "mobilenetv2_100", "mobilenet_v2", {}),
    ("timm", "tf_efficientnet_lite0", "efficientnet_lite0", {}),
    ("timm", "efficientnet_lite0", "efficientnet_lite0", SYMMETRIC),
]


def theirs(library: str, name: str) -> Any:
    if library == "timm":
        return timm().create_model(name, num_classes=CLASSES)
    return getattr(torchvision().models, name)(num_classes=CLASSES)


def agree(ours: Any, truth: Any) -> None:
    """To 1e-4 of the largest logit."""
    assert np.abs(truth).max() > 0.1
    np.testing.assert_allclose(ours, truth, rtol=0, atol=1e-4 * np.abs(truth).max())


@pytest.mark.parametrize(("library", "name", "own", "options"), SHARED)
def test_logits_of_every_shared_model(library, name, own, options, rng):
    net = drawn(theirs(library, name))
    images = rng.random((2, 47, 48, 3), np.float32)
    model = models.build(own, inputs=(47, 48, 3), classes=CLASSES, **options)
    match = weights.from_torch(model, arrays(net))
    truth = logits(net, images)
    agree(model(images), truth)

    tensors = weights.to_torch(model, library=match.library)
    expected = {n: a for n, a in arrays(net).items() if not n.endswith("num_batches_tracked")}
    assert tensors.keys() == expected.keys()
    for entry, array in expected.items():
        np.testing.assert_array_equal(tensors[entry], array)


@pytest.mark.parametrize("norm", [False, True])
def test_vgg(norm, rng):
    """At 64x64, whose last image of 2x2 pixels torchvision averages to 2x2: few enough weights."""
    net = torchvision().models.vgg11_bn if norm else torchvision().models.vgg11
    net = net(num_classes=CLASSES)
    net.avgpool = torch.nn.AdaptiveAvgPool2d(2)
    net.classifier[0] = torch.nn.Linear(512 * 4, 64)
    net.classifier[3] = torch.nn.Linear(64, 32)
    net.classifier[6] = torch.nn.Linear(32, CLASSES)
    drawn(net)
    model = models.vgg((64, 64, 3), CLASSES, **VGG11 | {"hidden": (64, 32)})
    if norm:  # torchvision has norms after convolutions alone
        body = [
            each
            for layer in model.layers
            for each in (
                (cr.layers.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1),
                 cr.layers.BatchNorm(layer.out_channels))
                if isinstance(layer, cr.layers.Conv2d) else (layer,)
            )
        ]  # fmt: skip
        model = cr.layers.Sequential(*body)
    images = rng.random((1, 64, 64, 3), np.float32)
    weights.from_torch(model, arrays(net))
    agree(model(images), logits(net, images))


def test_timm_s_vgg(rng):
    net = timm().create_model("vgg11", num_classes=CLASSES)
    small = {"pre_logits.fc1": (32, 512, 7, 7), "pre_logits.fc2": (16, 32, 1, 1)}
    for name, (out, inputs, *kernel) in small.items():
        net.set_submodule(name, torch.nn.Conv2d(inputs, out, kernel))
    net.head.fc = torch.nn.Linear(16, CLASSES)
    drawn(net)
    model = models.vgg((224, 224, 3), CLASSES, **VGG11 | {"hidden": (32, 16)})
    images = rng.random((1, 224, 224, 3), np.float32)
    assert weights.from_torch(model, arrays(net)).library == "timm"
    agree(model(images), logits(net, images))


# Files.


@pytest.fixture(scope="module")
def checkpoint():
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(4, 6, generator=generator)
    state = {
        "float32": base,
        "transposed": base.T,
        "sliced": base[1:, ::2],
        "float64": base.double(),
        "float16": base.half(),
        "bfloat16": base.bfloat16(),
        "int64": torch.arange(5),
        "int8": torch.arange(5, dtype=torch.int8),
        "uint8": torch.arange(5, dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "number": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(base[0]),
    }
    return {"epoch": 3, "loss": 0.25, "state_dict": state, "size": base.shape, "none": None}


@pytest.mark.parametrize("archive", [True, False])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_torch_saves(checkpoint, tmp_path, archive, protocol):
    path = tmp_path / "x.pth"
    torch.save(checkpoint, path, _use_new_zipfile_serialization=archive, pickle_protocol=protocol)
    found = weights.read(path)
    assert list(found) == list(checkpoint["state_dict"])
    for name, tensor in checkpoint["state_dict"].items():
        expected = tensor.detach()
        array = expected.float().numpy() if name == "bfloat16" else expected.numpy()
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("archive", [True, False])
def test_a_training_s_checkpoint(tmp_path, archive):
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 5), torch.nn.ReLU(),
                              torch.nn.Linear(5, 2))  # fmt: skip
    parallel = torch.nn.DataParallel(net)
    optimizer = torch.optim.AdamW(parallel.parameters())
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    x = torch.rand(3, 3, 4, 4)
    net(x).sum().backward()
    optimizer.step()
    path = tmp_path / "checkpoint.pth"
    torch.save(
        {"model": parallel.state_dict(), "optimizer": optimizer.state_dict(),
         "scheduler": scheduler.state_dict(), "best": np.float64(0.5)},
        path, _use_new_zipfile_serialization=archive,
    )  # fmt: skip
    model = models.mlp((4, 4, 3), (5,), 2)
    assert weights.from_torch(model, weights.read(path)).ok
    images = x.permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(model(images), net(x).detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("archive", [True, False])
def test_a_pickled_module_is_refused(tmp_path, archive):
    net, path = torch.nn.Linear(2, 2), tmp_path / "net.pth"
    torch.save(net, path, _use_new_zipfile_serialization=archive)
    with pytest.raises(cr.InputError, match="may be anything; in PyTorch, write the weights alone"):
        weights.read(path)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_torchscript_is_refused(tmp_path):
    net = torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2))
    net.save(tmp_path / "net.pt")
    with pytest.raises(cr.InputError):
        weights.read(tmp_path / "net.pt")


# Out.


def trained(model: cr.Layer) -> None:
    """Weights and statistics as a training might leave them."""
    rng = np.random.default_rng(0)
    for layer in walk(model):
        if isinstance(layer, cr.layers.BatchNorm):
            for node, low, high in (
                (layer.gamma, 0.6, 1.0), (layer.beta, -0.2, 0.3),
                (layer.running_mean, -0.1, 0.1), (layer.running_var, 0.5, 1.5),
            ):  # fmt: skip
                node.value = rng.uniform(low, high, node.shape).astype(np.float32)
        elif isinstance(layer, (cr.layers.Conv2d, cr.layers.Linear)):
            fan = np.prod(layer.weight.shape[:-1])
            draw = rng.standard_normal(layer.weight.shape, np.float32)
            layer.weight.value = draw * np.float32((2 / fan) ** 0.5)


@pytest.mark.parametrize(
    ("own", "options"),
    [("resnet18", IMAGENET), ("mobilenet_v2", {}), ("efficientnet_lite0", {}),
     ("efficientnet_lite0", SYMMETRIC)],
)  # fmt: skip
def test_timm_loads_a_folder_of_ours(tmp_path, own, options, rng):
    images = rng.integers(0, 256, (2, 40, 40, 3), np.uint8)
    model = models.build(own, inputs=(40, 40, 3), classes=4, **options).init(0)
    model.layers[0].fit(images)
    model.signature = Signature((40, 40, 3), ("a", "b", "ç", "d"), "crop")
    trained(model)
    folder = weights.save_torch(model, tmp_path / "out")
    net = timm().create_model(f"local-dir:{folder}", pretrained=True).eval()
    told = net.pretrained_cfg
    assert told["label_names"] == ["a", "b", "ç", "d"]
    assert told["input_size"] == (3, 40, 40) or told["input_size"] == [3, 40, 40]
    mean, std = (np.array(told[name], np.float32) for name in ("mean", "std"))
    agree(model(images), logits(net, ((images / 255).astype(np.float32) - mean) / std))


@pytest.mark.parametrize(
    ("name", "options"), [("resnet18", {}), ("mobilenet_v2", {}), ("squeezenet1_1", {})]
)
def test_torchvision_loads_a_folder_of_ours(tmp_path, name, options, rng):
    from safetensors.torch import load_file

    images = rng.random((2, 40, 40, 3), np.float32)
    model = models.build(name, inputs=(40, 40, 3), classes=CLASSES, **options).init(0)
    trained(model)
    folder = weights.save_torch(model, tmp_path, library="torchvision")
    net = theirs("torchvision", name)
    if name == "resnet18":  # the form for CIFAR, as everybody makes it of torchvision's
        net.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
        net.maxpool = torch.nn.Identity()
    net.load_state_dict(load_file(folder / "model.safetensors"))
    agree(model(images), logits(net.eval(), images))
    assert json.loads((folder / "config.json").read_text())["architecture"] is None


# Real weights on real pictures.


def pictures() -> dict[str, Any]:
    """224x224, from packages that other tests need too, in 0..255."""
    matplotlib, datasets = (
        pytest.importorskip("matplotlib"),
        pytest.importorskip("sklearn.datasets"),
    )
    place = os.path.join(os.path.dirname(datasets.__file__), "images")
    files = {
        "china": os.path.join(place, "china.jpg"),
        "flower": os.path.join(place, "flower.jpg"),
        "hopper": os.path.join(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg"),
    }
    return {name: read_image(file, (224, 224, 3), "crop") for name, file in files.items()}


SEEN = {  # ImageNet's numbers that a person would accept
    "china": {
        442,
        663,
        698,
        832,
        975,
        538,
        449,
        497,
    },  # bell cote, monastery, palace, stupa, dome …
    "flower": {309, 738, 985, 108, 109, 599, 947, 723, 950},  # bee, pot, daisy, honeycomb …
    "hopper": {400, 457, 652, 667, 834, 906},  # gown, bow tie, uniform, mortarboard, suit, tie
}


def original(name: str) -> Any:
    """PyTorch's build of the net, its weights loaded by order or by hand: not by our names."""
    row, path = PRETRAINED[name], place_of(PRETRAINED[name])
    if name == "mobilenet_v2":
        net = torchvision().models.mobilenet_v2()
        net.load_state_dict(torch.load(path))
    elif name == "efficientnet_lite0":
        net = timm().create_model("tf_efficientnet_lite0")
        names = net.state_dict().keys()
        net.load_state_dict(dict(zip(names, torch.load(path).values(), strict=True)))
    else:
        import pickle

        with open(path, "rb") as file:  # its checksum is known
            kept = pickle.load(file)
        net = torchvision().models.squeezenet1_1()
        state = {}
        for entry in net.state_dict():
            part, _, array = entry.rpartition(".")
            place, _, branch = part.partition(".")[2].partition(".")
            fires = {"3": 2, "4": 3, "6": 4, "7": 5, "9": 6, "10": 7, "11": 8, "12": 9}
            if part in ("features.0", "classifier.1"):
                key = "conv1" if part == "features.0" else "conv10"
            else:
                key = f"fire{fires[place]}/{'squeeze1x1' if branch == 'squeeze' else branch}"
            kernel, bias = kept[key]
            state[entry] = torch.from_numpy(
                bias if array == "bias" else np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
            )
        net.load_state_dict(state)
    assert row.model == name
    return net.eval()


@pytest.mark.parametrize("name", PRETRAINED)
def test_real_weights_agree_on_real_pictures(name):
    row = PRETRAINED[name]
    if not is_here(row):
        pytest.skip(f"needs `chainrule weights fetch {name}`, and tests use no network")
    images = np.stack(list(pictures().values()))
    model = weights.pretrained(name)
    ours = model(images)
    net = original(name)
    x = (images / 255 - np.array(row.mean)) / np.array(row.std)
    truth = logits(net, (x[..., ::-1] if row.channels == "BGR" else x).astype(np.float32))
    agree(ours, truth)
    assert (ours.argmax(1) == truth.argmax(1)).all()
    for picture, seen in zip(pictures(), ours.argmax(1), strict=True):
        assert int(seen) in SEEN[picture], (picture, seen)
