"""Classifiers from before deep nets: fit, predict and score, as scikit-learn's estimators do.

features    what X may be: images or rows of numbers, and what is refused
labels      what y may be, as class numbers
estimator   the protocol: parameters, fitted attributes, errors; scikit-learn is not needed
neighbors   `KNN`
choice      which k and which distance, by validation or k-fold
scores      what every linear classifier knows, and how it answers
centered    features around zero and of size one
linear      `LinearSVM` and `SoftmaxRegression`, a linear layer under our own optimizers
search      `RandomSearch`, the baseline for what gradient descent is worth
figures     templates, curves and error bars
"""

from ..public import publish
from .choice import KNNChoice as KNNChoice
from .choice import KNNTrial as KNNTrial
from .choice import choose as choose
from .linear import LinearSVM as LinearSVM
from .linear import SoftmaxRegression as SoftmaxRegression
from .neighbors import KNN as KNN
from .search import RandomSearch as RandomSearch

publish(globals())
