"""Figures of where a net looks, by their names in ``chainrule draw KIND RUN IMAGE``."""

from __future__ import annotations

from functools import partial

from .heat_maps import Map, paint_maps
from .made_images import paint_class_images, paint_fooling
from .model_figures import MODEL_FIGURES, ModelFigure

SMOOTH = 32


def _maps(summary: str, *rows: Map, uses: tuple[str, ...] = ("target",)) -> ModelFigure:
    return ModelFigure(
        f"{summary}, beside random weights", partial(paint_maps, rows=rows), needs=("image",),
        uses=uses, size=(11.5, 0.2 + 2.9 * len(rows)),
    )  # fmt: skip


MODEL_FIGURES |= {
    "saliency": _maps(
        "the gradient of a class, plain and as SmoothGrad",
        Map("Saliency", "saliency"),
        Map("SmoothGrad", "saliency", {"samples": SMOOTH}, {"samples": SMOOTH // 4}),
    ),
    "guided-backprop": _maps(
        "guided backpropagation", Map("Guided backpropagation", "guided_backprop")
    ),
    "grad-cam": _maps(
        "Grad-CAM of the last feature maps", Map("Grad-CAM", "grad_cam"), uses=("layer", "target")
    ),
    "integrated-gradients": _maps(
        "integrated gradients and their completeness gap",
        Map("Integrated gradients", "integrated_gradients", {}, {"stages": 2}),
    ),
    "occlusion": _maps(
        "what hiding a patch takes from the probability", Map("Occlusion", "occlusion")
    ),
    "class-images": ModelFigure(
        "the image of each class, by gradient ascent", paint_class_images,
        uses=("image", "target"), size=(11.5, 5.4),
    ),
    "fooling": ModelFigure(
        "the smallest change found that makes the model say another class", paint_fooling,
        needs=("image",), uses=("target",), size=(11.5, 3.1),
    ),
}  # fmt: skip
