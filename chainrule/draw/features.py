"""Figures of what a net has learned, by their names in ``chainrule draw KIND RUN``."""

from __future__ import annotations

from .architecture import paint_architecture
from .kinds import paint_filter_kinds
from .model_figures import MODEL_FIGURES, ModelFigure
from .outputs import paint_feature_maps
from .spaces import paint_label_errors, paint_nearest, paint_pca, paint_tsne
from .weights import (
    paint_filters,
    paint_histograms,
    paint_second_filters,
    paint_templates,
    paint_weights,
)

MODEL_FIGURES |= {
    "architecture": ModelFigure("layers, shapes and parameters", paint_architecture, uses=()),
    "filters": ModelFigure(
        "weights of the first two convolutions as images", paint_filters, uses=("layer",)
    ),
    "filters-2": ModelFigure("weights of the second convolution", paint_second_filters, uses=()),
    "filter-kinds": ModelFigure(
        "edge, color and dead filters of the first convolution", paint_filter_kinds,
        uses=("layer", "test"),
    ),
    "feature-maps": ModelFigure(
        "what every layer makes of an image", paint_feature_maps, needs=("image",), uses=("layer",)
    ),
    "weights": ModelFigure(
        "a fully connected layer as a heat map", paint_weights, uses=("layer",)
    ),
    "templates": ModelFigure(
        "the first fully connected layer's weights as images", paint_templates, uses=("target",)
    ),
    "histograms": ModelFigure("every parameter array", paint_histograms, uses=()),
    "pca": ModelFigure(
        "test images by the principal components of their features", paint_pca,
        needs=("test",), uses=(),
    ),
    "tsne": ModelFigure(
        "test images by t-SNE of their features", paint_tsne, needs=("test",), uses=()
    ),
    "nearest": ModelFigure(
        "the nearest training images by features", paint_nearest,
        needs=("train",), uses=("image", "test"),
    ),
    "label-errors": ModelFigure(
        "test images that are likely labeled wrong", paint_label_errors, needs=("test",), uses=()
    ),
}  # fmt: skip
