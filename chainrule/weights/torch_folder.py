"""A folder that timm and torchvision load a trained model from."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .. import models
from ..declared import checked
from ..files import WriteFailed, atomic_write
from ..layers import BatchNorm, Conv2d, Flatten, Normalize, Sequential
from ..layers.base import Layer, walk
from .libraries import candidates
from .mapping import head_of, to_torch

WEIGHTS, CONFIG = "model.safetensors", "config.json"
"""The names under which model hubs, and timm's ``local-dir:``, look for them."""


def _vgg(*blocks: tuple[int, ...]) -> dict[str, Any]:
    return {"blocks": blocks, "hidden": (4096, 4096), "norm": None}


IMAGENET = {"stem": "imagenet"}
ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "resnet18": ("resnet18", IMAGENET),
    "resnet34": ("resnet34", IMAGENET),
    "resnet50": ("resnet50", IMAGENET),
    "mobilenetv2_100": ("mobilenet_v2", {}),
    "tf_efficientnet_lite0": ("efficientnet_lite0", {}),
    "efficientnet_lite0": ("efficientnet_lite0", {"padding": "symmetric", "eps": 1e-5}),
    "vgg11": ("vgg", _vgg((64,), (128,), (256,) * 2, (512,) * 2, (512,) * 2)),
    "vgg13": ("vgg", _vgg((64,) * 2, (128,) * 2, (256,) * 2, (512,) * 2, (512,) * 2)),
    "vgg16": ("vgg", _vgg((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3)),
    **{name: (name, {}) for name in ("vgg11_bn", "vgg13_bn", "vgg16_bn") if name in models.MODELS},
}
"""timm's name of a net, and the call of the registry that makes the same."""


@checked
def save_torch(model: Layer, folder: str | os.PathLike[str], *, library: str | None = None) -> Path:
    """Write ``model`` for PyTorch into ``folder``, which is made: ``model.safetensors`` with the
    names and layouts of ``library``, and ``config.json`` as timm has it.

    ``library`` is "timm" where that has the same net, else as of `to_torch`. The weights are then
    loaded by ``timm.create_model("local-dir:FOLDER", pretrained=True)``, with "torchvision" by
    ``net.load_state_dict(safetensors.torch.load_file("FOLDER/model.safetensors"))``. The
    configuration holds what ``Normalize`` and the signature say: the mean and std of images in
    0..1, their size, and the names of the classes; ``architecture`` is null for a net that timm
    does not have. Both files are written whole or not at all.

    InputError before the model has weights, for a library that has no such net, and where the
    folder cannot be written.

    >>> import tempfile
    >>> from chainrule import models
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = save_torch(models.mlp((4, 4, 1), (8,), 3).init(0), folder)
    ...     sorted(os.listdir(saved))
    ['config.json', 'model.safetensors']
    """
    from safetensors.numpy import save

    names = [name for name, _ in candidates(model)]
    if library is None and architecture(model) and "timm" in names:
        library = "timm"
    packed = save(to_torch(model, library=library), metadata={"format": "pt"})
    config = json.dumps(_configuration(model, library or names[0]), indent=2, ensure_ascii=False)
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteFailed(f"cannot write {place}: {error.strerror or error}") from None
    atomic_write(place / WEIGHTS, packed)
    atomic_write(place / CONFIG, config + "\n")
    return place


def architecture(model: Layer) -> str | None:
    """timm's name of the net that ``model`` is, whatever its classes; None if timm has none."""
    own = _structure(model)
    for name, (builder, options) in ARCHITECTURES.items():
        twin = models.MODELS[builder]((224, 224, _channels(model)), 10, **options)
        if _structure(twin) == own:
            return name
    return None


def _structure(model: Layer) -> Any:
    """What tells one net from another: arrays, all but the head with their shapes; the strides and
    paddings of convolutions, and what norms add to variances."""
    library, slots = candidates(model)[0]
    head = set(map(id, vars(head_of(model)).values()))
    arrays = [(slot.name, id(slot.variable) in head or slot.variable.shape) for slot in slots]
    convolutions = [layer for layer in walk(model) if isinstance(layer, Conv2d)]
    geometry = [(conv.stride, conv.padding, conv.groups) for conv in convolutions]
    return library, arrays, geometry, {n.eps for n in walk(model) if isinstance(n, BatchNorm)}


def _configuration(model: Layer, library: str) -> dict[str, Any]:
    slots = dict(reversed(candidates(model)))[library]
    places = [slot.name.removesuffix(".weight") for slot in slots if slot.name.endswith(".weight")]
    head, channels, signature = head_of(model), _channels(model), model.signature
    features, outputs = head.weight.shape[-2:]  # type: ignore[attr-defined]
    pretrained: dict[str, Any] = {
        "input_size": signature and [channels, *signature.image_shape[:2]],
        "fixed_input_size": any(isinstance(layer, Flatten) for layer in walk(model)),
        "interpolation": "bilinear",
        "crop_pct": 1.0,
        "crop_mode": _CROPS[signature.resize] if signature else "center",
        "mean": _of_pixels(model, "mean", 0.0),
        "std": _of_pixels(model, "std", 1.0),
        "num_classes": outputs,
        "first_conv": places[0],
        "classifier": places[-1],
    }
    config: dict[str, Any] = {
        "architecture": architecture(model) if library == "timm" else None,
        "library": library,
        "num_classes": outputs,
        "num_features": features,
        "global_pool": "avg",
        "pretrained_cfg": {key: each for key, each in pretrained.items() if each is not None},
    }
    if channels != 3:
        config["model_args"] = {"in_chans": channels}
    if signature:
        config["label_names"] = list(signature.classes)
    return config


_CROPS = {"stretch": "squash", "crop": "center", "pad": "border"}
"""timm's words for how an image of another aspect is made to fit."""


def _normalize(model: Layer) -> Normalize | None:
    first = model.layers[0] if isinstance(model, Sequential) else model
    return first if isinstance(first, Normalize) else None


def _channels(model: Layer) -> int:
    """Of its images, as the signature, the first convolution or Normalize says."""
    if model.signature:
        return model.signature.image_shape[2]
    convolutions = (layer.in_channels for layer in walk(model) if isinstance(layer, Conv2d))
    normalize = _normalize(model)
    return next(convolutions, normalize.mean.shape[0] if normalize else 1)


def _of_pixels(model: Layer, name: str, default: float) -> list[float]:
    """The mean or std of each channel, for pixels in 0..1."""
    normalize = _normalize(model)
    values = [default] if normalize is None else getattr(normalize, name).value.tolist()
    return values * _channels(model) if len(values) == 1 else values
