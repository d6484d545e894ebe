"""Several models as one, and how far to trust how sure a model is.

combining    `Ensemble`: the mean of probabilities or logits
augmented    `TestTimeAugmentation`: the mean over views of an image
soup         `uniform_soup`, `greedy_soup`: the mean of weights, one model
calibration  `calibration_error`, `fit_temperature`, `reliability`
members      `compare_members`: members, ensemble, disagreement, McNemar's test of any two
"""

from ..public import publish
from .augmented import TestTimeAugmentation as TestTimeAugmentation
from .augmented import augmented_views as augmented_views
from .augmented import with_views as with_views
from .calibration import Reliability as Reliability
from .calibration import calibration_error as calibration_error
from .calibration import fit_temperature as fit_temperature
from .calibration import reliability as reliability
from .calibration import with_temperature as with_temperature
from .combining import Ensemble as Ensemble
from .members import ComparedPair as ComparedPair
from .members import EnsembleReport as EnsembleReport
from .members import Scored as Scored
from .members import compare_members as compare_members
from .soup import Soup as Soup
from .soup import greedy_soup as greedy_soup
from .soup import uniform_soup as uniform_soup

publish(globals())
