"""chainrule's nets as scikit-learn's classifiers: in pipelines, searches and cross-validation.

    classifier.py   ImageClassifier: what scikit-learn calls
    parameters.py   its arguments by name, as searches set them
    samples.py      X as images, in the units that the net learns from
    labels.py       y as places among the classes, and the weights of samples
    course.py       one training, from its arguments to its record
    network.py      the net and its optimizer, from names and arguments
    recall.py       the weights of the best epoch, kept in memory
    packing.py      a fitted net as bytes, for pickle and joblib
    bases.py        scikit-learn's classes, which are needed here alone

scikit-learn is imported with this package, which ``import chainrule`` does not do.
"""

from __future__ import annotations

from ..public import publish
from .classifier import ImageClassifier as ImageClassifier

publish(globals())
