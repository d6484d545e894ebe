"""What a trained net has learned, as arrays: ``chainrule.draw`` makes figures of them."""

from ..public import publish
from .class_image import ClassImages as ClassImages
from .class_image import class_image as class_image
from .fooling_image import FoolingImages as FoolingImages
from .fooling_image import fooling_image as fooling_image
from .grad_cam import grad_cam as grad_cam
from .guided_backprop import guided_backprop as guided_backprop
from .heat_maps import HeatMaps as HeatMaps
from .integrated_gradients import IntegratedGradients as IntegratedGradients
from .integrated_gradients import integrated_gradients as integrated_gradients
from .occlusion import occlusion as occlusion
from .randomization import METHODS as METHODS
from .randomization import RandomizationCheck as RandomizationCheck
from .randomization import randomization_check as randomization_check
from .saliency import saliency as saliency

publish(globals(), "METHODS")
