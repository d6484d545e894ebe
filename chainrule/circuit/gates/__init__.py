"""Every gate, each with its forward function and its local derivative on one screen."""

from ...public import publish
from .arithmetic import Add as Add
from .arithmetic import AddConstant as AddConstant
from .arithmetic import Divide as Divide
from .arithmetic import DivideBy as DivideBy
from .arithmetic import Multiply as Multiply
from .arithmetic import Negate as Negate
from .arithmetic import Scale as Scale
from .arithmetic import Subtract as Subtract
from .base import Gate as Gate
from .routing import Copy as Copy
from .routing import Max as Max
from .routing import Min as Min
from .routing import ReLU as ReLU
from .smooth import Exp as Exp
from .smooth import Log as Log
from .smooth import Power as Power
from .smooth import Reciprocal as Reciprocal
from .smooth import Sigmoid as Sigmoid
from .smooth import Sqrt as Sqrt
from .smooth import Square as Square
from .smooth import Tanh as Tanh

publish(globals())
