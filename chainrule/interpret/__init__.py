"""What a trained net has learned, as arrays: ``chainrule.draw`` makes figures of them."""

from ..public import publish
from .class_image import ClassImages as ClassImages
from .class_image import class_image as class_image
from .features import features as features
from .features import head as head
from .filter_kinds import FilterKinds as FilterKinds
from .filter_kinds import filter_kinds as filter_kinds
from .fooling_image import FoolingImages as FoolingImages
from .fooling_image import fooling_image as fooling_image
from .grad_cam import grad_cam as grad_cam
from .guided_backprop import guided_backprop as guided_backprop
from .heat_maps import HeatMaps as HeatMaps
from .integrated_gradients import IntegratedGradients as IntegratedGradients
from .integrated_gradients import integrated_gradients as integrated_gradients
from .label_errors import LabelErrors as LabelErrors
from .label_errors import label_errors as label_errors
from .maps import FeatureMap as FeatureMap
from .maps import feature_maps as feature_maps
from .nearest import Neighbors as Neighbors
from .nearest import nearest_images as nearest_images
from .occlusion import occlusion as occlusion
from .projection import Projection as Projection
from .projection import pca as pca
from .projection import tsne as tsne
from .randomization import METHODS as METHODS
from .randomization import RandomizationCheck as RandomizationCheck
from .randomization import randomization_check as randomization_check
from .saliency import saliency as saliency
from .weights import Histogram as Histogram
from .weights import filters as filters
from .weights import parameter_histograms as parameter_histograms
from .weights import templates as templates
from .weights import weight_matrix as weight_matrix

publish(globals(), "METHODS")
