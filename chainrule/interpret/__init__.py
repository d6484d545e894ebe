"""What a trained net has learned, as arrays: ``chainrule.draw`` makes figures of them."""

from ..public import publish
from .features import features as features
from .features import head as head
from .filter_kinds import FilterKinds as FilterKinds
from .filter_kinds import filter_kinds as filter_kinds
from .label_errors import LabelErrors as LabelErrors
from .label_errors import label_errors as label_errors
from .maps import FeatureMap as FeatureMap
from .maps import feature_maps as feature_maps
from .nearest import Neighbors as Neighbors
from .nearest import nearest_images as nearest_images
from .projection import Projection as Projection
from .projection import pca as pca
from .projection import tsne as tsne
from .weights import Histogram as Histogram
from .weights import filters as filters
from .weights import parameter_histograms as parameter_histograms
from .weights import templates as templates
from .weights import weight_matrix as weight_matrix

publish(globals())
