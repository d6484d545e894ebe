"""Transfer learning: a trained body under a new head, what of it learns, and how fast.

>>> import chainrule as cr
>>> trained = cr.models.mlp((8, 8, 1), (32, 16), 10).init(0)
>>> model = freeze(replace_head(trained, ("even", "odd"), image_shape=(8, 8, 1)))
>>> train, _ = cr.data.digits()
>>> train = cr.Dataset(train.images, train.labels % 2, ("even", "odd"))
>>> history = cr.Trainer(model).fit(train, epochs=1)

heads      a new last layer, for other classes
freezing   parameters that stay as they are, with their norms' statistics
rates      smaller learning rates for the layers near the images
sources    a model from a run, a file, or the name of a pre-trained one
"""

from ..public import publish
from .freezing import freeze as freeze
from .freezing import unfreeze as unfreeze
from .heads import replace_head as replace_head
from .rates import rates as rates
from .sources import load as load

publish(globals())
